-- The rank is one more than the number of customers of the same city who spent more.
with spent as materialized (
  select *
  from (
    select
      c.id,
      c.name,
      c.city,
      (select sum(price_cents) from parcels where customer_id = c.id) as cents
    from customers c
  ) as each
  where cents is not null
)
select
  s.city,
  (select count(*) + 1 from spent o where o.city = s.city and o.cents > s.cents) as rank,
  s.id as customer_id,
  s.name as customer,
  s.cents as revenue_cents
from spent s
where (select count(*) from spent o where o.city = s.city and o.cents > s.cents) < 3
order by city, rank, customer_id
