do $load$
declare
  s staging%rowtype;
  fault text;
begin
  for s in select * from staging order by id for update loop
    fault := null;
    if s.code is null or s.code = '' then
      fault := 'no code';
    elsif s.customer_id is not null and not exists (select 1 from customers where id = s.customer_id) then
      fault := 'unknown customer';
    elsif (select count(*) from depots where id = s.from_depot) = 0
       or (select count(*) from depots where id = s.to_depot) = 0 then
      fault := 'unknown depot';
    elsif coalesce(s.weight_g, -1) <= 0 then
      fault := 'bad weight';
    elsif coalesce(s.price_cents, -1) <= 0 then
      fault := 'bad price';
    else
      begin
        insert into parcels (code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at)
        values (s.code, s.customer_id, s.from_depot, s.to_depot, s.weight_g, s.price_cents, 'created', s.created_at);
      exception when unique_violation then
        fault := 'code taken';
      end;
    end if;
    if fault is null then
      delete from staging where id = s.id;
    else
      update staging set error = fault where id = s.id;
    end if;
  end loop;
end
$load$ language plpgsql;
