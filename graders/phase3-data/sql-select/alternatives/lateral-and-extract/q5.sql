select case n when 0 then '<1kg' when 1 then '1-5kg' else '>5kg' end as band,
       (select count(*) from parcels
        where (weight_g >= 1000)::int + (weight_g > 5000)::int = n) as parcels
from generate_series(0, 2) as n
