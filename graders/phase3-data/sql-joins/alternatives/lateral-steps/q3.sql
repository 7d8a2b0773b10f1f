-- q3: What does each depot earn, and how much does it scan?
WITH
earned (id, cents) AS (SELECT from_depot, sum(price_cents) FROM parcels GROUP BY from_depot),
scanned (id, n) AS (SELECT depot_id, count(*) FROM scans GROUP BY depot_id),
both_sides AS (SELECT id, cents, n FROM earned FULL JOIN scanned USING (id)),
result AS (
	SELECT id AS depot_id, depots.name::varchar AS depot, cents, n
	FROM both_sides RIGHT JOIN depots USING (id)
)
SELECT
	depot_id,
	depot,
	CASE WHEN cents IS NULL THEN 0 ELSE cents END AS revenue_cents,
	greatest(0, n) AS scans
FROM result
ORDER BY depot_id;
