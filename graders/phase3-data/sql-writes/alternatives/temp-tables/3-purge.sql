SET TimeZone = 'UTC';
BEGIN;
CREATE TEMP TABLE c ON COMMIT DROP AS SELECT id FROM customers WHERE created_at < '2024-01-01'
  EXCEPT SELECT customer_id FROM parcels
  EXCEPT SELECT customer_id FROM wallets WHERE balance_cents <> 0;
CREATE TEMP TABLE t ON COMMIT DROP AS SELECT tickets.id FROM tickets JOIN c ON c.id = customer_id;
DELETE FROM ticket_messages WHERE ticket_id IN (TABLE t);
DELETE FROM tickets WHERE id IN (TABLE t);
DELETE FROM wallets WHERE customer_id IN (TABLE c);
DELETE FROM customers WHERE id IN (TABLE c);
COMMIT;
