-- Weeks as plain numbers: day 4 of the Unix epoch, 1970-01-05, was a Monday.
WITH dated AS (
  SELECT
    floor((extract(epoch FROM created_at) / 86400 - 4) / 7)::integer AS week,
    price_cents AS cents
  FROM parcels
  UNION ALL
  SELECT generate_series(
    (SELECT floor((extract(epoch FROM min(created_at)) / 86400 - 4) / 7)::integer FROM parcels),
    (SELECT floor((extract(epoch FROM now) / 86400 - 4) / 7)::integer FROM clock)
  ), 0
)
SELECT
  date '1970-01-05' + 7 * week AS week_start,
  sum(cents) AS revenue_cents,
  CAST(sum(sum(cents)) OVER (ORDER BY week ROWS UNBOUNDED PRECEDING) AS bigint) AS running_cents
FROM dated
GROUP BY week
ORDER BY week;
