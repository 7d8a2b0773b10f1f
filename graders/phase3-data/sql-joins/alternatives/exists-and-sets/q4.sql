-- A scan is the last one of its parcel if there is none after it.
SELECT s.parcel_id, p.code, s.id AS scan_id, s.kind, d.name AS depot, s.at AS scanned_at
FROM scans AS s
JOIN parcels AS p ON p.id = s.parcel_id
JOIN depots AS d ON d.id = s.depot_id
WHERE NOT EXISTS (
  SELECT 1 FROM scans AS later WHERE later.parcel_id = s.parcel_id AND (later.at, later.id) > (s.at, s.id)
)
ORDER BY s.parcel_id;
