-- q5: Who are the three best customers of each city?
-- A customer's rank is their revenue's place in the city's array of revenues, best first: array_position
-- finds the first of equal ones, and that is 1 + the number of larger ones.
WITH
revenue AS (
	SELECT customer_id, sum(price_cents) AS cents
	FROM parcels
	GROUP BY customer_id
	HAVING customer_id IS NOT NULL
),
named AS (
	SELECT c.city, c.id, c.name, r.cents
	FROM revenue AS r
	JOIN customers AS c ON c.id = r.customer_id
),
ladder AS (
	SELECT city, array_agg(cents ORDER BY cents DESC) AS steps FROM named GROUP BY city
)
SELECT
	city::varchar,
	place.rank::smallint AS rank,
	id AS customer_id,
	name::varchar AS customer,
	cents AS revenue_cents
FROM named
NATURAL JOIN ladder
CROSS JOIN LATERAL (SELECT array_position(steps, cents) AS rank) AS place
WHERE place.rank BETWEEN 1 AND 3
ORDER BY city COLLATE "C", 2, 3;
