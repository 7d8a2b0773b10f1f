with today as (select now as moment from clock),
on_the_way as (select * from parcels where status not in ('delivered', 'cancelled'))
select o.id::numeric(10, 1) as id, o.code::varchar(20) as code, o.created_at
from on_the_way o cross join today t
where t.moment - o.created_at > interval '7 days'
order by o.created_at
