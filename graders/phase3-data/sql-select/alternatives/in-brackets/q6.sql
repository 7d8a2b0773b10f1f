(SELECT id, code, created_at FROM parcels
WHERE created_at <@ tstzrange('2026-03-28 22:00Z', '2026-03-29 21:00Z'));
