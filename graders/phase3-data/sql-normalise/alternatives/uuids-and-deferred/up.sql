START TRANSACTION ISOLATION LEVEL SERIALIZABLE;

LOCK TABLE public.shipments_raw IN ACCESS EXCLUSIVE MODE;

CREATE TABLE public.customers (
  id uuid DEFAULT gen_random_uuid(),
  name varchar(200) NOT NULL,
  email varchar(320) NOT NULL,
  city varchar(200) NOT NULL,
  since timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_customers PRIMARY KEY (id),
  CONSTRAINT one_email EXCLUDE USING btree (lower(email) WITH =) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE public.customer_phones (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
  customer_id uuid NOT NULL,
  phone varchar(40) NOT NULL,
  CONSTRAINT fk_phone FOREIGN KEY (customer_id) REFERENCES public.customers ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT uq_phone UNIQUE (phone, customer_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE public.depots (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
  name varchar(100) NOT NULL,
  CONSTRAINT one_name EXCLUDE USING btree (upper(name) WITH =) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE public.parcels (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
  code varchar(60) NOT NULL CONSTRAINT uq_code UNIQUE DEFERRABLE INITIALLY DEFERRED,
  customer_id uuid CONSTRAINT fk_c REFERENCES public.customers DEFERRABLE INITIALLY DEFERRED,
  from_depot_id uuid NOT NULL CONSTRAINT fk_f REFERENCES public.depots DEFERRABLE INITIALLY DEFERRED,
  to_depot_id uuid NOT NULL CONSTRAINT fk_t REFERENCES public.depots DEFERRABLE INITIALLY DEFERRED,
  price_cents bigint NOT NULL CONSTRAINT not_negative CHECK (price_cents > -1),
  created timestamp NOT NULL
);
CREATE TABLE public.parcel_tags (
  parcel_id uuid NOT NULL CONSTRAINT fk_p REFERENCES public.parcels ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  tag varchar(60) NOT NULL CONSTRAINT no_blank CHECK (length(trim(tag)) > 0),
  CONSTRAINT pk_tags PRIMARY KEY (tag, parcel_id)
);
CREATE TABLE public.rejects (
  reason text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  created date, price text, tags_csv text, to_depot text, from_depot text,
  phone2 text, phone1 text, customer_city text, customer_email text, customer_name text, code text
);

WITH tidy AS (
  SELECT raw.*,
         gen_random_uuid() AS parcel_id,
         nullif(btrim(code), '') AS b_code,
         nullif(btrim(customer_name), '') AS b_name,
         nullif(btrim(customer_email), '') AS b_email,
         nullif(btrim(customer_city), '') AS b_city,
         nullif(btrim(phone1), '') AS b_phone1,
         nullif(btrim(phone2), '') AS b_phone2,
         nullif(btrim(from_depot), '') AS b_from,
         nullif(btrim(to_depot), '') AS b_to,
         nullif(btrim(price), '') AS b_price
  FROM public.shipments_raw AS raw
), judged AS MATERIALIZED (
  SELECT *, concat_ws('; ',
    CASE WHEN b_code IS NULL THEN 'code is blank' END,
    CASE WHEN b_from IS NULL THEN 'from_depot is blank' END,
    CASE WHEN b_to IS NULL THEN 'to_depot is blank' END,
    CASE WHEN b_price IS NULL OR b_price !~ '^[0-9]+(,[0-9][0-9]?)?$' THEN 'price is wrong' END,
    CASE WHEN num_nonnulls(b_name, b_email, b_city, b_phone1, b_phone2) > 0
              AND (b_email IS NULL OR b_email NOT LIKE '_%@%_' OR b_email LIKE '%@%@%')
         THEN 'customer cannot be told' END) AS reason
  FROM tidy
), good AS MATERIALIZED (
  SELECT * FROM judged WHERE reason = ''
), new_rejects AS (
  INSERT INTO public.rejects (reason, code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created)
  SELECT reason, code, customer_name, customer_email, customer_city, phone1, phone2, from_depot, to_depot, tags_csv, price, created
  FROM judged WHERE reason <> ''
), new_customers AS (
  INSERT INTO public.customers (name, email, city)
  SELECT min(b_name), min(b_email), min(b_city) FROM good WHERE b_email IS NOT NULL GROUP BY lower(b_email)
  RETURNING id, email
), new_phones AS (
  INSERT INTO public.customer_phones (customer_id, phone)
  SELECT c.id, b_phone1 FROM good JOIN new_customers c ON lower(c.email) = lower(b_email) WHERE b_phone1 IS NOT NULL
  UNION
  SELECT c.id, b_phone2 FROM good JOIN new_customers c ON lower(c.email) = lower(b_email) WHERE b_phone2 IS NOT NULL
), new_depots AS (
  INSERT INTO public.depots (name)
  SELECT max(name) FROM (SELECT b_from AS name FROM good UNION ALL SELECT b_to FROM good) AS d GROUP BY upper(name)
  RETURNING id, name
), new_parcels AS (
  INSERT INTO public.parcels (id, code, customer_id, from_depot_id, to_depot_id, price_cents, created)
  SELECT parcel_id, b_code,
         (SELECT c.id FROM new_customers c WHERE lower(c.email) = lower(b_email)),
         (SELECT d.id FROM new_depots d WHERE upper(d.name) = upper(b_from)),
         (SELECT d.id FROM new_depots d WHERE upper(d.name) = upper(b_to)),
         round(translate(b_price, ',', '.')::numeric * 100), created
  FROM good
)
INSERT INTO public.parcel_tags (parcel_id, tag)
SELECT DISTINCT parcel_id, btrim(part)
FROM good, unnest(string_to_array(tags_csv, ',')) AS part
WHERE btrim(part) <> '';

SET CONSTRAINTS ALL IMMEDIATE;

CREATE VIEW public.shipments_flat AS
SELECT p.created, p.code,
       coalesce(c.name, '') AS customer_name, coalesce(c.email, '') AS customer_email, coalesce(c.city, '') AS customer_city,
       (SELECT max(phone) FROM public.customer_phones WHERE customer_id = c.id) AS phone1,
       (SELECT phone FROM public.customer_phones WHERE customer_id = c.id ORDER BY phone DESC OFFSET 1 LIMIT 1) AS phone2,
       (SELECT name FROM public.depots WHERE id = p.from_depot_id) AS from_depot,
       (SELECT name FROM public.depots WHERE id = p.to_depot_id) AS to_depot,
       array_to_string(ARRAY(SELECT tag FROM public.parcel_tags WHERE parcel_id = p.id ORDER BY tag DESC), ', ') AS tags_csv,
       concat(p.price_cents / 100, ',', right(concat('0', p.price_cents % 100), 2)) AS price
FROM public.parcels p LEFT JOIN public.customers c ON c.id = p.customer_id;

DROP TABLE public.shipments_raw;

END;
