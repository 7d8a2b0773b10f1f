import type { Mistake } from '../../harness/mistakes.ts'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'an inner join drops the depots that send nothing',
    edits: [{ file: 'q1.sql', old: 'LEFT JOIN parcels', new: 'JOIN parcels' }],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'a condition in WHERE on the right side of a left join makes it an inner join',
    edits: [{ file: 'q1.sql', old: 'd.id AND p.status', new: 'd.id WHERE p.status' }],
  },
  {
    id: 'W3',
    check: 'C2',
    why: 'NOT IN over a list with a NULL is never true',
    edits: [
      { file: 'q2.sql', old: 'WHERE NOT EXISTS (', new: 'WHERE c.id NOT IN (' },
      { file: 'q2.sql', old: 'SELECT FROM', new: 'SELECT p.customer_id FROM' },
      { file: 'q2.sql', old: 'p.customer_id = c.id AND d.city', new: 'd.city' },
    ],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'joins two one-to-many relations at once, so each parcel counts once for every scan',
    files: {
      'q3.sql': `SELECT d.id AS depot_id,
       d.name AS depot,
       coalesce(sum(p.price_cents), 0) AS revenue_cents,
       count(DISTINCT s.id) AS scans
FROM depots AS d
LEFT JOIN parcels AS p ON p.from_depot = d.id
LEFT JOIN scans AS s ON s.depot_id = d.id
GROUP BY d.id
ORDER BY d.id;
`,
    },
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'DISTINCT ON without a complete order takes any of the scans at the last moment',
    edits: [{ file: 'q4.sql', old: 'at DESC, id DESC', new: 'at DESC' }],
  },
  {
    id: 'W6',
    check: 'C5',
    why: 'row_number() gives customers with equal revenue different ranks, and cuts one off',
    edits: [{ file: 'q5.sql', old: 'spent.*, rank()', new: 'spent.*, row_number()' }],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'weeks without a parcel are missing, as nothing generates them',
    edits: [
      {
        file: 'q6.sql',
        old: `SELECT generate_series(
    (SELECT min(week_start) FROM weekly),
    (SELECT now AT TIME ZONE 'UTC' FROM clock),
    interval '1 week'
  ) AS week_start`,
        new: 'SELECT week_start FROM weekly',
      },
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'count(*) counts the row of NULLs of a depot without parcels as one',
    edits: [{ file: 'q1.sql', old: 'count(p.id) AS', new: 'count(*) AS' }],
  },
  {
    id: 'W9',
    check: 'C8',
    why: 'the division of two integers cuts off the decimals',
    edits: [
      {
        file: 'q1.sql',
        old: 'round(avg(p.price_cents), 2)',
        new: 'sum(p.price_cents) / count(p.id)',
      },
    ],
  },
  {
    id: 'W10',
    check: 'C9',
    why: 'leaves the sum of sums numeric, which a driver hands over as a string',
    edits: [{ file: 'q6.sql', old: '::bigint AS', new: ' AS' }],
  },
  {
    id: 'W11',
    check: 'C5',
    why: 'dense_rank() leaves no gap after a tie, so that the fourth best is third',
    edits: [{ file: 'q5.sql', old: 'spent.*, rank()', new: 'spent.*, dense_rank()' }],
  },
  {
    id: 'W12',
    check: 'C5',
    why: 'groups by name, and makes one customer of two who share it',
    edits: [
      { file: 'q5.sql', old: 'SELECT c.id,', new: 'SELECT min(c.id) AS id,' },
      { file: 'q5.sql', old: 'GROUP BY c.id', new: 'GROUP BY c.name, c.city' },
    ],
  },
  {
    id: 'W13',
    check: 'C4',
    why: 'takes the scan with the highest id, though scans can arrive late',
    edits: [{ file: 'q4.sql', old: 'at DESC, id DESC', new: 'id DESC' }],
  },
  {
    id: 'W14',
    check: 'C10',
    why: 'cuts weeks at Monday 00:00 in the time zone of the session',
    edits: [{ file: 'q6.sql', old: "created_at AT TIME ZONE 'UTC')", new: 'created_at)' }],
  },
  {
    id: 'W15',
    check: 'C7',
    why: 'joins children and grandchildren only, whatever lies deeper',
    files: {
      'q7.sql': `SELECT d.id AS depot_id,
       d.name AS depot,
       count(DISTINCT p.id) AS total_parcels
FROM depots AS d
LEFT JOIN depots AS child ON child.parent_id = d.id
LEFT JOIN depots AS grandchild ON grandchild.parent_id = child.id
LEFT JOIN parcels AS p ON p.from_depot IN (d.id, child.id, grandchild.id)
GROUP BY d.id
ORDER BY d.id;
`,
    },
  },
  {
    id: 'W16',
    check: 'C7',
    why: 'counts the depots below, but not the parcels of the depot itself',
    edits: [
      {
        file: 'q7.sql',
        old: 'SELECT id AS top_id, id AS depot_id\n  FROM depots',
        new: 'SELECT parent_id AS top_id, id AS depot_id\n  FROM depots\n  WHERE parent_id IS NOT NULL',
      },
      { file: 'q7.sql', old: 'JOIN below ON below.top_id', new: 'LEFT JOIN below ON below.top_id' },
    ],
  },
  {
    id: 'W17',
    check: 'C11',
    why: 'lets parcels and scans multiply and divides afterwards: right, and a billion rows large',
    files: {
      'q3.sql': `SELECT d.id AS depot_id,
       d.name AS depot,
       (coalesce(sum(p.price_cents), 0) / greatest(count(DISTINCT s.id), 1))::bigint AS revenue_cents,
       count(DISTINCT s.id) AS scans
FROM depots AS d
LEFT JOIN parcels AS p ON p.from_depot = d.id
LEFT JOIN scans AS s ON s.depot_id = d.id
GROUP BY d.id
ORDER BY d.id;
`,
    },
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'mends a doubled sum with DISTINCT, and loses parcels that cost the same',
    edits: [{ file: 'q3.sql', old: 'sum(price_cents)', new: 'sum(DISTINCT price_cents)' }],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'asks for a parcel to elsewhere, not for the absence of one to the own city',
    edits: [
      { file: 'q2.sql', old: 'WHERE NOT EXISTS', new: 'WHERE EXISTS' },
      { file: 'q2.sql', old: 'd.city = c.city', new: 'd.city <> c.city' },
    ],
  },
  {
    id: 'W20',
    check: 'C6',
    why: 'ends with the last parcel, not with the week of clock.now',
    edits: [
      {
        file: 'q6.sql',
        old: "(SELECT now AT TIME ZONE 'UTC' FROM clock)",
        new: '(SELECT max(week_start) FROM weekly)',
      },
    ],
  },
  {
    id: 'W21',
    check: 'C3',
    why: 'shows NULL where a depot earned or scanned nothing',
    edits: [
      { file: 'q3.sql', old: 'coalesce(sent.revenue_cents, 0)', new: 'sent.revenue_cents' },
      { file: 'q3.sql', old: 'coalesce(seen.scans, 0)', new: 'seen.scans' },
    ],
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'joins customers, so that parcels paid at the counter are no revenue',
    edits: [
      {
        file: 'q6.sql',
        old: 'FROM parcels\n',
        new: 'FROM parcels\n  JOIN customers ON customers.id = customer_id\n',
      },
    ],
  },
  {
    id: 'W23',
    check: 'C10',
    why: 'ends with the week that it is in the time zone of the session',
    edits: [
      { file: 'q6.sql', old: "(SELECT now AT TIME ZONE 'UTC' FROM", new: '(SELECT now FROM' },
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    why: 'leaves out the week of clock.now where it is the very instant in which that begins',
    files: {
      'q6.sql': `WITH RECURSIVE weekly AS (
  SELECT date_trunc('week', created_at AT TIME ZONE 'UTC')::date AS week_start,
         sum(price_cents) AS revenue_cents
  FROM parcels
  GROUP BY 1
), weeks AS (
  SELECT min(week_start) AS week_start
  FROM weekly
  UNION ALL
  SELECT week_start + 7
  FROM weeks
  WHERE week_start + 7 < (SELECT now AT TIME ZONE 'UTC' FROM clock)
)
SELECT week_start,
       coalesce(revenue_cents, 0) AS revenue_cents,
       (sum(revenue_cents) OVER (ORDER BY week_start))::bigint AS running_cents
FROM weeks
LEFT JOIN weekly USING (week_start)
ORDER BY week_start;
`,
    },
  },
  {
    id: 'W25',
    check: 'C5',
    why: 'leaves the order of customers with the same rank to chance',
    edits: [{ file: 'q5.sql', old: 'BY city, rank, customer_id', new: 'BY city, rank' }],
  },
]
