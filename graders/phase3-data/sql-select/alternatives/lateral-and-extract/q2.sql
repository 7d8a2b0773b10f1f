select c.id, c.name
from customers c
where not exists (select 1 from customers y where y.id = c.id and y.marketing_opt_in = true)
