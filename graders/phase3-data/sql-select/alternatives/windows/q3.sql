with marked as (
  select id, name, row_number() over (order by name, id) as place
  from customers
  where strpos(lower(name), 'son') > 0
)
select id, name from marked order by place
