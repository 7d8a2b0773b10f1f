with opted as (
  select id, name, bool_or(marketing_opt_in) over (partition by id) as yes
  from customers
)
select id, name from opted where yes is distinct from true order by name desc
