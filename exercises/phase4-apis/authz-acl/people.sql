-- Some people and parcels to try your server with. The checks bring their own.
INSERT INTO users (name, token) VALUES
  ('Ann', 'ann-token'), ('Bea', 'bea-token'), ('Cem', 'cem-token'), ('Dov', 'dov-token');
INSERT INTO groups (name) VALUES ('The office');
INSERT INTO group_members VALUES (1, 2), (1, 3);
INSERT INTO parcels (owner_id, destination, label) VALUES
  (1, 'Pier 7, Vigo', 'Ann 1'), (1, 'Rua Nova 1, Porto', 'Ann 2'), (1, 'Calle Mayor 3, Lugo', 'Ann 3'),
  (2, 'Kade 4, Delft', 'Bea 1'), (4, 'Torvet 5, Aarhus', 'Dov 1');
INSERT INTO scans (parcel_id, place) VALUES (1, 'Porto'), (1, 'Vigo'), (4, 'Delft');
INSERT INTO parcel_acl VALUES
  (2, 'group', 1, 'view'), (2, 'group', 1, 'redirect'), (3, 'user', 3, 'redirect');
