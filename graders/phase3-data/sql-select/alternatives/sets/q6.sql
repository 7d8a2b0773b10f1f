SELECT id, code, created_at
FROM parcels
WHERE tstzrange(
  timestamp '2026-03-29' AT TIME ZONE 'Europe/Athens',
  timestamp '2026-03-30' AT TIME ZONE 'Europe/Athens'
) @> created_at
