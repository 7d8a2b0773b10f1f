-- For each depot: count the parcels whose depot is in the set of it and all below.
SELECT top.id AS depot_id, top.name AS depot, (
  SELECT count(*)
  FROM parcels
  WHERE from_depot IN (
    WITH RECURSIVE below AS (
      SELECT top.id
      UNION
      SELECT depots.id FROM depots, below WHERE depots.parent_id = below.id
    )
    SELECT id FROM below
  )
) AS total_parcels
FROM depots AS top
ORDER BY top.id;
