import type { Mistake } from '../../harness/mistakes.ts'

const IN_ATHENS = "(created_at AT TIME ZONE 'Europe/Athens')::date = date '2026-03-29'"
const ON_THEIR_WAY = "status IN ('created', 'in_transit')"
const A_WEEK_AGO = "created_at < (SELECT now FROM clock) - interval '7 days'"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'NULL = false is not true, so whoever was never asked is missing',
    edits: [{ file: 'q2.sql', old: 'opt_in IS NOT TRUE', new: 'opt_in = false' }],
  },
  {
    id: 'W2',
    check: 'C6',
    why: 'BETWEEN two dates is a day of the session, and takes in the next midnight',
    edits: [
      { file: 'q6.sql', old: IN_ATHENS, new: "created_at BETWEEN '2026-03-29' AND '2026-03-30'" },
    ],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'leaves the order of equally heavy parcels to chance',
    edits: [{ file: 'q4.sql', old: 'DESC, code', new: 'DESC' }],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'LIKE distinguishes upper and lower case',
    edits: [{ file: 'q3.sql', old: 'name ILIKE', new: 'name LIKE' }],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'GROUP BY makes no group for a band without parcels',
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
    edits: [{ file: 'q1.sql', old: '(SELECT now FROM clock)', new: 'now()' }],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'takes the day in the time zone of the session',
    edits: [
      { file: 'q6.sql', old: "(created_at AT TIME ZONE 'Europe/Athens')", new: 'created_at' },
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'exactly 7 days is not more than 7 days',
    edits: [{ file: 'q1.sql', old: 'created_at <', new: 'created_at <=' }],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'a cancelled parcel is not delivered, nor is it on its way',
    edits: [{ file: 'q1.sql', old: ON_THEIR_WAY, new: 'delivered_at IS NULL' }],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'nothing is equal to NULL',
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
    edits: [{ file: 'q2.sql', old: 'opt_in IS NOT TRUE', new: 'opt_in NOT IN (true)' }],
  },
  {
    id: 'W13',
    check: 'C3',
    why: 'finds only names that end with "son"',
    edits: [{ file: 'q3.sql', old: "'%son%'", new: "'%son'" }],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'leaves the order of customers of one name to chance',
    edits: [{ file: 'q3.sql', old: 'name, id;', new: 'name;' }],
  },
  {
    id: 'W15',
    check: 'C4',
    why: 'WITH TIES gives more than ten rows',
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
    edits: [
      { file: 'q6.sql', old: 'SELECT id', new: "SET TimeZone = 'Europe/Athens';\nSELECT id" },
    ],
  },
  {
    id: 'W25',
    check: 'C8',
    why: 'counts the heavier parcels anew for each parcel: right, and billions of rows to look at',
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
]
