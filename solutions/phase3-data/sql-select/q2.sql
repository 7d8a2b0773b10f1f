-- IS NOT TRUE is true for false and for NULL. "= false" is NULL for NULL, and drops the row.
SELECT id, name
FROM customers
WHERE marketing_opt_in IS NOT TRUE;
