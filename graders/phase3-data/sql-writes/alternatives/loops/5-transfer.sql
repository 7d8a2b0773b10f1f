do $$
declare
  payer wallets%rowtype;
  payee wallets%rowtype;
begin
  select * into strict payer from wallets where id = 1 for update;
  select * into strict payee from wallets where id = 2 for update;
  if payer.frozen or payee.frozen then
    raise exception using errcode = 'check_violation', message = 'frozen';
  end if;
  assert payer.balance_cents >= 500, 'not enough';
  update wallets set balance_cents = payer.balance_cents - 500 where id = payer.id;
  update wallets set balance_cents = payee.balance_cents + 500 where id = payee.id;
exception
  when no_data_found then raise exception 'a wallet is not there';
end $$;
