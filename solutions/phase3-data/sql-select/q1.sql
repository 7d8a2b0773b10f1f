-- Time comes from the clock table, never from now(): the report must be the same tomorrow.
SELECT id, code, created_at
FROM parcels
WHERE status IN ('created', 'in_transit')
  AND created_at < (SELECT now FROM clock) - interval '7 days';
