-- The tables of sec-secrets. They exist before your server starts.
CREATE TABLE integrations (
  name    text PRIMARY KEY,
  api_key bytea NOT NULL
);

CREATE TABLE parcels (
  parcel text PRIMARY KEY,
  status text NOT NULL
);
