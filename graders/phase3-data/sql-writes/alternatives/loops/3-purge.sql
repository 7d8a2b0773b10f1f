do $$
declare
  c integer;
  t integer;
begin
  for c in
    select id from customers
    where created_at at time zone 'UTC' < timestamp '2024-01-01'
    order by id
  loop
    continue when exists (select 1 from parcels where customer_id = c);
    continue when exists (select 1 from wallets where customer_id = c and (balance_cents > 0 or balance_cents < 0));
    for t in select id from tickets where customer_id = c loop
      delete from ticket_messages where ticket_id = t;
      delete from tickets where id = t;
    end loop;
    delete from wallets where customer_id = c;
    delete from customers where id = c;
  end loop;
end $$;
