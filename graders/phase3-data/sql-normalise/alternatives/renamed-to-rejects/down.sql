begin;
alter table rejects rename to shipments_raw;
alter table shipments_raw drop reason;
insert into shipments_raw select * from shipments_flat;
drop view shipments_flat;
drop table parcel_tags, parcels, depots, customer_phones, customers;
commit
