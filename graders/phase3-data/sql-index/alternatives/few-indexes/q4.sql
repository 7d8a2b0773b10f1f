SELECT from_depot, sum(1) AS open_parcels, (array_agg(created_at ORDER BY created_at))[1] AS oldest
FROM parcels WHERE status NOT IN ('delivered', 'returned', 'lost') GROUP BY 1 HAVING count(*) > 0 ORDER BY 1
