select p.id, p.code, p.created_at
from parcels p
cross join lateral (select p.created_at at time zone 'Europe/Athens' as wall) a
where extract(year from a.wall) = 2026
  and extract(month from a.wall) = 3
  and extract(day from a.wall) = 29
