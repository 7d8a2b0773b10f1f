-- Moments and ids compared as pairs: from (since, lowest) up to (until, lowest).
WITH asked (since, until) AS MATERIALIZED (VALUES (timestamptz :'since', timestamptz :'until'))
SELECT p.id, p.code, p.created_at, p.price_cents
FROM asked
CROSS JOIN LATERAL (
  SELECT *
  FROM parcels
  WHERE from_depot = :depot AND (created_at, id) >= (asked.since, 0) AND (created_at, id) < (asked.until, 0)
) AS p
ORDER BY p.created_at, p.id;
