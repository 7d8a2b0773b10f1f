import type { Mistake } from '../../harness/mistakes.ts'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'an UPDATE without a condition on its rows: every parcel is delivered',
    rule: 'A parcel is marked when its status is `created` or `in_transit` **and** its last scan is of kind `delivered`.',
    files: {
      '2-status.sql': `UPDATE parcels
SET status = 'delivered',
    delivered_at = (
      SELECT at FROM scans
      WHERE parcel_id = parcels.id AND kind = 'delivered'
      ORDER BY at DESC, id DESC
      LIMIT 1
    );
`,
    },
  },
  {
    id: 'W2',
    check: 'C3',
    why: 'ON CONFLICT DO NOTHING adds nothing to a counter that is there',
    rule: "Their sum is added to the depot's row in `depot_counters`; if it has none yet, one is inserted.",
    edits: [
      {
        file: '4-upsert.sql',
        old: 'DO UPDATE SET parcels = c.parcels + excluded.parcels',
        new: 'DO NOTHING',
      },
    ],
  },
  {
    id: 'W3',
    check: 'C6',
    why: 'looks whether there is a counter, then inserts: another session may do so in between',
    rule: 'Two sessions may run the script at the same time: both are counted, and neither fails.',
    files: {
      '4-upsert.sql': `BEGIN;

UPDATE depot_counters AS c
SET parcels = c.parcels + today.parcels
FROM (SELECT depot_id, sum(parcels) AS parcels FROM counts_today GROUP BY depot_id) AS today
WHERE today.depot_id = c.depot_id;

INSERT INTO depot_counters (depot_id, parcels)
SELECT depot_id, sum(parcels)
FROM counts_today AS t
WHERE NOT EXISTS (SELECT FROM depot_counters AS c WHERE c.depot_id = t.depot_id)
GROUP BY depot_id;

COMMIT;
`,
    },
  },
  {
    id: 'W4',
    check: 'C1',
    why: 'deletes the customers before what refers to them',
    rule: 'With the customer go his or her wallets, tickets, and the messages of those tickets.',
    edits: [
      {
        file: '3-purge.sql',
        old: `-- Children first: a row that others refer to cannot be deleted.
`,
        new: `DELETE FROM customers WHERE id IN (SELECT id FROM gone);

`,
      },
    ],
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'two plain UPDATEs, which ask for neither money nor a frozen wallet',
    rule: 'wallet 1 holds less than 500 cents | the same',
    files: {
      '5-transfer.sql': `BEGIN;
UPDATE wallets SET balance_cents = balance_cents - 500 WHERE id = 1;
UPDATE wallets SET balance_cents = balance_cents + 500 WHERE id = 2;
COMMIT;
`,
    },
  },
  {
    id: 'W6',
    check: 'C2',
    why: 'writes the parcels again that were delivered before, with the values they have',
    rule: 'No other row is *written*, not even with the values it has.',
    edits: [
      {
        file: '2-status.sql',
        old: '    delivered_at = s.at',
        new: "    delivered_at = CASE p.status WHEN 'delivered' THEN p.delivered_at ELSE s.at END",
      },
      { file: '2-status.sql', old: "IN ('created', 'in_transit')", new: "<> 'cancelled'" },
    ],
  },
  {
    id: 'W7',
    check: 'C5',
    why: 'no BEGIN and COMMIT: each statement of 1-load stands for itself',
    rule: 'nothing has changed afterwards, and the script ends with an error.',
    edits: [
      { file: '1-load.sql', old: 'BEGIN;\n', new: '' },
      { file: '1-load.sql', old: 'COMMIT;\n', new: '' },
    ],
  },
  {
    id: 'W8',
    check: 'C5',
    why: 'a transaction for each DELETE: a failure leaves customers without their messages',
    rule: 'nothing has changed afterwards, and the script ends with an error.',
    edits: [
      { file: '3-purge.sql', old: 'BEGIN;\n\n', new: '' },
      { file: '3-purge.sql', old: 'COMMIT;\n', new: '' },
      { file: '3-purge.sql', old: ' ON COMMIT DROP', new: '' },
    ],
  },
  {
    id: 'W9',
    check: 'C7',
    why: 'looks at the balance first and takes the money afterwards: two sessions see the same money',
    rule: 'two sessions run it at once, and there is money for one | one moves it, the other ends with an error',
    files: {
      '5-transfer.sql': `DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM wallets WHERE id = 1 AND NOT frozen AND balance_cents >= 500) THEN
    RAISE EXCEPTION 'wallet 1 is missing or frozen, or holds less than 500 cents';
  END IF;
  IF NOT EXISTS (SELECT FROM wallets WHERE id = 2 AND NOT frozen) THEN
    RAISE EXCEPTION 'wallet 2 is missing or frozen';
  END IF;
  UPDATE wallets SET balance_cents = balance_cents - 500 WHERE id = 1;
  UPDATE wallets SET balance_cents = balance_cents + 500 WHERE id = 2;
END
$$;
`,
    },
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'takes the scan with the highest id for the last one, though scans can arrive late',
    rule: 'The last scan is the one with the latest `at`; if several share that time, the one of them with the highest `id`.',
    edits: [{ file: '2-status.sql', old: 'at DESC, id DESC', new: 'id DESC' }],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'asks whether there is a delivered scan, not whether it is the last',
    rule: 'A parcel is marked when its status is `created` or `in_transit` **and** its last scan is of kind `delivered`.',
    edits: [
      {
        file: '2-status.sql',
        old: '  FROM scans\n',
        new: "  FROM scans\n  WHERE kind = 'delivered'\n",
      },
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'marks cancelled parcels as delivered too',
    rule: 'A parcel is marked when its status is `created` or `in_transit` **and** its last scan is of kind `delivered`.',
    edits: [{ file: '2-status.sql', old: "IN ('created', 'in_transit')", new: "<> 'delivered'" }],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'says that parcels were delivered when the script runs, not when they were scanned',
    rule: 'Marked: `status` becomes `delivered`, `delivered_at` the `at` of that scan.',
    edits: [{ file: '2-status.sql', old: 'delivered_at = s.at', new: 'delivered_at = now()' }],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'compares a weight that may be NULL: NULL <= 0 is not true, so the row counts as right',
    rule: '`weight_g` is NULL, or not above 0',
    edits: [{ file: '1-load.sql', old: 'coalesce(s.weight_g, 0) <= 0', new: 's.weight_g <= 0' }],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'does not expect a code twice in staging',
    rule: 'of rows with the same code and none of the faults above, the one with the lowest `id`',
    edits: [
      {
        file: '1-load.sql',
        old: `    OR EXISTS (
      SELECT FROM staging AS earlier
      WHERE earlier.code = s.code AND earlier.error IS NULL AND earlier.id < s.id
    )
`,
        new: '',
      },
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'overwrites a parcel whose code comes again',
    rule: 'What is not named below stays as it is, in every table.',
    edits: [
      {
        file: '1-load.sql',
        old: 'EXISTS (SELECT FROM parcels AS p WHERE p.code = s.code)\n    OR ',
        new: '',
      },
      {
        file: '1-load.sql',
        old: 'FROM moved;',
        new: `FROM moved
ON CONFLICT (code) DO UPDATE SET weight_g = excluded.weight_g, price_cents = excluded.price_cents;`,
      },
    ],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'throws rows away whose code is taken, where nobody will look for them',
    rule: 'A row with a fault stays, with the fault in `error` and nothing else changed.',
    edits: [
      {
        file: '1-load.sql',
        old: '-- One statement takes',
        new: "DELETE FROM staging WHERE error = 'code taken';\n\n-- One statement takes",
      },
    ],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'believes an error of an earlier run, and leaves rows behind that are right today',
    rule: 'Each row is judged anew: what `error` holds from an earlier run says nothing about today.',
    edits: [
      {
        file: '1-load.sql',
        old: "THEN 'bad price'\nEND;",
        new: "THEN 'bad price'\nEND\nWHERE s.error IS NULL;",
      },
    ],
  },
  {
    id: 'W19',
    check: 'C1',
    why: 'requires a customer, and refuses parcels that were paid at the counter',
    rule: 'there is no customer with this `customer_id`. NULL is fine: paid at the counter.',
    edits: [{ file: '1-load.sql', old: 's.customer_id IS NOT NULL\n    AND ', new: '' }],
  },
  {
    id: 'W20',
    check: 'C1',
    why: 'a row that is wrong takes the code away from one that is right',
    rule: 'of rows with the same code and none of the faults above, the one with the lowest `id`',
    edits: [{ file: '1-load.sql', old: 'AND earlier.error IS NULL ', new: '' }],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'begins a transaction and never commits it',
    rule: 'A row without a fault becomes a parcel, and leaves `staging`.',
    edits: [{ file: '1-load.sql', old: 'COMMIT;\n', new: '' }],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'NOT IN over a list with a NULL is never true, and every parcel of the counter is one',
    rule: "no parcel has the customer's id in `customer_id`, whatever its status",
    edits: [
      {
        file: '3-purge.sql',
        old: 'NOT EXISTS (SELECT FROM parcels AS p WHERE p.customer_id = c.id)',
        new: 'c.id NOT IN (SELECT customer_id FROM parcels)',
      },
    ],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'deletes wallets that hold money',
    rule: 'no wallet of the customer has a balance other than 0. No wallet at all is fine; a debt is money too.',
    edits: [
      {
        file: '3-purge.sql',
        old: '\n  AND NOT EXISTS (SELECT FROM wallets AS w WHERE w.customer_id = c.id AND w.balance_cents <> 0)',
        new: '',
      },
    ],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'one INSERT meets the same counter twice where a depot has several scanners',
    rule: '`counts_today` has a row for each scanner, so there can be several for a depot.',
    edits: [
      { file: '4-upsert.sql', old: 'sum(parcels)', new: 'parcels' },
      { file: '4-upsert.sql', old: 'GROUP BY depot_id\n', new: '' },
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'replaces the counter by the count of today',
    rule: "Their sum is added to the depot's row in `depot_counters`; if it has none yet, one is inserted.",
    edits: [{ file: '4-upsert.sql', old: 'c.parcels + excluded.parcels', new: 'excluded.parcels' }],
  },
  {
    id: 'W26',
    check: 'C3',
    why: 'adds the fault to the text that is there, once for each run',
    rule: '1-load, 2-status and 3-purge change nothing more when they are run again.',
    edits: [
      {
        file: '1-load.sql',
        old: 'SET error = CASE\n',
        new: "SET error = nullif(concat_ws(', ', error, CASE\n",
      },
      { file: '1-load.sql', old: "THEN 'bad price'\nEND;", new: "THEN 'bad price'\nEND), '');" },
    ],
  },
  {
    id: 'W27',
    check: 'C6',
    why: 'MERGE looks for the counter before it inserts one: of two sessions, the second fails',
    rule: 'Two sessions may run the script at the same time: both are counted, and neither fails.',
    files: {
      '4-upsert.sql': `MERGE INTO depot_counters AS c
USING (SELECT depot_id, sum(parcels) AS parcels FROM counts_today GROUP BY depot_id) AS t
ON t.depot_id = c.depot_id
WHEN MATCHED THEN UPDATE SET parcels = c.parcels + t.parcels
WHEN NOT MATCHED THEN INSERT (depot_id, parcels) VALUES (t.depot_id, t.parcels);
`,
    },
  },
  {
    id: 'W28',
    check: 'C6',
    why: 'reads the counter, adds, and writes the sum: what another session added meanwhile is lost',
    rule: 'Two sessions may run the script at the same time: both are counted, and neither fails.',
    files: {
      '4-upsert.sql': `DO $$
DECLARE
  today record;
  so_far integer;
BEGIN
  FOR today IN
    SELECT depot_id, sum(parcels) AS parcels FROM counts_today GROUP BY depot_id ORDER BY depot_id
  LOOP
    SELECT parcels INTO so_far FROM depot_counters WHERE depot_id = today.depot_id;
    IF FOUND THEN
      UPDATE depot_counters SET parcels = so_far + today.parcels WHERE depot_id = today.depot_id;
    ELSE
      INSERT INTO depot_counters AS c VALUES (today.depot_id, today.parcels)
      ON CONFLICT (depot_id) DO UPDATE SET parcels = c.parcels + excluded.parcels;
    END IF;
  END LOOP;
END
$$;
`,
    },
  },
  {
    id: 'W29',
    check: 'C4',
    why: 'asks for more than 500 cents, so that exactly 500 cannot be moved',
    rule: 'both exist, neither is `frozen`, and wallet 1 holds 500 cents or more; wallet 2 may hold less than 0 | the money moves, and there is no error',
    edits: [
      { file: '5-transfer.sql', old: 'balance_cents >= cents', new: 'balance_cents > cents' },
    ],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'moves money into a frozen wallet',
    rule: 'one of them is `frozen` | the same',
    edits: [{ file: '5-transfer.sql', old: 'WHERE id = 2 AND NOT frozen', new: 'WHERE id = 2' }],
  },
  {
    id: 'W31',
    check: 'C4',
    why: 'says that it could not, and ends as if it had',
    rule: 'wallet 1 holds less than 500 cents | the same',
    edits: [
      {
        file: '5-transfer.sql',
        old: "    RAISE EXCEPTION 'wallet 1 is missing or frozen, or holds less than % cents', cents;",
        new: "    RAISE NOTICE 'wallet 1 is missing or frozen, or holds less than % cents', cents;\n    RETURN;",
      },
    ],
  },
  {
    id: 'W32',
    check: 'C4',
    why: 'takes the money, and the wallet that should get it is not there',
    rule: 'wallet 1 or wallet 2 does not exist | nothing changes, and the script ends with an error',
    edits: [
      {
        file: '5-transfer.sql',
        old: `  IF NOT FOUND THEN
    RAISE EXCEPTION 'wallet 2 is missing or frozen';
  END IF;
`,
        new: '',
      },
    ],
  },
  {
    id: 'W33',
    check: 'C4',
    why: 'takes the money, then finds that wallet 2 is frozen, and has committed by then',
    rule: 'one of them is `frozen` | the same',
    files: {
      '5-transfer.sql': `DO $$
BEGIN
  UPDATE wallets
  SET balance_cents = balance_cents - 500
  WHERE id = 1 AND NOT frozen AND balance_cents >= 500;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'wallet 1 is missing or frozen, or holds less than 500 cents';
  END IF;
END
$$;
DO $$
BEGIN
  UPDATE wallets
  SET balance_cents = balance_cents + 500
  WHERE id = 2 AND NOT frozen;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'wallet 2 is missing or frozen';
  END IF;
END
$$;
`,
    },
  },
  {
    id: 'W34',
    check: 'C7',
    why: 'locks wallet 1 only: wallet 2 may be frozen after it was looked at',
    rule: 'another session changes or deletes a wallet while the script waits for it | what holds at the moment the money moves counts',
    files: {
      '5-transfer.sql': `DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM wallets WHERE id = 2 AND NOT frozen) THEN
    RAISE EXCEPTION 'wallet 2 is missing or frozen';
  END IF;
  UPDATE wallets
  SET balance_cents = balance_cents - 500
  WHERE id = 1 AND NOT frozen AND balance_cents >= 500;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'wallet 1 is missing or frozen, or holds less than 500 cents';
  END IF;
  UPDATE wallets SET balance_cents = balance_cents + 500 WHERE id = 2;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'wallet 2 is missing';
  END IF;
END
$$;
`,
    },
  },
  {
    id: 'W35',
    check: 'C7',
    why: 'writes a balance that it read before: the payment of another session is undone',
    rule: 'two sessions run it at once, and there is money for one | one moves it, the other ends with an error',
    files: {
      '5-transfer.sql': `DO $$
DECLARE
  payer wallets;
  payee wallets;
BEGIN
  SELECT * INTO STRICT payer FROM wallets WHERE id = 1;
  SELECT * INTO STRICT payee FROM wallets WHERE id = 2;
  IF payer.frozen OR payee.frozen OR payer.balance_cents < 500 THEN
    RAISE EXCEPTION 'the rules do not allow it';
  END IF;
  UPDATE wallets SET balance_cents = payer.balance_cents - 500 WHERE id = 1;
  UPDATE wallets SET balance_cents = payee.balance_cents + 500 WHERE id = 2;
END
$$;
`,
    },
  },
  {
    id: 'W36',
    check: 'C8',
    why: 'a time without an offset is one of the session, wherever that may be',
    rule: 'That of the session changes nothing in what a script does.',
    edits: [{ file: '3-purge.sql', old: "'2024-01-01 00:00:00+00'", new: "'2024-01-01'" }],
  },
  {
    id: 'W37',
    check: 'C5',
    why: 'commits inside a loop, one depot at a time',
    rule: 'nothing has changed afterwards, and the script ends with an error.',
    files: {
      '4-upsert.sql': `DO $$
DECLARE
  today record;
BEGIN
  FOR today IN
    SELECT depot_id, sum(parcels) AS parcels FROM counts_today GROUP BY depot_id ORDER BY depot_id
  LOOP
    INSERT INTO depot_counters AS c VALUES (today.depot_id, today.parcels)
    ON CONFLICT (depot_id) DO UPDATE SET parcels = c.parcels + excluded.parcels;
    COMMIT;
  END LOOP;
END
$$;
`,
    },
  },
  {
    id: 'W38',
    check: 'C5',
    why: 'catches every error and goes on, so that a failure looks like success',
    rule: 'nothing has changed afterwards, and the script ends with an error.',
    files: {
      '2-status.sql': `DO $$
DECLARE
  one record;
BEGIN
  FOR one IN
    SELECT DISTINCT ON (s.parcel_id) s.parcel_id, s.kind, s.at
    FROM scans AS s
    ORDER BY s.parcel_id, s.at DESC, s.id DESC
  LOOP
    CONTINUE WHEN one.kind <> 'delivered';
    BEGIN
      UPDATE parcels
      SET status = 'delivered', delivered_at = one.at
      WHERE id = one.parcel_id AND status IN ('created', 'in_transit');
    EXCEPTION WHEN OTHERS THEN
      RAISE NOTICE 'parcel %: %', one.parcel_id, sqlerrm;
    END;
  END LOOP;
END
$$;
`,
    },
  },
  {
    id: 'W39',
    check: 'C1',
    why: 'adds up the balances of a customer: 300 and a debt of 300 count as no money',
    rule: 'no wallet of the customer has a balance other than 0. No wallet at all is fine; a debt is money too.',
    edits: [
      {
        file: '3-purge.sql',
        old: 'AND NOT EXISTS (SELECT FROM wallets AS w WHERE w.customer_id = c.id AND w.balance_cents <> 0);',
        new: 'AND (SELECT coalesce(sum(w.balance_cents), 0) FROM wallets AS w WHERE w.customer_id = c.id) = 0;',
      },
    ],
  },
  {
    id: 'W40',
    check: 'C4',
    why: "begins with a command of psql's",
    rule: 'No psql commands such as `\\set`.',
    edits: [{ file: '5-transfer.sql', old: 'DO $$', new: '\\set ON_ERROR_STOP on\nDO $$' }],
  },
  {
    id: 'W41',
    check: 'C1',
    why: 'keeps who goes in a table of its own, which is no temporary one',
    rule: 'It makes, alters, drops and truncates nothing else.',
    edits: [
      {
        file: '3-purge.sql',
        old: 'CREATE TEMPORARY TABLE gone ON COMMIT DROP AS',
        new: 'CREATE TABLE gone AS',
      },
    ],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'truncates counters to write them again',
    rule: 'It makes, alters, drops and truncates nothing else.',
    edits: [
      { file: '4-upsert.sql', old: 'INSERT INTO', new: 'TRUNCATE depot_counters;\nINSERT INTO' },
    ],
  },
  {
    id: 'W43',
    check: 'C1',
    why: 'names the customers of the sample',
    rule: 'the grader also uses others, made by the same `schema.sql`',
    edits: [
      {
        file: '3-purge.sql',
        old: "SELECT c.id\nFROM customers AS c\nWHERE c.created_at < '2024-01-01 00:00:00+00'\n  AND NOT EXISTS (SELECT FROM parcels AS p WHERE p.customer_id = c.id)\n  AND NOT EXISTS (SELECT FROM wallets AS w WHERE w.customer_id = c.id AND w.balance_cents <> 0);",
        new: 'SELECT c.id\nFROM customers AS c\nWHERE c.id IN (5, 7);',
      },
    ],
  },
  {
    id: 'W44',
    check: 'C1',
    why: 'says that a parcel was created when it was loaded',
    rule: "The parcel has the row's values, any free `id`, the status `created`, and no `delivered_at`.",
    edits: [
      {
        file: '1-load.sql',
        old: "price_cents, created_at, 'created'",
        new: "price_cents, now(), 'created'",
      },
    ],
  },
  {
    id: 'W45',
    check: 'C1',
    why: 'looks for a code that is NULL only',
    rule: "`code` is NULL or empty (`''`)",
    edits: [{ file: '1-load.sql', old: "coalesce(s.code, '') = ''", new: 's.code IS NULL' }],
  },
  {
    id: 'W46',
    check: 'C1',
    why: 'takes a code of one blank for none',
    rule: "`code` is NULL or empty (`''`)",
    edits: [
      {
        file: '1-load.sql',
        old: "coalesce(s.code, '') = ''",
        new: "coalesce(trim(s.code), '') = ''",
      },
    ],
  },
  {
    id: 'W47',
    check: 'C1',
    why: 'looks at the depot from which a parcel comes, not at that to which it goes',
    rule: '`from_depot` or `to_depot` is NULL, or there is no such depot',
    edits: [
      {
        file: '1-load.sql',
        old: '\n    OR NOT EXISTS (SELECT FROM depots AS d WHERE d.id = s.to_depot)',
        new: '',
      },
    ],
  },
  {
    id: 'W48',
    check: 'C1',
    why: 'lets a price of 0 pass',
    rule: '`price_cents` is NULL, or not above 0',
    edits: [
      {
        file: '1-load.sql',
        old: 'coalesce(s.price_cents, 0) <= 0',
        new: 'coalesce(s.price_cents, -1) < 0',
      },
    ],
  },
  {
    id: 'W49',
    check: 'C1',
    why: 'loads the last of several rows with one code',
    rule: 'of rows with the same code and none of the faults above, the one with the lowest `id`',
    edits: [{ file: '1-load.sql', old: 'earlier.id < s.id', new: 'earlier.id > s.id' }],
  },
  {
    id: 'W50',
    check: 'C1',
    why: 'loads the row that was created first, not that with the lowest id',
    rule: 'of rows with the same code and none of the faults above, the one with the lowest `id`',
    edits: [
      {
        file: '1-load.sql',
        old: 'earlier.id < s.id',
        new: '(earlier.created_at, earlier.id) < (s.created_at, s.id)',
      },
    ],
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'takes PP-1 and pp-1 for the same code',
    rule: 'of rows with the same code and none of the faults above, the one with the lowest `id`',
    edits: [{ file: '1-load.sql', old: 'p.code = s.code)', new: 'lower(p.code) = lower(s.code))' }],
  },
  {
    id: 'W52',
    check: 'C1',
    why: 'names the weight before the depot',
    rule: '`from_depot` or `to_depot` is NULL, or there is no such depot',
    edits: [
      {
        file: '1-load.sql',
        old: "  WHEN NOT EXISTS (SELECT FROM depots AS d WHERE d.id = s.from_depot)\n    OR NOT EXISTS (SELECT FROM depots AS d WHERE d.id = s.to_depot) THEN 'unknown depot'\n  WHEN coalesce(s.weight_g, 0) <= 0 THEN 'bad weight'\n",
        new: "  WHEN coalesce(s.weight_g, 0) <= 0 THEN 'bad weight'\n  WHEN NOT EXISTS (SELECT FROM depots AS d WHERE d.id = s.from_depot)\n    OR NOT EXISTS (SELECT FROM depots AS d WHERE d.id = s.to_depot) THEN 'unknown depot'\n",
      },
    ],
  },
  {
    id: 'W53',
    check: 'C1',
    why: 'clears up codes that were loaded, and with them the rows whose code is taken',
    rule: 'A row with a fault stays, with the fault in `error` and nothing else changed.',
    edits: [
      {
        file: '1-load.sql',
        old: 'COMMIT;',
        new: 'DELETE FROM staging WHERE code IN (SELECT code FROM parcels);\n\nCOMMIT;',
      },
    ],
  },
  {
    id: 'W54',
    check: 'C1',
    why: 'mends a weight that is missing, where it only has to be named',
    rule: 'A row with a fault stays, with the fault in `error` and nothing else changed.',
    edits: [
      {
        file: '1-load.sql',
        old: 'SET error = CASE\n',
        new: 'SET weight_g = coalesce(s.weight_g, 0), error = CASE\n',
      },
    ],
  },
  {
    id: 'W55',
    check: 'C1',
    why: 'marks a parcel as delivered, and not when',
    rule: 'Marked: `status` becomes `delivered`, `delivered_at` the `at` of that scan.',
    edits: [
      {
        file: '2-status.sql',
        old: "SET status = 'delivered',\n    delivered_at = s.at",
        new: "SET status = 'delivered'",
      },
    ],
  },
  {
    id: 'W56',
    check: 'C1',
    why: 'takes the lowest id of scans at one time',
    rule: 'The last scan is the one with the latest `at`; if several share that time, the one of them with the highest `id`.',
    edits: [{ file: '2-status.sql', old: 'at DESC, id DESC', new: 'at DESC, id' }],
  },
  {
    id: 'W57',
    check: 'C1',
    why: 'marks parcels that are created only',
    rule: 'A parcel is marked when its status is `created` or `in_transit` **and** its last scan is of kind `delivered`.',
    edits: [{ file: '2-status.sql', old: "IN ('created', 'in_transit')", new: "= 'created'" }],
  },
  {
    id: 'W58',
    check: 'C1',
    why: 'takes the first time that a parcel was delivered',
    rule: 'Marked: `status` becomes `delivered`, `delivered_at` the `at` of that scan.',
    edits: [
      {
        file: '2-status.sql',
        old: 'delivered_at = s.at',
        new: "delivered_at = (SELECT min(f.at) FROM scans AS f WHERE f.parcel_id = p.id AND f.kind = 'delivered')",
      },
    ],
  },
  {
    id: 'W59',
    check: 'C1',
    why: 'takes in the first moment of 2024',
    rule: '`created_at` is before 2024-01-01 00:00:00 **UTC**',
    edits: [{ file: '3-purge.sql', old: "c.created_at < '2024", new: "c.created_at <= '2024" }],
  },
  {
    id: 'W60',
    check: 'C8',
    why: 'compares years, which begin elsewhere in other zones',
    rule: 'That of the session changes nothing in what a script does.',
    edits: [
      {
        file: '3-purge.sql',
        old: "c.created_at < '2024-01-01 00:00:00+00'",
        new: 'extract(year FROM c.created_at) < 2024',
      },
    ],
  },
  {
    id: 'W61',
    check: 'C1',
    why: 'takes a cancelled parcel for none',
    rule: "no parcel has the customer's id in `customer_id`, whatever its status",
    edits: [
      {
        file: '3-purge.sql',
        old: 'p.customer_id = c.id)',
        new: "p.customer_id = c.id AND p.status <> 'cancelled')",
      },
    ],
  },
  {
    id: 'W62',
    check: 'C1',
    why: 'takes a debt for no money',
    rule: 'no wallet of the customer has a balance other than 0. No wallet at all is fine; a debt is money too.',
    edits: [{ file: '3-purge.sql', old: 'w.balance_cents <> 0', new: 'w.balance_cents > 0' }],
  },
  {
    id: 'W63',
    check: 'C1',
    why: 'deletes only customers who have a wallet',
    rule: 'no wallet of the customer has a balance other than 0. No wallet at all is fine; a debt is money too.',
    edits: [
      {
        file: '3-purge.sql',
        old: '  AND NOT EXISTS (SELECT FROM wallets',
        new: '  AND EXISTS (SELECT FROM wallets AS v WHERE v.customer_id = c.id)\n  AND NOT EXISTS (SELECT FROM wallets',
      },
    ],
  },
  {
    id: 'W64',
    check: 'C1',
    why: 'clears up all wallets without money',
    rule: 'What is not named below stays as it is, in every table.',
    edits: [
      {
        file: '3-purge.sql',
        old: 'DELETE FROM wallets WHERE customer_id IN (SELECT id FROM gone);',
        new: 'DELETE FROM wallets\nWHERE balance_cents = 0 AND (customer_id IS NULL OR customer_id IN (SELECT id FROM gone));',
      },
    ],
  },
  {
    id: 'W65',
    check: 'C1',
    why: 'keeps the wallets, of nobody from now on',
    rule: 'With the customer go his or her wallets, tickets, and the messages of those tickets.',
    edits: [
      {
        file: '3-purge.sql',
        old: 'DELETE FROM wallets WHERE',
        new: 'UPDATE wallets SET customer_id = NULL WHERE',
      },
    ],
  },
  {
    id: 'W66',
    check: 'C3',
    why: 'takes away what it has counted',
    rule: 'Run twice, the script adds twice.',
    edits: [
      { file: '4-upsert.sql', old: '-- ON CONFLICT', new: 'BEGIN;\n-- ON CONFLICT' },
      {
        file: '4-upsert.sql',
        old: 'excluded.parcels;',
        new: 'excluded.parcels;\nDELETE FROM counts_today;\nCOMMIT;',
      },
    ],
  },
  {
    id: 'W67',
    check: 'C1',
    why: 'adds to counters that are there, and makes none',
    rule: "Their sum is added to the depot's row in `depot_counters`; if it has none yet, one is inserted.",
    files: {
      '4-upsert.sql': `UPDATE depot_counters AS c
SET parcels = c.parcels + t.parcels
FROM (SELECT depot_id, sum(parcels) AS parcels FROM counts_today GROUP BY depot_id) AS t
WHERE t.depot_id = c.depot_id;
`,
    },
  },
  {
    id: 'W68',
    check: 'C1',
    why: 'adds the largest count of a depot, not all of them',
    rule: '`counts_today` has a row for each scanner, so there can be several for a depot.',
    edits: [{ file: '4-upsert.sql', old: 'sum(parcels)', new: 'max(parcels)' }],
  },
  {
    id: 'W69',
    check: 'C4',
    why: 'takes from 2 what it gives to 1',
    rule: 'The script moves 500 cents from the wallet whose id is 1 to that whose id is 2.',
    edits: [
      {
        file: '5-transfer.sql',
        old: 'WHERE id = 1 AND NOT frozen AND balance_cents >= cents',
        new: 'WHERE id = 2 AND NOT frozen AND balance_cents >= cents',
      },
      {
        file: '5-transfer.sql',
        old: 'WHERE id = 2 AND NOT frozen;',
        new: 'WHERE id = 1 AND NOT frozen;',
      },
    ],
  },
  {
    id: 'W70',
    check: 'C4',
    why: 'wants wallet 2 to be out of debt',
    rule: 'both exist, neither is `frozen`, and wallet 1 holds 500 cents or more; wallet 2 may hold less than 0 | the money moves, and there is no error',
    edits: [
      {
        file: '5-transfer.sql',
        old: 'WHERE id = 2 AND NOT frozen;',
        new: 'WHERE id = 2 AND NOT frozen AND balance_cents >= 0;',
      },
    ],
  },
  {
    id: 'W71',
    check: 'C4',
    why: 'leaves wallet 1 at 0 where it holds less',
    rule: 'wallet 1 holds less than 500 cents | the same',
    files: {
      '5-transfer.sql': `DO $$
BEGIN
  IF (SELECT count(*) FROM wallets WHERE id IN (1, 2) AND NOT frozen) < 2 THEN
    RAISE EXCEPTION 'a wallet is missing or frozen';
  END IF;
  UPDATE wallets SET balance_cents = balance_cents + least(500, (SELECT balance_cents FROM wallets WHERE id = 1)) WHERE id = 2;
  UPDATE wallets SET balance_cents = greatest(balance_cents - 500, 0) WHERE id = 1;
END
$$;
`,
    },
  },
  {
    id: 'W72',
    check: 'C7',
    why: 'does not wait for a wallet that is locked',
    rule: 'both exist, neither is `frozen`, and wallet 1 holds 500 cents or more; wallet 2 may hold less than 0 | the money moves, and there is no error',
    edits: [
      {
        file: '5-transfer.sql',
        old: 'BEGIN\n  UPDATE',
        new: 'BEGIN\n  PERFORM FROM wallets WHERE id IN (1, 2) ORDER BY id FOR UPDATE NOWAIT;\n  UPDATE',
      },
    ],
  },
  {
    id: 'W73',
    check: 'C7',
    why: 'skips a wallet that is locked, as if it did not exist',
    rule: 'both exist, neither is `frozen`, and wallet 1 holds 500 cents or more; wallet 2 may hold less than 0 | the money moves, and there is no error',
    edits: [
      {
        file: '5-transfer.sql',
        old: 'BEGIN\n  UPDATE',
        new: "BEGIN\n  IF (SELECT count(*) FROM (SELECT FROM wallets WHERE id IN (1, 2) FOR UPDATE SKIP LOCKED) AS free) < 2 THEN\n    RAISE EXCEPTION 'a wallet is missing';\n  END IF;\n  UPDATE",
      },
    ],
  },
  {
    id: 'W74',
    check: 'C5',
    why: 'commits the faults before it moves what is right',
    rule: 'nothing has changed afterwards, and the script ends with an error.',
    edits: [{ file: '1-load.sql', old: '-- Only now', new: 'COMMIT;\nBEGIN;\n\n-- Only now' }],
  },
  {
    id: 'W75',
    check: 'C5',
    why: 'takes the money in one transaction, and gives it in another',
    rule: 'nothing has changed afterwards, and the script ends with an error.',
    files: {
      '5-transfer.sql': `BEGIN;
DO $$
BEGIN
  PERFORM FROM wallets WHERE id IN (1, 2) ORDER BY id FOR UPDATE;
  IF (SELECT count(*) FROM wallets WHERE id IN (1, 2) AND NOT frozen) < 2
    OR (SELECT balance_cents FROM wallets WHERE id = 1) < 500 THEN
    RAISE EXCEPTION 'it is not allowed';
  END IF;
  UPDATE wallets SET balance_cents = balance_cents - 500 WHERE id = 1;
END
$$;
COMMIT;
UPDATE wallets SET balance_cents = balance_cents + 500 WHERE id = 2;
`,
    },
  },
  {
    id: 'W76',
    check: 'C2',
    why: 'writes parcels once more that were delivered with that very scan',
    rule: 'No other row is *written*, not even with the values it has.',
    edits: [
      {
        file: '2-status.sql',
        old: 'UPDATE parcels AS p\nSET',
        new: 'UPDATE parcels AS p\nSET code = p.code,\n   ',
      },
      {
        file: '2-status.sql',
        old: "  AND s.kind = 'delivered'\n  AND p.status IN ('created', 'in_transit')",
        new: "  AND s.kind = 'delivered'\n  AND (p.status IN ('created', 'in_transit') OR p.delivered_at = s.at)",
      },
    ],
  },
]
