-- Everybody (that's all customers; "idle" ones, too – they sent nothing), without those who have such a parcel.
SELECT id AS customer_id, name AS customer
FROM customers
WHERE id IN (
  SELECT id FROM customers
  EXCEPT
  SELECT customer_id
  FROM parcels
  WHERE EXISTS (
    SELECT 'yes'
    FROM customers JOIN depots USING (city)
    WHERE customers.id = parcels.customer_id AND depots.id = parcels.to_depot
  )
)
ORDER BY customer_id;
