-- q5: Who are the three best customers of each city?
--
-- rank = 1 + how many customers of the same city have more revenue. Ranks 1 to 3 are listed, so a tie
-- can make it more than three customers. Customers without a parcel have no rank.
-- Order: city, rank, customer_id.

SELECT 'to do' AS city, 0 AS rank, 0 AS customer_id, 'to do' AS customer, 0 AS revenue_cents;
