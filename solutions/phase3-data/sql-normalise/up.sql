BEGIN;

CREATE TABLE customers (
  id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name  text NOT NULL,
  email text NOT NULL,
  city  text NOT NULL
);
-- The id is only a handle. What makes a customer the same customer is the e-mail.
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));

CREATE TABLE customer_phones (
  customer_id integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  phone       text    NOT NULL,
  PRIMARY KEY (customer_id, phone)
);

CREATE TABLE depots (
  id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL
);
CREATE UNIQUE INDEX depots_name_key ON depots (lower(name));

CREATE TABLE parcels (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code          text    NOT NULL UNIQUE,
  customer_id   integer REFERENCES customers (id),
  from_depot_id integer NOT NULL REFERENCES depots (id),
  to_depot_id   integer NOT NULL REFERENCES depots (id),
  price_cents   integer NOT NULL CHECK (price_cents >= 0),
  created       date    NOT NULL
);
CREATE INDEX ON parcels (customer_id);
CREATE INDEX ON parcels (from_depot_id);
CREATE INDEX ON parcels (to_depot_id);

CREATE TABLE parcel_tags (
  parcel_id integer NOT NULL REFERENCES parcels (id) ON DELETE CASCADE,
  tag       text    NOT NULL CHECK (tag <> ''),
  PRIMARY KEY (parcel_id, tag)
);

CREATE TABLE rejects (LIKE shipments_raw, reason text NOT NULL);

-- shipments_raw goes at the end, so it may serve as the workbench: first each row's verdict …
ALTER TABLE shipments_raw ADD COLUMN reason text;

UPDATE shipments_raw SET reason = CASE
  WHEN coalesce(trim(code), '') = ''
    THEN 'no code'
  WHEN coalesce(trim(from_depot), '') = '' OR coalesce(trim(to_depot), '') = ''
    THEN 'a depot is missing'
  WHEN coalesce(trim(price), '') !~ '^\d+(,\d{1,2})?$'
    THEN 'the price is not written like 12 or 12,50'
  WHEN trim(concat(customer_name, customer_email, customer_city, phone1, phone2)) <> ''
    AND coalesce(trim(customer_email), '') !~ '^[^@]+@[^@]+$'
    THEN 'a customer without an e-mail'
END;

INSERT INTO rejects SELECT * FROM shipments_raw WHERE reason IS NOT NULL;
DELETE FROM shipments_raw WHERE reason IS NOT NULL;

-- … then what is left is tidied, once, so that nothing below has to think of spaces.
UPDATE shipments_raw SET
  code           = trim(code),
  customer_name  = nullif(trim(customer_name), ''),
  customer_email = nullif(lower(trim(customer_email)), ''),
  customer_city  = nullif(trim(customer_city), ''),
  phone1         = nullif(trim(phone1), ''),
  phone2         = nullif(trim(phone2), ''),
  from_depot     = trim(from_depot),
  to_depot       = trim(to_depot),
  price          = trim(price);

-- Should the rows of one e-mail not agree, the unique index refuses, and nothing is lost in silence.
INSERT INTO customers (name, email, city)
SELECT DISTINCT customer_name, customer_email, customer_city
FROM shipments_raw
WHERE customer_email IS NOT NULL;

INSERT INTO customer_phones (customer_id, phone)
SELECT DISTINCT c.id, p.phone
FROM shipments_raw AS r
JOIN customers AS c ON c.email = r.customer_email
CROSS JOIN LATERAL (VALUES (r.phone1), (r.phone2)) AS p (phone)
WHERE p.phone IS NOT NULL;

INSERT INTO depots (name)
SELECT DISTINCT ON (lower(name)) name
FROM (SELECT from_depot FROM shipments_raw UNION SELECT to_depot FROM shipments_raw) AS d (name)
ORDER BY lower(name), name;

INSERT INTO parcels (code, customer_id, from_depot_id, to_depot_id, price_cents, created)
SELECT r.code, c.id, f.id, t.id, replace(r.price, ',', '.')::numeric * 100, r.created
FROM shipments_raw AS r
JOIN depots AS f ON lower(f.name) = lower(r.from_depot)
JOIN depots AS t ON lower(t.name) = lower(r.to_depot)
LEFT JOIN customers AS c ON c.email = r.customer_email;

INSERT INTO parcel_tags (parcel_id, tag)
SELECT DISTINCT p.id, trim(tag)
FROM shipments_raw AS r
JOIN parcels AS p ON p.code = r.code
CROSS JOIN LATERAL string_to_table(r.tags_csv, ',') AS tag
WHERE trim(tag) <> '';

DROP TABLE shipments_raw;

-- Each list is gathered by itself: joined side by side, two phones and three tags would make six rows.
CREATE VIEW shipments_flat AS
SELECT p.code,
       c.name AS customer_name,
       c.email AS customer_email,
       c.city AS customer_city,
       phones.list[1] AS phone1,
       phones.list[2] AS phone2,
       f.name AS from_depot,
       t.name AS to_depot,
       tags.csv AS tags_csv,
       p.price_cents / 100 || ',' || lpad((p.price_cents % 100)::text, 2, '0') AS price,
       p.created
FROM parcels AS p
JOIN depots AS f ON f.id = p.from_depot_id
JOIN depots AS t ON t.id = p.to_depot_id
LEFT JOIN customers AS c ON c.id = p.customer_id
CROSS JOIN LATERAL (
  SELECT array_agg(phone ORDER BY phone) AS list FROM customer_phones WHERE customer_id = c.id
) AS phones
CROSS JOIN LATERAL (
  SELECT string_agg(tag, ',' ORDER BY tag) AS csv FROM parcel_tags WHERE parcel_id = p.id
) AS tags;

COMMIT;
