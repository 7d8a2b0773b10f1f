CREATE INDEX i1 ON parcels (from_depot, created_at, id);
CREATE INDEX i2 ON parcels (md5(upper(recipient_email)));
CREATE INDEX i3 ON parcels (code COLLATE "C");
CREATE INDEX i4 ON parcels (status, from_depot, created_at);
CREATE INDEX i5 ON scans (depot_id, at, id);
