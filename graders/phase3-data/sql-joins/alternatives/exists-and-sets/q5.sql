-- Rank 1 has nobody above; rank 2 has one, rank 3 has two: three selects, and the tie takes care of itself.
WITH r AS (
  SELECT c.city, c.id, c.name, (SELECT sum(price_cents) FROM parcels AS p WHERE p.customer_id = c.id) AS cents
  FROM customers AS c
  WHERE c.id = ANY (SELECT customer_id FROM parcels)
)
SELECT city, 1 AS rank, id AS customer_id, name AS customer, cents AS revenue_cents
FROM r WHERE cents >= ALL (SELECT o.cents FROM r AS o WHERE o.city = r.city)
UNION
SELECT city, 2, id, name, cents
FROM r WHERE 1 = (SELECT count(*) FROM r AS o WHERE o.city = r.city AND o.cents > r.cents)
UNION
SELECT city, 3, id, name, cents
FROM r WHERE 2 = (SELECT count(*) FROM r AS o WHERE o.city = r.city AND o.cents > r.cents)
ORDER BY city, rank, customer_id;
