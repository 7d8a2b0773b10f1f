SELECT c.id::bigint AS customer_id, c.name AS customer
FROM customers c
LEFT JOIN (parcels p JOIN depots d ON d.id = p.to_depot) ON p.customer_id = c.id
GROUP BY c.id
HAVING bool_or(d.city = c.city) IS NOT TRUE
ORDER BY c.id;
