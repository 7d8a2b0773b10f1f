-- q1: Which parcels are late?
--
-- Parcels on their way (neither delivered nor cancelled) that were created more than 7 days before
-- clock.now.
-- Order: any.

-- The placeholder has the right columns and the wrong rows. Replace it.
SELECT 0 AS id, 'to do' AS code, NULL AS created_at;
