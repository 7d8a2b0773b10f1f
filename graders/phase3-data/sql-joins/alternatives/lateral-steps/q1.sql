/* q1: How many parcels does each depot send?
   /* comments nest in PostgreSQL; and a semicolon in one ends nothing */
   One row = one depot: LATERAL with an aggregate always gives exactly one row. */
WITH "kept" AS MATERIALIZED (
	SELECT p.from_depot AS depot_id, p.price_cents::double precision AS price
	FROM public.parcels AS p
	WHERE p.status IN ('created', 'in_transit', 'delivered')
)
SELECT
	d.id                AS "depot_id",
	d.name::varchar(80) AS "depot",
	agg.n               AS "parcels",
	agg.total / nullif(agg.n, 0) AS "avg_price"
FROM public.depots AS d
CROSS JOIN LATERAL (
	SELECT count(*)::integer AS n, sum(k.price) AS total
	FROM "kept" AS k
	WHERE k.depot_id = d.id
) AS agg
ORDER BY d.id ASC NULLS FIRST
; -- all of them; really
/* the end */
