-- q4: Where was each parcel seen last?
--
-- Every parcel that has a scan, with its last one: the latest "at"; if several share it, the one of
-- them with the highest id.
-- Order: parcel_id.

SELECT 0 AS parcel_id, 'to do' AS code, 0 AS scan_id, 'to do' AS kind, 'to do' AS depot,
       NULL AS scanned_at;
