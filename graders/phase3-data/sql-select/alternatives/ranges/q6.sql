SELECT id, code, created_at::timestamptz(6) AS created_at
FROM parcels
WHERE to_char(timezone('Europe/Athens', created_at), 'YYYYMMDD') = '20260329';
