select c.id, c.name
from customers c
cross join lateral (select position('son' in lower(c.name)) as place) s
where s.place <> 0
order by c.name, c.id
