-- GROUP BY makes groups of rows that exist: a band without parcels would not be there. A count without
-- GROUP BY always gives one row.
SELECT '<1kg' AS band, count(*) AS parcels FROM parcels WHERE weight_g < 1000
UNION ALL
SELECT '1-5kg', count(*) FROM parcels WHERE weight_g BETWEEN 1000 AND 5000
UNION ALL
SELECT '>5kg', count(*) FROM parcels WHERE weight_g > 5000;
