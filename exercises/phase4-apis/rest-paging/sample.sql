-- 200,000 events to try your server with. The ids are in no order; from number 100,000 on 5,000 events have the same time.
TRUNCATE events;

INSERT INTO events (id, at, kind, parcel_code, depot, note, phone)
SELECT
  (n::bigint * 104729 + 104729) % 200003 + 2,
  timestamptz '2026-01-01 00:00:00Z'
    + CASE WHEN n BETWEEN 100000 AND 104999 THEN 100000 ELSE n END * interval '7 microseconds',
  (ARRAY['arrived', 'departed', 'arrived', 'departed', 'damaged'])[n % 5 + 1],
  'PEL-' || 1000 + n % 40000,
  (ARRAY['Vigo', 'Porto', 'Zürich', 'Łódź'])[n % 4 + 1],
  CASE WHEN n % 50 = 0 THEN 'left at the gate' END,
  '+34 600 ' || 100000 + n
FROM generate_series(0, 199999) AS n;

ANALYZE events;
