SELECT * FROM (
  SELECT id, code::varchar, created_at, price_cents::bigint FROM parcels
  WHERE (from_depot = :depot) AND NOT (created_at < timestamp with time zone :'since' OR created_at >= timestamp with time zone :'until')
) AS sent ORDER BY created_at ASC, id ASC
