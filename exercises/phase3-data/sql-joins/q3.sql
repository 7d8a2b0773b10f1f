-- q3: What does each depot earn, and how much does it scan?
--
-- Every depot with the revenue of the parcels that leave from it and the number of scans made there.
-- Nothing earned, nothing scanned: 0, not NULL.
-- Order: depot_id.

SELECT 0 AS depot_id, 'to do' AS depot, 0 AS revenue_cents, 0 AS scans;
