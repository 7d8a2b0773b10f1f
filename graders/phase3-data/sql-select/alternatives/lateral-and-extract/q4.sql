select heavy.code, heavy.weight_g
from (select distinct weight_g from parcels order by weight_g desc limit 10) w
cross join lateral (
  select code, weight_g from parcels p where p.weight_g = w.weight_g order by code limit 10
) heavy
order by heavy.weight_g desc, heavy.code
limit 10
