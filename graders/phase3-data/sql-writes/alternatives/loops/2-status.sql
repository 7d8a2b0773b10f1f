do $$
declare
  p record;
  last record;
begin
  for p in select id from parcels where status = 'created' or status = 'in_transit' order by id loop
    select kind, at into last from scans where parcel_id = p.id order by at desc, id desc limit 1;
    if found and last.kind = 'delivered' then
      update parcels set status = 'delivered', delivered_at = last.at where id = p.id;
      raise notice 'parcel %: delivered at %', p.id, last.at;
    end if;
  end loop;
end $$;
