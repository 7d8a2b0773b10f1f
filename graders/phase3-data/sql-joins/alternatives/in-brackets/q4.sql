(
  WITH last AS (SELECT parcel_id, (array_agg(s ORDER BY (at, id) DESC))[1] AS s FROM scans s GROUP BY parcel_id)
  SELECT parcel_id, code, (s).id AS scan_id, (s).kind, depots.name AS depot, (s).at AS scanned_at
  FROM last JOIN parcels ON parcels.id = parcel_id JOIN depots ON depots.id = (s).depot_id
  ORDER BY parcel_id
)
