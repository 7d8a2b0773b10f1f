-- down.sql: back to shipments_raw.
--
-- To do, all of it or none of it:
--   1. the table shipments_raw, as schema.sql makes it
--   2. its rows, from the tables as they stand now, and from rejects
--   3. everything that up.sql has made goes

-- This placeholder takes back the other placeholder. Replace it.
DROP VIEW shipments_flat;
