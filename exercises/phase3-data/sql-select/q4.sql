-- q4: Which are the 10 heaviest parcels?
--
-- Of parcels that weigh the same, the one whose code comes first in the alphabet goes first. Never more
-- than 10 rows.
-- Order: heaviest first, then code.

SELECT 'to do' AS code, 0 AS weight_g;
