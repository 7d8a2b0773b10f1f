-- q7: How many parcels does each depot send, counting everything below it?
-- Give each depot the path from its root; its parcels count for everybody on that path.
WITH RECURSIVE
tree AS (
	SELECT id, ARRAY[id] AS path FROM depots WHERE parent_id IS NULL
	UNION ALL
	SELECT d.id, tree.path || d.id FROM tree JOIN depots AS d ON d.parent_id = tree.id
),
own AS (SELECT from_depot AS id, count(*) AS n FROM parcels GROUP BY from_depot),
shares AS (
	SELECT boss, coalesce(own.n, 0) AS n
	FROM tree
	LEFT JOIN own USING (id)
	CROSS JOIN LATERAL unnest(tree.path) AS boss
),
added AS (
	-- the empty set () would be one more row, the total of all; only the depots are wanted
	SELECT boss, sum(n)::bigint AS n FROM shares GROUP BY GROUPING SETS ((boss), ()) HAVING GROUPING(boss) = 0
)
SELECT d.id AS depot_id, d.name::varchar AS depot, added.n AS total_parcels
FROM added
JOIN depots AS d ON d.id = added.boss
ORDER BY 1;
