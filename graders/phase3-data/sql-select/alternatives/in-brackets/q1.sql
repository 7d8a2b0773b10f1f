/* A query in brackets is a query. */
(
  SELECT p.id, p.code, p.created_at
  FROM parcels p CROSS JOIN (TABLE clock) c
  WHERE p.status = ANY ('{created,in_transit}')
    AND p.created_at + 7 * interval '24 hours' < c.now
  ORDER BY random()
);
