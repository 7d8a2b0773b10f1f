BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ;

CREATE TEMP TABLE incoming ON COMMIT DROP AS
  SELECT *, NULL::text AS fault FROM staging;

UPDATE incoming SET fault = 'bad price' WHERE price_cents IS NULL OR price_cents < 1;
UPDATE incoming SET fault = 'bad weight' WHERE weight_g IS NULL OR weight_g < 1;
UPDATE incoming SET fault = 'unknown depot'
WHERE from_depot IS NULL OR to_depot IS NULL
   OR from_depot NOT IN (SELECT id FROM depots) OR to_depot NOT IN (SELECT id FROM depots);
UPDATE incoming SET fault = 'unknown customer' WHERE customer_id NOT IN (SELECT id FROM customers);
UPDATE incoming SET fault = 'no code' WHERE code IS NULL OR code = '';
UPDATE incoming SET fault = 'code taken'
WHERE fault IS NULL AND code IN (SELECT code FROM parcels);
UPDATE incoming SET fault = 'code taken'
WHERE fault IS NULL
  AND id NOT IN (SELECT min(id) FROM incoming WHERE fault IS NULL GROUP BY code);

DELETE FROM staging;
INSERT INTO staging
  SELECT id, code, customer_id, from_depot, to_depot, weight_g, price_cents, created_at, fault
  FROM incoming WHERE fault IS NOT NULL;
INSERT INTO parcels (id, code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at)
  SELECT nextval(pg_get_serial_sequence('parcels', 'id')), code, customer_id, from_depot, to_depot,
         weight_g, price_cents, 'created', created_at
  FROM incoming WHERE fault IS NULL;

COMMIT;
