WITH band(band, grams) AS (
  VALUES ('<1kg', '[0,1000)'::int4range), ('1-5kg', '[1000,5000]'), ('>5kg', '(5000,)')
)
SELECT band, (SELECT count(*) FROM parcels WHERE weight_g <@ band.grams) AS parcels
FROM band
ORDER BY parcels DESC, band
