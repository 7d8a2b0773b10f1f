(
  SELECT NULL::text AS band, 0::float8 AS parcels
  LIMIT 0
)
UNION ALL
(
  SELECT band, (SELECT count(*) FROM parcels WHERE weight_g <@ grams)::float8
  FROM (VALUES ('<1kg', int4range(NULL, 1000)), ('1-5kg', '[1000,5000]'), ('>5kg', '(5000,)')) AS bands (band, grams)
) -- and no semicolon
