WITH cut AS (
  SELECT min(weight_g) AS least FROM (SELECT weight_g FROM parcels ORDER BY weight_g DESC LIMIT 10) t
)
SELECT code, weight_g
FROM parcels
WHERE weight_g >= (SELECT least FROM cut)
ORDER BY weight_g DESC, code
LIMIT 10
