WITH both_wallets AS (
  SELECT * FROM wallets WHERE id IN (1, 2) ORDER BY id FOR UPDATE
), verdict AS (
  SELECT count(*) = 2 AND bool_and(NOT frozen) AND bool_and(id = 2 OR balance_cents >= 500) AS ok
  FROM both_wallets
), done AS (
  UPDATE wallets
  SET balance_cents = balance_cents + CASE id WHEN 1 THEN -500 ELSE 500 END
  WHERE id IN (1, 2) AND (SELECT ok FROM verdict)
  RETURNING id
)
SELECT 1 / count(*) AS "1: the money has moved" FROM done;
