BEGIN;

UPDATE wallets SET balance_cents = balance_cents - 500 WHERE id = 1;
UPDATE wallets SET balance_cents = balance_cents + 500 WHERE id = 2;

-- Was that allowed? Nobody else has seen it yet.
DO $$
BEGIN
  IF (SELECT count(*) FROM wallets WHERE id IN (1, 2)) <> 2 THEN
    RAISE EXCEPTION 'both wallets must exist';
  END IF;
  IF EXISTS (SELECT 1 FROM wallets WHERE id IN (1, 2) AND frozen) THEN
    RAISE EXCEPTION 'frozen';
  END IF;
  IF (SELECT balance_cents FROM wallets WHERE id = 1) < 0 THEN
    RAISE EXCEPTION 'not enough money';
  END IF;
END
$$;

COMMIT;
