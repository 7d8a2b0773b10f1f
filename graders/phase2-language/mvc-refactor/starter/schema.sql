create table parcels (
  id int generated always as identity primary key,
  recipient text not null,
  city text not null,
  weight_g int not null,
  delivered_at timestamptz
);
