select
  id as depot_id,
  name as depot,
  (select coalesce(sum(price_cents), 0) from parcels where from_depot = depots.id) as revenue_cents,
  (select count(*) from scans where depot_id = depots.id) as scans
from depots
order by id
