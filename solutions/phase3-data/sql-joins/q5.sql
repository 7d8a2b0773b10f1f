-- Group by the customer's id: two customers may share a name and a city.
-- rank() leaves a gap after a tie, as the question wants it; dense_rank() would not.
WITH spent AS (
  SELECT c.id, c.name, c.city, sum(p.price_cents) AS revenue_cents
  FROM customers AS c
  JOIN parcels AS p ON p.customer_id = c.id
  GROUP BY c.id
), ranked AS (
  SELECT spent.*, rank() OVER (PARTITION BY city ORDER BY revenue_cents DESC) AS rank
  FROM spent
)
SELECT city,
       rank,
       id AS customer_id,
       name AS customer,
       revenue_cents
FROM ranked
WHERE rank <= 3
ORDER BY city, rank, customer_id;
