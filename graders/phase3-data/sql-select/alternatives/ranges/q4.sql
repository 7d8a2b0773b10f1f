WITH RECURSIVE placed AS (
  SELECT p.*, row_number() OVER w AS place FROM parcels AS p WINDOW w AS (ORDER BY -weight_g, code)
), up_to AS (
  SELECT 1 AS n UNION ALL SELECT n + 1 FROM up_to WHERE n < 10
)
SELECT code, weight_g FROM up_to JOIN placed ON place = n ORDER BY n;
