SELECT id, name FROM customers WHERE coalesce(NOT marketing_opt_in, true) ORDER BY name DESC;
