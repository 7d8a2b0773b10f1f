import type { Mistake } from '../../harness/mistakes.ts'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'an inner join drops the depots that send nothing',
    rule: 'One row for each depot.',
    edits: [{ file: 'q1.sql', old: 'LEFT JOIN parcels', new: 'JOIN parcels' }],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'a condition in WHERE on the right side of a left join makes it an inner join',
    rule: 'One row for each depot.',
    edits: [{ file: 'q1.sql', old: 'd.id AND p.status', new: 'd.id WHERE p.status' }],
  },
  {
    id: 'W3',
    check: 'C2',
    why: 'NOT IN over a list with a NULL is never true',
    rule: "One row for each customer who has *no* parcel, of whatever status, whose `to_depot` lies in the customer's own city (`customers.city`, the same text).",
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
    rule: '`revenue_cents` is the revenue of the parcels it sends, 0 if none.',
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
    rule: 'Its last scan is the one with the latest `at`; if several share that time, the one of them with the highest `id`.',
    edits: [{ file: 'q4.sql', old: 'at DESC, id DESC', new: 'at DESC' }],
  },
  {
    id: 'W6',
    check: 'C5',
    why: 'row_number() gives customers with equal revenue different ranks, and cuts one off',
    rule: "A customer's rank is 1 plus the number of customers in the same city with *more* revenue",
    edits: [{ file: 'q5.sql', old: 'spent.*, rank()', new: 'spent.*, row_number()' }],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'weeks without a parcel are missing, as nothing generates them',
    rule: 'One row for each week from that of the first `created_at` to that of `clock.now`, both included, also where a week has no parcel.',
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
    rule: '`parcels` is how many it sends, 0 if none.',
    edits: [{ file: 'q1.sql', old: 'count(p.id) AS', new: 'count(*) AS' }],
  },
  {
    id: 'W9',
    check: 'C8',
    why: 'the division of two integers cuts off the decimals',
    rule: '`avg_price` is the average of their `price_cents`, to two decimals or finer, NULL if there are none.',
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
    rule: 'Ids, counts, ranks and cents are `smallint`, `integer` or `bigint`',
    edits: [{ file: 'q6.sql', old: '::bigint AS', new: ' AS' }],
  },
  {
    id: 'W11',
    check: 'C5',
    why: 'dense_rank() leaves no gap after a tie, so that the fourth best is third',
    rule: "A customer's rank is 1 plus the number of customers in the same city with *more* revenue",
    edits: [{ file: 'q5.sql', old: 'spent.*, rank()', new: 'spent.*, dense_rank()' }],
  },
  {
    id: 'W12',
    check: 'C5',
    why: 'groups by name, and makes one customer of two who share it',
    rule: 'Depots may share a name, and so may customers, also in one city: only ids tell them apart.',
    edits: [
      { file: 'q5.sql', old: 'SELECT c.id,', new: 'SELECT min(c.id) AS id,' },
      { file: 'q5.sql', old: 'GROUP BY c.id', new: 'GROUP BY c.name, c.city' },
    ],
  },
  {
    id: 'W13',
    check: 'C4',
    why: 'takes the scan with the highest id, though scans can arrive late',
    rule: 'Its last scan is the one with the latest `at`; if several share that time, the one of them with the highest `id`.',
    edits: [{ file: 'q4.sql', old: 'at DESC, id DESC', new: 'id DESC' }],
  },
  {
    id: 'W14',
    check: 'C10',
    why: 'cuts weeks at Monday 00:00 in the time zone of the session',
    rule: 'The answers do not depend on the time zone of the session.',
    edits: [{ file: 'q6.sql', old: "created_at AT TIME ZONE 'UTC')", new: 'created_at)' }],
  },
  {
    id: 'W15',
    check: 'C7',
    why: 'joins children and grandchildren only, whatever lies deeper',
    rule: '`total_parcels` counts the parcels sent by it or by any depot below it, at any depth and of every status; 0 if there are none.',
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
    rule: '`total_parcels` counts the parcels sent by it or by any depot below it, at any depth and of every status; 0 if there are none.',
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
    rule: 'One that does not multiply its rows takes about one.',
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
    rule: '`revenue_cents` is the revenue of the parcels it sends, 0 if none.',
    edits: [{ file: 'q3.sql', old: 'sum(price_cents)', new: 'sum(DISTINCT price_cents)' }],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'asks for a parcel to elsewhere, not for the absence of one to the own city',
    rule: "One row for each customer who has *no* parcel, of whatever status, whose `to_depot` lies in the customer's own city (`customers.city`, the same text).",
    edits: [
      { file: 'q2.sql', old: 'WHERE NOT EXISTS', new: 'WHERE EXISTS' },
      { file: 'q2.sql', old: 'd.city = c.city', new: 'd.city <> c.city' },
    ],
  },
  {
    id: 'W20',
    check: 'C6',
    why: 'ends with the last parcel, not with the week of clock.now',
    rule: 'One row for each week from that of the first `created_at` to that of `clock.now`, both included, also where a week has no parcel.',
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
    rule: '`scans` is the number of scans made there (`scans.depot_id`), of whatever parcel, 0 if none.',
    edits: [
      { file: 'q3.sql', old: 'coalesce(sent.revenue_cents, 0)', new: 'sent.revenue_cents' },
      { file: 'q3.sql', old: 'coalesce(seen.scans, 0)', new: 'seen.scans' },
    ],
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'joins customers, so that parcels paid at the counter are no revenue',
    rule: 'they belong to no customer, but are revenue of depots and weeks.',
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
    rule: 'The answers do not depend on the time zone of the session.',
    edits: [
      { file: 'q6.sql', old: "(SELECT now AT TIME ZONE 'UTC' FROM", new: '(SELECT now FROM' },
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    why: 'leaves out the week of clock.now where it is the very instant in which that begins',
    rule: 'One row for each week from that of the first `created_at` to that of `clock.now`, both included, also where a week has no parcel.',
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
    rule: 'q5 | `city`, `rank`, `customer_id`, `customer`, `revenue_cents` | `city`, `rank`, `customer_id`',
    edits: [{ file: 'q5.sql', old: 'BY city, rank, customer_id', new: 'BY city, rank' }],
  },
  {
    id: 'W26',
    check: 'C2',
    why: 'does not count parcels that were cancelled',
    rule: "One row for each customer who has *no* parcel, of whatever status, whose `to_depot` lies in the customer's own city (`customers.city`, the same text).",
    edits: [
      {
        file: 'q2.sql',
        old: 'c.id AND d.city',
        new: "c.id AND p.status <> 'cancelled' AND d.city",
      },
    ],
  },
  {
    id: 'W27',
    check: 'C1',
    why: 'shows the name first, which people read',
    rule: 'q1 | `depot_id`, `depot`, `parcels`, `avg_price` | `depot_id`',
    edits: [
      {
        file: 'q1.sql',
        old: 'd.id AS depot_id,\n       d.name AS depot,',
        new: 'd.name AS depot,\n       d.id AS depot_id,',
      },
    ],
  },
  {
    id: 'W28',
    check: 'C2',
    why: 'sorts customers by name',
    rule: 'q2 | `customer_id`, `customer` | `customer_id`',
    edits: [{ file: 'q2.sql', old: 'ORDER BY c.id', new: 'ORDER BY c.name, c.id' }],
  },
  {
    id: 'W29',
    check: 'C3',
    why: 'puts the depots that earn most first',
    rule: 'q3 | `depot_id`, `depot`, `revenue_cents`, `scans` | `depot_id`',
    edits: [{ file: 'q3.sql', old: 'ORDER BY d.id', new: 'ORDER BY revenue_cents DESC, d.id' }],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'sorts by scan, not by parcel',
    rule: 'q4 | `parcel_id`, `code`, `scan_id`, `kind`, `depot`, `scanned_at` | `parcel_id`',
    edits: [{ file: 'q4.sql', old: 'ORDER BY p.id', new: 'ORDER BY s.at, s.id' }],
  },
  {
    id: 'W31',
    check: 'C6',
    why: 'puts the newest week first',
    rule: 'q6 | `week_start`, `revenue_cents`, `running_cents` | `week_start`',
    edits: [
      {
        file: 'q6.sql',
        old: '(week_start)\nORDER BY week_start',
        new: '(week_start)\nORDER BY week_start DESC',
      },
    ],
  },
  {
    id: 'W32',
    check: 'C7',
    why: 'puts the depots that send most first, with all below them',
    rule: 'q7 | `depot_id`, `depot`, `total_parcels` | `depot_id`',
    edits: [{ file: 'q7.sql', old: 'ORDER BY d.id', new: 'ORDER BY total_parcels DESC, d.id' }],
  },
  {
    id: 'W33',
    check: 'C7',
    why: 'sets the time zone first, and so is two statements',
    rule: 'A file holds one query, also one in brackets or one that begins with `WITH`.',
    edits: [
      { file: 'q7.sql', old: 'WITH RECURSIVE', new: "SET TimeZone = 'UTC';\nWITH RECURSIVE" },
    ],
  },
  {
    id: 'W34',
    check: 'C4',
    why: 'takes the lock of one who is about to change the rows',
    rule: 'Your queries run as a role that may only read.',
    edits: [{ file: 'q4.sql', old: 'ORDER BY p.id', new: 'ORDER BY p.id\nFOR SHARE OF p' }],
  },
  {
    id: 'W35',
    check: 'C3',
    why: 'calls a column revenue',
    rule: 'exactly those above, in that order, under these names.',
    edits: [{ file: 'q3.sql', old: '0) AS revenue_cents', new: '0) AS revenue' }],
  },
  {
    id: 'W36',
    check: 'C7',
    why: 'shows the city of a depot for its name',
    rule: '`depot` is the name of the depot, `customer` that of the customer.',
    edits: [{ file: 'q7.sql', old: 'd.name AS depot', new: 'd.city AS depot' }],
  },
  {
    id: 'W37',
    check: 'C9',
    why: 'gives the Monday of a week as a timestamp',
    rule: 'Ids, counts, ranks and cents are `smallint`, `integer` or `bigint`',
    edits: [{ file: 'q6.sql', old: 'week_start::date AS', new: 'week_start AS' }],
  },
  {
    id: 'W38',
    check: 'C1',
    why: 'makes one depot of two that share a name',
    rule: 'Depots may share a name, and so may customers, also in one city: only ids tell them apart.',
    edits: [
      { file: 'q1.sql', old: 'SELECT d.id AS', new: 'SELECT min(d.id) AS' },
      { file: 'q1.sql', old: 'GROUP BY d.id\nORDER BY d.id', new: 'GROUP BY d.name\nORDER BY 1' },
    ],
  },
  {
    id: 'W39',
    check: 'C6',
    why: 'begins with the first week of the sample',
    rule: 'the grader also uses others, made by the same `schema.sql`',
    edits: [
      {
        file: 'q6.sql',
        old: '(SELECT min(week_start) FROM weekly)',
        new: "timestamp '2026-02-23'",
      },
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    why: 'counts the parcels that come in',
    rule: 'parcels a depot *sends* | those with its id in `from_depot`',
    edits: [{ file: 'q1.sql', old: 'p.from_depot', new: 'p.to_depot' }],
  },
  {
    id: 'W41',
    check: 'C3',
    why: 'leaves out the revenue of cancelled parcels',
    rule: 'revenue | the sum of `price_cents` of parcels, **all** of them, whatever their `status`',
    edits: [
      {
        file: 'q3.sql',
        old: 'FROM parcels\n',
        new: "FROM parcels\n  WHERE status <> 'cancelled'\n",
      },
    ],
  },
  {
    id: 'W42',
    check: 'C5',
    why: 'leaves out the revenue of cancelled parcels of a customer',
    rule: 'revenue | the sum of `price_cents` of parcels, **all** of them, whatever their `status`',
    edits: [
      {
        file: 'q5.sql',
        old: 'p.customer_id = c.id',
        new: "p.customer_id = c.id AND p.status <> 'cancelled'",
      },
    ],
  },
  {
    id: 'W43',
    check: 'C7',
    why: 'goes down nine levels, which is more than any company has',
    rule: 'The tree can be of any depth and have several roots.',
    edits: [
      {
        file: 'q7.sql',
        old: 'SELECT id AS top_id, id AS depot_id\n',
        new: 'SELECT id AS top_id, id AS depot_id, 1 AS level\n',
      },
      {
        file: 'q7.sql',
        old: 'below.top_id, child.id\n',
        new: 'below.top_id, child.id, level + 1\n',
      },
      { file: 'q7.sql', old: 'below.depot_id\n)', new: 'below.depot_id AND level < 9\n)' },
    ],
  },
  {
    id: 'W44',
    check: 'C7',
    why: 'begins with the roots, so that each depot counts for its root only',
    rule: '`total_parcels` counts the parcels sent by it or by any depot below it, at any depth and of every status; 0 if there are none.',
    edits: [
      {
        file: 'q7.sql',
        old: '  FROM depots\n  UNION',
        new: '  FROM depots\n  WHERE parent_id IS NULL\n  UNION',
      },
      { file: 'q7.sql', old: 'JOIN below ON', new: 'LEFT JOIN below ON' },
    ],
  },
  {
    id: 'W45',
    check: 'C1',
    why: 'lets cancelled parcels in, in WHERE, where there are others',
    rule: 'Cancelled parcels are left out of both.',
    edits: [
      {
        file: 'q1.sql',
        old: "AND p.status <> 'cancelled'",
        new: "\nWHERE p.id IS NULL OR p.status <> 'cancelled'",
      },
    ],
  },
  {
    id: 'W46',
    check: 'C8',
    why: 'averages the price of cancelled parcels, too',
    rule: 'Cancelled parcels are left out of both.',
    edits: [
      { file: 'q1.sql', old: "AND p.status <> 'cancelled'", new: '' },
      {
        file: 'q1.sql',
        old: 'count(p.id) AS',
        new: "count(p.id) FILTER (WHERE p.status <> 'cancelled') AS",
      },
    ],
  },
  {
    id: 'W47',
    check: 'C8',
    why: 'shows 0 where there is nothing to average',
    rule: '`avg_price` is the average of their `price_cents`, to two decimals or finer, NULL if there are none.',
    edits: [
      {
        file: 'q1.sql',
        old: 'round(avg(p.price_cents), 2)',
        new: 'coalesce(round(avg(p.price_cents), 2), 0)',
      },
    ],
  },
  {
    id: 'W48',
    check: 'C8',
    why: 'rounds to one decimal',
    rule: '`avg_price` is the average of their `price_cents`, to two decimals or finer, NULL if there are none.',
    edits: [{ file: 'q1.sql', old: 'avg(p.price_cents), 2', new: 'avg(p.price_cents), 1' }],
  },
  {
    id: 'W49',
    check: 'C2',
    why: 'finds only those who have sent something',
    rule: 'Customers without any parcel are in the list.',
    edits: [
      {
        file: 'q2.sql',
        old: 'WHERE NOT EXISTS',
        new: 'WHERE c.id IN (SELECT customer_id FROM parcels)\n  AND NOT EXISTS',
      },
    ],
  },
  {
    id: 'W50',
    check: 'C2',
    why: 'looks at where parcels come from',
    rule: "One row for each customer who has *no* parcel, of whatever status, whose `to_depot` lies in the customer's own city (`customers.city`, the same text).",
    edits: [{ file: 'q2.sql', old: 'p.to_depot', new: 'p.from_depot' }],
  },
  {
    id: 'W51',
    check: 'C2',
    why: 'takes Oslo and OSLO for one city',
    rule: "One row for each customer who has *no* parcel, of whatever status, whose `to_depot` lies in the customer's own city (`customers.city`, the same text).",
    edits: [{ file: 'q2.sql', old: 'd.city = c.city', new: 'lower(d.city) = lower(c.city)' }],
  },
  {
    id: 'W52',
    check: 'C3',
    why: 'counts the scans of the parcels that the depot sends',
    rule: '`scans` is the number of scans made there (`scans.depot_id`), of whatever parcel, 0 if none.',
    edits: [
      {
        file: 'q3.sql',
        old: 'SELECT depot_id, count(*) AS scans\n  FROM scans\n',
        new: 'SELECT from_depot AS depot_id, count(*) AS scans\n  FROM scans\n  JOIN parcels ON parcels.id = parcel_id\n',
      },
      { file: 'q3.sql', old: 'GROUP BY depot_id', new: 'GROUP BY from_depot' },
    ],
  },
  {
    id: 'W53',
    check: 'C3',
    why: 'counts parcels that were scanned, not scans',
    rule: '`scans` is the number of scans made there (`scans.depot_id`), of whatever parcel, 0 if none.',
    edits: [{ file: 'q3.sql', old: 'count(*)', new: 'count(DISTINCT parcel_id)' }],
  },
  {
    id: 'W54',
    check: 'C3',
    why: 'drops depots that have scanned nothing',
    rule: 'One row for each depot.',
    edits: [{ file: 'q3.sql', old: 'LEFT JOIN seen', new: 'JOIN seen' }],
  },
  {
    id: 'W55',
    check: 'C4',
    why: 'shows parcels that nobody has scanned, too',
    rule: 'One row for each parcel that has a scan.',
    edits: [
      {
        file: 'q4.sql',
        old: 'FROM last_scan AS s\nJOIN parcels AS p ON p.id = s.parcel_id\nJOIN depots',
        new: 'FROM parcels AS p\nLEFT JOIN last_scan AS s ON s.parcel_id = p.id\nLEFT JOIN depots',
      },
    ],
  },
  {
    id: 'W56',
    check: 'C4',
    why: 'takes the lowest id among scans at one time',
    rule: 'Its last scan is the one with the latest `at`; if several share that time, the one of them with the highest `id`.',
    edits: [{ file: 'q4.sql', old: 'at DESC, id DESC', new: 'at DESC, id' }],
  },
  {
    id: 'W57',
    check: 'C4',
    why: 'shows the depot from which the parcel was sent',
    rule: '`kind` and `depot` are those of that scan, `scanned_at` is its `at`.',
    edits: [{ file: 'q4.sql', old: 'd.id = s.depot_id', new: 'd.id = p.from_depot' }],
  },
  {
    id: 'W58',
    check: 'C4',
    why: 'gives all scans at the latest moment',
    rule: 'One row for each parcel that has a scan.',
    edits: [
      {
        file: 'q4.sql',
        old: 'SELECT DISTINCT ON (parcel_id) id, parcel_id, depot_id, kind, at\n  FROM scans\n  ORDER BY parcel_id, at DESC, id DESC',
        new: 'SELECT id, parcel_id, depot_id, kind, at\n  FROM scans AS one\n  WHERE at = (SELECT max(at) FROM scans WHERE scans.parcel_id = one.parcel_id)',
      },
    ],
  },
  {
    id: 'W59',
    check: 'C5',
    why: 'shows two of each city',
    rule: 'The customers of rank 1, 2 or 3; a tie can make it more than three in a city.',
    edits: [{ file: 'q5.sql', old: 'rank <= 3', new: 'rank < 3' }],
  },
  {
    id: 'W60',
    check: 'C5',
    why: 'shows three of each city, and cuts a tie',
    rule: 'The customers of rank 1, 2 or 3; a tie can make it more than three in a city.',
    edits: [
      {
        file: 'q5.sql',
        old: 'spent.*, rank() OVER',
        new: 'spent.*, row_number() OVER (PARTITION BY city ORDER BY revenue_cents DESC, id) AS place,\n         rank() OVER',
      },
      { file: 'q5.sql', old: 'rank <= 3', new: 'place <= 3' },
    ],
  },
  {
    id: 'W61',
    check: 'C5',
    why: 'ranks customers without a parcel last',
    rule: 'Customers without a parcel are not listed.',
    edits: [
      { file: 'q5.sql', old: 'JOIN parcels', new: 'LEFT JOIN parcels' },
      { file: 'q5.sql', old: 'sum(p.price_cents)', new: 'coalesce(sum(p.price_cents), 0)' },
    ],
  },
  {
    id: 'W62',
    check: 'C5',
    why: 'ranks over all cities',
    rule: "A customer's rank is 1 plus the number of customers in the same city with *more* revenue",
    edits: [{ file: 'q5.sql', old: 'PARTITION BY city ORDER', new: 'ORDER' }],
  },
  {
    id: 'W63',
    check: 'C5',
    why: 'ranks by the number of parcels',
    rule: "A customer's rank is 1 plus the number of customers in the same city with *more* revenue",
    edits: [
      {
        file: 'q5.sql',
        old: 'sum(p.price_cents) AS revenue_cents',
        new: 'sum(p.price_cents) AS revenue_cents, count(*) AS many',
      },
      { file: 'q5.sql', old: 'ORDER BY revenue_cents DESC', new: 'ORDER BY many DESC' },
    ],
  },
  {
    id: 'W64',
    check: 'C6',
    why: 'begins weeks on Sunday',
    rule: 'A week begins on Monday at 00:00:00 UTC, which is its `week_start`, and ends just before the next begins.',
    edits: [
      {
        file: 'q6.sql',
        old: "date_trunc('week', created_at AT TIME ZONE 'UTC') AS",
        new: "date_trunc('week', created_at AT TIME ZONE 'UTC' + interval '1 day') - interval '1 day' AS",
      },
    ],
  },
  {
    id: 'W65',
    check: 'C6',
    why: 'lets a week end with its last whole second',
    rule: 'A week begins on Monday at 00:00:00 UTC, which is its `week_start`, and ends just before the next begins.',
    files: {
      'q6.sql': `WITH edges AS (
  SELECT date_trunc('week', min(created_at) AT TIME ZONE 'UTC') AS first,
         (SELECT now AT TIME ZONE 'UTC' FROM clock) AS last
  FROM parcels
), weeks AS (
  SELECT generate_series(first, last, interval '1 week') AS monday
  FROM edges
)
SELECT monday::date AS week_start,
       coalesce(sum(price_cents), 0) AS revenue_cents,
       (sum(sum(price_cents)) OVER (ORDER BY monday))::bigint AS running_cents
FROM weeks
LEFT JOIN parcels ON created_at AT TIME ZONE 'UTC' BETWEEN monday AND monday + interval '6 days 23:59:59'
GROUP BY monday
ORDER BY monday;
`,
    },
  },
  {
    id: 'W66',
    check: 'C6',
    why: 'lets a week end with its last thousandth of a second',
    rule: 'A week begins on Monday at 00:00:00 UTC, which is its `week_start`, and ends just before the next begins.',
    files: {
      'q6.sql': `WITH edges AS (
  SELECT date_trunc('week', min(created_at) AT TIME ZONE 'UTC') AS first,
         (SELECT now AT TIME ZONE 'UTC' FROM clock) AS last
  FROM parcels
), weeks AS (
  SELECT generate_series(first, last, interval '1 week') AS monday
  FROM edges
)
SELECT monday::date AS week_start,
       coalesce(sum(price_cents), 0) AS revenue_cents,
       (sum(sum(price_cents)) OVER (ORDER BY monday))::bigint AS running_cents
FROM weeks
LEFT JOIN parcels ON created_at AT TIME ZONE 'UTC' BETWEEN monday AND monday + interval '6 days 23:59:59.999'
GROUP BY monday
ORDER BY monday;
`,
    },
  },
  {
    id: 'W67',
    check: 'C6',
    why: 'shows NULL for a week without a parcel',
    rule: '`revenue_cents` is the revenue of the parcels created in it, 0 if none.',
    edits: [{ file: 'q6.sql', old: 'coalesce(revenue_cents, 0)', new: 'revenue_cents' }],
  },
  {
    id: 'W68',
    check: 'C6',
    why: 'counts the revenue of a week when parcels are delivered',
    rule: '`revenue_cents` is the revenue of the parcels created in it, 0 if none.',
    edits: [
      {
        file: 'q6.sql',
        old: "created_at AT TIME ZONE 'UTC'",
        new: "least(delivered_at, (SELECT now FROM clock)) AT TIME ZONE 'UTC'",
      },
      {
        file: 'q6.sql',
        old: 'FROM parcels\n',
        new: 'FROM parcels\n  WHERE delivered_at IS NOT NULL\n',
      },
    ],
  },
  {
    id: 'W69',
    check: 'C6',
    why: 'begins to add anew each year',
    rule: '`running_cents` is that of the week and all weeks before it.',
    edits: [
      {
        file: 'q6.sql',
        old: 'OVER (ORDER BY',
        new: 'OVER (PARTITION BY extract(year FROM week_start) ORDER BY',
      },
    ],
  },
  {
    id: 'W70',
    check: 'C6',
    why: 'leaves the week itself out of the running sum',
    rule: '`running_cents` is that of the week and all weeks before it.',
    edits: [
      {
        file: 'q6.sql',
        old: '(sum(revenue_cents) OVER (ORDER BY week_start))',
        new: '(coalesce(sum(revenue_cents) OVER (ORDER BY week_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))',
      },
    ],
  },
  {
    id: 'W71',
    check: 'C7',
    why: 'does not count cancelled parcels',
    rule: '`total_parcels` counts the parcels sent by it or by any depot below it, at any depth and of every status; 0 if there are none.',
    edits: [
      {
        file: 'q7.sql',
        old: 'below.depot_id\nGROUP',
        new: "below.depot_id AND p.status <> 'cancelled'\nGROUP",
      },
    ],
  },
  {
    id: 'W72',
    check: 'C7',
    why: 'counts a depot without parcels as one',
    rule: '`total_parcels` counts the parcels sent by it or by any depot below it, at any depth and of every status; 0 if there are none.',
    edits: [{ file: 'q7.sql', old: 'count(p.id)', new: 'count(*)' }],
  },
  {
    id: 'W73',
    check: 'C11',
    why: 'asks for the parcels of all depots for each depot, and for the scans beside them',
    rule: 'a query ends within 20 seconds',
    files: {
      'q3.sql': `SELECT d.id AS depot_id,
       d.name AS depot,
       coalesce(sum(DISTINCT p.price_cents * 1000000::bigint + p.id) / 1000000, 0)::bigint AS revenue_cents,
       count(DISTINCT s.id) AS scans
FROM depots AS d
LEFT JOIN parcels AS p ON p.from_depot = d.id
LEFT JOIN scans AS s ON s.depot_id = d.id
GROUP BY d.id
ORDER BY d.id;
`,
    },
  },
]
