with ranked as (
  select code, weight_g, row_number() over (order by weight_g desc, code) as place from parcels
)
select code, weight_g from ranked where place <= 10 order by place
