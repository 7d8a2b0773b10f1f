create function pg_temp.delivered_at(parcel integer) returns timestamptz language sql as $$
  select case kind when 'delivered' then at end
  from (select * from scans where parcel_id = parcel order by (at, id) desc fetch first row only) last
$$;
start transaction;
with found as (
  select id, pg_temp.delivered_at(id) as at from parcels where status in ('created', 'in_transit')
)
update parcels set delivered_at = found.at, status = 'delivered'
from found where found.id = parcels.id and found.at is not null;
commit work;
