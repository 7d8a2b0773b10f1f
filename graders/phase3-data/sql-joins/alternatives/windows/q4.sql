SELECT parcel_id, code, scan_id, kind, depot, scanned_at
FROM (
  SELECT
    s.parcel_id,
    p.code,
    s.id AS scan_id,
    s.kind,
    d.name AS depot,
    s.at AS scanned_at,
    row_number() OVER (PARTITION BY s.parcel_id ORDER BY s.at DESC, s.id DESC) AS nth
  FROM scans s
  JOIN parcels p ON p.id = s.parcel_id
  JOIN depots d ON d.id = s.depot_id
) AS numbered
WHERE nth = 1
ORDER BY parcel_id;
