DO $$
DECLARE
  t text;
BEGIN
  create table shipments_raw (code text, customer_name text, customer_email text, customer_city text, phone1 text, phone2 text,
    from_depot text, to_depot text, tags_csv text, price text, created date);
  insert into shipments_raw select * from shipments_flat;
  alter table rejects drop column reason;
  insert into shipments_raw table rejects;
  drop view shipments_flat;
  foreach t in array array['rejects', 'parcel_tags', 'parcels', 'customer_phones', 'customers', 'depots'] loop
    execute format('drop table %I', t);
  end loop;
END $$;
