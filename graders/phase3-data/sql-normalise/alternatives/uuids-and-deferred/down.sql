START TRANSACTION;
CREATE TABLE public.shipments_raw (
  code varchar, customer_name varchar, customer_email varchar, customer_city varchar, phone1 varchar, phone2 varchar,
  from_depot varchar, to_depot varchar, tags_csv varchar, price varchar, created date
);
INSERT INTO public.shipments_raw (code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created)
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created FROM public.shipments_flat;
INSERT INTO public.shipments_raw (code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created)
SELECT code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created FROM public.rejects;
DROP TABLE public.customers, public.customer_phones, public.depots, public.parcels, public.parcel_tags, public.rejects CASCADE;
END;
