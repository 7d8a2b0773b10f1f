import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

const FIRST_SIGTERM = '  void shutDown()\n'
const SECOND_SIGTERM = '  if (isStopping) process.exit(1)\n'
const DRAINED = '  await pause(DRAIN_MS)\n'
const CLOSE = '  const closed = new Promise((resolve) => server.close(resolve))\n'
const CLOSE_IDLE = '  for (const socket of idle) socket.destroy()\n'
const ALL_CLOSED = '  await closed\n'
const ALL_DONE = `  // Of those whose clients have hung up.
  await Promise.allSettled(jobs)
`
const END_POOL = '  await pool.end()\n'
const END = '  process.exit(0)\n'
const GRACE = `  setTimeout(() => {
    console.error(\`still at work \${GRACE_MS} ms after SIGTERM: cut\`)
    process.exit(1)
  }, GRACE_MS)
`
const DRAIN_MS = 'const DRAIN_MS = Number(process.env.DRAIN_MS ?? 5000)'
const GRACE_MS = 'const GRACE_MS = Number(process.env.GRACE_MS ?? 20_000)'
const LISTEN = 'server.listen('
const NET = "import type { Socket } from 'node:net'"
const NEW_IDLE = '  idle.add(socket)\n  socket.once('
const AFTER_ANSWER = `    if (isClosed) socket.destroySoon()
    else if (!socket.destroyed) idle.add(socket)
`
const BUG = "  console.error('nobody catches this:', error)\n  process.exit(1)\n"
const LIVEZ = '  .get((_request, response) => {\n'
const SHUTTING_DOWN = "    if (isStopping) throw new HttpError(503, 'shutting down')\n"
const LOOK_READY =
  "    if (!(await isReady())) throw new HttpError(503, 'the database does not answer')\n"
const LOOK_AGAIN = `    // A SIGTERM may have come while the database was asked.
${SHUTTING_DOWN}`
const POOL_ERRORS =
  "pool.on('error', (error) => console.error('a connection broke:', error.message))\n"
const FORGET_TABLE = '      table = undefined\n      throw error\n'
const LOOK = `    await prepared()
    await pool.query('SELECT 1')
`
const LOOK_HEAD = 'async function look(): Promise<boolean> {\n  try {\n'
const LOOK_FAILED =
  "    console.error('PostgreSQL does not answer:', (error as Error).message)\n"
const ONE_LOOK = `  looking ??= look().finally(() => {
    looking = undefined
  })
`
const RACE = '  return Promise.race([looking, pause(CHECK_MS, false, { ref: false })])\n'
const CONNECTION_LIMIT = '  connectionTimeoutMillis: 2000,\n'
const QUERY_LIMIT = `  // A connection that says nothing for so long is given up, and another takes its place.
  query_timeout: 3000,
`
const WORK_HEAD = 'async function work(ms: number): P'
const TAKES_TIME = '  await pause(ms)\n  try {\n'
const INSERT = `    const { rows } = await pool.query('INSERT INTO jobs (ms) VALUES ($1) RETURNING id, ms', [ms])
    return rows[0]
`
const PREPARED_INSERT = `    await prepared()\n${INSERT}`
const UNWRITTEN = "    throw new HttpError(503, 'the job could not be written down')\n"
const READ_MS = '    const { ms } = request.query\n'
const CHECK_MS = "    if (typeof ms !== 'string' || !/^[0-9]{1,5}$/.test(ms) || Number(ms) > MOST_MS) {\n"
const DO_JOB = '    const row = await finishing(work(Number(ms)))\n'
const ANSWER_JOB = '    response.status(201).json(row)\n'
const NOTHING_HERE = `app.use((_request, response) => {
  response.status(404).json({ error: 'there is nothing here' })
})
`
const OTHER_METHOD = `${ANSWER_JOB}  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'POST').json({ error: 'this path takes POST' })
`
const PG = "import { Pool } from 'pg'"

const ALIVE =
  '`/livez` answers `200` as long as the process can answer at all, whatever PostgreSQL does.'
const READY =
  '`/readyz` answers `200` where PostgreSQL answers and no SIGTERM has come, and `503` where not.'
const SILENT = 'It waits for PostgreSQL 1 second at most, and then says `503`.'
const AGAIN = "Within 5 seconds of PostgreSQL's return it says `200` again."
const LATE =
  'Started without PostgreSQL, the server listens and answers all the same, and becomes ready later.'
const TABLE = 'Where `/readyz` says `200`, jobs work: the table is there.'
const FEW = 'The server has 10 connections to PostgreSQL at most.'
const NONE_EACH = 'A call of `/readyz` opens no connection of its own.'
const ROW =
  '`POST /work` takes `ms` milliseconds, then writes one row with an `INSERT`, and then answers `201` with `id` and `ms` of that row.'
const MS = '`ms` is a whole number from 0 to 60000, in digits.'
const BESIDE = 'Jobs run side by side.'
const WRITTEN = 'Where the row cannot be written, the answer is `503`.'
const HUNG_UP = 'A job is finished even if its client hangs up: its row is written.'
const AT_ONCE = '`/readyz` says `503`.'
const DRAIN = 'New connections are taken, and all else is answered as before: new jobs, too.'
const LISTENS = 'It listens no longer.'
const IDLE =
  'Idle connections are closed, also those on which no request ever came. Idle is a connection with no request under way.'
const FINISHED =
  'Jobs that are under way are finished: the row is written, and the client gets its `201`.'
const ZERO = 'Once nothing is under way, it ends with exit code 0, and waits for nothing else.'
const NOT_BEFORE = `not before \`DRAIN_MS\` is over | ${ZERO}`
const LEAVE =
  "Its sessions with PostgreSQL are closed in order (the protocol's `Terminate`; `end()` or `close()` of your driver), not dropped."
const CUT =
  'What is still under way is cut: no row and no `201`, and the exit code is not 0.'
const ENDED = 'It has ended, even if PostgreSQL says nothing.'
const SECOND =
  'It ends at once, whatever is under way; where a job is cut, the exit code is not 0.'
const PRINTED =
  'An error that nobody catches is printed, with its message, to stdout or stderr.'
const OVER = 'It ends the process within 5 seconds, with an exit code that is not 0.'
const JSON_ERROR =
  'an object with a text in `error`, `message`, `title` or `detail`, and a JSON `Content-Type`. Every answer from 400 up is one, `HEAD` aside'

/** As Node closed servers for long: it waits for every connection, idle or not. */
const WAITS_FOR_ALL = [
  edit(NET, "import { Server as NetServer, type Socket } from 'node:net'"),
  edit(
    CLOSE,
    '  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))\n',
  ),
  edit(LISTEN, `server.keepAliveTimeout = 60_000\n${LISTEN}`),
]

export const mistakes: Mistake[] = [
  // ---------------------------------------------------------------- the syllabus' own
  {
    id: 'W1',
    check: 'C2',
    why: 'ends at once at a SIGTERM, whatever is under way',
    rule: FINISHED,
    edits: [edit(FIRST_SIGTERM, '  process.exit(0)\n')],
  },
  {
    id: 'W2',
    check: 'C3',
    why: 'waits for connections that are kept open and have nothing to do',
    rule: IDLE,
    edits: [edit(CLOSE_IDLE, ''), ...WAITS_FOR_ALL],
  },
  {
    id: 'W3',
    check: 'C1',
    why: 'asks the database whether the process is alive',
    rule: ALIVE,
    edits: [
      edit(LIVEZ, "  .get(async (_request, response) => {\n    await pool.query('SELECT 1')\n"),
    ],
  },
  {
    id: 'W4',
    check: 'C1',
    why: 'is ready as long as it lives',
    rule: READY,
    edits: [edit(LOOK_READY, '')],
  },
  {
    id: 'W5',
    check: 'C2',
    why: 'closes the pool first, and the jobs that are under way find no connection',
    rule: FINISHED,
    edits: [edit(END_POOL, ''), edit(DRAINED, `  await pool.end()\n${DRAINED}`)],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'ends where the database is late',
    rule: LATE,
    edits: [edit(LISTEN, `await prepared()\n\n${LISTEN}`)],
  },
  {
    id: 'W7',
    check: 'C8',
    why: 'goes on after an error that nobody caught',
    rule: OVER,
    edits: [edit(BUG, "  console.error('nobody catches this:', error)\n")],
  },

  // ---------------------------------------------------------------- alive and ready
  {
    id: 'W8',
    check: 'C1',
    why: 'looks at the database once, and believes that for ever',
    rule: READY,
    edits: [edit(ONE_LOOK, '  looking ??= look()\n')],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'never becomes ready again when the database was away once',
    rule: AGAIN,
    edits: [
      edit(
        LOOK_HEAD,
        'let wasAway = false\n\nasync function look(): Promise<boolean> {\n  if (wasAway) return false\n  try {\n',
      ),
      edit(LOOK_FAILED, `${LOOK_FAILED}    wasAway = true\n`),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'hears no errors of idle connections, and a cut ends the process',
    rule: ALIVE,
    edits: [edit(POOL_ERRORS, '')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'says 503 without JSON',
    rule: JSON_ERROR,
    edits: [
      edit(
        LOOK_READY,
        "    if (!(await isReady())) {\n      response.status(503).send('away')\n      return\n    }\n",
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'answers 500 where the row cannot be written',
    rule: WRITTEN,
    edits: [edit(UNWRITTEN, '    throw error\n')],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'answers 201 although the row was not written',
    rule: WRITTEN,
    edits: [edit(UNWRITTEN, '    return { id: 0, ms }\n')],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'connects once, and has no second connection when the first is gone',
    rule: AGAIN,
    edits: [
      edit(PG, "import { Client } from 'pg'"),
      edit('const pool = new Pool({', 'const pool = new Client({'),
      edit('  max: 10,\n', ''),
      edit(POOL_ERRORS, `${POOL_ERRORS}pool.connect().catch((error) => console.error(error.message))\n`),
    ],
  },
  {
    id: 'W15',
    check: 'C11',
    why: 'has all the patience in the world with a database that says nothing',
    rule: SILENT,
    edits: [
      edit(RACE, '  return looking\n'),
      edit(CONNECTION_LIMIT, ''),
      edit(QUERY_LIMIT, ''),
    ],
  },
  {
    id: 'W16',
    check: 'C11',
    why: 'asks the database whether it lives, with a limit, and is dead beside a silent one',
    rule: ALIVE,
    edits: [
      edit(
        LIVEZ,
        "  .get(async (_request, response) => {\n    if (!isStopping && !(await isReady())) throw new HttpError(500, 'dead')\n",
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C10',
    why: 'opens a connection for each call of /readyz',
    rule: NONE_EACH,
    edits: [
      edit(PG, "import { Client, Pool } from 'pg'"),
      edit(
        LOOK,
        `    await prepared()
    const client = new Client({ connectionString: process.env.DATABASE_URL })
    await client.connect()
    await client.query('SELECT 1')
    await client.end()
`,
      ),
      edit(ONE_LOOK, '  looking = look()\n'),
    ],
  },
  {
    id: 'W18',
    check: 'C10',
    why: 'makes a pool for each look at the database',
    rule: NONE_EACH,
    edits: [
      edit(
        LOOK,
        `    await prepared()
    const own = new Pool({ connectionString: process.env.DATABASE_URL })
    await own.query('SELECT 1')
    await own.end()
`,
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C10',
    why: 'has a pool of 50 connections',
    rule: FEW,
    edits: [edit('  max: 10,\n', '  max: 50,\n')],
  },
  {
    id: 'W20',
    check: 'C10',
    why: 'opens a connection for each job',
    rule: FEW,
    edits: [
      edit(PG, "import { Client, Pool } from 'pg'"),
      edit(
        INSERT,
        `    const client = new Client({ connectionString: process.env.DATABASE_URL })
    await client.connect()
    const { rows } = await client.query('INSERT INTO jobs (ms) VALUES ($1) RETURNING id, ms', [ms])
    await client.end()
    return rows[0]
`,
      ),
    ],
  },

  // ---------------------------------------------------------------- a late database
  {
    id: 'W21',
    check: 'C6',
    why: 'tries to make its table once, and remembers that it failed',
    rule: LATE,
    edits: [edit(FORGET_TABLE, '      throw error\n')],
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'listens only when the database has answered',
    rule: LATE,
    edits: [edit(LISTEN, `while (!(await look())) await pause(200)\n\n${LISTEN}`)],
  },
  {
    id: 'W23',
    check: 'C6',
    why: 'makes the table at the start alone, and is ready without it',
    rule: TABLE,
    edits: [
      edit(LOOK, "    await pool.query('SELECT 1')\n"),
      edit(PREPARED_INSERT, INSERT),
      edit(LISTEN, `prepared().catch(() => {})\n\n${LISTEN}`),
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    why: 'makes its table without looking whether it is there, and is never ready a second time',
    rule: READY,
    edits: [edit('CREATE TABLE IF NOT EXISTS jobs', 'CREATE TABLE jobs')],
  },

  // ---------------------------------------------------------------- jobs
  {
    id: 'W25',
    check: 'C9',
    why: 'writes the row when the job begins',
    rule: ROW,
    edits: [
      edit(TAKES_TIME, '  try {\n'),
      edit(INSERT, INSERT.replace('    return', '    await pause(ms)\n    return')),
    ],
  },
  {
    id: 'W26',
    check: 'C9',
    why: 'answers at once, and does the job later',
    rule: ROW,
    edits: [
      edit(DO_JOB, '    finishing(work(Number(ms))).catch(() => {})\n    const row = { id: 1, ms: Number(ms) }\n'),
    ],
  },
  {
    id: 'W27',
    check: 'C9',
    why: 'answers without waiting for the INSERT',
    rule: ROW,
    edits: [
      edit(
        INSERT,
        `    const { rows } = await pool.query("SELECT nextval(pg_get_serial_sequence('jobs', 'id'))::int AS id")
    const { id } = rows[0]
    void pool.query('INSERT INTO jobs (id, ms) OVERRIDING SYSTEM VALUE VALUES ($1, $2)', [id, ms])
    return { id, ms }
`,
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C9',
    why: 'takes no time',
    rule: ROW,
    edits: [edit(TAKES_TIME, '  try {\n')],
  },
  {
    id: 'W29',
    check: 'C9',
    why: 'answers 200',
    rule: ROW,
    edits: [edit(ANSWER_JOB, '    response.json(row)\n')],
  },
  {
    id: 'W30',
    check: 'C9',
    why: 'does one job after the other',
    rule: BESIDE,
    edits: [
      edit('const app = express()\n', 'let queue: Promise<unknown> = Promise.resolve()\nconst app = express()\n'),
      edit(
        DO_JOB,
        `    const turn = queue.then(() => work(Number(ms)))
    queue = turn.catch(() => {})
    const row = await finishing(turn)
`,
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C9',
    why: 'takes whatever reads like a number',
    rule: MS,
    edits: [edit(CHECK_MS, '    if (!(Number(ms) >= 0 && Number(ms) <= MOST_MS)) {\n')],
  },
  {
    id: 'W32',
    check: 'C9',
    why: 'takes what begins with a number',
    rule: MS,
    edits: [
      edit(
        CHECK_MS,
        "    if (typeof ms !== 'string' || !/^[0-9]{1,5}/.test(ms) || Number.parseInt(ms, 10) > MOST_MS) {\n",
      ),
      edit(DO_JOB, DO_JOB.replace('Number(ms)', 'Number.parseInt(ms, 10)')),
    ],
  },
  {
    id: 'W33',
    check: 'C9',
    why: 'takes more than a minute',
    rule: MS,
    edits: [edit('const MOST_MS = 60_000', 'const MOST_MS = 99_999')],
  },
  {
    id: 'W34',
    check: 'C9',
    why: 'refuses a job of just a minute',
    rule: MS,
    edits: [edit(CHECK_MS, CHECK_MS.replace('> MOST_MS', '>= MOST_MS'))],
  },
  {
    id: 'W35',
    check: 'C9',
    why: 'takes a missing ms for 0',
    rule: MS,
    edits: [edit(READ_MS, "    const { ms = '0' } = request.query\n")],
  },
  {
    id: 'W36',
    check: 'C9',
    why: 'leaves unknown paths to the framework, which answers HTML',
    rule: JSON_ERROR,
    edits: [edit(NOTHING_HERE, '')],
  },
  {
    id: 'W37',
    check: 'C9',
    why: 'does not say which methods a path takes',
    rule: 'a path that the README names, with another method | `405` and `Allow`',
    edits: [edit(OTHER_METHOD, OTHER_METHOD.replace(".set('Allow', 'POST')", ''))],
  },
  {
    id: 'W38',
    check: 'C12',
    why: 'stops a job whose client has hung up',
    rule: HUNG_UP,
    edits: [
      edit(WORK_HEAD, 'async function work(ms: number, signal: AbortSignal): P'),
      edit(TAKES_TIME, '  await pause(ms, undefined, { signal })\n  try {\n'),
      edit(
        DO_JOB,
        `    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const row = await finishing(work(Number(ms), gone.signal))
`,
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C12',
    why: 'counts connections in place of jobs, and ends before one whose client has hung up is done',
    rule: HUNG_UP,
    edits: [edit(ALL_DONE, '')],
  },

  // ---------------------------------------------------------------- after a SIGTERM
  {
    id: 'W40',
    check: 'C4',
    why: 'says that it is ready until it is gone',
    rule: AT_ONCE,
    edits: [edit(`${SHUTTING_DOWN}${LOOK_READY}`, LOOK_READY), edit(LOOK_AGAIN, '')],
  },
  {
    id: 'W41',
    check: 'C4',
    why: 'listens no longer from the SIGTERM on',
    rule: DRAIN,
    edits: [edit(DRAINED, '')],
  },
  {
    id: 'W42',
    check: 'C4',
    why: 'takes no new jobs from the SIGTERM on',
    rule: DRAIN,
    edits: [edit(READ_MS, `${SHUTTING_DOWN}${READ_MS}`)],
  },
  {
    id: 'W43',
    check: 'C4',
    why: 'says that it is dead while it shuts down, and is killed for that',
    rule: ALIVE,
    edits: [edit(LIVEZ, `${LIVEZ}${SHUTTING_DOWN}`)],
  },
  {
    id: 'W44',
    check: 'C4',
    why: 'listens until the last job is done',
    rule: LISTENS,
    edits: [edit(CLOSE, `  await Promise.allSettled(jobs)\n${CLOSE}`)],
  },
  {
    id: 'W45',
    check: 'C4',
    why: 'drains for a second, whatever DRAIN_MS says',
    rule: DRAIN,
    edits: [edit(DRAIN_MS, 'const DRAIN_MS = 1000')],
  },
  {
    id: 'W46',
    check: 'C4',
    why: 'drains for half a minute, whatever DRAIN_MS says',
    rule: LISTENS,
    edits: [edit(DRAIN_MS, 'const DRAIN_MS = 30_000')],
  },
  {
    id: 'W47',
    check: 'C3',
    why: 'closes idle connections when the last job is done, and not before',
    rule: IDLE,
    edits: [
      edit(CLOSE_IDLE, ''),
      ...WAITS_FOR_ALL,
      edit(ALL_CLOSED, `  await Promise.allSettled(jobs)\n${CLOSE_IDLE}${ALL_CLOSED}`),
    ],
  },
  {
    id: 'W48',
    check: 'C3',
    why: 'leaves a connection open whose last job ends after the drain',
    rule: IDLE,
    edits: [
      edit(AFTER_ANSWER, '    if (!socket.destroyed) idle.add(socket)\n'),
      ...WAITS_FOR_ALL,
    ],
  },
  {
    id: 'W49',
    check: 'C12',
    why: 'does not know of connections on which no request ever came, and waits for them',
    rule: IDLE,
    edits: [edit(NEW_IDLE, '  socket.once('), ...WAITS_FOR_ALL],
  },
  {
    id: 'W50',
    check: 'C2',
    why: 'ends when DRAIN_MS is over, whatever is under way',
    rule: FINISHED,
    edits: [edit(ALL_CLOSED, ''), edit(ALL_DONE, '')],
  },
  {
    id: 'W51',
    check: 'C2',
    why: 'finishes the jobs, and hangs up on who waits for them',
    rule: FINISHED,
    edits: [edit(ALL_CLOSED, `  server.closeAllConnections()\n${ALL_CLOSED}`)],
  },
  {
    id: 'W52',
    check: 'C2',
    why: 'ends with 1 although all went well',
    rule: ZERO,
    edits: [edit(END, '  process.exit(1)\n')],
  },
  {
    id: 'W53',
    check: 'C3',
    why: 'ends before DRAIN_MS is over, for there is nothing to do',
    rule: NOT_BEFORE,
    edits: [
      edit(DRAINED, '  await Promise.race([pause(DRAIN_MS), Promise.allSettled(jobs)])\n'),
    ],
  },
  {
    id: 'W54',
    check: 'C3',
    why: 'is kept alive by its own timer for GRACE_MS when all is done',
    rule: ZERO,
    edits: [edit(END, '')],
  },
  {
    id: 'W55',
    check: 'C7',
    why: 'leaves its sessions to the operating system',
    rule: LEAVE,
    edits: [edit(END_POOL, '')],
  },
  {
    id: 'W56',
    check: 'C7',
    why: 'tells the pool to end, and is gone before the jobs have given their connections back',
    rule: LEAVE,
    edits: [
      edit(END_POOL, '  for (let number = 0; number < 3; number++) await pool.connect()\n  void pool.end()\n'),
    ],
  },
  {
    id: 'W57',
    check: 'C5',
    why: 'waits for what is stuck, however long it takes',
    rule: CUT,
    edits: [edit(GRACE, '')],
  },
  {
    id: 'W58',
    check: 'C5',
    why: 'ends with 0 although it has cut a job',
    rule: CUT,
    edits: [edit(GRACE, GRACE.replace('exit(1)', 'exit(0)'))],
  },
  {
    id: 'W59',
    check: 'C5',
    why: 'counts GRACE_MS from the end of the drain',
    rule: CUT,
    edits: [edit(GRACE, GRACE.replace('}, GRACE_MS)', '}, DRAIN_MS + GRACE_MS)'))],
  },
  {
    id: 'W60',
    check: 'C5',
    why: 'cuts after two seconds, whatever GRACE_MS says',
    rule: CUT,
    edits: [edit(GRACE_MS, 'const GRACE_MS = 2000')],
  },
  {
    id: 'W61',
    check: 'C5',
    why: 'takes no notice of a second SIGTERM',
    rule: SECOND,
    edits: [edit(SECOND_SIGTERM, '  if (isStopping) return\n')],
  },
  {
    id: 'W62',
    check: 'C5',
    why: 'ends with 0 at a second SIGTERM, although it has cut a job',
    rule: SECOND,
    edits: [edit(SECOND_SIGTERM, '  if (isStopping) process.exit(0)\n')],
  },
  {
    id: 'W63',
    check: 'C11',
    why: 'stops the clock before it closes its sessions, and waits for a database that says nothing',
    rule: ENDED,
    edits: [
      edit(QUERY_LIMIT, ''),
      edit(GRACE, GRACE.replace('  setTimeout(', '  const grace = setTimeout(')),
      edit(END_POOL, `  clearTimeout(grace)\n${END_POOL}`),
    ],
  },

  // ---------------------------------------------------------------- a bug
  {
    id: 'W64',
    check: 'C8',
    why: 'ends with 0 after an error that nobody caught',
    rule: OVER,
    edits: [edit(BUG, BUG.replace('exit(1)', 'exit(0)'))],
  },
  {
    id: 'W65',
    check: 'C8',
    why: 'ends without a word',
    rule: PRINTED,
    edits: [edit(BUG, '  process.exit(1)\n')],
  },
  {
    id: 'W66',
    check: 'C8',
    why: 'says that there was an error, and not which',
    rule: PRINTED,
    edits: [edit(BUG, BUG.replace(', error)', ', error.name)'))],
  },
  {
    id: 'W67',
    check: 'C8',
    why: 'swallows what is rejected and not waited for',
    rule: OVER,
    edits: [
      edit(
        BUG,
        `${BUG}})

process.on('unhandledRejection', (error) => {
  console.error('nobody waits for this:', error)
`,
      ),
    ],
  },
  {
    id: 'W68',
    check: 'C8',
    why: 'shuts down after an error as after a SIGTERM, for minutes, and ends with 0',
    rule: OVER,
    edits: [
      edit(BUG, "  console.error('nobody catches this:', error)\n  void shutDown()\n"),
    ],
  },
]
