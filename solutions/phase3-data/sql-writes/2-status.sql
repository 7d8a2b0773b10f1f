-- The condition on p.status does two things: it leaves cancelled parcels alone, and it does not write
-- the delivered ones again. A row that is written with the values it has costs as much as any other.
WITH last_scan AS (
  SELECT DISTINCT ON (parcel_id) parcel_id, kind, at
  FROM scans
  ORDER BY parcel_id, at DESC, id DESC
)
UPDATE parcels AS p
SET status = 'delivered',
    delivered_at = s.at
FROM last_scan AS s
WHERE s.parcel_id = p.id
  AND s.kind = 'delivered'
  AND p.status IN ('created', 'in_transit');
