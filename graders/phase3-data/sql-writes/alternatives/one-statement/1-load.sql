WITH judged AS (
  SELECT s.*,
         CASE
           WHEN s.code IS NULL OR length(s.code) = 0 THEN 'no code'
           WHEN s.customer_id IS NOT NULL AND c.id IS NULL THEN 'unknown customer'
           WHEN f.id IS NULL OR t.id IS NULL THEN 'unknown depot'
           WHEN s.weight_g > 0 IS NOT TRUE THEN 'bad weight'
           WHEN s.price_cents > 0 IS NOT TRUE THEN 'bad price'
         END AS fault
  FROM staging s
  LEFT JOIN customers c ON c.id = s.customer_id
  LEFT JOIN depots f ON f.id = s.from_depot
  LEFT JOIN depots t ON t.id = s.to_depot
), candidates AS (
  SELECT j.*, row_number() OVER (PARTITION BY code ORDER BY id) AS place
  FROM judged j
  WHERE fault IS NULL
), inserted AS (
  INSERT INTO parcels (code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at, delivered_at)
  SELECT code, customer_id, from_depot, to_depot, weight_g, price_cents, 'created', created_at, NULL
  FROM candidates
  WHERE place = 1
  ORDER BY id
  ON CONFLICT (code) DO NOTHING
  RETURNING code
), gone AS (
  DELETE FROM staging
  USING candidates, inserted
  WHERE staging.id = candidates.id AND candidates.place = 1 AND inserted.code = candidates.code
  RETURNING staging.id
)
UPDATE staging
SET error = coalesce(j.fault, 'code taken')
FROM judged j
WHERE j.id = staging.id
  AND NOT EXISTS (
    SELECT FROM candidates c JOIN inserted i ON i.code = c.code
    WHERE c.place = 1 AND c.id = staging.id
  )
  AND (SELECT count(*) FROM gone) >= 0;
