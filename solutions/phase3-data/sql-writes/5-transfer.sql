-- Each UPDATE asks for what it needs in its own WHERE. If it has to wait for another session, it asks
-- again when its turn comes; a SELECT before it would have been answered with what was true earlier.
-- A DO block is one statement: the exception undoes all of it.
DO $$
DECLARE
  cents CONSTANT integer := 500;
BEGIN
  UPDATE wallets
  SET balance_cents = balance_cents - cents
  WHERE id = 1 AND NOT frozen AND balance_cents >= cents;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'wallet 1 is missing or frozen, or holds less than % cents', cents;
  END IF;

  UPDATE wallets
  SET balance_cents = balance_cents + cents
  WHERE id = 2 AND NOT frozen;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'wallet 2 is missing or frozen';
  END IF;
END
$$;
