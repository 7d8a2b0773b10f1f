-- q4: Where was each parcel seen last?
-- For each parcel the top of its own list; a parcel without a scan has no list, and JOIN drops it.
SELECT
	parcel.id AS parcel_id,
	parcel.code::varchar AS code,
	last.id AS scan_id,
	last.kind::varchar AS kind,
	place.name::varchar AS depot,
	last.at AS scanned_at
FROM parcels AS parcel
JOIN LATERAL (
	SELECT (array_agg(s ORDER BY s.at DESC, s.id DESC))[1] AS scan
	FROM scans AS s
	WHERE s.parcel_id = parcel.id
	HAVING count(*) > 0
) AS found ON true
CROSS JOIN LATERAL (SELECT (found.scan).*) AS last
CROSS JOIN LATERAL (SELECT name FROM depots WHERE id = last.depot_id) AS place
ORDER BY parcel.id;
