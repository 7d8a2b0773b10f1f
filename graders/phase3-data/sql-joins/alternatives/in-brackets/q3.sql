(SELECT depot_id, (SELECT name FROM depots WHERE id = depot_id) AS depot,
        sum(cents)::bigint AS revenue_cents, sum(n)::bigint AS scans
 FROM (
   SELECT id AS depot_id, 0 AS cents, 0 AS n FROM depots
   UNION ALL SELECT from_depot, price_cents, 0 FROM parcels
   UNION ALL SELECT depot_id, 0, 1 FROM scans
 ) AS facts
 GROUP BY depot_id ORDER BY depot_id);
