-- A small data set to try your scripts on. The grader uses it, and other rows that you have not seen.

INSERT INTO shipments_raw
  (code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created)
VALUES
  -- Rows that can be converted.
  ('PP-1001',  'Ada Berg',    'ada@example.test',    'Bergen',  '+4755501001', '+4755501002',  'Harbour',  'Station',  'fragile,express',              '12,50',    '2026-03-02'),
  ('PP-1002',  'Ada Berg ',   'ADA@Example.Test',    ' Bergen', '+4755501002', '+4755501001',  'harbour',  'Airport',  NULL,                           '12',       '2026-03-02'),
  (' PP-1003', 'Ada Berg',    'ada@example.test ',   'Bergen',  '+4755501001', ' +4755501002', 'HARBOUR ', 'station',  ' express , fragile,, express', '7,05',     '2026-03-05'),
  ('PP-1004',  'Nils Dahl',   'Nils.Dahl@mail.test', 'Bergen',  '',            '+4755501002',  'Station',  'Harbour',  '',                             '0,5',      '2026-03-06'),
  ('PP-1005',  'Eleni Pappa', 'eleni@example.test',  'Athens',  NULL,          NULL,           'Airport',  'airport',  'heavy, ,',                     '0,00',     '2026-03-06'),
  ('PP-1006',  'Eleni Pappa', 'epappa@example.test', 'Athens',  '+3021055501', '+3021055501',  'Airport',  ' Harbour', 'heavy',                        '99999,99', '2026-03-09'),
  ('PP-1007',  NULL,          NULL,                  NULL,      NULL,          NULL,           'Station',  'Market',   'express',                      '0,05',     '2026-03-09'),
  ('PP-1008',  '',            ' ',                   '',        NULL,          '',             'Harbour',  'Market',   ' , ',                          ' 3,10 ',   '2026-03-10'),
  -- Rows that cannot.
  (NULL,       'Ada Berg',    'ada@example.test',    'Bergen',  '+4755501001', '+4755501002',  'Harbour',  'Station',  NULL,                           '4,00',     '2026-03-11'),
  (NULL,       'Ada Berg',    'ada@example.test',    'Bergen',  '+4755501001', '+4755501002',  'Harbour',  'Station',  NULL,                           '4,00',     '2026-03-11'),
  ('PP-1011',  'Nils Dahl',   'nils.dahl@mail.test', 'Bergen',  '+4755501002', NULL,           'Station',  'Harbour',  'express',                      'free ',    '2026-03-11'),
  ('PP-1012',  NULL,          NULL,                  NULL,      NULL,          NULL,           'Airport',  'Station',  NULL,                           '-3,00',    '2026-03-12'),
  ('PP-1013',  NULL,          NULL,                  NULL,      NULL,          NULL,           'Airport',  'Station',  NULL,                           '12.50',    '2026-03-12'),
  ('PP-1014',  'Rita Moe',    'unknown',             'Oslo',    NULL,          NULL,           'Airport',  'Harbour',  NULL,                           '5,00',     '2026-03-12'),
  ('PP-1015',  '',            NULL,                  NULL,      '+4755501009', NULL,           'Airport',  'Harbour',  NULL,                           '5,00',     '2026-03-13'),
  ('PP-1016',  'Ada Berg',    'ada@example.test',    'Bergen',  '+4755501001', '+4755501002',  ' ',        'Harbour',  NULL,                           '5,00',     '2026-03-13');
