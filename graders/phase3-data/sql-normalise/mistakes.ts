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
    why: 'a surrogate key, and nothing that makes an e-mail unique',
    edits: [{ file: 'up.sql', old: UNIQUE_EMAIL, new: '' }],
  },
  {
    id: 'W2',
    check: 'C1',
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
    why: 'up.sql is no transaction, so it can stop half-way',
    edits: [
      { file: 'up.sql', old: 'BEGIN;', new: '' },
      { file: 'up.sql', old: 'COMMIT;', new: '' },
    ],
  },
  {
    id: 'W8',
    check: 'C6',
    why: 'down.sql is no transaction, so it can stop half-way',
    edits: [
      { file: 'down.sql', old: 'BEGIN;', new: '' },
      { file: 'down.sql', old: 'COMMIT;', new: '' },
    ],
  },
  {
    id: 'W9',
    check: 'C6',
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
    why: 'takes depots from from_depot only, and loses the parcels to a depot that never sends any',
    edits: [{ file: 'up.sql', old: ' UNION SELECT to_depot FROM shipments_raw', new: '' }],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'NULL !~ pattern is NULL: a row without a price counts as good, and stops the migration',
    edits: [{ file: 'up.sql', old: "coalesce(trim(price), '') !~", new: 'trim(price) !~' }],
  },
  {
    id: 'W14',
    check: 'C2',
    why: 'a unique e-mail, but only in the very same case',
    edits: [{ file: 'up.sql', old: 'ON customers (lower(email))', new: 'ON customers (email)' }],
  },
  {
    id: 'W15',
    check: 'C2',
    why: 'nothing keeps a price from being negative',
    edits: [{ file: 'up.sql', old: ' CHECK (price_cents >= 0)', new: '' }],
  },
  {
    id: 'W16',
    check: 'C2',
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
    why: 'a tag may be empty',
    edits: [{ file: 'up.sql', old: " CHECK (tag <> '')", new: '' }],
  },
  {
    id: 'W20',
    check: 'C3',
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
    why: 'UNION instead of UNION ALL: equal rejects become one',
    edits: [{ file: 'down.sql', old: 'UNION ALL', new: 'UNION' }],
  },
  {
    id: 'W26',
    check: 'C5',
    why: 'down.sql leaves rejects where it was, and up.sql cannot make it again',
    edits: [{ file: 'down.sql', old: 'depots, rejects;', new: 'depots;' }],
  },
  {
    id: 'W27',
    check: 'C7',
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
    why: 'DISTINCT makes one reject of two equal ones',
    edits: [
      { file: 'up.sql', old: 'INTO rejects SELECT *', new: 'INTO rejects SELECT DISTINCT *' },
    ],
  },
  {
    id: 'W32',
    check: 'C8',
    why: 'takes any text with an @ for an e-mail',
    edits: [{ file: 'up.sql', old: "'^[^@]+@[^@]+$'", new: "'@'" }],
  },
  {
    id: 'W33',
    check: 'C8',
    why: 'takes 12.50 for a price, and 12,345 for 1234.5 cents',
    edits: [{ file: 'up.sql', old: "(,\\d{1,2})?$'", new: "([,.]\\d+)?$'" }],
  },
  {
    id: 'W34',
    check: 'C8',
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
    why: 'a trigger that looks for the e-mail does not see what another session has not committed',
    edits: [{ file: 'up.sql', old: UNIQUE_EMAIL, new: CHECK_BY_TRIGGER }],
  },
  {
    id: 'W37',
    check: 'C11',
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
    why: 'forgets that NULL is not the empty text: a row without a depot to go to counts as good',
    edits: [
      { file: 'up.sql', old: "coalesce(trim(to_depot), '') = ''", new: "trim(to_depot) = ''" },
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    why: 'takes every text with an @ and something around it for an e-mail, also one with two',
    edits: [{ file: 'up.sql', old: "!~ '^[^@]+@[^@]+$'", new: "!~ '^.+@.+$'" }],
  },
  {
    id: 'W41',
    check: 'C6',
    why: 'drops the old table after COMMIT: a connection that is lost in between leaves both',
    edits: [
      { file: 'up.sql', old: 'DROP TABLE shipments_raw;\n', new: '' },
      { file: 'up.sql', old: 'COMMIT;', new: 'COMMIT;\n\nDROP TABLE shipments_raw;' },
    ],
  },
]
