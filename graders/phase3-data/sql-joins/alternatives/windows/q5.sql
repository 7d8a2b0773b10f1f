-- WITH TIES keeps whoever equals the third; the rank is then counted inside each city's few rows.
SELECT
  cities.city,
  rank() OVER (PARTITION BY cities.city ORDER BY best.cents DESC)::integer AS rank,
  best.id AS customer_id,
  best.name AS customer,
  best.cents AS revenue_cents
FROM (SELECT DISTINCT city FROM customers) AS cities,
LATERAL (
  SELECT customers.id, customers.name, sum(price_cents) AS cents
  FROM customers
  JOIN parcels ON parcels.customer_id = customers.id
  WHERE customers.city = cities.city
  GROUP BY customers.id
  ORDER BY cents DESC
  FETCH FIRST 3 ROWS WITH TIES
) AS best
ORDER BY city, rank, customer_id;
