insert into depot_counters as c select depot_id, sum(parcels) from counts_today group by depot_id on conflict (depot_id) do update set parcels = c.parcels + excluded.parcels
