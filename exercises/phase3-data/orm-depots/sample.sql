-- A few rows to try your server on.

insert into depots (name, city, opened_on) values
  ('Harbour', 'Bergen', '2011-03-27'),
  ('Airport', 'Athens', '1998-12-31'),
  ('Market', 'Bergen', '2024-02-29');

insert into parcels (code, depot_id, status, weight_kg, price_cents, version, deleted_at) values
  ('PEL-1001', 1, 'registered', 12.5, 990, 1, null),
  ('PEL-1002', 1, 'in_transit', 0.35, 3000000000, 4, null), -- insured for what it is worth
  ('PEL-1003', 1, 'registered', 2, 450, 1, '2026-03-01 10:00:00+00'),
  ('PEL-2001', 2, 'delivered', 7.25, 1200, 2, null);

insert into scans (parcel_id, kind, at) values
  (1, 'arrived', '2026-03-08 06:05:00+00'),
  (1, 'loaded', '2026-03-08 23:55:00+00'),
  (2, 'arrived', '2026-03-09 07:30:00+00'),
  (3, 'arrived', '2026-02-27 12:00:00+00');

insert into tags (name) values ('fragile'), ('cold'), ('gift');

insert into parcel_tags (parcel_id, tag_id) values (1, 1), (1, 2), (2, 1);
