-- The weeks are counted out recursively, as UTC dates; a week is a half-open range of instants.
with recursive weeks as (
  select date_trunc('week', min(created_at) at time zone 'UTC')::date as monday
  from parcels
  union all
  select monday + 7
  from weeks
  where (monday + 7)::timestamp at time zone 'UTC' <= (select now from clock)
)
select
  monday as week_start,
  (
    select coalesce(sum(price_cents), 0)
    from parcels
    where created_at >= monday::timestamp at time zone 'UTC'
      and created_at < (monday + 7)::timestamp at time zone 'UTC'
  ) as revenue_cents,
  (
    select sum(price_cents)
    from parcels
    where created_at < (monday + 7)::timestamp at time zone 'UTC'
  ) as running_cents
from weeks
order by monday
