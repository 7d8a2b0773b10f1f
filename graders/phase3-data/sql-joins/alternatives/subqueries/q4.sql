select p.id as parcel_id, p.code, s.id as scan_id, s.kind, s.depot, s.at as scanned_at
from parcels p
cross join lateral (
  select scans.id, scans.kind, scans.at, depots.name as depot
  from scans
  join depots on depots.id = scans.depot_id
  where scans.parcel_id = p.id
  order by scans.at desc, scans.id desc
  limit 1
) s
order by p.id
