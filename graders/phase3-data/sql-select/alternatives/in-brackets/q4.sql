(
  (SELECT code::varchar(20), weight_g::numeric FROM parcels)
  ORDER BY weight_g DESC, code
  FETCH FIRST 10 ROWS ONLY
)
