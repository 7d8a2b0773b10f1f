WITH each AS (
  SELECT from_depot, created_at FROM parcels WHERE status = 'created'
  UNION ALL
  SELECT from_depot, created_at FROM parcels WHERE status = 'in_transit'
)
SELECT DISTINCT
  from_depot,
  count(*) OVER depot AS open_parcels,
  first_value(created_at) OVER depot AS oldest
FROM each
WINDOW depot AS (PARTITION BY from_depot ORDER BY created_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
ORDER BY from_depot;
