import type { Mistake } from '../../harness/mistakes.ts'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'an UPDATE without a condition on its rows: every parcel is delivered',
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
    edits: [
      { file: '1-load.sql', old: 'BEGIN;\n', new: '' },
      { file: '1-load.sql', old: 'COMMIT;\n', new: '' },
    ],
  },
  {
    id: 'W8',
    check: 'C5',
    why: 'a transaction for each DELETE: a failure leaves customers without their messages',
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
    edits: [{ file: '2-status.sql', old: 'at DESC, id DESC', new: 'id DESC' }],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'asks whether there is a delivered scan, not whether it is the last',
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
    edits: [{ file: '2-status.sql', old: "IN ('created', 'in_transit')", new: "<> 'delivered'" }],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'says that parcels were delivered when the script runs, not when they were scanned',
    edits: [{ file: '2-status.sql', old: 'delivered_at = s.at', new: 'delivered_at = now()' }],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'compares a weight that may be NULL: NULL <= 0 is not true, so the row counts as right',
    edits: [{ file: '1-load.sql', old: 'coalesce(s.weight_g, 0) <= 0', new: 's.weight_g <= 0' }],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'does not expect a code twice in staging',
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
    edits: [{ file: '1-load.sql', old: 's.customer_id IS NOT NULL\n    AND ', new: '' }],
  },
  {
    id: 'W20',
    check: 'C1',
    why: 'a row that is wrong takes the code away from one that is right',
    edits: [{ file: '1-load.sql', old: 'AND earlier.error IS NULL ', new: '' }],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'begins a transaction and never commits it',
    edits: [{ file: '1-load.sql', old: 'COMMIT;\n', new: '' }],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'NOT IN over a list with a NULL is never true, and every parcel of the counter is one',
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
    edits: [
      { file: '4-upsert.sql', old: 'sum(parcels)', new: 'parcels' },
      { file: '4-upsert.sql', old: 'GROUP BY depot_id\n', new: '' },
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'replaces the counter by the count of today',
    edits: [{ file: '4-upsert.sql', old: 'c.parcels + excluded.parcels', new: 'excluded.parcels' }],
  },
  {
    id: 'W26',
    check: 'C3',
    why: 'adds the fault to the text that is there, once for each run',
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
    edits: [
      { file: '5-transfer.sql', old: 'balance_cents >= cents', new: 'balance_cents > cents' },
    ],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'moves money into a frozen wallet',
    edits: [{ file: '5-transfer.sql', old: 'WHERE id = 2 AND NOT frozen', new: 'WHERE id = 2' }],
  },
  {
    id: 'W31',
    check: 'C4',
    why: 'says that it could not, and ends as if it had',
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
    edits: [{ file: '3-purge.sql', old: "'2024-01-01 00:00:00+00'", new: "'2024-01-01'" }],
  },
  {
    id: 'W37',
    check: 'C5',
    why: 'commits inside a loop, one depot at a time',
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
    edits: [
      {
        file: '3-purge.sql',
        old: 'AND NOT EXISTS (SELECT FROM wallets AS w WHERE w.customer_id = c.id AND w.balance_cents <> 0);',
        new: 'AND (SELECT coalesce(sum(w.balance_cents), 0) FROM wallets AS w WHERE w.customer_id = c.id) = 0;',
      },
    ],
  },
]
