BEGIN ISOLATION LEVEL SERIALIZABLE;
-- Each row must have enough and be free: the CHECK raises the error.
CREATE TEMP TABLE proof (
  wallets bigint CHECK (wallets = 2),
  frozen bigint CHECK (frozen = 0),
  cents integer NOT NULL CHECK (cents >= 500)
) ON COMMIT DROP;
INSERT INTO proof
  SELECT count(*), count(*) FILTER (WHERE frozen), sum(balance_cents) FILTER (WHERE id = 1)
  FROM wallets WHERE id IN (1, 2);
UPDATE wallets SET balance_cents = balance_cents - 500 WHERE id = 1;
UPDATE wallets SET balance_cents = balance_cents + 500 WHERE id = 2;
COMMIT;
