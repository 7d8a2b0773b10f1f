-- "Never" is NOT EXISTS. It has no trouble with NULL customer ids, where NOT IN has.
SELECT c.id AS customer_id,
       c.name AS customer
FROM customers AS c
WHERE NOT EXISTS (
  SELECT FROM parcels AS p
  JOIN depots AS d ON d.id = p.to_depot
  WHERE p.customer_id = c.id AND d.city = c.city
)
ORDER BY c.id;
