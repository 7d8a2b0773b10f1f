((WITH spent AS (
  SELECT customer_id, sum(price_cents) AS cents FROM parcels WHERE customer_id IS NOT NULL GROUP BY 1
), own AS (SELECT c.city, c.id, c.name, cents FROM spent JOIN customers c ON c.id = customer_id)
SELECT a.city, count(b.id) + 1 AS rank, a.id AS customer_id, a.name AS customer, a.cents AS revenue_cents
FROM own a LEFT JOIN own b ON b.city = a.city AND b.cents > a.cents
GROUP BY a.city, a.id, a.name, a.cents
HAVING count(b.id) < 3
ORDER BY a.city, 2, a.id));
