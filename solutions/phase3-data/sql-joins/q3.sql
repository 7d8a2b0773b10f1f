-- Two one-to-many relations: bring each down to one row per depot first, then join.
-- Joined directly, every parcel would meet every scan of its depot.
WITH sent AS (
  SELECT from_depot AS depot_id, sum(price_cents) AS revenue_cents
  FROM parcels
  GROUP BY from_depot
), seen AS (
  SELECT depot_id, count(*) AS scans
  FROM scans
  GROUP BY depot_id
)
SELECT d.id AS depot_id,
       d.name AS depot,
       coalesce(sent.revenue_cents, 0) AS revenue_cents,
       coalesce(seen.scans, 0) AS scans
FROM depots AS d
LEFT JOIN sent ON sent.depot_id = d.id
LEFT JOIN seen ON seen.depot_id = d.id
ORDER BY d.id;
