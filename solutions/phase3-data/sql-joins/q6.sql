-- Move to UTC wall-clock time first (timestamp without time zone); from there on, weeks and days
-- do not depend on the time zone of the session.
WITH weekly AS (
  SELECT date_trunc('week', created_at AT TIME ZONE 'UTC') AS week_start,
         sum(price_cents) AS revenue_cents
  FROM parcels
  GROUP BY 1
), weeks AS (
  SELECT generate_series(
    (SELECT min(week_start) FROM weekly),
    (SELECT now AT TIME ZONE 'UTC' FROM clock),
    interval '1 week'
  ) AS week_start
)
SELECT week_start::date AS week_start,
       coalesce(revenue_cents, 0) AS revenue_cents,
       -- sum() skips the NULL of an empty week, and the first week always has a parcel. The sum of a
       -- bigint is numeric: cast it back, so that a driver reads an integer.
       (sum(revenue_cents) OVER (ORDER BY week_start))::bigint AS running_cents
FROM weeks
LEFT JOIN weekly USING (week_start)
ORDER BY week_start;
