(SELECT id, name FROM customers WHERE strpos(upper(name), 'SON') > 0 ORDER BY 2, 1);
