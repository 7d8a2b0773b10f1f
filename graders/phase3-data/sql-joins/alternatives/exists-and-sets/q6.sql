-- Every day from six before the first parcel's to today; the Mondays among them are the weeks.
WITH days AS (
  SELECT (SELECT min((created_at AT TIME ZONE 'UTC')::date) - 6 FROM parcels) + n AS day
  FROM generate_series(0, 6 + (
    SELECT (max(now) AT TIME ZONE 'UTC')::date - (SELECT min((created_at AT TIME ZONE 'UTC')::date) FROM parcels)
    FROM clock
  )) AS n
)
SELECT
  day AS week_start,
  (
    SELECT coalesce(sum(price_cents), 0)
    FROM parcels
    WHERE created_at >= day::timestamp AT TIME ZONE 'UTC' AND created_at < (day + 7)::timestamp AT TIME ZONE 'UTC'
  ) AS revenue_cents,
  (SELECT sum(price_cents) FROM parcels WHERE created_at < (day + 7)::timestamp AT TIME ZONE 'UTC') AS running_cents
FROM days
WHERE extract(isodow FROM day) = 1
ORDER BY day;
