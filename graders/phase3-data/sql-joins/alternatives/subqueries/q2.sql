-- EXCEPT on the ids: everyone, less those who did.
select id as customer_id, name as customer
from customers
where id in (
  select id from customers
  except
  select c.id
  from customers c, parcels p, depots d
  where p.customer_id = c.id and d.id = p.to_depot and d.city = c.city
)
order by customer_id
