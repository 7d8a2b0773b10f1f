with live as (select * from parcels where status in ('created', 'in_transit', 'delivered')),
sums as (select from_depot, count(*) as n, sum(price_cents) as cents from live group by from_depot)
select id as depot_id, name as depot, coalesce(n, 0) as parcels, round(cents / n::numeric, 4) as avg_price
from depots left join sums on from_depot = id order by id asc
