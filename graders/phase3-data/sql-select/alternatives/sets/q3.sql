(SELECT id, name FROM customers WHERE name SIMILAR TO '%[sS][oO][nN]%')
ORDER BY name, id
