-- AT TIME ZONE turns the instant into what clocks in Athens showed; its date is the local day. Nothing
-- here depends on the time zone of the session.
SELECT id, code, created_at
FROM parcels
WHERE (created_at AT TIME ZONE 'Europe/Athens')::date = date '2026-03-29';
