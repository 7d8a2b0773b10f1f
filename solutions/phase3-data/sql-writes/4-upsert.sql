-- ON CONFLICT decides and acts in one step, so nobody can come between. One INSERT must not meet a
-- row twice, hence one sum for each depot; always in the same order, so that two sessions wait for
-- each other and never in a circle.
INSERT INTO depot_counters AS c (depot_id, parcels)
SELECT depot_id, sum(parcels)
FROM counts_today
GROUP BY depot_id
ORDER BY depot_id
ON CONFLICT (depot_id) DO UPDATE SET parcels = c.parcels + excluded.parcels;
