-- Counts climb from each depot to its ancestors, one level at a time.
WITH RECURSIVE climb (depot_id, parent_id, n) AS (
  SELECT d.id, d.parent_id, (SELECT count(*) FROM parcels WHERE from_depot = d.id)
  FROM depots d
  UNION ALL
  SELECT up.id, up.parent_id, climb.n
  FROM climb
  JOIN depots up ON up.id = climb.parent_id
)
SELECT DISTINCT
  depot_id,
  depots.name AS depot,
  sum(n) OVER (PARTITION BY depot_id)::bigint AS total_parcels
FROM climb
JOIN depots ON depots.id = depot_id
ORDER BY depot_id;
