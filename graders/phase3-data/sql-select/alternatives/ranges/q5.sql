SELECT (ARRAY['<1kg', '1-5kg', '>5kg'])[i] AS band, count(p.id) AS parcels
FROM generate_series(1, 3) AS i
LEFT JOIN parcels AS p ON width_bucket(p.weight_g, ARRAY[1000, 5001]) = i - 1
GROUP BY i;
