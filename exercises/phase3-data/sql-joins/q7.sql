-- q7: How many parcels does each depot send, counting everything below it?
--
-- Every depot with the number of parcels that leave from it or from any depot under it, however deep.
-- Order: depot_id.

SELECT 0 AS depot_id, 'to do' AS depot, 0 AS total_parcels;
