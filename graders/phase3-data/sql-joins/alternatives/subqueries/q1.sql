select
  d.id as depot_id,
  d.name as depot,
  (select count(*) from parcels p where p.from_depot = d.id and p.status != 'cancelled') as parcels,
  (select avg(p.price_cents) from parcels p where p.from_depot = d.id and p.status != 'cancelled')
    as avg_price
from depots d
order by 1
