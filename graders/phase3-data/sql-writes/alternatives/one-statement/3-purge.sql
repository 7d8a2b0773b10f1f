-- Foreign keys are checked at the end of the statement: any order will do.
WITH nobody AS (
  DELETE FROM customers c
  WHERE created_at < timestamptz '2024-01-01 00:00:00 UTC'
    AND (SELECT count(*) FROM parcels p WHERE p.customer_id = c.id) = 0
    AND coalesce((SELECT bool_and(balance_cents = 0) FROM wallets w WHERE w.customer_id = c.id), true)
  RETURNING id
), their_wallets AS (
  DELETE FROM wallets USING nobody WHERE wallets.customer_id = nobody.id
), their_tickets AS (
  DELETE FROM tickets USING nobody WHERE tickets.customer_id = nobody.id RETURNING tickets.id
)
DELETE FROM ticket_messages USING their_tickets WHERE ticket_id = their_tickets.id;
