SELECT id, code, created_at FROM parcels
EXCEPT
SELECT id, code, created_at FROM parcels
WHERE status IN ('delivered', 'cancelled')
   OR created_at >= ALL (SELECT now - interval '7 days' FROM clock)
