-- Shows what your q1.sql … q5.sql touch, with the numbers the grader looks at. For psql, after
-- schema.sql, data.sql and indexes.sql, in the folder of the exercise:
--
--   psql -q -f explain.sql pelican
--
-- The first line under QUERY PLAN that says "Buffers: shared hit=… read=…" counts: both numbers added.

VACUUM (ANALYZE) parcels, scans;

-- As in the grader.
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET TimeZone = 'UTC';

\set depot 21
\set since '2025-08-20 00:00:00+00'
\set until '2026-07-01 00:00:00+00'
\set email 'nils.berg7@example.TEST'
\set prefix 'PP7A3'
\set before '2026-06-01 00:00:00+00'

\echo q1: at most 100 blocks
\set query `cat q1.sql`
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) :query
;
\echo q2: at most 75 blocks
\set query `cat q2.sql`
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) :query
;
\echo q3: at most 150 blocks
\set query `cat q3.sql`
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) :query
;
\echo q4: at most 60 blocks
\set query `cat q4.sql`
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) :query
;
\echo q5: at most 100 blocks
\set query `cat q5.sql`
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) :query
;
