select id as customer_id, name as customer from customers
except
select c.id, c.name from customers c join parcels p on p.customer_id = c.id join depots d on d.id = p.to_depot and d.city = c.city
order by customer_id
