-- A small data set to try your queries on. The README shows what each query finds here.
-- The grader uses these rows too, and then others that you have not seen.

INSERT INTO clock (now) VALUES ('2026-04-13 09:00:00+00'); -- a Monday

INSERT INTO depots (id, name, city, parent_id, opened_on, capacity) VALUES
  (1, 'Norland',  'Oslo',   NULL, '2019-05-01', 900),
  (2, 'Fjords',   'Bergen', 1,    '2020-02-10', 400),
  (3, 'Harbour',  'Bergen', 2,    '2020-03-01', 120),
  (4, 'Station',  'Oslo',   1,    '2021-09-15', 150),
  (5, 'Hellas',   'Athens', NULL, '2018-11-20', 800),
  (6, 'Harbour',  'Patras', 5,    '2019-01-07', 100),
  (7, 'Airport',  'Athens', 5,    '2022-06-30', 300);

INSERT INTO customers (id, name, email, city, marketing_opt_in) VALUES
  (1, 'Sonja Berg',     'sonja@example.test',   'Bergen', true),
  (2, 'Nils Dahl',      'nils@example.test',    'Bergen', NULL),
  (3, 'Eleni Pappa',    'eleni@example.test',   'Athens', false),
  (4, 'Eleni Pappa',    'epappa@example.test',  'Athens', true),
  (5, 'Karl Jonsson',   'karl@example.test',    'Oslo',   NULL),
  (6, 'Maria Vlachou',  'maria@example.test',   'Athens', true),
  (7, 'Bjorn SVENSSON', 'bjorn@example.test',   'Oslo',   false),
  (8, 'Ada Jackson',    'ada@example.test',     'Athens', true);

INSERT INTO parcels
  (id, code, customer_id, from_depot, to_depot, weight_g, price_cents, status, created_at, delivered_at)
VALUES
  (1,  'PP-000118', 1,    3, 4, 999,  500,  'delivered',  '2026-03-20 10:00:00+00', '2026-03-21 15:10:00+00'),
  (2,  'PP-000107', 2,    3, 3, 1500, 905,  'in_transit', '2026-03-24 08:30:00+00', NULL),
  (3,  'PP-000131', 3,    7, 6, 400,  700,  'cancelled',  '2026-03-27 12:00:00+00', NULL),
  (4,  'PP-000102', 4,    7, 4, 2300, 700,  'delivered',  '2026-03-28 21:15:00+00', '2026-03-30 07:45:00+00'),
  (5,  'PP-000125', NULL, 7, 4, 2000, 300,  'delivered',  '2026-03-28 22:40:00+00', '2026-03-31 11:20:00+00'),
  (6,  'PP-000114', 8,    7, 5, 900,  1250, 'delivered',  '2026-03-29 07:05:00+00', '2026-03-29 18:00:00+00'),
  (7,  'PP-000109', 6,    5, 6, 5000, 450,  'created',    '2026-03-29 20:10:00+00', NULL),
  (8,  'PP-000122', 8,    6, 3, 2300, 700,  'in_transit', '2026-03-29 21:30:00+00', NULL),
  (9,  'PP-000103', 1,    3, 2, 600,  621,  'delivered',  '2026-04-01 13:45:00+00', '2026-04-02 10:00:00+00'),
  (10, 'PP-000129', NULL, 6, 2, 1000, 480,  'in_transit', '2026-04-06 08:59:00+00', NULL),
  (11, 'PP-000116', 7,    4, 3, 4200, 1900, 'in_transit', '2026-04-06 09:00:00+00', NULL),
  (12, 'PP-000111', 5,    3, 6, 600,  335,  'created',    '2026-04-11 17:25:00+00', NULL);

INSERT INTO scans (id, parcel_id, depot_id, kind, at) VALUES
  (1, 1, 3, 'accepted',  '2026-03-20 10:05:00+00'),
  (2, 1, 4, 'delivered', '2026-03-21 15:10:00+00'),
  (3, 2, 3, 'accepted',  '2026-03-24 08:35:00+00'),
  (4, 8, 6, 'accepted',  '2026-03-29 21:40:00+00'),
  (5, 8, 6, 'departed',  '2026-03-30 05:00:00+00');
