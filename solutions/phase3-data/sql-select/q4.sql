-- LIMIT cuts after sorting. Without the code, which of the equally heavy ones come in is left to chance.
SELECT code, weight_g
FROM parcels
ORDER BY weight_g DESC, code
LIMIT 10;
