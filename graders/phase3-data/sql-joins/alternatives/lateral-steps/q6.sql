-- q6: How does revenue add up, week by week?
-- Walk from Monday to Monday, carrying the running sum along.
WITH RECURSIVE
weekly (monday, cents) AS MATERIALIZED (
	SELECT (date_trunc('week', created_at, 'UTC') AT TIME ZONE 'UTC')::date, sum(price_cents)
	FROM parcels
	GROUP BY 1
),
walk (monday, cents, running) AS (
	(SELECT monday, cents, cents FROM weekly ORDER BY monday LIMIT 1)
	UNION ALL
	SELECT next.monday, coalesce(w.cents, 0), walk.running + coalesce(w.cents, 0)
	FROM walk
	CROSS JOIN LATERAL (SELECT walk.monday + 7 AS monday) AS next
	LEFT JOIN weekly AS w ON w.monday = next.monday
	WHERE next.monday <= (SELECT (now AT TIME ZONE 'UTC')::date FROM clock)
)
SELECT monday AS week_start, cents AS revenue_cents, running AS running_cents
FROM walk
ORDER BY monday;
