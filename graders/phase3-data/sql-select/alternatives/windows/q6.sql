with local as (
  select id, code, created_at, date_trunc('day', created_at, 'Europe/Athens') as midnight from parcels
)
select id, code, created_at from local where midnight = timestamptz '2026-03-29 00:00:00+02'
