BEGIN;

DELETE FROM ticket_messages
WHERE ticket_id IN (
  SELECT id FROM tickets
  WHERE customer_id IN (
    SELECT id FROM customers WHERE created_at < '2024-01-01T00:00:00Z'
    AND id NOT IN (SELECT customer_id FROM parcels WHERE customer_id IS NOT NULL)
    AND id NOT IN (SELECT customer_id FROM wallets WHERE customer_id IS NOT NULL AND balance_cents <> 0)
  )
);

DELETE FROM tickets
WHERE customer_id IN (
  SELECT id FROM customers WHERE created_at < '2024-01-01T00:00:00Z'
  AND id NOT IN (SELECT customer_id FROM parcels WHERE customer_id IS NOT NULL)
  AND id NOT IN (SELECT customer_id FROM wallets WHERE customer_id IS NOT NULL AND balance_cents <> 0)
);

-- wallets without money of such customers
DELETE FROM wallets
WHERE customer_id IN (
  SELECT id FROM customers WHERE created_at < '2024-01-01T00:00:00Z'
  AND id NOT IN (SELECT customer_id FROM parcels WHERE customer_id IS NOT NULL)
  AND id NOT IN (SELECT customer_id FROM wallets WHERE customer_id IS NOT NULL AND balance_cents <> 0)
);

-- who has a wallet now has money in it
DELETE FROM customers
WHERE created_at < '2024-01-01T00:00:00Z'
AND id NOT IN (SELECT customer_id FROM parcels WHERE customer_id IS NOT NULL)
AND id NOT IN (SELECT customer_id FROM wallets WHERE customer_id IS NOT NULL);

COMMIT;
