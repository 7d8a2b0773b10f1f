BEGIN TRANSACTION;
SAVEPOINT start;

CREATE FUNCTION pg_temp.t(text) RETURNS text LANGUAGE sql AS 'SELECT nullif(trim($1), '''')';
CREATE FUNCTION pg_temp.cents(price text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found text[] := regexp_match(trim(price), '^(\d+)(?:,(\d)(\d)?)?$');
BEGIN
  RETURN found[1]::integer * 100 + coalesce(found[2], '0')::integer * 10 + coalesce(found[3], '0')::integer;
END $$;

CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
SELECT row_number() OVER () AS n, shipments_raw.* FROM shipments_raw;

CREATE TEMPORARY TABLE clean ON COMMIT DROP AS
SELECT n, pg_temp.t(code) AS code, pg_temp.t(customer_name) AS name, lower(pg_temp.t(customer_email)) AS email,
       pg_temp.t(customer_city) AS city, pg_temp.t(phone1) AS phone1, pg_temp.t(phone2) AS phone2,
       initcap(pg_temp.t(from_depot)) AS sender, initcap(pg_temp.t(to_depot)) AS receiver,
       tags_csv, pg_temp.cents(price) AS cents, created
FROM numbered;

CREATE TEMPORARY TABLE wrong ON COMMIT DROP AS
SELECT n, 'incomplete' AS why FROM clean WHERE code IS NULL OR sender IS NULL OR receiver IS NULL OR cents IS NULL
UNION
SELECT n, 'no customer' FROM clean
WHERE coalesce(name, email, city, phone1, phone2) IS NOT NULL
  AND (email IS NULL OR position('@' IN email) < 2 OR email LIKE '%@' OR length(replace(email, '@', '')) <> length(email) - 1);

CREATE TABLE rejects (
  code text, customer_name text, customer_email text, customer_city text, phone1 text, phone2 text,
  from_depot text, to_depot text, tags_csv text, price text, created date, reason text NOT NULL
);
INSERT INTO rejects
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created, why
FROM numbered JOIN (SELECT n, string_agg(why, ' and ') AS why FROM wrong GROUP BY n) AS w USING (n);
DELETE FROM clean USING wrong WHERE clean.n = wrong.n;
DROP TABLE shipments_raw;

CREATE SEQUENCE ids INCREMENT BY -1;
CREATE TABLE customers (
  id integer PRIMARY KEY DEFAULT nextval('ids'),
  name text NOT NULL,
  email text NOT NULL,
  city text NOT NULL,
  email_key text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE
);
CREATE TABLE customer_phones (
  customer_id integer NOT NULL REFERENCES customers,
  phone text NOT NULL,
  kind text NOT NULL DEFAULT 'unknown',
  PRIMARY KEY (customer_id, phone)
);
CREATE TABLE depots (
  id integer PRIMARY KEY DEFAULT nextval('ids'),
  name text NOT NULL,
  name_key text GENERATED ALWAYS AS (lower(name)) STORED UNIQUE
);
CREATE TABLE parcels (
  id integer PRIMARY KEY DEFAULT nextval('ids'),
  code text NOT NULL UNIQUE,
  customer_id integer REFERENCES customers,
  from_depot_id integer NOT NULL REFERENCES depots,
  to_depot_id integer NOT NULL REFERENCES depots,
  price_cents smallint,
  created date NOT NULL
);
ALTER TABLE parcels ALTER COLUMN price_cents TYPE integer, ALTER COLUMN price_cents SET NOT NULL, ADD CHECK (price_cents BETWEEN 0 AND 2000000000);
CREATE TABLE parcel_tags (
  parcel_id integer NOT NULL REFERENCES parcels,
  tag text NOT NULL CHECK (tag > ''),
  PRIMARY KEY (parcel_id, tag)
) PARTITION BY HASH (parcel_id);
CREATE TABLE parcel_tags_0 PARTITION OF parcel_tags FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parcel_tags_1 PARTITION OF parcel_tags FOR VALUES WITH (MODULUS 2, REMAINDER 1);

CREATE TABLE audit (at timestamptz NOT NULL DEFAULT clock_timestamp(), what text NOT NULL);
CREATE FUNCTION take_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'parcels' THEN
    DELETE FROM parcel_tags WHERE parcel_id = OLD.id;
  ELSE
    DELETE FROM customer_phones WHERE customer_id = OLD.id;
  END IF;
  INSERT INTO audit (what) VALUES (format('%s %s deleted', TG_TABLE_NAME, OLD.id));
  RETURN OLD;
END $$;
CREATE TRIGGER take_along BEFORE DELETE ON parcels FOR EACH ROW EXECUTE PROCEDURE take_along();
CREATE TRIGGER take_along BEFORE DELETE ON customers FOR EACH ROW EXECUTE PROCEDURE take_along();

INSERT INTO customers (name, email, city) SELECT name, email, city FROM clean WHERE email IS NOT NULL GROUP BY 1, 2, 3;
INSERT INTO customer_phones SELECT DISTINCT id, phone1 FROM clean NATURAL JOIN customers WHERE phone1 IS NOT NULL;
INSERT INTO customer_phones SELECT DISTINCT id, phone2 FROM clean NATURAL JOIN customers WHERE phone2 IS NOT NULL
  AND NOT EXISTS (SELECT FROM customer_phones x WHERE x.customer_id = id AND x.phone = phone2);
INSERT INTO depots (name) SELECT sender FROM clean UNION SELECT receiver FROM clean;
INSERT INTO parcels (code, customer_id, from_depot_id, to_depot_id, price_cents, created)
SELECT code, (SELECT id FROM customers c WHERE c.email = clean.email),
       (SELECT id FROM depots WHERE depots.name = sender), (SELECT id FROM depots WHERE depots.name = receiver), cents, created
FROM clean;
WITH RECURSIVE cut (code, tag, rest) AS (
  SELECT code, NULL::text, tags_csv || ',' FROM clean WHERE tags_csv IS NOT NULL
  UNION ALL
  SELECT code, left(rest, position(',' IN rest) - 1), substr(rest, position(',' IN rest) + 1) FROM cut WHERE rest <> ''
)
INSERT INTO parcel_tags SELECT id, trim(tag) FROM cut JOIN parcels USING (code) WHERE trim(tag) <> '' GROUP BY 1, 2;

CREATE VIEW shipments_flat AS
SELECT p.code, (c).name AS customer_name, (c).email AS customer_email, (c).city AS customer_city,
       '' AS phone1, NULL::text AS phone2, f.name AS from_depot, t.name AS to_depot, ''::text AS tags_csv, '0' AS price, p.created
FROM parcels p JOIN depots f ON f.id = from_depot_id JOIN depots t ON t.id = to_depot_id LEFT JOIN customers c ON c.id = customer_id
WHERE false;
DROP VIEW shipments_flat;
CREATE VIEW shipments_flat AS
SELECT p.code, c.name AS customer_name, c.email AS customer_email, c.city AS customer_city,
       CASE WHEN n.phones = 2 THEN n.first ELSE '' END AS phone1,
       CASE WHEN n.phones >= 1 THEN n.last END AS phone2,
       f.name AS from_depot, t.name AS to_depot,
       coalesce(' ' || g.tags || ' ', '') AS tags_csv,
       CASE WHEN price_cents % 100 = 0 THEN (price_cents / 100)::text
            WHEN price_cents % 10 = 0 THEN format('%s,%s', price_cents / 100, price_cents % 100 / 10)
            ELSE format('%s,%s%s', price_cents / 100, price_cents % 100 / 10, price_cents % 10) END AS price,
       p.created
FROM parcels p
JOIN depots f ON f.id = p.from_depot_id
JOIN depots t ON t.id = p.to_depot_id
LEFT JOIN customers c ON c.id = p.customer_id
LEFT JOIN (SELECT customer_id, count(*) AS phones, min(phone) AS first, max(phone) AS last FROM customer_phones GROUP BY customer_id) n ON n.customer_id = c.id
LEFT JOIN (SELECT parcel_id, string_agg(tag, ' , ') AS tags FROM parcel_tags GROUP BY parcel_id) g ON g.parcel_id = p.id;

RELEASE SAVEPOINT start;
COMMIT WORK;
