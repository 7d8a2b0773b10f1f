-- ILIKE ignores case. Names are not unique, so the id completes the order.
SELECT id, name
FROM customers
WHERE name ILIKE '%son%'
ORDER BY name, id;
