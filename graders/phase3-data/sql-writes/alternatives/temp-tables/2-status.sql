BEGIN;
CREATE TEMP TABLE latest (parcel_id int PRIMARY KEY, scan_id int, at timestamptz) ON COMMIT DROP;
INSERT INTO latest (parcel_id, at) SELECT parcel_id, max(at) FROM scans GROUP BY parcel_id;
UPDATE latest SET scan_id = (
  SELECT max(id) FROM scans WHERE scans.parcel_id = latest.parcel_id AND scans.at = latest.at
);
DELETE FROM latest USING scans WHERE scans.id = latest.scan_id AND scans.kind <> 'delivered';
UPDATE parcels SET status = 'delivered', delivered_at = latest.at
FROM latest
WHERE latest.parcel_id = parcels.id AND parcels.status = ANY ('{created,in_transit}');
COMMIT;
SELECT count(*) AS delivered FROM parcels WHERE status = 'delivered';
