-- q6: Which parcels were created on 29 March 2026 in Athens?
--
-- On that day as the clocks on the wall in Athens (Europe/Athens) had it, which was 23 hours long.
-- Order: any.

SELECT 0 AS id, 'to do' AS code, NULL AS created_at;
