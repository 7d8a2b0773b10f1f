BEGIN;

-- first make sure that every depot has a counter …
INSERT INTO depot_counters (depot_id, parcels)
SELECT DISTINCT depot_id, 0
FROM counts_today
ORDER BY depot_id
ON CONFLICT DO NOTHING;

-- … then add
UPDATE depot_counters
SET parcels = depot_counters.parcels + (
  SELECT sum(counts_today.parcels) FROM counts_today WHERE counts_today.depot_id = depot_counters.depot_id
)
WHERE depot_id IN (SELECT depot_id FROM counts_today);

COMMIT;
