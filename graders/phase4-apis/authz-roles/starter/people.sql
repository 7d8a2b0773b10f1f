-- Some users and parcels to try your server with. The checks bring their own.
INSERT INTO users (name) VALUES ('Ada'), ('Bo'), ('Cleo'), ('Dag'), ('Eve');
INSERT INTO user_roles VALUES
  (1, 'admin'), (2, 'dispatcher'), (3, 'courier'), (4, 'customer'), (5, 'customer'), (5, 'courier');
INSERT INTO parcels (customer_id, courier_id, address) VALUES
  (4, 3, 'Pier 7, Vigo'), (5, NULL, 'Rua Nova 1, Porto'), (4, 5, 'Calle Mayor 3, Lugo');
