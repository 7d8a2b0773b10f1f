-- q2: Who has not agreed to advertising?
--
-- Customers who have not opted in. Those who were never asked have not opted in either.
-- Order: any.

SELECT 0 AS id, 'to do' AS name;
