start transaction;
create function pg_temp.nobody() returns setof integer language sql as $$
  select c.id from customers c
  left join parcels p on p.customer_id = c.id
  left join wallets w on w.customer_id = c.id
  where c.created_at < make_timestamptz(2024, 1, 1, 0, 0, 0, 'UTC')
  group by c.id
  having count(p.id) = 0 and count(nullif(w.balance_cents, 0)) = 0
$$;
savepoint before;
prepare purge as
  delete from ticket_messages m using tickets t, pg_temp.nobody() n
  where m.ticket_id = t.id and t.customer_id = n;
execute purge;
release before;
delete from tickets using pg_temp.nobody() n where customer_id = n;
delete from wallets using pg_temp.nobody() n where customer_id = n;
delete from customers where id = any (array(select pg_temp.nobody()));
commit and no chain;
