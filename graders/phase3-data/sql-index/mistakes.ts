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
    rule: 'q1 | what a depot sent between two moments | 6,250 | 100',
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
    rule: 'q1 | what a depot sent between two moments | 6,250 | 100',
    why: 'the range first and the equality after it: the rows of a depot are spread over the range',
    edits: instead('q1', 'CREATE INDEX ON parcels (created_at, from_depot);'),
  },
  {
    id: 'W3',
    check: 'C2',
    rule: 'q2 | parcels to an e-mail address, however it is spelled | 6,250 | 75',
    why: 'the column is indexed, and the query compares lower(…) of it',
    edits: instead('q2', 'CREATE INDEX ON parcels (recipient_email);'),
  },
  {
    id: 'W4',
    check: 'C2',
    rule: 'q3 | codes that begin with a prefix | 6,250 | 150',
    why: 'an index in the order of a language cannot find what begins with a prefix',
    edits: instead('q3', 'CREATE INDEX ON parcels (code);'),
  },
  {
    id: 'W5',
    check: 'C1',
    rule: 'the same rows, whatever is in the tables,',
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
    rule: 'touches at most 3.25 times the blocks that it touched without your indexes',
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
    rule: 'At most 6 new indexes.',
    why: 'two indexes that no query needs',
    edits: besides('CREATE INDEX ON parcels (status);\nCREATE INDEX ON parcels (price_cents);'),
  },
  {
    id: 'W8',
    check: 'C3',
    rule: 'At most 48 MiB together',
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
    rule: 'There are no new views, materialized views, sequences, functions, triggers, rules, policies or extensions.',
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
    rule: 'Those of the tables, the database and your role stay as they are.',
    why: 'switches sequential scans off for everybody',
    edits: besides(`DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database());
END $$;`),
  },
  {
    id: 'W11',
    check: 'C5',
    rule: 'No table is written anew: no `CLUSTER`, no `VACUUM FULL`.',
    why: 'writes the table anew in the order of the index, which locks everybody out meanwhile',
    edits: besides('CLUSTER scans USING scans_by_depot;'),
  },
  {
    id: 'W12',
    check: 'C5',
    rule: 'None is new, gone or changed, nor is a type, a default, or a setting of one.',
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
    rule: 'None is added, changed or deleted.',
    why: 'cleans up what nobody asks for',
    edits: besides("DELETE FROM parcels WHERE status = 'lost';"),
  },
  {
    id: 'W14',
    check: 'C1',
    rule: 'the same rows, whatever is in the tables,',
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
    rule: 'the same rows, whatever is in the tables,',
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
    rule: 'the same rows, whatever is in the tables,',
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
    rule: 'the same rows, whatever is in the tables,',
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
    rule: 'and in the same order.',
    why: 'leaves out the second column of the order, and scans of one moment come in any',
    edits: [{ file: 'q5.sql', old: 'at DESC, id DESC', new: 'at DESC, id' }],
  },
  {
    id: 'W19',
    check: 'C2',
    rule: 'q4 | parcels under way (2 of 100), depot by depot | 6,250 | 60',
    why: 'finds the parcels under way, and then fetches each from the table',
    edits: instead('q4', 'CREATE INDEX ON parcels (status);'),
  },
  {
    id: 'W20',
    check: 'C2',
    rule: 'depots that were as busy as the other 79 until 2025-08-11 and are quiet since',
    why: 'a partial index for the one depot of the example',
    edits: instead('q5', 'CREATE INDEX ON scans (at DESC, id DESC) WHERE depot_id = 21;'),
  },
  {
    id: 'W21',
    check: 'C2',
    rule: 'q1 | what a depot sent between two moments | 6,250 | 100',
    why: 'compares a cast of the column, which no index on the column helps',
    edits: [
      { file: 'q1.sql', old: "created_at >= :'since'", new: "created_at::timestamp >= :'since'" },
      { file: 'q1.sql', old: "created_at < :'until'", new: "created_at::timestamp < :'until'" },
    ],
  },
  {
    id: 'W22',
    check: 'C5',
    rule: 'There are no new views, materialized views, sequences, functions, triggers, rules, policies or extensions.',
    why: 'a trigger that takes new scans away makes inserts cheap',
    edits:
      besides(`CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER skip BEFORE INSERT ON scans FOR EACH ROW EXECUTE FUNCTION skip();`),
  },
  {
    id: 'W23',
    check: 'C5',
    rule: 'None is new, gone or changed, nor is a type, a default, or a setting of one.',
    why: 'has more statistics collected for a column, which is a setting of the table',
    edits: besides('ALTER TABLE scans ALTER COLUMN depot_id SET STATISTICS 1000;'),
  },
  {
    id: 'W24',
    check: 'C5',
    rule: 'None is new, gone or changed, nor is a type, a default, or a setting of one.',
    why: 'makes an index the replica identity of its table',
    edits: besides('ALTER TABLE scans REPLICA IDENTITY FULL;'),
  },
  {
    id: 'W25',
    check: 'C2',
    rule: "q5 | a page of a depot's scans, the newest first | 4,879 | 100",
    why: 'an index on the moment alone: the scans of a quiet depot are far back',
    edits: instead('q5', 'CREATE INDEX ON scans (at DESC, id DESC);'),
  },
  {
    id: 'W26',
    check: 'C2',
    rule: 'an address that about eight parcels go to, in upper or lower case',
    why: 'a partial index for the one address of the example',
    edits: instead(
      'q2',
      "CREATE INDEX ON parcels (lower(recipient_email)) WHERE lower(recipient_email) = 'nils.berg7@example.test';",
    ),
  },
  {
    id: 'W27',
    check: 'C2',
    rule: 'a prefix that about 25 codes begin with.',
    why: 'a partial index for the one prefix of the example',
    edits: instead('q3', "CREATE INDEX ON parcels (code) WHERE code LIKE 'PP7A3%';"),
  },
  {
    id: 'W28',
    check: 'C1',
    rule: 'the same columns as the query had when it was given,',
    why: 'gives a column more, so that the page need not ask again',
    edits: [
      {
        file: 'q3.sql',
        old: 'SELECT id, code, status',
        new: 'SELECT id, code, status, created_at',
      },
    ],
  },
  {
    id: 'W29',
    check: 'C1',
    rule: 'A file holds one `SELECT`, which may begin with `WITH`.',
    why: 'sets the planner right before it asks',
    edits: [
      {
        file: 'q4.sql',
        old: 'SELECT from_depot',
        new: 'SET enable_seqscan = off;\nSELECT from_depot',
      },
    ],
  },
  {
    id: 'W30',
    check: 'C1',
    rule: 'Queries run as a role that may only read.',
    why: 'locks the rows of the page until somebody has read them',
    edits: [{ file: 'q5.sql', old: 'LIMIT 25;', new: 'LIMIT 25 FOR SHARE;' }],
  },
  {
    id: 'W31',
    check: 'C4',
    rule: 'touches at most 3.25 times the blocks that it touched without your indexes',
    why: 'one more index on scans, as an afterthought',
    edits: besides('CREATE INDEX ON scans (parcel_id);'),
  },
  {
    id: 'W32',
    check: 'C5',
    rule: 'Primary keys stay, and there are no new constraints',
    why: 'says with a constraint what it knows of codes',
    edits: besides('ALTER TABLE parcels ADD CONSTRAINT parcels_code_key UNIQUE (code);'),
  },
  {
    id: 'W33',
    check: 'C5',
    rule: 'Primary keys stay, and there are no new constraints',
    why: 'saves the index of a key that no query uses',
    edits: besides('ALTER TABLE scans DROP CONSTRAINT scans_pkey;'),
  },
  {
    id: 'W34',
    check: 'C5',
    rule: 'Those of the tables, the database and your role stay as they are.',
    why: 'lets everybody read, for the sake of the dashboards',
    edits: besides('GRANT SELECT ON parcels, scans TO PUBLIC;'),
  },
  {
    id: 'W35',
    check: 'C5',
    rule: 'No table is written anew: no `CLUSTER`, no `VACUUM FULL`.',
    why: 'packs the table after the load, which writes it anew',
    edits: besides('VACUUM FULL scans;'),
  },
  {
    id: 'W36',
    check: 'C5',
    rule: 'None is new, gone or changed, nor is a type, a default, or a setting of one.',
    why: 'keeps the address in lower case in a column of its own',
    edits: besides(
      'ALTER TABLE parcels ADD COLUMN email_lower text GENERATED ALWAYS AS (lower(recipient_email)) STORED;',
    ),
  },
  {
    id: 'W37',
    check: 'C5',
    rule: 'None is added, changed or deleted.',
    why: 'stores every address in lower case, and loses how the sender spelled it',
    edits: besides('UPDATE parcels SET recipient_email = lower(recipient_email);'),
  },
  {
    id: 'W38',
    check: 'C1',
    rule: 'the same rows, whatever is in the tables,',
    why: 'the end of the range of prefixes is guessed by ASCII, and the column sorts by the rules of a language',
    edits: [
      {
        file: 'q3.sql',
        old: "code LIKE :'prefix' || '%'",
        new: "code >= :'prefix' AND code < :'prefix' || '~'",
      },
    ],
  },
]
