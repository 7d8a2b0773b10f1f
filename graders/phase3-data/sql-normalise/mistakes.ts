import type { Mistake } from '../../harness/mistakes.ts'

const CHECK_BY_TRIGGER = `CREATE FUNCTION one_customer_per_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM customers WHERE lower(email) = lower(NEW.email) AND id <> NEW.id) THEN
    RAISE EXCEPTION 'there is a customer % already', NEW.email;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER one_customer_per_email BEFORE INSERT OR UPDATE ON customers
FOR EACH ROW EXECUTE FUNCTION one_customer_per_email();`

const UNIQUE_EMAIL = 'CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    rule: 'an e-mail that is there already, in whatever case, also when two sessions insert it at once',
    why: 'a surrogate key, and nothing that makes an e-mail unique',
    edits: [{ file: 'up.sql', old: UNIQUE_EMAIL, new: '' }],
  },
  {
    id: 'W2',
    check: 'C1',
    rule: 'There is one for each parcel, and no other.',
    why: 'an inner join loses the parcels without a customer',
    edits: [
      {
        file: 'up.sql',
        old: 'LEFT JOIN customers AS c ON c.id',
        new: 'JOIN customers AS c ON c.id',
      },
    ],
  },
  {
    id: 'W3',
    check: 'C4',
    rule: 'They stand between commas. Blank ones are dropped, and a parcel has each tag once.',
    why: 'the tags of a parcel stay one text with commas',
    edits: [
      {
        file: 'up.sql',
        old: 'SELECT DISTINCT p.id, trim(tag)',
        new: 'SELECT p.id, trim(r.tags_csv)',
      },
      {
        file: 'up.sql',
        old: "CROSS JOIN LATERAL string_to_table(r.tags_csv, ',') AS tag\n",
        new: '',
      },
      { file: 'up.sql', old: "WHERE trim(tag) <> ''", new: "WHERE trim(r.tags_csv) <> ''" },
    ],
  },
  {
    id: 'W4',
    check: 'C2',
    rule: 'a customer or a depot that does not exist',
    why: 'no foreign key: a parcel may belong to a customer that does not exist',
    edits: [
      {
        file: 'up.sql',
        old: 'customer_id   integer REFERENCES customers (id)',
        new: 'customer_id   integer',
      },
    ],
  },
  {
    id: 'W5',
    check: 'C4',
    rule: 'A customer has each number once.',
    why: 'two phones stay two columns of one row',
    edits: [
      {
        file: 'up.sql',
        old: `  phone       text    NOT NULL,
  PRIMARY KEY (customer_id, phone)`,
        new: `  phone       text    NOT NULL,
  phone2      text,
  PRIMARY KEY (customer_id, phone)`,
      },
      { file: 'up.sql', old: 'customer_phones (customer_id, phone)\n', new: 'customer_phones\n' },
      {
        file: 'up.sql',
        old: 'SELECT DISTINCT c.id, p.phone\n',
        new: 'SELECT DISTINCT c.id, coalesce(least(phone1, phone2)), nullif(greatest(phone1, phone2), least(phone1, phone2))\n',
      },
      {
        file: 'up.sql',
        old: 'CROSS JOIN LATERAL (VALUES (r.phone1), (r.phone2)) AS p (phone)\nWHERE p.phone IS NOT NULL',
        new: 'WHERE coalesce(phone1, phone2) IS NOT NULL',
      },
      {
        file: 'up.sql',
        old: 'SELECT array_agg(phone ORDER BY phone) AS list FROM customer_phones WHERE customer_id = c.id',
        new: 'SELECT array[min(phone), min(phone2)] AS list FROM customer_phones WHERE customer_id = c.id',
      },
    ],
  },
  {
    id: 'W6',
    check: 'C1',
    rule: 'Digits, then maybe a comma and one or two digits: `12` and `12,0` are 1200 cents, `12,5` is 1250, `0,05` is 5.',
    why: 'takes the comma out of a price: 12 becomes 12 cents, and 12,5 becomes 125',
    edits: [
      {
        file: 'up.sql',
        old: "replace(r.price, ',', '.')::numeric * 100",
        new: "replace(r.price, ',', '')::integer",
      },
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    rule: 'A script that breaks off at any point, by an error or a lost connection, leaves the database as it was before.',
    why: 'up.sql is no transaction, so it can stop half-way',
    edits: [
      { file: 'up.sql', old: 'BEGIN;', new: '' },
      { file: 'up.sql', old: 'COMMIT;', new: '' },
    ],
  },
  {
    id: 'W8',
    check: 'C6',
    rule: 'A script that breaks off at any point, by an error or a lost connection, leaves the database as it was before.',
    why: 'down.sql is no transaction, so it can stop half-way',
    edits: [
      { file: 'down.sql', old: 'BEGIN;', new: '' },
      { file: 'down.sql', old: 'COMMIT;', new: '' },
    ],
  },
  {
    id: 'W9',
    check: 'C6',
    rule: 'A script that breaks off at any point, by an error or a lost connection, leaves the database as it was before.',
    why: 'up.sql is two transactions: the tables, then the rows',
    edits: [
      {
        file: 'up.sql',
        old: '-- shipments_raw goes',
        new: 'COMMIT; BEGIN;\n-- shipments_raw goes',
      },
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    rule: 'With a comma: 1250 cents are `12,50` or `12,5`.',
    why: 'writes 7,05 as 7,5 in the view, for the cents are not padded',
    edits: [
      {
        file: 'up.sql',
        old: "lpad((p.price_cents % 100)::text, 2, '0')",
        new: 'p.price_cents % 100',
      },
    ],
  },
  {
    id: 'W11',
    check: 'C1',
    rule: 'In any order, with commas between them.',
    why: 'joins phones and tags side by side, so that two phones write each tag twice',
    edits: [
      {
        file: 'up.sql',
        old: 'AS csv FROM parcel_tags WHERE parcel_id = p.id\n',
        new: 'AS csv FROM parcel_tags LEFT JOIN customer_phones ON customer_id = c.id WHERE parcel_id = p.id\n',
      },
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    rule: 'There is one for each parcel, and no other.',
    why: 'takes depots from from_depot only, and loses the parcels to a depot that never sends any',
    edits: [{ file: 'up.sql', old: ' UNION SELECT to_depot FROM shipments_raw', new: '' }],
  },
  {
    id: 'W13',
    check: 'C1',
    rule: '`price` is not written as above: `free`, `-3,00`, `12.50`, `12,345`, `12,`, `,50`, or blank;',
    why: 'NULL !~ pattern is NULL: a row without a price counts as good, and stops the migration',
    edits: [{ file: 'up.sql', old: "coalesce(trim(price), '') !~", new: 'trim(price) !~' }],
  },
  {
    id: 'W14',
    check: 'C2',
    rule: 'an e-mail that is there already, in whatever case, also when two sessions insert it at once',
    why: 'a unique e-mail, but only in the very same case',
    edits: [{ file: 'up.sql', old: 'ON customers (lower(email))', new: 'ON customers (email)' }],
  },
  {
    id: 'W15',
    check: 'C2',
    rule: 'a negative price; 0 is fine',
    why: 'nothing keeps a price from being negative',
    edits: [{ file: 'up.sql', old: ' CHECK (price_cents >= 0)', new: '' }],
  },
  {
    id: 'W16',
    check: 'C2',
    rule: 'NULL in any column named above, apart from `parcels.customer_id`',
    why: 'UNIQUE without NOT NULL lets parcels without a code in',
    edits: [
      {
        file: 'up.sql',
        old: 'code          text    NOT NULL UNIQUE',
        new: 'code          text UNIQUE',
      },
    ],
  },
  {
    id: 'W17',
    check: 'C2',
    rule: '`id` | of any type, and fills itself in when an `INSERT` leaves it out',
    why: 'numbers the depots itself, so that their sequence gives ids out again',
    edits: [
      {
        file: 'up.sql',
        old: `  id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL`,
        new: `  id   serial PRIMARY KEY,
  name text NOT NULL`,
      },
      {
        file: 'up.sql',
        old: 'INSERT INTO depots (name)\nSELECT DISTINCT',
        new: 'INSERT INTO depots (name, id)\nSELECT name, row_number() OVER () FROM (SELECT DISTINCT',
      },
      {
        file: 'up.sql',
        old: 'ORDER BY lower(name), name;',
        new: 'ORDER BY lower(name), name) AS d;',
      },
    ],
  },
  {
    id: 'W18',
    check: 'C2',
    rule: 'a tag that the parcel has already; an empty tag; a parcel that does not exist',
    why: 'a parcel may have the same tag twice',
    edits: [
      {
        file: 'up.sql',
        old: "CHECK (tag <> ''),\n  PRIMARY KEY (parcel_id, tag)",
        new: "CHECK (tag <> '')",
      },
    ],
  },
  {
    id: 'W19',
    check: 'C2',
    rule: 'a tag that the parcel has already; an empty tag; a parcel that does not exist',
    why: 'a tag may be empty',
    edits: [{ file: 'up.sql', old: " CHECK (tag <> '')", new: '' }],
  },
  {
    id: 'W20',
    check: 'C3',
    rule: 'Whatever is changed in the tables is seen in the view.',
    why: 'parcels keep the city of their customer, and the view shows that one',
    edits: [
      {
        file: 'up.sql',
        old: '  created       date    NOT NULL\n',
        new: '  created       date    NOT NULL,\n  customer_city text\n',
      },
      {
        file: 'up.sql',
        old: 'to_depot_id, price_cents, created)',
        new: 'to_depot_id, price_cents, created, customer_city)',
      },
      {
        file: 'up.sql',
        old: '::numeric * 100, r.created\n',
        new: '::numeric * 100, r.created, r.customer_city\n',
      },
      { file: 'up.sql', old: 'c.city AS customer_city', new: 'p.customer_city' },
    ],
  },
  {
    id: 'W21',
    check: 'C4',
    rule: "A customer's name and city stand in one row of `customers`, and in no other table but `rejects`.",
    why: "parcels still say their customer's name",
    edits: [
      {
        file: 'up.sql',
        old: '  created       date    NOT NULL\n',
        new: '  created       date    NOT NULL,\n  customer_name text\n',
      },
      {
        file: 'up.sql',
        old: 'to_depot_id, price_cents, created)',
        new: 'to_depot_id, price_cents, created, customer_name)',
      },
      {
        file: 'up.sql',
        old: '::numeric * 100, r.created\n',
        new: '::numeric * 100, r.created, r.customer_name\n',
      },
    ],
  },
  {
    id: 'W22',
    check: 'C4',
    rule: 'Two names that differ in upper and lower case only are the same depot.',
    why: 'Harbour, harbour and HARBOUR are three depots',
    edits: [
      {
        file: 'up.sql',
        old: 'CREATE UNIQUE INDEX depots_name_key ON depots (lower(name));',
        new: '',
      },
      { file: 'up.sql', old: 'SELECT DISTINCT ON (lower(name)) name', new: 'SELECT DISTINCT name' },
      { file: 'up.sql', old: 'ORDER BY lower(name), name;', new: ';' },
      { file: 'up.sql', old: 'lower(f.name) = lower(r.from_depot)', new: 'f.name = r.from_depot' },
      { file: 'up.sql', old: 'lower(t.name) = lower(r.to_depot)', new: 't.name = r.to_depot' },
    ],
  },
  {
    id: 'W23',
    check: 'C9',
    rule: 'It holds a row for each, as the view would show it *now*: what has been changed since `up.sql` is not lost.',
    why: 'puts the old table aside, and brings it back as it was',
    edits: [
      {
        file: 'up.sql',
        old: 'ALTER TABLE shipments_raw ADD',
        new: 'CREATE TABLE kept AS TABLE shipments_raw;\nALTER TABLE shipments_raw ADD',
      },
    ],
    files: {
      'down.sql': `BEGIN;
DROP VIEW shipments_flat;
DROP TABLE parcel_tags, parcels, customer_phones, customers, depots, rejects;
ALTER TABLE kept RENAME TO shipments_raw;
COMMIT;
`,
    },
  },
  {
    id: 'W24',
    check: 'C5',
    rule: 'It holds each row of `rejects`, as it stands there.',
    why: 'down.sql forgets the rejects',
    edits: [
      {
        file: 'down.sql',
        old: `
UNION ALL
SELECT code, customer_name, customer_email, customer_city, phone1, phone2,
       from_depot, to_depot, tags_csv, price, created
FROM rejects;`,
        new: ';',
      },
    ],
  },
  {
    id: 'W25',
    check: 'C5',
    rule: 'It holds each row of `rejects`, as it stands there.',
    why: 'UNION instead of UNION ALL: equal rejects become one',
    edits: [{ file: 'down.sql', old: 'UNION ALL', new: 'UNION' }],
  },
  {
    id: 'W26',
    check: 'C5',
    rule: 'The six tables and the view are gone.',
    why: 'down.sql leaves rejects where it was, and up.sql cannot make it again',
    edits: [{ file: 'down.sql', old: 'depots, rejects;', new: 'depots;' }],
  },
  {
    id: 'W27',
    check: 'C7',
    rule: 'a parcel | takes its tags along',
    why: 'tags keep a parcel from being deleted',
    edits: [
      {
        file: 'up.sql',
        old: 'REFERENCES parcels (id) ON DELETE CASCADE',
        new: 'REFERENCES parcels (id)',
      },
    ],
  },
  {
    id: 'W28',
    check: 'C7',
    rule: 'a customer or a depot with parcels | is refused',
    why: 'deleting a customer deletes what was sent',
    edits: [
      {
        file: 'up.sql',
        old: 'customer_id   integer REFERENCES customers (id)',
        new: 'customer_id   integer REFERENCES customers (id) ON DELETE CASCADE',
      },
    ],
  },
  {
    id: 'W29',
    check: 'C7',
    rule: 'a customer or a depot with parcels | is refused',
    why: 'deleting a customer leaves parcels that look paid at the counter',
    edits: [
      {
        file: 'up.sql',
        old: 'customer_id   integer REFERENCES customers (id)',
        new: 'customer_id   integer REFERENCES customers (id) ON DELETE SET NULL',
      },
    ],
  },
  {
    id: 'W30',
    check: 'C8',
    rule: '`rejects` holds exactly these rows, each column exactly as it was, with a `reason` in your words.',
    why: 'rows that cannot be converted are dropped',
    edits: [
      {
        file: 'up.sql',
        old: 'INSERT INTO rejects SELECT * FROM shipments_raw WHERE reason IS NOT NULL;',
        new: '',
      },
    ],
  },
  {
    id: 'W31',
    check: 'C8',
    rule: 'Two equal rows are two rejects.',
    why: 'DISTINCT makes one reject of two equal ones',
    edits: [
      { file: 'up.sql', old: 'INTO rejects SELECT *', new: 'INTO rejects SELECT DISTINCT *' },
    ],
  },
  {
    id: 'W32',
    check: 'C8',
    rule: "one of the customer's five columns is filled in, and `customer_email` is no e-mail: a text with one `@` and something on both sides of it.",
    why: 'takes any text with an @ for an e-mail',
    edits: [{ file: 'up.sql', old: "'^[^@]+@[^@]+$'", new: "'@'" }],
  },
  {
    id: 'W33',
    check: 'C8',
    rule: '`price` is not written as above: `free`, `-3,00`, `12.50`, `12,345`, `12,`, `,50`, or blank;',
    why: 'takes 12.50 for a price, and 12,345 for 1234.5 cents',
    edits: [{ file: 'up.sql', old: "(,\\d{1,2})?$'", new: "([,.]\\d+)?$'" }],
  },
  {
    id: 'W34',
    check: 'C8',
    rule: "one of the customer's five columns is filled in, and `customer_email` is no e-mail: a text with one `@` and something on both sides of it.",
    why: 'looks at the name only to tell whether a row speaks of a customer',
    edits: [
      {
        file: 'up.sql',
        old: 'concat(customer_name, customer_email, customer_city, phone1, phone2)',
        new: "coalesce(customer_name, '')",
      },
    ],
  },
  {
    id: 'W35',
    check: 'C8',
    rule: '`rejects` holds exactly these rows, each column exactly as it was, with a `reason` in your words.',
    why: 'rejects are tidied, and not as they were',
    edits: [
      {
        file: 'up.sql',
        old: 'INTO rejects SELECT * FROM',
        new: 'INTO rejects SELECT trim(code), trim(customer_name), trim(customer_email), trim(customer_city), trim(phone1), trim(phone2), trim(from_depot), trim(to_depot), tags_csv, trim(price), created, reason FROM',
      },
    ],
  },
  {
    id: 'W36',
    check: 'C10',
    rule: 'an e-mail that is there already, in whatever case, also when two sessions insert it at once',
    why: 'a trigger that looks for the e-mail does not see what another session has not committed',
    edits: [{ file: 'up.sql', old: UNIQUE_EMAIL, new: CHECK_BY_TRIGGER }],
  },
  {
    id: 'W37',
    check: 'C11',
    rule: 'Both work where `shipments_raw` is empty or holds rejects only, too.',
    why: 'sets a sequence to max(id), which is 0 for an empty table: no sequence goes there',
    edits: [
      {
        file: 'up.sql',
        old: 'DROP TABLE shipments_raw;',
        new: "SELECT setval(pg_get_serial_sequence('parcels', 'id'), (SELECT coalesce(max(id), 0) FROM parcels));\nDROP TABLE shipments_raw;",
      },
    ],
  },
  {
    id: 'W38',
    check: 'C1',
    rule: 'There is one for each parcel, and no other.',
    why: 'a full join shows a customer without a parcel as a row of NULLs',
    edits: [
      {
        file: 'up.sql',
        old: 'LEFT JOIN customers AS c ON c.id',
        new: 'FULL JOIN customers AS c ON c.id',
      },
    ],
  },
  {
    id: 'W39',
    check: 'C1',
    rule: '`code`, `from_depot` or `to_depot` is blank;',
    why: 'forgets that NULL is not the empty text: a row without a depot to go to counts as good',
    edits: [
      { file: 'up.sql', old: "coalesce(trim(to_depot), '') = ''", new: "trim(to_depot) = ''" },
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    rule: "one of the customer's five columns is filled in, and `customer_email` is no e-mail: a text with one `@` and something on both sides of it.",
    why: 'takes every text with an @ and something around it for an e-mail, also one with two',
    edits: [{ file: 'up.sql', old: "!~ '^[^@]+@[^@]+$'", new: "!~ '^.+@.+$'" }],
  },
  {
    id: 'W41',
    check: 'C6',
    rule: 'A script that breaks off at any point, by an error or a lost connection, leaves the database as it was before.',
    why: 'drops the old table after COMMIT: a connection that is lost in between leaves both',
    edits: [
      { file: 'up.sql', old: 'DROP TABLE shipments_raw;\n', new: '' },
      { file: 'up.sql', old: 'COMMIT;', new: 'COMMIT;\n\nDROP TABLE shipments_raw;' },
    ],
  },
  {
    id: 'W42',
    check: 'C1',
    rule: 'All of these are in schema `public`: six ordinary tables and a view.',
    why: `a materialized view, which shows what was true when it was made`,
    edits: [
      {
        file: 'up.sql',
        old: `CREATE VIEW shipments_flat`,
        new: `CREATE MATERIALIZED VIEW shipments_flat`,
      },
      { file: 'down.sql', old: `DROP VIEW`, new: `DROP MATERIALIZED VIEW` },
    ],
  },
  {
    id: 'W43',
    check: 'C4',
    rule: '`price_cents` | a whole number of cents, of any type of number',
    why: `the price stays in euros, with two decimals`,
    edits: [
      {
        file: 'up.sql',
        old: `price_cents   integer NOT NULL`,
        new: `price_cents   numeric NOT NULL`,
      },
      { file: 'up.sql', old: `::numeric * 100, r.created`, new: `::numeric, r.created` },
      {
        file: 'up.sql',
        old: `p.price_cents / 100 || ',' || lpad((p.price_cents % 100)::text, 2, '0') AS price`,
        new: `replace(to_char(p.price_cents, 'FM999999990.00'), '.', ',') AS price`,
      },
    ],
  },
  {
    id: 'W44',
    check: 'C4',
    rule: '`customer_id`, `from_depot_id`, `to_depot_id`, `parcel_id` | hold the `id` of the row that they speak of',
    why: `a tag names its parcel by the code`,
    edits: [
      {
        file: 'up.sql',
        old: `parcel_id integer NOT NULL REFERENCES parcels (id)`,
        new: `parcel_id text NOT NULL REFERENCES parcels (code) ON UPDATE CASCADE`,
      },
      {
        file: 'up.sql',
        old: `SELECT DISTINCT p.id, trim(tag)`,
        new: `SELECT DISTINCT p.code, trim(tag)`,
      },
      { file: 'up.sql', old: `WHERE parcel_id = p.id`, new: `WHERE parcel_id = p.code` },
    ],
  },
  {
    id: 'W45',
    check: 'C2',
    rule: 'An `INSERT` that gives the columns above, without `id`, is enough.',
    why: `wants to know of every customer who has entered it, and an INSERT that does not say so fails`,
    edits: [
      {
        file: 'up.sql',
        old: `  city  text NOT NULL
`,
        new: `  city  text NOT NULL,
  entered_by text NOT NULL
`,
      },
      {
        file: 'up.sql',
        old: `INSERT INTO customers (name, email, city)
SELECT DISTINCT customer_name, customer_email, customer_city`,
        new: `INSERT INTO customers (name, email, city, entered_by)
SELECT DISTINCT customer_name, customer_email, customer_city, 'migration'`,
      },
    ],
  },
  {
    id: 'W46',
    check: 'C4',
    rule: 'Those at the ends of a text mean nothing, and are not stored.',
    why: `cities are stored as they were typed`,
    edits: [
      {
        file: 'up.sql',
        old: `customer_city  = nullif(trim(customer_city), '')`,
        new: `customer_city  = nullif(customer_city, '')`,
      },
      {
        file: 'up.sql',
        old: `SELECT DISTINCT customer_name, customer_email, customer_city`,
        new: `SELECT DISTINCT ON (customer_email) customer_name, customer_email, customer_city`,
      },
    ],
  },
  {
    id: 'W47',
    check: 'C4',
    rule: 'Two e-mails that differ in upper and lower case only are the same, and so is the customer.',
    why: `takes each spelling of an e-mail for a customer`,
    edits: [
      {
        file: 'up.sql',
        old: `CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));`,
        new: `CREATE UNIQUE INDEX customers_email_key ON customers (email);`,
      },
      {
        file: 'up.sql',
        old: `nullif(lower(trim(customer_email)), '')`,
        new: `nullif(trim(customer_email), '')`,
      },
    ],
  },
  {
    id: 'W48',
    check: 'C4',
    rule: 'Nothing but the e-mail tells customers apart.',
    why: `takes people of one name and city for one customer`,
    edits: [
      {
        file: 'up.sql',
        old: `SELECT DISTINCT customer_name, customer_email, customer_city`,
        new: `SELECT DISTINCT ON (customer_name, customer_city) customer_name, customer_email, customer_city`,
      },
    ],
  },
  {
    id: 'W49',
    check: 'C4',
    rule: 'the parcel was paid at the counter: its `customer_id` is NULL.',
    why: `gives the parcels that were paid at the counter a customer of their own`,
    edits: [
      {
        file: 'up.sql',
        old: `INSERT INTO customer_phones (customer_id, phone)
`,
        new: `INSERT INTO customers (name, email, city) VALUES ('Counter', 'counter@pelican.test', 'none');
UPDATE shipments_raw SET customer_email = 'counter@pelican.test' WHERE customer_email IS NULL;

INSERT INTO customer_phones (customer_id, phone)
`,
      },
      {
        file: 'up.sql',
        old: `c.name AS customer_name,
       c.email AS customer_email,
       c.city AS customer_city,`,
        new: `nullif(c.name, 'Counter') AS customer_name,
       nullif(c.email, 'counter@pelican.test') AS customer_email,
       nullif(c.city, 'none') AS customer_city,`,
      },
    ],
  },
  {
    id: 'W50',
    check: 'C4',
    rule: 'A customer has each number once.',
    why: `a number that was given twice is stored twice`,
    edits: [
      {
        file: 'up.sql',
        old: `  phone       text    NOT NULL,
  PRIMARY KEY (customer_id, phone)
`,
        new: `  phone       text    NOT NULL
`,
      },
      {
        file: 'up.sql',
        old: `SELECT DISTINCT c.id, p.phone
`,
        new: `SELECT DISTINCT c.id, p.phone, n
`,
      },
      {
        file: 'up.sql',
        old: `INSERT INTO customer_phones (customer_id, phone)
`,
        new: `INSERT INTO customer_phones (customer_id, phone)
SELECT id, phone FROM (
`,
      },
      {
        file: 'up.sql',
        old: `(VALUES (r.phone1), (r.phone2)) AS p (phone)
WHERE p.phone IS NOT NULL`,
        new: `(VALUES (1, least(r.phone1, r.phone2)), (2, greatest(r.phone1, r.phone2))) AS p (n, phone)
WHERE p.phone IS NOT NULL AND (r.phone1 <> '' AND r.phone2 <> '' OR n = 1)) AS one`,
      },
    ],
  },
  {
    id: 'W51',
    check: 'C1',
    rule: 'They are in `phone1` and `phone2`: a single one in either, of more than two any two.',
    why: `two phones in one column of the view`,
    edits: [
      {
        file: 'up.sql',
        old: `phones.list[1] AS phone1`,
        new: `array_to_string(phones.list, ' ') AS phone1`,
      },
      { file: 'up.sql', old: `phones.list[2] AS phone2`, new: `NULL AS phone2` },
    ],
  },
  {
    id: 'W52',
    check: 'C2',
    rule: '`depots` | a name that is there already, in whatever case',
    why: `nothing keeps a depot from being there twice`,
    edits: [
      {
        file: 'up.sql',
        old: `CREATE UNIQUE INDEX depots_name_key ON depots (lower(name));`,
        new: ``,
      },
    ],
  },
  {
    id: 'W53',
    check: 'C2',
    rule: 'a code that is there already',
    why: `a code may be there twice`,
    edits: [
      {
        file: 'up.sql',
        old: `code          text    NOT NULL UNIQUE`,
        new: `code          text    NOT NULL`,
      },
    ],
  },
  {
    id: 'W54',
    check: 'C2',
    rule: 'a phone that the customer has already; a customer that does not exist',
    why: `a phone of a customer that does not exist is taken`,
    edits: [
      {
        file: 'up.sql',
        old: `customer_id integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE`,
        new: `customer_id integer NOT NULL`,
      },
    ],
  },
  {
    id: 'W55',
    check: 'C2',
    rule: 'Nothing else is refused that a good row could bring, in any spelling: two customers may share a name, a city or a phone, and an e-mail, a name or a code may change to one that is free.',
    why: `an e-mail may never change, for a customer is known by it`,
    edits: [
      {
        file: 'up.sql',
        old: `CREATE INDEX ON parcels (customer_id);`,
        new: `CREATE FUNCTION keep_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an e-mail never changes';
END $$;
CREATE TRIGGER keep_email BEFORE UPDATE ON customers FOR EACH ROW WHEN (lower(OLD.email) <> lower(NEW.email)) EXECUTE FUNCTION keep_email();
CREATE INDEX ON parcels (customer_id);`,
      },
      {
        file: 'down.sql',
        old: `COMMIT;`,
        new: `DROP FUNCTION keep_email();
COMMIT;`,
      },
    ],
  },
  {
    id: 'W56',
    check: 'C2',
    rule: 'Nothing else is refused that a good row could bring, in any spelling: two customers may share a name, a city or a phone, and an e-mail, a name or a code may change to one that is free.',
    why: `takes e-mails in lower case only, and leaves it to the others to write them so`,
    edits: [
      {
        file: 'up.sql',
        old: `email text NOT NULL`,
        new: `email text NOT NULL CHECK (email = lower(email))`,
      },
    ],
  },
  {
    id: 'W57',
    check: 'C2',
    rule: 'a negative price; 0 is fine',
    why: `looks at the price of a new parcel, and not when it changes`,
    edits: [
      { file: 'up.sql', old: ` CHECK (price_cents >= 0)`, new: `` },
      {
        file: 'up.sql',
        old: `CREATE INDEX ON parcels (customer_id);`,
        new: `CREATE FUNCTION not_negative() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.price_cents < 0 THEN RAISE EXCEPTION 'negative'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER not_negative BEFORE INSERT ON parcels FOR EACH ROW EXECUTE FUNCTION not_negative();
CREATE INDEX ON parcels (customer_id);`,
      },
      {
        file: 'down.sql',
        old: `COMMIT;`,
        new: `DROP FUNCTION not_negative();
COMMIT;`,
      },
    ],
  },
  {
    id: 'W58',
    check: 'C7',
    rule: 'a customer without parcels | takes the phones along',
    why: `phones keep a customer from being deleted`,
    edits: [
      {
        file: 'up.sql',
        old: `customer_id integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE`,
        new: `customer_id integer NOT NULL REFERENCES customers (id)`,
      },
    ],
  },
  {
    id: 'W59',
    check: 'C5',
    rule: '`shipments_raw` has the columns and types of `schema.sql`, in that order.',
    why: `created comes back as a text`,
    edits: [
      { file: 'down.sql', old: `created        date`, new: `created        text` },
      {
        file: 'down.sql',
        old: `tags_csv, price, created
FROM shipments_flat`,
        new: `tags_csv, price, created::text
FROM shipments_flat`,
      },
      {
        file: 'down.sql',
        old: `tags_csv, price, created
FROM rejects`,
        new: `tags_csv, price, created::text
FROM rejects`,
      },
    ],
  },
  {
    id: 'W60',
    check: 'C5',
    rule: '`up.sql` can run again.',
    why: `leaves a function behind that up.sql wants to make`,
    edits: [
      {
        file: 'up.sql',
        old: `CREATE INDEX ON parcels (customer_id);`,
        new: `CREATE FUNCTION clean(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT nullif(trim($1), '') $$;
CREATE INDEX ON parcels (customer_id);`,
      },
    ],
  },
  {
    id: 'W61',
    check: 'C2',
    rule: 'NULL in any column named above, apart from `parcels.customer_id`',
    why: `a phone may be NULL`,
    edits: [
      {
        file: 'up.sql',
        old: `  phone       text    NOT NULL,
  PRIMARY KEY (customer_id, phone)
`,
        new: `  phone       text,
  UNIQUE (customer_id, phone)
`,
      },
    ],
  },
]
