create function pg_temp.fault(s staging) returns text language sql stable as $$
  select case
    when coalesce(s.code, '') = '' then 'no code'
    when s.customer_id is not null and s.customer_id <> all (array(select id from customers)) then 'unknown customer'
    when not coalesce(s.from_depot = any (array(select id from depots)), false) then 'unknown depot'
    when not coalesce(s.to_depot = any (array(select id from depots)), false) then 'unknown depot'
    when not coalesce(s.weight_g > 0, false) then 'bad weight'
    when not coalesce(s.price_cents > 0, false) then 'bad price'
  end
$$;
create procedure pg_temp.load() language plpgsql as $$
begin
  update public.staging s set error = pg_temp.fault(s);
  update public.staging s set error = 'code taken'
  where error is null and exists (select from public.parcels p where p.code = s.code);
  update public.staging s set error = 'code taken'
  where error is null
    and id > (select min(id) from public.staging t where t.error is null and t.code = s.code);
  insert into public.parcels (code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at)
  select code, customer_id, from_depot, to_depot, weight_g, price_cents, 'created', created_at
  from public.staging where error is null;
  delete from public.staging where error is null;
end $$;
call pg_temp.load();
