SELECT from_depot, count(*) AS open_parcels, min(created_at) AS oldest
FROM parcels
WHERE status = 'created' OR status = 'in_transit'
GROUP BY from_depot
ORDER BY from_depot;
