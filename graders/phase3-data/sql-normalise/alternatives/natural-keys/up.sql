BEGIN;

CREATE TABLE customers (
  id    text GENERATED ALWAYS AS (lower(email)) STORED PRIMARY KEY,
  name  text NOT NULL,
  email text NOT NULL,
  city  text NOT NULL
);

CREATE TABLE customer_phones (
  customer_id text NOT NULL REFERENCES customers (id) ON DELETE CASCADE ON UPDATE CASCADE,
  phone       text NOT NULL,
  UNIQUE (customer_id, phone)
);

CREATE TABLE depots (
  id   text GENERATED ALWAYS AS (upper(name)) STORED PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE parcels (
  id            text GENERATED ALWAYS AS (code) STORED UNIQUE,
  code          text PRIMARY KEY,
  customer_id   text REFERENCES customers (id) ON UPDATE CASCADE,
  from_depot_id text NOT NULL REFERENCES depots (id) ON UPDATE CASCADE,
  to_depot_id   text NOT NULL REFERENCES depots (id) ON UPDATE CASCADE,
  price_cents   numeric NOT NULL CHECK (price_cents >= 0 AND price_cents = trunc(price_cents)),
  created       date NOT NULL
);

CREATE TABLE parcel_tags (
  parcel_id text NOT NULL REFERENCES parcels (id) ON DELETE CASCADE ON UPDATE CASCADE,
  tag       text NOT NULL CHECK (tag <> '' AND tag = trim(tag)),
  UNIQUE (parcel_id, tag)
);

CREATE TABLE rejects (
  code text, customer_name text, customer_email text, customer_city text, phone1 text, phone2 text,
  from_depot text, to_depot text, tags_csv text, price text, created date, reason text
);

-- No temporary table: a view that says of each row what it is, and goes with shipments_raw.
CREATE VIEW judged AS
SELECT shipments_raw.*,
       trim(coalesce(customer_email, '')) AS mail,
       CASE
         WHEN coalesce(trim(code), '') = '' THEN 'There is no code.'
         WHEN coalesce(trim(from_depot), '') = '' THEN 'Nobody knows where it came from.'
         WHEN coalesce(trim(to_depot), '') = '' THEN 'Nobody knows where it went.'
         WHEN trim(price) ~ '^\d+(,\d{1,2})?$' IS NOT TRUE THEN 'The price is odd.'
         WHEN concat(customer_name, customer_email, customer_city, phone1, phone2) ~ '[^ ]'
              AND trim(customer_email) ~ '^[^@]+@[^@]+$' IS NOT TRUE THEN 'The e-mail is odd.'
       END AS reason
FROM shipments_raw;

INSERT INTO rejects
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created, reason
FROM judged WHERE reason IS NOT NULL;

INSERT INTO customers (name, email, city)
SELECT DISTINCT ON (lower(mail)) trim(customer_name), mail, trim(customer_city)
FROM judged WHERE reason IS NULL AND mail <> '';

INSERT INTO customer_phones
SELECT lower(mail), trim(phone1) FROM judged WHERE reason IS NULL AND trim(phone1) <> ''
UNION
SELECT lower(mail), trim(phone2) FROM judged WHERE reason IS NULL AND trim(phone2) <> '';

INSERT INTO depots (name)
SELECT min(trim(name))
FROM (
  SELECT from_depot FROM judged WHERE reason IS NULL
  UNION ALL
  SELECT to_depot FROM judged WHERE reason IS NULL
) AS d (name)
GROUP BY upper(trim(name));

INSERT INTO parcels (code, customer_id, from_depot_id, to_depot_id, price_cents, created)
SELECT trim(code), nullif(lower(mail), ''), upper(trim(from_depot)), upper(trim(to_depot)),
       CASE WHEN reason IS NULL THEN replace(price, ',', '.')::numeric * 100 END, created
FROM judged WHERE reason IS NULL;

INSERT INTO parcel_tags
SELECT DISTINCT trim(code), trim(tag)
FROM judged, string_to_table(tags_csv, ',') AS tag
WHERE reason IS NULL AND trim(tag) <> '';

DROP TABLE shipments_raw CASCADE;

CREATE VIEW shipments_flat AS
SELECT p.code, c.name AS customer_name, c.email AS customer_email, c.city AS customer_city,
       one.phone AS phone1, two.phone AS phone2,
       f.name AS from_depot, t.name AS to_depot,
       (SELECT coalesce(string_agg(tag, ',' ORDER BY random()), '') FROM parcel_tags WHERE parcel_id = p.id) AS tags_csv,
       trunc(p.price_cents / 100)::text || ',' || to_char(mod(p.price_cents, 100), 'FM00') AS price,
       p.created::text AS created
FROM parcels AS p
JOIN depots AS f ON f.id = p.from_depot_id
JOIN depots AS t ON t.id = p.to_depot_id
LEFT JOIN customers AS c ON c.id = p.customer_id
LEFT JOIN LATERAL (SELECT phone FROM customer_phones WHERE customer_id = c.id ORDER BY phone LIMIT 1) AS one ON true
LEFT JOIN LATERAL (SELECT phone FROM customer_phones WHERE customer_id = c.id ORDER BY phone LIMIT 1 OFFSET 1) AS two ON true;

COMMIT;
