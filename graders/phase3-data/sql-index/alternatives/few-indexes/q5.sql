WITH page AS (
  SELECT id, parcel_id, kind, at FROM scans WHERE depot_id = :depot AND NOT at >= :'before'
  ORDER BY at DESC, id DESC LIMIT 25
) TABLE page ORDER BY at DESC, id DESC
