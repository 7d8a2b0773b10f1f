-- Both relations stacked into one list of facts instead of joined side by side.
WITH facts (depot_id, cents, scans) AS (
  SELECT id, 0, 0 FROM depots
  UNION ALL
  SELECT from_depot, price_cents, 0 FROM parcels
  UNION ALL
  SELECT depot_id, 0, 1 FROM scans
)
SELECT depot_id, depots.name AS depot, sum(cents) AS revenue_cents, sum(scans) AS scans
FROM facts
JOIN depots ON depots.id = facts.depot_id
GROUP BY depot_id, depots.name
ORDER BY depot_id;
