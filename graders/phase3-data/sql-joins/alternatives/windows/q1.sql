SELECT id AS depot_id, name AS depot, count AS parcels, avg::numeric(12, 2) AS avg_price
FROM (
  SELECT
    depots.id,
    depots.name,
    count(*) FILTER (WHERE status IN ('created', 'in_transit', 'delivered')) OVER w AS count,
    avg(price_cents) FILTER (WHERE status IN ('created', 'in_transit', 'delivered')) OVER w AS avg,
    row_number() OVER w AS n
  FROM parcels
  RIGHT JOIN depots ON depots.id = parcels.from_depot
  WINDOW w AS (PARTITION BY depots.id)
) AS per_parcel
WHERE n = 1
ORDER BY depot_id;
