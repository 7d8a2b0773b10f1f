-- q3: Whose name contains "son"?
--
-- Anywhere in the name, in upper case, lower case or a mixture.
-- Order: name, id.

SELECT 0 AS id, 'to do' AS name;
