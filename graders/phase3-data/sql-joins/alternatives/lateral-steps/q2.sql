-- q2: Who never sent a parcel to their own city?
-- Gather the cities that each customer sent to in an array, then look for the own one in it.
WITH sent AS (
	SELECT p.customer_id, d.city
	FROM parcels AS p
	INNER JOIN depots AS d ON d.id = p.to_depot
	WHERE p.customer_id IS NOT NULL
),
cities AS (
	SELECT s.customer_id, array_agg(DISTINCT s.city) AS list
	FROM sent AS s
	GROUP BY s.customer_id
)
SELECT c.id AS customer_id, c.name::varchar AS customer
FROM customers AS c
LEFT OUTER JOIN cities ON cities.customer_id = c.id
WHERE (c.city = ANY (cities.list)) IS NOT TRUE
ORDER BY c.id
