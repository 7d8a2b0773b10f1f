-- The condition on parcels belongs to the join: in WHERE it would drop every depot without a match.
-- count(p.id) counts parcels; count(*) would count the all-NULL row of an idle depot as one.
SELECT d.id AS depot_id,
       d.name AS depot,
       count(p.id) AS parcels,
       round(avg(p.price_cents), 2) AS avg_price
FROM depots AS d
LEFT JOIN parcels AS p ON p.from_depot = d.id AND p.status <> 'cancelled'
GROUP BY d.id
ORDER BY d.id;
