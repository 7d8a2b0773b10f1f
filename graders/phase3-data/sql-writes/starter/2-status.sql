-- 2-status: mark as delivered what has been delivered.
--
-- A parcel that is 'created' or 'in_transit' and whose last scan is 'delivered' becomes 'delivered',
-- and delivered_at says when that scan was. No other row is written.

SELECT 'to do';
