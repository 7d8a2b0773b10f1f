-- 1-load

BEGIN;

-- forget what was said before
UPDATE staging SET error = NULL;

UPDATE staging SET error = 'no code' WHERE error IS NULL AND (code IS NULL OR code = '');

UPDATE staging SET error = 'unknown customer'
WHERE error IS NULL
AND customer_id IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM customers WHERE customers.id = staging.customer_id);

UPDATE staging SET error = 'unknown depot'
WHERE error IS NULL
AND NOT EXISTS (SELECT 1 FROM depots WHERE depots.id = staging.from_depot);

UPDATE staging SET error = 'unknown depot'
WHERE error IS NULL
AND NOT EXISTS (SELECT 1 FROM depots WHERE depots.id = staging.to_depot);

UPDATE staging SET error = 'bad weight' WHERE error IS NULL AND (weight_g IS NULL OR weight_g <= 0);
UPDATE staging SET error = 'bad price' WHERE error IS NULL AND (price_cents IS NULL OR price_cents <= 0);

UPDATE staging SET error = 'code taken'
WHERE error IS NULL
AND EXISTS (SELECT 1 FROM parcels WHERE parcels.code = staging.code);

UPDATE staging SET error = 'code taken'
FROM staging AS other
WHERE staging.error IS NULL AND other.error IS NULL
AND other.code = staging.code AND other.id < staging.id;

-- ids by hand
INSERT INTO parcels (id, code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at)
SELECT (SELECT max(id) FROM parcels) + row_number() OVER (ORDER BY id),
       code, customer_id, from_depot, to_depot, weight_g, price_cents, 'created', created_at
FROM staging
WHERE error IS NULL;

DELETE FROM staging WHERE EXISTS (SELECT 1 FROM parcels WHERE parcels.code = staging.code) AND error IS NULL;

COMMIT;
