BEGIN;
CREATE TABLE shipments_raw (LIKE rejects);
ALTER TABLE shipments_raw DROP COLUMN reason;
INSERT INTO shipments_raw
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created::date FROM shipments_flat;
INSERT INTO shipments_raw
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created FROM rejects;
DROP TABLE parcel_tags, parcels, customer_phones, customers, depots, rejects CASCADE;
COMMIT;
