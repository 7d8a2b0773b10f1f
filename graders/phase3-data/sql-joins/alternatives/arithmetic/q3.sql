select id as depot_id, name as depot,
  coalesce((select sum(price_cents) from parcels where from_depot = depots.id), 0) as revenue_cents,
  (select count(*) from scans where depot_id = depots.id) as scans
from depots order by depots.id
