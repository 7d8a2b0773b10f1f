WITH today AS MATERIALIZED (
  SELECT depot_id, SUM(parcels)::integer AS parcels FROM counts_today GROUP BY 1
)
INSERT INTO depot_counters
TABLE today
ON CONFLICT ON CONSTRAINT depot_counters_pkey
DO UPDATE SET parcels = depot_counters.parcels + EXCLUDED.parcels
RETURNING *;
