/* Indexes for the five slow queries.
   /* comments nest; and a semicolon in one ends nothing */ */
BEGIN;
SET LOCAL maintenance_work_mem = '64MB';
SET LOCAL lock_timeout = '5s';
CREATE UNIQUE INDEX IF NOT EXISTS "parcels: by depot & time" ON public.parcels USING btree (from_depot ASC, created_at ASC NULLS LAST, id ASC);
COMMENT ON INDEX "parcels: by depot & time" IS 'q1';
CREATE INDEX wrong_at_first ON public.parcels (recipient_email);
DROP INDEX wrong_at_first;
COMMIT;

CREATE INDEX CONCURRENTLY parcels_lower_email ON parcels (lower(recipient_email)) WHERE recipient_email IS NOT NULL;
CREATE UNIQUE INDEX CONCURRENTLY parcels_code_c ON parcels (code COLLATE "C") WITH (fillfactor = 95);

CREATE INDEX parcels_open ON parcels (from_depot, created_at, id)
  WHERE status = ANY (ARRAY['created', 'in_transit']);

CREATE INDEX scans_depot ON scans (depot_id, at DESC NULLS FIRST, id DESC) WITH (fillfactor = 90);

CREATE STATISTICS parcels_depot_status (dependencies, mcv) ON from_depot, status FROM parcels;
ANALYZE parcels;
ANALYZE scans;
RESET ALL;
-- done
