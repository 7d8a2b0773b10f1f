-- Lists of ids and numbers, added up in the end. A depot that lacks parcels or scans gets zeros from the third list.
SELECT
  depot_id,
  (SELECT name FROM depots WHERE id = depot_id) AS depot,
  sum(cents)::bigint AS revenue_cents,
  sum(scans)::bigint AS scans
FROM (
  SELECT from_depot AS depot_id, sum(price_cents) AS cents, 0 AS scans FROM parcels GROUP BY from_depot
  UNION ALL
  SELECT depot_id, 0, count(*) FROM scans GROUP BY depot_id
  UNION ALL
  (SELECT id, 0, 0 FROM depots EXCEPT (SELECT from_depot, 0, 0 FROM parcels INTERSECT SELECT depot_id, 0, 0 FROM scans))
) AS parts
GROUP BY depot_id
ORDER BY depot_id;
