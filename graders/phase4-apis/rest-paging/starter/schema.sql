-- The table of rest-paging. It exists before your server starts.
CREATE TABLE events (
  id          bigint PRIMARY KEY,
  at          timestamptz NOT NULL,
  kind        text NOT NULL,
  parcel_code text NOT NULL,
  depot       text NOT NULL,
  note        text,
  phone       text NOT NULL -- the courier's: private
);

CREATE INDEX events_at_id ON events (at, id);
CREATE INDEX events_kind_at_id ON events (kind, at, id);
