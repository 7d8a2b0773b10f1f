-- Two tables of Pelican Post. They are given: you do not hand this file in.
-- Depots have a table of their own, which is not needed here.

CREATE TABLE parcels (
  id              bigint PRIMARY KEY,
  code            text COLLATE "en-x-icu" NOT NULL, -- letters A-Z and digits; sorted by the rules of a language
  from_depot      integer NOT NULL,
  recipient_email text,                             -- ASCII, spelled as the sender typed it: Ada.Berg1@Example.test
  status          text NOT NULL,                    -- created, in_transit, delivered, returned, lost
  price_cents     integer NOT NULL,
  created_at      timestamptz NOT NULL,
  label           text NOT NULL                     -- what the printer gets; it makes the rows wide
);

CREATE TABLE scans (
  id        bigint PRIMARY KEY,
  parcel_id bigint NOT NULL,
  depot_id  integer NOT NULL,
  kind      text NOT NULL,                          -- accepted, arrived, departed, delivered
  at        timestamptz NOT NULL,
  device    text NOT NULL                           -- which scanner, and its firmware
);
