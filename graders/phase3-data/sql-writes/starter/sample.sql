-- A small data set to try your scripts on. The README shows what each script makes of it.
-- The grader uses these rows too, and then others that you have not seen.

INSERT INTO clock (now) VALUES ('2026-03-30 09:00:00+00');

INSERT INTO depots (id, name, city, parent_id, opened_on, capacity) VALUES
  (1, 'Norland', 'Oslo',   NULL, '2019-05-01', 900),
  (2, 'Harbour', 'Bergen', 1,    '2020-03-01', 120),
  (3, 'Station', 'Oslo',   1,    '2021-09-15', 150),
  (4, 'Hellas',  'Athens', NULL, '2018-11-20', 800),
  (5, 'Harbour', 'Patras', 4,    '2019-01-07', 100),
  (6, 'Airport', 'Athens', 4,    '2022-06-30', 300);

INSERT INTO customers (id, name, email, city, marketing_opt_in, created_at) VALUES
  (1, 'Ada Berg',      'ada@example.test',    'Bergen', true,  '2019-06-01 08:00:00+00'),
  (2, 'Nils Dahl',     'nils@example.test',   'Bergen', NULL,  '2020-02-14 17:45:00+00'),
  (3, 'Eleni Pappa',   'eleni@example.test',  'Athens', false, '2021-08-30 10:20:00+00'),
  (4, 'Kostas Rallis', 'kostas@example.test', 'Athens', NULL,  '2025-04-02 06:10:00+00'),
  (5, 'Maria Vlachou', 'maria@example.test',  'Athens', true,  '2023-05-20 12:00:00+00'),
  (6, 'Sven Holm',     'sven@example.test',   'Oslo',   false, '2021-09-09 09:09:00+00'),
  (7, 'Lia Tamm',      'lia@example.test',    'Oslo',   NULL,  '2023-12-31 23:30:00+00'),
  (8, 'Omar Said',     'omar@example.test',   'Patras', NULL,  '2024-01-01 00:00:00+00');

INSERT INTO parcels
  (id, code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at, delivered_at)
VALUES
  (1, 'PP-0001', 1,    2, 3, 800,  500,  'delivered',  '2026-02-24 10:00:00+00', '2026-02-25 15:10:00+00'),
  (2, 'PP-0002', 2,    2, 6, 1500, 905,  'delivered',  '2026-03-01 23:30:00+00', NULL),
  (3, 'PP-0003', 3,    6, 5, 400,  700,  'in_transit', '2026-03-02 00:00:00+00', NULL),
  (4, 'PP-0004', NULL, 3, 6, 2000, 300,  'in_transit', '2026-03-06 16:40:00+00', NULL),
  (5, 'PP-0005', 3,    6, 2, 900,  1250, 'created',    '2026-03-16 07:05:00+00', NULL),
  (6, 'PP-0006', 1,    5, 3, 3000, 450,  'cancelled',  '2026-03-17 09:30:00+00', NULL),
  (7, 'PP-0007', 4,    3, 5, 700,  700,  'in_transit', '2026-03-18 12:00:00+00', NULL),
  (8, 'PP-0008', NULL, 2, 3, 600,  621,  'created',    '2026-03-24 13:45:00+00', NULL);

-- Scanners are offline at times, so a scan can arrive late: a higher id is not always a later scan.
INSERT INTO scans (id, parcel_id, depot_id, kind, at) VALUES
  (1,  1, 2, 'accepted',  '2026-02-24 10:05:00+00'),
  (2,  1, 3, 'delivered', '2026-02-25 15:10:00+00'),
  (3,  2, 6, 'delivered', '2026-03-04 09:00:00+00'),
  (4,  3, 6, 'accepted',  '2026-03-02 00:10:00+00'),
  (5,  3, 5, 'delivered', '2026-03-04 12:00:00+00'),
  (6,  3, 5, 'arrived',   '2026-03-04 06:30:00+00'), -- arrived late, says the id; earlier, says the clock
  (7,  4, 6, 'delivered', '2026-03-10 11:20:00+00'),
  (8,  4, 6, 'arrived',   '2026-03-10 18:00:00+00'), -- nobody was at home: back at the depot
  (9,  5, 2, 'arrived',   '2026-03-19 08:00:00+00'),
  (10, 5, 2, 'delivered', '2026-03-19 08:00:00+00'), -- at the same time: the higher id is the last
  (11, 6, 3, 'delivered', '2026-03-20 14:00:00+00'),
  (12, 7, 3, 'departed',  '2026-03-18 20:00:00+00');

INSERT INTO staging
  (id, code, customer_id, from_depot, to_depot, weight_g, price_cents, created_at, error)
VALUES
  (1,  'PP-0101', 1,    2,  3,    900,  640,  '2026-03-28 09:00:00+00', NULL),
  (2,  'PP-0102', NULL, 3,  6,    300,  410,  '2026-03-28 09:05:00+00', NULL),
  (3,  NULL,      2,    3,  6,    300,  410,  '2026-03-28 09:10:00+00', NULL),
  (4,  'PP-0103', 77,   3,  6,    500,  480,  '2026-03-28 09:15:00+00', NULL),
  (5,  'PP-0104', 4,    9,  6,    500,  480,  '2026-03-28 09:20:00+00', NULL),
  (6,  'PP-0105', 4,    6,  5,    NULL, 480,  '2026-03-28 09:25:00+00', NULL),
  (7,  'PP-0106', 4,    6,  NULL, 0,    480,  '2026-03-28 09:30:00+00', NULL),
  (8,  'PP-0107', NULL, 6,  5,    800,  0,    '2026-03-28 09:35:00+00', NULL),
  (9,  'PP-0003', 3,    6,  5,    450,  750,  '2026-03-28 09:40:00+00', NULL),
  (10, 'PP-0101', 3,    6,  2,    700,  520,  '2026-03-28 09:45:00+00', NULL),
  -- Customer 2 was not there yet when this one was tried the day before.
  (11, 'PP-0108', 2,    2,  5,    1200, 830,  '2026-03-27 16:00:00+00', 'unknown customer');

INSERT INTO counts_today (depot_id, scanner, parcels) VALUES
  (2, 'K-1', 14),
  (2, 'K-2', 6),
  (5, 'K-7', 9),
  (6, 'K-4', 31);

INSERT INTO depot_counters (depot_id, parcels) VALUES
  (2, 1200),
  (3, 450),
  (6, 77);

INSERT INTO wallets (id, customer_id, balance_cents, frozen) VALUES
  (1, 1,    1250, false),
  (2, 3,    -40,  false),
  (3, 5,    0,    false),
  (4, 6,    250,  false),
  (5, 6,    0,    true),
  (6, NULL, 900,  false);

INSERT INTO tickets (id, customer_id, subject) VALUES
  (1, 1, 'Where is PP-0006?'),
  (2, 5, 'How do I pay?'),
  (3, 5, 'Another card'),
  (4, 6, 'Please call me');

INSERT INTO ticket_messages (id, ticket_id, body) VALUES
  (1, 1, 'It was cancelled on Tuesday.'),
  (2, 2, 'By card or at the counter.'),
  (3, 2, 'Thank you!');
