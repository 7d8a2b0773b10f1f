select p.id as parcel_id, p.code, s.id as scan_id, s.kind, d.name as depot, s.at as scanned_at
from scans s join parcels p on p.id = s.parcel_id join depots d on d.id = s.depot_id
left join scans later on later.parcel_id = s.parcel_id and (later.at > s.at or later.at = s.at and later.id > s.id)
where later.id is null
order by p.id
