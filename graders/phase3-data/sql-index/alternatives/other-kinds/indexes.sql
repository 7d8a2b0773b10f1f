create index on parcels(from_depot,created_at desc);create index on parcels using hash(lower(recipient_email));
create index on parcels using spgist(code);create index on parcels(from_depot,created_at)where status in('in_transit','created');
create index on scans(depot_id,at)
