(
  SELECT d.id AS depot_id, min(d.name) AS depot,
         count(*) FILTER (WHERE p.status <> 'cancelled') AS parcels,
         avg(p.price_cents) FILTER (WHERE p.status <> 'cancelled') AS avg_price
  FROM depots d LEFT JOIN parcels p ON p.from_depot = d.id
  GROUP BY 1
  ORDER BY 1
)
