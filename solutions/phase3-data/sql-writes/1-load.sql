BEGIN;

-- What is wrong with each row by itself; NULL where nothing is. A comparison with NULL is not true, so
-- what is missing has to be turned into something that fails.
UPDATE staging AS s
SET error = CASE
  WHEN coalesce(s.code, '') = '' THEN 'no code'
  WHEN s.customer_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM customers AS c WHERE c.id = s.customer_id) THEN 'unknown customer'
  WHEN NOT EXISTS (SELECT FROM depots AS d WHERE d.id = s.from_depot)
    OR NOT EXISTS (SELECT FROM depots AS d WHERE d.id = s.to_depot) THEN 'unknown depot'
  WHEN coalesce(s.weight_g, 0) <= 0 THEN 'bad weight'
  WHEN coalesce(s.price_cents, 0) <= 0 THEN 'bad price'
END;

-- Only now is it known which rows compete for a code.
UPDATE staging AS s
SET error = 'code taken'
WHERE s.error IS NULL
  AND (
    EXISTS (SELECT FROM parcels AS p WHERE p.code = s.code)
    OR EXISTS (
      SELECT FROM staging AS earlier
      WHERE earlier.code = s.code AND earlier.error IS NULL AND earlier.id < s.id
    )
  );

-- One statement takes the rows out and puts them in: no row can be in both tables, or in neither.
WITH moved AS (
  DELETE FROM staging
  WHERE error IS NULL
  RETURNING code, customer_id, from_depot, to_depot, weight_g, price_cents, created_at
)
INSERT INTO parcels
  (code, customer_id, from_depot, to_depot, weight_g, price_cents, created_at, status)
SELECT code, customer_id, from_depot, to_depot, weight_g, price_cents, created_at, 'created'
FROM moved;

COMMIT;
