-- Every depot paired with itself and with each depot below it, however deep; then one count.
WITH RECURSIVE below AS (
  SELECT id AS top_id, id AS depot_id
  FROM depots
  UNION ALL
  SELECT below.top_id, child.id
  FROM below
  JOIN depots AS child ON child.parent_id = below.depot_id
)
SELECT d.id AS depot_id,
       d.name AS depot,
       count(p.id) AS total_parcels
FROM depots AS d
JOIN below ON below.top_id = d.id
LEFT JOIN parcels AS p ON p.from_depot = below.depot_id
GROUP BY d.id
ORDER BY d.id;
