import type { Mistake } from '../../harness/mistakes.ts'

const IN_ATHENS = "(created_at AT TIME ZONE 'Europe/Athens')::date = date '2026-03-29'"
const ON_THEIR_WAY = "status IN ('created', 'in_transit')"
const A_WEEK_AGO = "created_at < (SELECT now FROM clock) - interval '7 days'"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'NULL = false is not true, so whoever was never asked is missing',
    rule: 'only true is opting in.',
    edits: [{ file: 'q2.sql', old: 'opt_in IS NOT TRUE', new: 'opt_in = false' }],
  },
  {
    id: 'W2',
    check: 'C6',
    why: 'BETWEEN two dates is a day of the session, and takes in the next midnight',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      { file: 'q6.sql', old: IN_ATHENS, new: "created_at BETWEEN '2026-03-29' AND '2026-03-30'" },
    ],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'leaves the order of equally heavy parcels to chance',
    rule: 'Of parcels with the same weight, the one whose `code` comes first in the alphabet goes first',
    edits: [{ file: 'q4.sql', old: 'DESC, code', new: 'DESC' }],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'LIKE distinguishes upper and lower case',
    rule: 'Customers whose name contains `son` anywhere, in any mixture of upper and lower case',
    edits: [{ file: 'q3.sql', old: 'name ILIKE', new: 'name LIKE' }],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'GROUP BY makes no group for a band without parcels',
    rule: 'There are always three rows: a band without a parcel has the number 0.',
    files: {
      'q5.sql': `SELECT CASE WHEN weight_g < 1000 THEN '<1kg' WHEN weight_g <= 5000 THEN '1-5kg' ELSE '>5kg' END AS band,
       count(*) AS parcels
FROM parcels
GROUP BY 1;
`,
    },
  },
  {
    id: 'W6',
    check: 'C1',
    why: "takes the server's time for that of the clock table",
    rule: 'They were created **more than 7 days before `clock.now`**, to the fraction of a second',
    edits: [{ file: 'q1.sql', old: '(SELECT now FROM clock)', new: 'now()' }],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'takes the day in the time zone of the session',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      { file: 'q6.sql', old: "(created_at AT TIME ZONE 'Europe/Athens')", new: 'created_at' },
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'exactly 7 days is not more than 7 days',
    rule: 'They were created **more than 7 days before `clock.now`**, to the fraction of a second',
    edits: [{ file: 'q1.sql', old: 'created_at <', new: 'created_at <=' }],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'a cancelled parcel is not delivered, nor is it on its way',
    rule: 'Parcels on their way: their `status` is `created` or `in_transit`.',
    edits: [{ file: 'q1.sql', old: ON_THEIR_WAY, new: 'delivered_at IS NULL' }],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'nothing is equal to NULL',
    rule: 'Parcels on their way: their `status` is `created` or `in_transit`.',
    edits: [
      {
        file: 'q1.sql',
        old: ON_THEIR_WAY,
        new: "delivered_at = NULL AND status <> 'cancelled'",
      },
    ],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'compares calendar days, so the hours before now on the day a week ago are not late',
    rule: 'They were created **more than 7 days before `clock.now`**, to the fraction of a second',
    edits: [
      {
        file: 'q1.sql',
        old: A_WEEK_AGO,
        new: 'created_at::date < (SELECT now::date FROM clock) - 7',
      },
    ],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'NOT IN a list of one: NULL <> true is not true either',
    rule: 'only true is opting in.',
    edits: [{ file: 'q2.sql', old: 'opt_in IS NOT TRUE', new: 'opt_in NOT IN (true)' }],
  },
  {
    id: 'W13',
    check: 'C3',
    why: 'finds only names that end with "son"',
    rule: 'Customers whose name contains `son` anywhere, in any mixture of upper and lower case',
    edits: [{ file: 'q3.sql', old: "'%son%'", new: "'%son'" }],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'leaves the order of customers of one name to chance',
    rule: '`q3.sql` | names with "son" | `id`, `name` | `name`, then `id`',
    edits: [{ file: 'q3.sql', old: 'name, id;', new: 'name;' }],
  },
  {
    id: 'W15',
    check: 'C4',
    why: 'WITH TIES gives more than ten rows',
    rule: 'The 10 parcels with the largest `weight_g`',
    edits: [
      {
        file: 'q4.sql',
        old: 'ORDER BY weight_g DESC, code\nLIMIT 10',
        new: 'ORDER BY weight_g DESC\nFETCH FIRST 10 ROWS WITH TIES',
      },
    ],
  },
  {
    id: 'W16',
    check: 'C5',
    why: 'puts a parcel of exactly 5000 g into no band',
    rule: 'from 1000 to 5000, both included',
    edits: [
      {
        file: 'q5.sql',
        old: 'weight_g BETWEEN 1000 AND 5000',
        new: 'weight_g >= 1000 AND weight_g < 5000',
      },
    ],
  },
  {
    id: 'W17',
    check: 'C5',
    why: 'the sum of no rows is NULL',
    rule: 'There are always three rows: a band without a parcel has the number 0.',
    files: {
      'q5.sql': `SELECT '<1kg' AS band, sum(CASE WHEN weight_g < 1000 THEN 1 ELSE 0 END) AS parcels FROM parcels
UNION ALL
SELECT '1-5kg', sum(CASE WHEN weight_g BETWEEN 1000 AND 5000 THEN 1 ELSE 0 END) FROM parcels
UNION ALL
SELECT '>5kg', sum(CASE WHEN weight_g > 5000 THEN 1 ELSE 0 END) FROM parcels;
`,
    },
  },
  {
    id: 'W18',
    check: 'C5',
    why: 'count(*) counts the row of NULLs of a band without parcels as one',
    rule: 'There are always three rows: a band without a parcel has the number 0.',
    files: {
      'q5.sql': `SELECT b.band, count(*) AS parcels
FROM (VALUES ('<1kg', 0, 999), ('1-5kg', 1000, 5000), ('>5kg', 5001, 2147483647)) AS b (band, low, high)
LEFT JOIN parcels AS p ON p.weight_g BETWEEN b.low AND b.high
GROUP BY b.band;
`,
    },
  },
  {
    id: 'W19',
    check: 'C6',
    why: 'gives the day 24 hours, and so takes in the first of the next',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: IN_ATHENS,
        new: `created_at >= '2026-03-29 00:00 Europe/Athens'
  AND created_at < timestamptz '2026-03-29 00:00 Europe/Athens' + interval '24 hours'`,
      },
    ],
  },
  {
    id: 'W20',
    check: 'C6',
    why: 'takes in the midnight with which the next day begins',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: IN_ATHENS,
        new: "created_at AT TIME ZONE 'Europe/Athens' BETWEEN '2026-03-29' AND '2026-03-30'",
      },
    ],
  },
  {
    id: 'W21',
    check: 'C6',
    why: 'AT TIME ZONE twice: the second time it goes back to an instant, of the session',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: "created_at AT TIME ZONE 'Europe/Athens'",
        new: "created_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Athens'",
      },
    ],
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'loses the last second of the day but for its beginning',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: IN_ATHENS,
        new: "created_at BETWEEN '2026-03-29 00:00:00+02' AND '2026-03-29 23:59:59+03'",
      },
    ],
  },
  {
    id: 'W23',
    check: 'C7',
    why: 'writes moments without an offset, which is right only in sessions in UTC',
    rule: 'The answers do not depend on it.',
    edits: [
      {
        file: 'q6.sql',
        old: IN_ATHENS,
        new: "created_at >= '2026-03-28 22:00' AND created_at < '2026-03-29 21:00'",
      },
    ],
  },
  {
    id: 'W24',
    check: 'C7',
    why: 'sets the time zone first, and so is two statements',
    rule: 'A file holds one query, also one in brackets or one that begins with `WITH`.',
    edits: [
      { file: 'q6.sql', old: 'SELECT id', new: "SET TimeZone = 'Europe/Athens';\nSELECT id" },
    ],
  },
  {
    id: 'W25',
    check: 'C8',
    why: 'counts the heavier parcels anew for each parcel: right, and billions of rows to look at',
    rule: 'Where it does not look at the whole table again for each row, it takes less than one.',
    files: {
      'q4.sql': `SELECT code, weight_g
FROM parcels AS p
WHERE (
  SELECT count(*)
  FROM parcels AS o
  WHERE o.weight_g > p.weight_g OR (o.weight_g = p.weight_g AND o.code < p.code)
) < 10
ORDER BY weight_g DESC, code;
`,
    },
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'rounds to whole seconds, so a parcel of 7 days and 0.4 seconds is not late',
    rule: 'They were created **more than 7 days before `clock.now`**, to the fraction of a second',
    edits: [
      {
        file: 'q1.sql',
        old: A_WEEK_AGO,
        new: 'extract(epoch FROM (SELECT now FROM clock) - created_at)::bigint > 7 * 24 * 60 * 60',
      },
    ],
  },
  {
    id: 'W27',
    check: 'C6',
    why: 'takes 29 March of every year',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: IN_ATHENS,
        new: "to_char(created_at AT TIME ZONE 'Europe/Athens', 'DD.MM.') = '29.03.'",
      },
    ],
  },
  {
    id: 'W28',
    check: 'C1',
    why: 'gives the columns in the order of its own taste',
    rule: '`q1.sql` | late parcels | `id`, `code`, `created_at` | any',
    edits: [
      { file: 'q1.sql', old: 'SELECT id, code, created_at', new: 'SELECT code, id, created_at' },
    ],
  },
  {
    id: 'W29',
    check: 'C2',
    why: 'shows one column more, to see that it is right',
    rule: '`q2.sql` | customers who want no advertising | `id`, `name` | any',
    edits: [{ file: 'q2.sql', old: 'SELECT id, name', new: 'SELECT id, name, marketing_opt_in' }],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'shows the lightest of the ten first',
    rule: '`q4.sql` | the ten heaviest parcels | `code`, `weight_g` | `weight_g`, largest first, then `code`',
    files: {
      'q4.sql': `SELECT *
FROM (SELECT code, weight_g FROM parcels ORDER BY weight_g DESC, code LIMIT 10) AS heaviest
ORDER BY weight_g, code;
`,
    },
  },
  {
    id: 'W31',
    check: 'C5',
    why: 'calls the number of parcels count, as PostgreSQL does where nothing else is said',
    rule: '`q5.sql` | how many parcels each weight band has | `band`, `parcels` | any',
    edits: [
      {
        file: 'q5.sql',
        old: 'count(*) AS parcels FROM parcels WHERE weight_g < 1000',
        new: 'count(*) FROM parcels WHERE weight_g < 1000',
      },
    ],
  },
  {
    id: 'W32',
    check: 'C6',
    why: 'shows what clocks in Athens had in place of the moment',
    rule: '`q6.sql` | the parcels of one day in Athens | `id`, `code`, `created_at` | any',
    edits: [
      {
        file: 'q6.sql',
        old: 'SELECT id, code, created_at',
        new: "SELECT id, code, created_at AT TIME ZONE 'Europe/Athens' AS created_at",
      },
    ],
  },
  {
    id: 'W33',
    check: 'C3',
    why: 'corrects the capitals of names',
    rule: 'Texts must be the same letter by letter.',
    edits: [{ file: 'q3.sql', old: 'SELECT id, name', new: 'SELECT id, initcap(name) AS name' }],
  },
  {
    id: 'W34',
    check: 'C2',
    why: 'quotes its aliases in capitals, so that the columns are called ID and NAME',
    rule: 'exactly those of the table above, in that order, under these names',
    edits: [{ file: 'q2.sql', old: 'SELECT id, name', new: 'SELECT id AS "ID", name AS "NAME"' }],
  },
  {
    id: 'W35',
    check: 'C2',
    why: 'locks the rows, as if to change them next',
    rule: 'Your queries run as a role that may only read.',
    edits: [{ file: 'q2.sql', old: 'IS NOT TRUE;', new: 'IS NOT TRUE\nFOR UPDATE;' }],
  },
  {
    id: 'W36',
    check: 'C4',
    why: 'knows the sample and nothing else',
    rule: 'the grader also uses others, made by the same `schema.sql`',
    files: {
      'q4.sql': `SELECT * FROM (VALUES
  ('PP-000109', 5000), ('PP-000116', 4200), ('PP-000102', 2300), ('PP-000122', 2300), ('PP-000125', 2000),
  ('PP-000107', 1500), ('PP-000129', 1000), ('PP-000118', 999), ('PP-000114', 900), ('PP-000103', 600)
) AS heaviest (code, weight_g);
`,
    },
  },
  {
    id: 'W37',
    check: 'C1',
    why: 'joins what a parcel of nobody has not got',
    rule: 'Parcels on their way: their `status` is `created` or `in_transit`.',
    files: {
      'q1.sql': `SELECT p.id, p.code, p.created_at
FROM parcels AS p
JOIN customers AS c ON c.id = p.customer_id
WHERE p.status IN ('created', 'in_transit')
  AND p.created_at < (SELECT now FROM clock) - interval '7 days';
`,
    },
  },
  {
    id: 'W38',
    check: 'C2',
    why: 'finds those who were never asked, and nobody who said no',
    rule: 'Customers who have **not** opted in.',
    edits: [{ file: 'q2.sql', old: 'opt_in IS NOT TRUE', new: 'opt_in IS NULL' }],
  },
  {
    id: 'W39',
    check: 'C4',
    why: 'leaves out cancelled parcels, which nobody carries',
    rule: 'The 10 parcels with the largest `weight_g`, whatever their `status`; fewer where there are fewer.',
    edits: [
      { file: 'q4.sql', old: 'FROM parcels\n', new: "FROM parcels\nWHERE status <> 'cancelled'\n" },
    ],
  },
  {
    id: 'W40',
    check: 'C5',
    why: 'counts a parcel of exactly 1000 g twice',
    rule: '`<1kg` | under 1000',
    edits: [{ file: 'q5.sql', old: 'weight_g < 1000', new: 'weight_g <= 1000' }],
  },
  {
    id: 'W41',
    check: 'C5',
    why: 'counts a parcel of exactly 5000 g twice',
    rule: '`>5kg` | over 5000',
    edits: [{ file: 'q5.sql', old: 'weight_g > 5000', new: 'weight_g >= 5000' }],
  },
  {
    id: 'W42',
    check: 'C5',
    why: 'counts parcels with a customer only',
    rule: 'All parcels count, whatever their `status`.',
    edits: [
      {
        file: 'q5.sql',
        old: 'count(*) FROM parcels WHERE weight_g > 5000',
        new: 'count(customer_id) FROM parcels WHERE weight_g > 5000',
      },
    ],
  },
  {
    id: 'W43',
    check: 'C3',
    why: 'knows three ways to write it: son, Son and SON',
    rule: 'Customers whose name contains `son` anywhere, in any mixture of upper and lower case',
    edits: [
      {
        file: 'q3.sql',
        old: "name ILIKE '%son%'",
        new: "name LIKE '%son%' OR name LIKE '%Son%' OR name LIKE '%SON%'",
      },
    ],
  },
  {
    id: 'W44',
    check: 'C3',
    why: 'wants a letter before it',
    rule: 'Customers whose name contains `son` anywhere, in any mixture of upper and lower case',
    edits: [{ file: 'q3.sql', old: "'%son%'", new: "'%_son%'" }],
  },
  {
    id: 'W45',
    check: 'C6',
    why: 'lets the day end a thousandth of a second too early',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: IN_ATHENS,
        new: "created_at BETWEEN '2026-03-29 00:00:00+02' AND '2026-03-29 23:59:59.999+03'",
      },
    ],
  },
  {
    id: 'W46',
    check: 'C1',
    why: 'cuts both moments to the second',
    rule: 'They were created **more than 7 days before `clock.now`**, to the fraction of a second',
    edits: [
      {
        file: 'q1.sql',
        old: A_WEEK_AGO,
        new: "date_trunc('second', created_at) < (SELECT date_trunc('second', now) FROM clock) - interval '7 days'",
      },
    ],
  },
  {
    id: 'W47',
    check: 'C1',
    why: 'compares whole days of the difference',
    rule: 'They were created **more than 7 days before `clock.now`**, to the fraction of a second',
    edits: [
      {
        file: 'q1.sql',
        old: A_WEEK_AGO,
        new: 'extract(day FROM (SELECT now FROM clock) - created_at) > 7',
      },
    ],
  },
  {
    id: 'W48',
    check: 'C6',
    why: 'gives Athens winter time all day',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [{ file: 'q6.sql', old: "AT TIME ZONE 'Europe/Athens'", new: "AT TIME ZONE 'EET'" }],
  },
  {
    id: 'W49',
    check: 'C6',
    why: 'gives Athens summer time all day',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: "AT TIME ZONE 'Europe/Athens'",
        new: "AT TIME ZONE interval '3 hours'",
      },
    ],
  },
  {
    id: 'W50',
    check: 'C6',
    why: 'gives Athens winter time all day, by an interval',
    rule: 'Parcels created on 29 March 2026, as the calendar and the clocks on the wall in Athens had it',
    edits: [
      {
        file: 'q6.sql',
        old: "AT TIME ZONE 'Europe/Athens'",
        new: "AT TIME ZONE interval '2 hours'",
      },
    ],
  },
  {
    id: 'W51',
    check: 'C4',
    why: 'takes the ten largest weights, and one parcel of each',
    rule: 'The 10 parcels with the largest `weight_g`',
    files: {
      'q4.sql': `SELECT min(code) AS code, weight_g
FROM parcels
GROUP BY weight_g
ORDER BY weight_g DESC
LIMIT 10;
`,
    },
  },
  {
    id: 'W52',
    check: 'C4',
    why: 'breaks ties at the tenth place by id, and sorts by code afterwards',
    rule: 'Of parcels with the same weight, the one whose `code` comes first in the alphabet goes first',
    files: {
      'q4.sql': `SELECT code, weight_g
FROM (SELECT * FROM parcels ORDER BY weight_g DESC, id LIMIT 10) AS heaviest
ORDER BY weight_g DESC, code;
`,
    },
  },
  {
    id: 'W53',
    check: 'C4',
    why: 'takes the latest code first',
    rule: 'Of parcels with the same weight, the one whose `code` comes first in the alphabet goes first',
    edits: [{ file: 'q4.sql', old: 'DESC, code', new: 'DESC, code DESC' }],
  },
  {
    id: 'W54',
    check: 'C5',
    why: 'takes the status for what counts',
    rule: 'All parcels count, whatever their `status`.',
    edits: [
      { file: 'q5.sql', old: 'weight_g < 1000', new: "weight_g < 1000 AND status <> 'cancelled'" },
    ],
  },
  {
    id: 'W55',
    check: 'C2',
    why: 'leaves out customers of the same name',
    rule: 'Customers who have **not** opted in.',
    edits: [{ file: 'q2.sql', old: 'SELECT id, name', new: 'SELECT DISTINCT ON (name) id, name' }],
  },
  {
    id: 'W56',
    check: 'C7',
    why: 'makes the midnights of the calendar of the session',
    rule: 'The answers do not depend on it.',
    edits: [
      {
        file: 'q6.sql',
        old: IN_ATHENS,
        new: "created_at >= timestamptz '2026-03-29' - interval '2 hours' AND created_at < timestamptz '2026-03-30' - interval '3 hours'",
      },
    ],
  },
  {
    id: 'W57',
    check: 'C1',
    why: 'counts in calendar weeks of the clock on the wall, by subtracting dates',
    rule: 'They were created **more than 7 days before `clock.now`**, to the fraction of a second',
    edits: [
      {
        file: 'q1.sql',
        old: A_WEEK_AGO,
        new: '(SELECT now FROM clock)::date - created_at::date > 7',
      },
    ],
  },
  {
    id: 'W58',
    check: 'C8',
    why: 'compares each parcel with each to number them',
    rule: 'A query ends within 10 seconds, also with 20,000 customers and 60,000 parcels.',
    files: {
      'q4.sql': `SELECT p.code, p.weight_g
FROM parcels AS p
LEFT JOIN parcels AS o ON o.weight_g > p.weight_g OR (o.weight_g = p.weight_g AND o.code < p.code)
GROUP BY p.id
HAVING count(o.id) < 10
ORDER BY p.weight_g DESC, p.code;
`,
    },
  },
]
