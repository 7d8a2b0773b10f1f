begin;
create function pg_temp.pay(payer integer, payee integer, cents integer) returns void language plpgsql as $$
declare
  n integer;
begin
  perform from wallets where id in (payer, payee) order by id for no key update;
  update wallets w
  set balance_cents = w.balance_cents + change.cents
  from (values (payer, -cents), (payee, cents)) change (id, cents)
  where w.id = change.id
    and not exists (select from wallets where id in (payer, payee) and frozen)
    and (select balance_cents from wallets where id = payer) >= pay.cents;
  get diagnostics n = row_count;
  if n <> 2 then
    raise sqlstate 'PP001' using message = format('%s of 2 wallets may move %s cents', n, cents);
  end if;
end $$;
select pg_temp.pay(1, 2, 500);
commit;
