(WITH RECURSIVE tree AS (
  SELECT id, ARRAY[id] AS above FROM depots WHERE parent_id IS NULL
  UNION ALL SELECT d.id, d.id || above FROM depots d JOIN tree ON tree.id = d.parent_id
), sent AS (SELECT unnest(above) AS id, parcels.id AS parcel FROM tree JOIN parcels ON from_depot = tree.id)
SELECT depots.id AS depot_id, name::varchar AS depot, count(parcel) AS total_parcels
FROM depots LEFT JOIN sent USING (id) GROUP BY depots.id ORDER BY depots.id);
