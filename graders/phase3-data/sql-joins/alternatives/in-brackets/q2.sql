(SELECT c.id AS customer_id, c.name AS customer FROM customers c
WHERE c.city <> ALL (ARRAY(SELECT d.city FROM parcels p, depots d WHERE p.customer_id = c.id AND d.id = p.to_depot))
ORDER BY 1);
