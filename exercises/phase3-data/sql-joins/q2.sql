-- q2: Who never sent a parcel to their own city?
--
-- Customers without any parcel whose to_depot lies in the customer's own city.
-- Whoever never sent a parcel at all belongs in the list too.
-- Order: customer_id.

SELECT 0 AS customer_id, 'to do' AS customer;
