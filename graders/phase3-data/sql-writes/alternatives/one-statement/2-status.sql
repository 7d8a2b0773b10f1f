UPDATE parcels
SET (status, delivered_at) = (
  SELECT 'delivered', max(s.at) FROM scans s WHERE s.parcel_id = parcels.id
)
WHERE status NOT IN ('delivered', 'cancelled')
  AND 'delivered' = (
    SELECT s.kind FROM scans s WHERE s.parcel_id = parcels.id ORDER BY s.at DESC, s.id DESC LIMIT 1
  )
