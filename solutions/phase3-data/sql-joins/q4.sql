-- DISTINCT ON keeps the first row of each parcel, so the order inside a parcel has to be complete.
WITH last_scan AS (
  SELECT DISTINCT ON (parcel_id) id, parcel_id, depot_id, kind, at
  FROM scans
  ORDER BY parcel_id, at DESC, id DESC
)
SELECT p.id AS parcel_id,
       p.code,
       s.id AS scan_id,
       s.kind,
       d.name AS depot,
       s.at AS scanned_at
FROM last_scan AS s
JOIN parcels AS p ON p.id = s.parcel_id
JOIN depots AS d ON d.id = s.depot_id
ORDER BY p.id;
