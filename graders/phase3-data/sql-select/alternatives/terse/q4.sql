select code,weight_g from parcels order by 2 desc,1 fetch first 10 rows only
