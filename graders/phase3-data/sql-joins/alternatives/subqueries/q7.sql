-- One small recursion for each depot, downwards from it.
select d.id as depot_id, d.name as depot, t.parcels as total_parcels
from depots d,
lateral (
  with recursive subtree (id) as (
    values (d.id)
    union
    select child.id from depots child, subtree where child.parent_id = subtree.id
  )
  select count(*) as parcels from parcels where from_depot in (select id from subtree)
) t
order by d.id
