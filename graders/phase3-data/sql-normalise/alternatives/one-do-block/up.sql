DO $migration$
DECLARE
  raw shipments_raw;
  customer int;
  sender int;
  receiver int;
  parcel int;
  part text;
  phone_text text;
  mail text;
BEGIN
  create table customers (id serial primary key, name text not null, email text not null, city text not null);
  create unique index on customers (upper(email));
  create table customer_phones (customer_id int not null references customers on delete cascade, phone text not null, unique (customer_id, phone));
  create table depots (id serial primary key, name text not null);
  create unique index on depots (upper(name));
  create table parcels (
    id serial primary key,
    code text not null unique,
    customer_id int references customers on delete restrict,
    from_depot_id int not null references depots on delete restrict,
    to_depot_id int not null references depots on delete restrict,
    price_cents numeric(12) not null check (sign(price_cents) in (0, 1)),
    created date not null
  );
  create table parcel_tags (parcel_id int not null references parcels on delete cascade, tag text not null check (char_length(tag) >= 1), unique (parcel_id, tag));
  create table rejects as select *, ''::text as reason from shipments_raw with no data;

  for raw in select * from shipments_raw loop
    begin
      if trim(raw.code) is null or trim(raw.code) = '' then
        raise exception 'a row without a code';
      end if;
      if trim(both ' ' from coalesce(raw.price, '')) !~ '^\d{1,}(,\d|,\d\d)?$' then
        raise exception 'cannot read the price %', quote_nullable(raw.price);
      end if;

      mail := trim(coalesce(raw.customer_email, ''));
      customer := null;
      if trim(coalesce(raw.customer_name, '') || mail || coalesce(raw.customer_city, '') || coalesce(raw.phone1, '') || coalesce(raw.phone2, '')) <> '' then
        if array_length(string_to_array(mail, '@'), 1) is distinct from 2 or split_part(mail, '@', 1) = '' or split_part(mail, '@', 2) = '' then
          raise exception 'no e-mail';
        end if;
        select id into customer from customers where upper(email) = upper(mail);
        if not found then
          insert into customers (name, email, city) values (trim(raw.customer_name), mail, trim(raw.customer_city)) returning id into customer;
        end if;
        foreach phone_text in array array[raw.phone1, raw.phone2] loop
          if trim(phone_text) <> '' then
            insert into customer_phones values (customer, trim(phone_text)) on conflict do nothing;
          end if;
        end loop;
      end if;

      if coalesce(trim(raw.from_depot), '') = '' or coalesce(trim(raw.to_depot), '') = '' then
        raise exception 'from where to where?';
      end if;
      insert into depots (name) values (trim(raw.from_depot)) on conflict do nothing;
      insert into depots (name) values (trim(raw.to_depot)) on conflict do nothing;
      select id into strict sender from depots where upper(name) = upper(trim(raw.from_depot));
      select id into strict receiver from depots where upper(name) = upper(trim(raw.to_depot));

      insert into parcels (code, customer_id, from_depot_id, to_depot_id, price_cents, created)
      values (
        trim(raw.code), customer, sender, receiver,
        split_part(trim(raw.price), ',', 1)::int * 100 + rpad(split_part(trim(raw.price), ',', 2), 2, '0')::int,
        raw.created
      ) returning id into parcel;

      if raw.tags_csv is not null then
        foreach part in array string_to_array(raw.tags_csv, ',') loop
          if trim(part) <> '' then
            insert into parcel_tags values (parcel, trim(part)) on conflict do nothing;
          end if;
        end loop;
      end if;
    exception when others then
      insert into rejects select raw.*, sqlerrm;
    end;
  end loop;

  create view shipments_flat as
  with phones as (
    select customer_id, phone, row_number() over (partition by customer_id order by phone) as n from customer_phones
  ), tags as (
    select parcel_id, string_agg(tag, ', ') as csv from parcel_tags group by parcel_id
  )
  select code, c.name as customer_name, email as customer_email, city as customer_city, one.phone as phone1, two.phone as phone2,
         f.name as from_depot, t.name as to_depot, csv as tags_csv,
         translate(to_char(price_cents / 100, 'FM99999999990.00'), '.', ',') as price, created
  from parcels p
  join depots f on f.id = from_depot_id
  join depots t on t.id = to_depot_id
  left join customers c on c.id = p.customer_id
  left join phones one on one.customer_id = c.id and one.n = 1
  left join phones two on two.customer_id = c.id and two.n = 2
  left join tags on tags.parcel_id = p.id;

  drop table shipments_raw;
END
$migration$;
