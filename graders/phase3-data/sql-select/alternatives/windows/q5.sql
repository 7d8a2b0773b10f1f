with banded as (
  select width_bucket(weight_g, array[1000, 5001]) as bucket from parcels
), numbers as (
  select bucket, count(*)::numeric as many from banded group by bucket
)
select b.band, coalesce(n.many, 0)::numeric(10, 2) as parcels
from (values (2, '>5kg'), (1, '1-5kg'), (0, '<1kg')) as b (bucket, band)
left join numbers n using (bucket)
