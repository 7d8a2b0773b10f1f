-- What Pelican Post has today: one wide table, typed in by hand at many counters. The grader creates
-- it like this and fills it. You do not hand this file in; changing it changes nothing.

CREATE TABLE shipments_raw (
  code           text,  -- of the parcel
  customer_name  text,  -- the five columns of the customer are all blank for a parcel paid at the counter
  customer_email text,
  customer_city  text,
  phone1         text,
  phone2         text,
  from_depot     text,
  to_depot       text,
  tags_csv       text,  -- 'fragile, express'
  price          text,  -- '12,50'
  created        date
);
