BEGIN;
CREATE TABLE shipments_raw AS
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created FROM shipments_flat
UNION ALL
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created FROM rejects;
DROP VIEW shipments_flat;
DROP TABLE parcel_tags;
DROP TABLE customer_phones;
DROP TABLE parcels;
DROP TABLE customers;
DROP TABLE depots;
DROP TABLE rejects;
DROP SCHEMA pelican CASCADE;
COMMIT;
ANALYZE shipments_raw;
