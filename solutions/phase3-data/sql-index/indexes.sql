-- q1: equality first, then the range; in an index the depot's parcels lie together, in order of time.
CREATE INDEX parcels_by_depot ON parcels (from_depot, created_at, id);

-- q2: what the query compares is lower(…), so that is what the index must hold.
CREATE INDEX parcels_by_email ON parcels (lower(recipient_email));

-- q3: a prefix is a range only where texts are sorted character by character.
CREATE INDEX parcels_by_code ON parcels (code text_pattern_ops);

-- q4: the few parcels under way, with the two columns the query reads: the table is not needed.
CREATE INDEX parcels_under_way ON parcels (from_depot, created_at)
WHERE status IN ('created', 'in_transit');

-- q5: equality first, then the order, so that the first 25 entries are the page.
CREATE INDEX scans_by_depot ON scans (depot_id, at DESC, id DESC);
