-- 1-load: move the rows of staging that are right into parcels.
--
-- A row with a fault stays in staging, and its error says what the fault is (the table of faults is
-- in the README). A row without one becomes a parcel with the status 'created', and leaves staging.
-- All of it happens, or nothing.

-- The placeholder runs, and changes nothing. Replace it.
SELECT 'to do';
