CREATE INDEX parcels_from_depot_created_at_idx ON parcels (from_depot, created_at);
CREATE INDEX parcels_email_idx ON parcels ((lower(recipient_email)::varchar(200)));
CREATE INDEX parcels_code_idx ON parcels ((code::varchar) varchar_pattern_ops);
CREATE INDEX parcels_open_idx ON parcels (created_at, from_depot) WHERE status NOT IN ('delivered', 'returned', 'lost');
CREATE INDEX scans_idx ON scans (depot_id, at);
