-- q1: How many parcels does each depot send?
--
-- Every depot, idle ones too, with the number of parcels that leave from it and their average price.
-- Cancelled parcels are left out of both. No parcels: parcels is 0 and avg_price is NULL.
-- Order: depot_id.

-- The placeholder has the right columns and the wrong rows. Replace it.
SELECT 0 AS depot_id, 'to do' AS depot, 0 AS parcels, NULL AS avg_price;
