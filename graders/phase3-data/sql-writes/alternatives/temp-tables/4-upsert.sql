BEGIN;
-- One at a time; others may still read.
LOCK TABLE depot_counters IN SHARE ROW EXCLUSIVE MODE;
CREATE TEMP TABLE today ON COMMIT DROP AS
  SELECT depot_id, sum(parcels) AS parcels FROM counts_today GROUP BY depot_id;
INSERT INTO depot_counters (depot_id, parcels)
  SELECT depot_id, 0 FROM today WHERE depot_id NOT IN (SELECT depot_id FROM depot_counters);
UPDATE depot_counters SET parcels = depot_counters.parcels + today.parcels
  FROM today WHERE today.depot_id = depot_counters.depot_id;
COMMIT;
