UPDATE parcels
SET delivered_at = (
      SELECT max(at) FROM scans WHERE scans.parcel_id = parcels.id AND kind = 'delivered'
    ),
    status = 'delivered'
WHERE (status = 'created' OR status = 'in_transit')
AND EXISTS (SELECT 1 FROM scans WHERE scans.parcel_id = parcels.id AND kind = 'delivered')
AND NOT EXISTS (
  -- a scan after every delivery
  SELECT 1
  FROM scans AS s
  WHERE s.parcel_id = parcels.id
  AND s.kind <> 'delivered'
  AND NOT EXISTS (
    SELECT 1 FROM scans AS d
    WHERE d.parcel_id = s.parcel_id AND d.kind = 'delivered'
    AND (d.at > s.at OR (d.at = s.at AND d.id > s.id))
  )
);
