SELECT newest.*
FROM (SELECT :depot::integer AS depot_id, :'before'::timestamptz AS before) AS asked
CROSS JOIN LATERAL (
  SELECT s.id, s.parcel_id, s.kind, s.at
  FROM scans AS s
  WHERE s.depot_id = asked.depot_id AND s.at < asked.before
  ORDER BY s.at DESC, s.id DESC
  LIMIT 25 OFFSET 0
) AS newest
ORDER BY at DESC, id DESC;
