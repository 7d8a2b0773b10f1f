-- Some rows to try your server with. The checks bring their own.
INSERT INTO clerks (name, salt, digest) VALUES
  ('ada', 'x7', encode(sha256('x7open sesame'), 'hex')), -- her password is: open sesame
  ('bo', 'q2', encode(sha256('q2Tuesday'), 'hex'));
INSERT INTO customers (name, city, note) VALUES
  ('O''Brien', 'Cork', 'pays late'), ('100%_off', 'Vigo', ''), ('Lima & Sons', 'Porto', 'the mayor''s cousin');
INSERT INTO parcels (sender, town, weight_g) VALUES
  ('O''Brien', 'Galway', 1200), ('Lima & Sons', 'Faro', 300), ('O''Brien', 'Sligo', 80);
