BEGIN;

CREATE TABLE shipments_raw (
  code           text,
  customer_name  text,
  customer_email text,
  customer_city  text,
  phone1         text,
  phone2         text,
  from_depot     text,
  to_depot       text,
  tags_csv       text,
  price          text,
  created        date
);

-- The view is the old table as the new ones tell it, with everything that has changed since.
INSERT INTO shipments_raw
SELECT code, customer_name, customer_email, customer_city, phone1, phone2,
       from_depot, to_depot, tags_csv, price, created
FROM shipments_flat
UNION ALL
SELECT code, customer_name, customer_email, customer_city, phone1, phone2,
       from_depot, to_depot, tags_csv, price, created
FROM rejects;

DROP VIEW shipments_flat;
DROP TABLE parcel_tags, parcels, customer_phones, customers, depots, rejects;

COMMIT;
