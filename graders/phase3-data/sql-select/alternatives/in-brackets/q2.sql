((SELECT id, name FROM customers)
EXCEPT
(SELECT id, name FROM customers WHERE marketing_opt_in))
;
