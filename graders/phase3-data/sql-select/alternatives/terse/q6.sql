select id,code,created_at from parcels where to_char(created_at at time zone 'Europe/Athens','YYYY-MM-DD')='2026-03-29'
