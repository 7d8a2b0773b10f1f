-- 4-upsert: add today's counts to the counters of the depots.
--
-- counts_today may have several rows for a depot, depot_counters one or none. Two sessions may run this
-- at the same time: both are counted, and neither fails.

SELECT 'to do';
