CREATE INDEX q1 ON parcels (from_depot, created_at, id) INCLUDE (code, price_cents);
CREATE INDEX q2 ON parcels (lower(recipient_email), id) INCLUDE (recipient_email, code, status);
CREATE INDEX q3 ON parcels (code text_pattern_ops, id, status);
CREATE INDEX q4 ON parcels (from_depot) INCLUDE (created_at, status) WHERE status = 'created' OR status = 'in_transit';
CREATE INDEX q5 ON scans (depot_id, at, id) INCLUDE (parcel_id, kind);
