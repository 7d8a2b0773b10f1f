-- As PostgreSQL's manual did it before 9.5.
do $$
declare
  today record;
begin
  for today in select depot_id, sum(parcels) as n from counts_today group by depot_id order by depot_id loop
    loop
      update depot_counters set parcels = parcels + today.n where depot_id = today.depot_id;
      exit when found;
      begin
        insert into depot_counters (depot_id, parcels) values (today.depot_id, today.n);
        exit;
      exception when unique_violation then
        null; -- somebody was faster: try the update again
      end;
    end loop;
  end loop;
end $$;
