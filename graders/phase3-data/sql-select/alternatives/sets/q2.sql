SELECT id, name FROM customers
WHERE id NOT IN (SELECT id FROM customers WHERE marketing_opt_in)
