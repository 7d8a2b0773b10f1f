-- Pelican Post, as the grader creates it. Read it: NOT NULL and REFERENCES tell you what can be
-- missing and what cannot. You do not hand this file in; changing it changes nothing.

CREATE TABLE depots (
  id        integer PRIMARY KEY,
  name      text    NOT NULL,                     -- not unique: there are two "Harbour" depots
  city      text    NOT NULL,
  parent_id integer REFERENCES depots (id),       -- NULL: the top of a hierarchy
  opened_on date    NOT NULL,
  capacity  integer NOT NULL CHECK (capacity > 0)
);

CREATE TABLE customers (
  id               integer PRIMARY KEY,
  name             text NOT NULL,                 -- not unique either
  email            text NOT NULL UNIQUE,
  city             text NOT NULL,
  marketing_opt_in boolean                        -- NULL: never asked
);

CREATE TABLE parcels (
  id           integer PRIMARY KEY,
  code         text    NOT NULL UNIQUE,
  customer_id  integer REFERENCES customers (id), -- NULL: paid in cash at the counter
  from_depot   integer NOT NULL REFERENCES depots (id),
  to_depot     integer NOT NULL REFERENCES depots (id),
  weight_g     integer NOT NULL CHECK (weight_g > 0),
  price_cents  integer NOT NULL CHECK (price_cents > 0),
  status       text    NOT NULL CHECK (status IN ('created', 'in_transit', 'delivered', 'cancelled')),
  created_at   timestamptz NOT NULL,
  delivered_at timestamptz
);

CREATE TABLE scans (
  id        integer PRIMARY KEY,
  parcel_id integer NOT NULL REFERENCES parcels (id),
  depot_id  integer NOT NULL REFERENCES depots (id),
  kind      text    NOT NULL CHECK (kind IN ('accepted', 'arrived', 'departed', 'delivered')),
  at        timestamptz NOT NULL
);

-- One row: what counts as "now" in these exercises, so that a report stays the same tomorrow.
CREATE TABLE clock (
  now timestamptz NOT NULL
);

-- PostgreSQL indexes primary keys by itself, foreign keys not.
CREATE INDEX ON depots (parent_id);
CREATE INDEX ON parcels (customer_id);
CREATE INDEX ON parcels (from_depot);
CREATE INDEX ON parcels (to_depot);
CREATE INDEX ON scans (parcel_id);
CREATE INDEX ON scans (depot_id);
