SELECT id, name FROM customers WHERE name ~* 's[o]n' ORDER BY name, id
