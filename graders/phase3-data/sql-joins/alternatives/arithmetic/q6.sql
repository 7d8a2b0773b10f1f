with recursive p as (
  -- 1 January 1970 was a Thursday
  select floor((extract(epoch from created_at) + 3 * 86400) / 604800)::int as n, price_cents as cents from parcels
), w as (
  select min(n) as n from p
  union all
  select n + 1 from w where n < (select floor((extract(epoch from now) + 259200) / 604800) from clock)
)
select date '1969-12-29' + 7 * w.n as week_start,
  coalesce((select sum(cents) from p where p.n = w.n), 0) as revenue_cents,
  (select sum(cents) from p where p.n <= w.n) as running_cents
from w order by 1
