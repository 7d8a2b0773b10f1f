import type { Mistake } from '../../harness/mistakes.ts'

const REFERENCE = {
  q1: 'CREATE INDEX parcels_by_depot ON parcels (from_depot, created_at, id);',
  q2: 'CREATE INDEX parcels_by_email ON parcels (lower(recipient_email));',
  q3: 'CREATE INDEX parcels_by_code ON parcels (code text_pattern_ops);',
  q4: `CREATE INDEX parcels_under_way ON parcels (from_depot, created_at)
WHERE status IN ('created', 'in_transit');`,
  q5: 'CREATE INDEX scans_by_depot ON scans (depot_id, at DESC, id DESC);',
}

/** The reference's indexes with one of them replaced. */
const instead = (query: keyof typeof REFERENCE, index: string) => [
  { file: 'indexes.sql', old: REFERENCE[query], new: index },
]

/** The reference's indexes and something more. */
const besides = (sql: string) => instead('q5', `${REFERENCE.q5}\n${sql}`)

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'one index for each column, where one with two columns is needed',
    files: {
      'indexes.sql': `CREATE INDEX ON parcels (from_depot);
CREATE INDEX ON parcels (created_at);
CREATE INDEX ON parcels (lower(recipient_email));
CREATE INDEX ON scans (depot_id);
CREATE INDEX ON scans (at);
`,
    },
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'the range first and the equality after it: the rows of a depot are spread over the range',
    edits: instead('q1', 'CREATE INDEX ON parcels (created_at, from_depot);'),
  },
  {
    id: 'W3',
    check: 'C2',
    why: 'the column is indexed, and the query compares lower(…) of it',
    edits: instead('q2', 'CREATE INDEX ON parcels (recipient_email);'),
  },
  {
    id: 'W4',
    check: 'C2',
    why: 'an index in the order of a language cannot find what begins with a prefix',
    edits: instead('q3', 'CREATE INDEX ON parcels (code);'),
  },
  {
    id: 'W5',
    check: 'C1',
    why: 'leaves lower() out so that a plain index can be used, and misses other spellings',
    edits: [
      ...instead('q2', 'CREATE INDEX ON parcels (recipient_email);'),
      {
        file: 'q2.sql',
        old: "lower(recipient_email) = lower(:'email')",
        new: "recipient_email = :'email'",
      },
    ],
  },
  {
    id: 'W6',
    check: 'C4',
    why: 'an index on everything: each new scan goes into four of them',
    files: {
      'indexes.sql': `CREATE INDEX ON parcels (from_depot, created_at);
CREATE INDEX ON scans (depot_id, at, id);
CREATE INDEX ON scans (parcel_id);
CREATE INDEX ON scans (kind, depot_id);
CREATE INDEX ON scans (device, parcel_id);
`,
    },
  },
  {
    id: 'W7',
    check: 'C3',
    why: 'an index more than allowed, which no query needs',
    edits: besides('CREATE INDEX ON parcels (status);'),
  },
  {
    id: 'W8',
    check: 'C3',
    why: 'a copy of the whole table in an index',
    edits: instead(
      'q1',
      `CREATE INDEX ON parcels (from_depot, created_at, id)
  INCLUDE (code, recipient_email, status, price_cents, label);`,
    ),
  },
  {
    id: 'W9',
    check: 'C5',
    why: 'keeps the answer in a materialized view, which is out of date with the next parcel',
    edits: [
      ...instead(
        'q4',
        `CREATE MATERIALIZED VIEW under_way AS
SELECT from_depot, count(*) AS open_parcels, min(created_at) AS oldest
FROM parcels WHERE status IN ('created', 'in_transit') GROUP BY from_depot;`,
      ),
      {
        file: 'q4.sql',
        old: `SELECT from_depot, count(*) AS open_parcels, min(created_at) AS oldest
FROM parcels
WHERE status IN ('created', 'in_transit')
GROUP BY from_depot
`,
        new: 'SELECT * FROM under_way\n',
      },
    ],
  },
  {
    id: 'W10',
    check: 'C5',
    why: 'switches sequential scans off for everybody',
    edits: besides(`DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database());
END $$;`),
  },
  {
    id: 'W11',
    check: 'C5',
    why: 'writes the table anew in the order of the index, which locks everybody out meanwhile',
    edits: besides('CLUSTER scans USING scans_by_depot;'),
  },
  {
    id: 'W12',
    check: 'C5',
    why: 'changes the collation of the column, and with it the order in which everybody sees codes',
    edits: instead(
      'q3',
      `ALTER TABLE parcels ALTER COLUMN code TYPE text COLLATE "C";
CREATE INDEX ON parcels (code);`,
    ),
  },
  {
    id: 'W13',
    check: 'C5',
    why: 'cleans up what nobody asks for',
    edits: besides("DELETE FROM parcels WHERE status = 'lost';"),
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'BETWEEN takes the end of the range in',
    edits: [
      {
        file: 'q1.sql',
        old: `created_at >= :'since'
  AND created_at < :'until'`,
        new: "created_at BETWEEN :'since' AND :'until'",
      },
    ],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'for ILIKE the _ of an address stands for any character',
    edits: [
      {
        file: 'q2.sql',
        old: "lower(recipient_email) = lower(:'email')",
        new: "recipient_email ILIKE :'email'",
      },
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'the end of the prefix’s range is guessed, and leaves out what begins with Z behind it',
    edits: [
      {
        file: 'q3.sql',
        old: "code LIKE :'prefix' || '%'",
        new: `code COLLATE "C" >= :'prefix' AND code COLLATE "C" < :'prefix' || 'Z'`,
      },
    ],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'names the states that are not meant, and forgets one',
    edits: [
      {
        file: 'q4.sql',
        old: "status IN ('created', 'in_transit')",
        new: "status NOT IN ('delivered', 'returned')",
      },
    ],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'leaves out the second column of the order, and scans of one moment come in any',
    edits: [{ file: 'q5.sql', old: 'at DESC, id DESC', new: 'at DESC, id' }],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'finds the parcels under way, and then fetches each from the table',
    edits: instead('q4', 'CREATE INDEX ON parcels (status);'),
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'a partial index for the one depot of the example',
    edits: instead('q5', 'CREATE INDEX ON scans (at DESC, id DESC) WHERE depot_id = 21;'),
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'compares a cast of the column, which no index on the column helps',
    edits: [
      { file: 'q1.sql', old: "created_at >= :'since'", new: "created_at::timestamp >= :'since'" },
      { file: 'q1.sql', old: "created_at < :'until'", new: "created_at::timestamp < :'until'" },
    ],
  },
  {
    id: 'W22',
    check: 'C5',
    why: 'a trigger that takes new scans away makes inserts cheap',
    edits:
      besides(`CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER skip BEFORE INSERT ON scans FOR EACH ROW EXECUTE FUNCTION skip();`),
  },
  {
    id: 'W23',
    check: 'C5',
    why: 'has more statistics collected for a column, which is a setting of the table',
    edits: besides('ALTER TABLE scans ALTER COLUMN depot_id SET STATISTICS 1000;'),
  },
  {
    id: 'W24',
    check: 'C5',
    why: 'makes an index the replica identity of its table',
    edits: besides('ALTER TABLE scans REPLICA IDENTITY FULL;'),
  },
]
