-- A small data set to try your queries on. The README shows what each query finds here.
-- The grader uses these rows too, and then others that you have not seen.

INSERT INTO clock (now) VALUES ('2026-03-30 09:00:00+00'); -- a Monday

INSERT INTO depots (id, name, city, parent_id, opened_on, capacity) VALUES
  (1, 'Norland',  'Oslo',   NULL, '2019-05-01', 900),
  (2, 'Fjords',   'Bergen', 1,    '2020-02-10', 400),
  (3, 'Harbour',  'Bergen', 2,    '2020-03-01', 120),
  (4, 'Station',  'Oslo',   1,    '2021-09-15', 150),
  (5, 'Hellas',   'Athens', NULL, '2018-11-20', 800),
  (6, 'Harbour',  'Patras', 5,    '2019-01-07', 100),
  (7, 'Airport',  'Athens', 5,    '2022-06-30', 300),
  (8, 'Market',   'Patras', 6,    '2025-12-01', 40);

INSERT INTO customers (id, name, email, city, marketing_opt_in) VALUES
  (1, 'Ada Berg',      'ada@example.test',     'Bergen', true),
  (2, 'Nils Dahl',     'nils@example.test',    'Bergen', NULL),
  (3, 'Eleni Pappa',   'eleni@example.test',   'Athens', false),
  (4, 'Eleni Pappa',   'epappa@example.test',  'Athens', true),
  (5, 'Kostas Rallis', 'kostas@example.test',  'Athens', NULL),
  (6, 'Maria Vlachou', 'maria@example.test',   'Athens', true),
  (7, 'Sven Holm',     'sven@example.test',    'Oslo',   false),
  (8, 'Rita Moe',      'rita@example.test',    'Oslo',   NULL),
  (9, 'Petros Zervas', 'petros@example.test',  'Athens', NULL);

INSERT INTO parcels
  (id, code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at, delivered_at)
VALUES
  (1,  'PP-0001', 1,    3, 4, 800,  500,  'delivered',  '2026-02-24 10:00:00+00', '2026-02-25 15:10:00+00'),
  (2,  'PP-0002', 2,    3, 3, 1500, 905,  'delivered',  '2026-03-01 23:30:00+00', '2026-03-03 09:00:00+00'),
  (3,  'PP-0003', 3,    7, 6, 400,  700,  'delivered',  '2026-03-02 00:00:00+00', '2026-03-04 12:00:00+00'),
  (4,  'PP-0004', 4,    7, 4, 450,  700,  'in_transit', '2026-03-05 08:15:00+00', NULL),
  (5,  'PP-0005', NULL, 4, 7, 2000, 300,  'delivered',  '2026-03-06 16:40:00+00', '2026-03-10 11:20:00+00'),
  (6,  'PP-0006', 5,    7, 5, 900,  1250, 'delivered',  '2026-03-16 07:05:00+00', '2026-03-16 18:00:00+00'),
  (7,  'PP-0007', 6,    5, 6, 3000, 450,  'cancelled',  '2026-03-17 09:30:00+00', NULL),
  (8,  'PP-0008', 9,    6, 3, 700,  700,  'in_transit', '2026-03-18 12:00:00+00', NULL),
  (9,  'PP-0009', 1,    3, 2, 600,  621,  'created',    '2026-03-24 13:45:00+00', NULL),
  (10, 'PP-0010', NULL, 6, 2, 250,  480,  'created',    '2026-03-25 10:10:00+00', NULL),
  (11, 'PP-0011', 8,    4, 3, 5200, 1900, 'in_transit', '2026-03-27 17:20:00+00', NULL),
  (12, 'PP-0012', 8,    3, 6, 100,  335,  'cancelled',  '2026-03-27 17:25:00+00', NULL);

-- Scanners are offline at times, so a scan can arrive late: a higher id is not always a later scan.
INSERT INTO scans (id, parcel_id, depot_id, kind, at) VALUES
  (1,  1,  3, 'accepted',  '2026-02-24 10:05:00+00'),
  (2,  1,  4, 'delivered', '2026-02-25 15:10:00+00'),
  (3,  1,  4, 'arrived',   '2026-02-25 06:00:00+00'),
  (4,  2,  3, 'accepted',  '2026-03-02 08:00:00+00'),
  (5,  2,  3, 'delivered', '2026-03-03 09:00:00+00'),
  (6,  3,  7, 'accepted',  '2026-03-02 00:10:00+00'),
  (7,  3,  6, 'delivered', '2026-03-04 12:00:00+00'),
  (8,  4,  7, 'accepted',  '2026-03-05 08:20:00+00'),
  (9,  4,  7, 'departed',  '2026-03-05 20:00:00+00'),
  (10, 4,  5, 'arrived',   '2026-03-05 20:00:00+00'),
  (11, 5,  4, 'accepted',  '2026-03-06 16:45:00+00'),
  (12, 5,  7, 'delivered', '2026-03-10 11:20:00+00'),
  (13, 6,  7, 'accepted',  '2026-03-16 07:10:00+00'),
  (14, 6,  5, 'delivered', '2026-03-16 18:00:00+00'),
  (15, 8,  6, 'accepted',  '2026-03-18 12:05:00+00'),
  (16, 11, 4, 'departed',  '2026-03-27 22:00:00+00'),
  (17, 11, 4, 'accepted',  '2026-03-27 17:30:00+00');
