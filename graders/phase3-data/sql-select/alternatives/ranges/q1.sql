WITH late AS (SELECT now - interval '1 week' AS limit_at FROM clock)
SELECT id, code, created_at
FROM parcels, late
WHERE NOT (status = 'delivered' OR status = 'cancelled')
  AND created_at - limit_at < interval '0';
