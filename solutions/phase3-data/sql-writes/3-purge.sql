BEGIN;

-- Who goes is decided once: after the first DELETE the question would have another answer.
CREATE TEMPORARY TABLE gone ON COMMIT DROP AS
SELECT c.id
FROM customers AS c
WHERE c.created_at < '2024-01-01 00:00:00+00'
  AND NOT EXISTS (SELECT FROM parcels AS p WHERE p.customer_id = c.id)
  AND NOT EXISTS (SELECT FROM wallets AS w WHERE w.customer_id = c.id AND w.balance_cents <> 0);

-- Children first: a row that others refer to cannot be deleted.
DELETE FROM ticket_messages
USING tickets
WHERE ticket_messages.ticket_id = tickets.id
  AND tickets.customer_id IN (SELECT id FROM gone);

DELETE FROM tickets WHERE customer_id IN (SELECT id FROM gone);
DELETE FROM wallets WHERE customer_id IN (SELECT id FROM gone);
DELETE FROM customers WHERE id IN (SELECT id FROM gone);

COMMIT;
