(
  WITH by_week AS (
    SELECT date_bin('7 days', created_at, '2001-01-01Z') AS monday, sum(price_cents) AS cents FROM parcels GROUP BY 1
  )
  SELECT (m AT TIME ZONE 'Etc/UTC')::date AS week_start,
         coalesce(cents, 0) AS revenue_cents,
         (SELECT sum(cents)::bigint FROM by_week WHERE monday <= m) AS running_cents
  FROM generate_series((SELECT min(monday) FROM by_week), (SELECT now FROM clock), interval '168 hours') AS m
  LEFT JOIN by_week ON monday = m
  ORDER BY m
)
