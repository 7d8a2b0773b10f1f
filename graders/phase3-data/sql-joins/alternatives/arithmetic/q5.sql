select city, rank::int, id as customer_id, name as customer, cents as revenue_cents from (
  select c.id, c.name, c.city, sum(p.price_cents) as cents,
    rank() over (partition by c.city order by sum(p.price_cents) desc) as rank
  from parcels p join customers c on c.id = p.customer_id group by c.id
) t where rank between 1 and 3 order by city, rank, id
