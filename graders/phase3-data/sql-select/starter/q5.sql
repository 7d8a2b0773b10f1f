-- q5: How many parcels are there in each weight band?
--
-- Three rows, always: '<1kg' is under 1000 g, '1-5kg' from 1000 g to 5000 g (both included), '>5kg' above
-- 5000 g. A band without parcels has the number 0.
-- Order: any.

SELECT 'to do' AS band, 0 AS parcels;
