with recursive r (top, at) as (
  select id, id from depots union select r.top, d.id from r, depots d where d.parent_id = r.at
)
select top as depot_id, (select name from depots where id = top) as depot,
  (select count(*) from parcels where from_depot = any (array_agg(at))) as total_parcels
from r group by top order by top
