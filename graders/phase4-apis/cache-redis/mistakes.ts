// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

/** Takes whatever is JSON for an entry. */
const noShape = edit(
  'return this.#entry.parse(JSON.parse(text))',
  'return JSON.parse(text) as { value: T | null }',
)

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'caches in a Map of its own process: the other copy does not hear of writes',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        'async function forget(keys: string[]): Promise<void> {\n',
        `const memory = new Map<string, { value: unknown; until: number }>()
async function forget(keys: string[]): Promise<void> {
  for (const key of keys) memory.delete(key)
`,
      ),
      edit(
        '    if (owed.has(keys[0])) return this.#load(id)\n',
        `    const known = memory.get(keys[0])
    if (known && known.until > Date.now()) return known.value as T | null
    const loaded = await this.#load(id)
    const seconds = loaded === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS
    memory.set(keys[0], { value: loaded, until: Date.now() + seconds * 1_000 })
    if (memory) return loaded
`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C6',
    why: 'stores entries without an expiry',
    rule: 'Every key, also of locks and other helpers, has an expiry of at most 24 hours from the moment it is there.',
    edits: [
      edit(
        "redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])",
        "redis.call('SET', KEYS[1], ARGV[2])",
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C9',
    why: 'forgets the entries before the row is changed: a reader puts the old one back',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        '  const { rows } = await pool.query<Parcel & { owner_id: number }>(\n',
        `  const code = request.params.code
  const before = await pool.query('select owner_id from parcels where code = $1', [code])
  if (before.rows[0]) {
    await forget([...tracks.keys(code), ...lists.keys(before.rows[0].owner_id)])
  }
  const { rows } = await pool.query<Parcel & { owner_id: number }>(
`,
      ),
      edit('  await forget([...tracks.keys(parcel.code), ...lists.keys(ownerId)])\n', ''),
    ],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'every reader that misses asks Postgres',
    rule: '50 reads of one cold code, known or not, sent to both copies together while each statement takes 150 ms: at most 4 statements in all.',
    edits: [
      edit('let flight = this.#flights.get(name)\n', 'let flight: Promise<T | null> | undefined\n'),
    ],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'an error of Redis becomes an error of the site',
    rule: 'down | Every answer, to reads and writes, is right and comes within **1.5 s**.',
    edits: [edit('const reply = await look.catch(() => undefined)', 'const reply = await look')],
  },
  {
    id: 'W6',
    check: 'C4',
    why: 'remembers an unknown code as long as a known one',
    rule: 'A `404` is cached, too: for at least 2 s and at most 5 s (+ 1 s).',
    edits: [
      edit(
        'const UNKNOWN_TTL_SECONDS = Math.min(5, TTL_SECONDS)',
        'const UNKNOWN_TTL_SECONDS = TTL_SECONDS',
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C7',
    why: 'deletes by pattern: a write to PEL-7 forgets PEL-77, too',
    rule: 'A write to one parcel, done or refused, leaves the entries of other codes alone.',
    edits: [
      edit(
        'async function forget(keys: string[]): Promise<void> {\n  try {\n    await redis.del(...keys)\n',
        `async function forget(keys: string[]): Promise<void> {
  try {
    for (const key of keys) {
      const found = await redis.keys(\`\${key}*\`)
      if (found.length > 0) await redis.del(...found)
    }
`,
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C5',
    why: 'JSON.parse throws on what is not JSON, and nobody catches it',
    rule: 'A value that is not JSON is a miss: each read still gives the right status and body.',
    edits: [
      edit(
        `    try {
      return this.#entry.parse(JSON.parse(text))
    } catch {
      return undefined
    }`,
        '    return this.#entry.parse(JSON.parse(text))',
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'each hit renews the expiry: an entry that is read all the time lives for ever',
    rule: 'An answer is never older than `CACHE_TTL_SECONDS` (+ 1 s), however often it is read.',
    edits: [
      edit(
        '      if (hit) return hit.value\n      await forget(keys)\n',
        `      if (hit) {
        await redis.expire(keys[0], TTL_SECONDS).catch(() => {})
        return hit.value
      }
      await forget(keys)
`,
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'does not read CACHE_TTL_SECONDS',
    rule: 'An answer is never older than `CACHE_TTL_SECONDS` (+ 1 s), however often it is read.',
    edits: [
      edit(
        'const TTL_SECONDS = Number(process.env.CACHE_TTL_SECONDS ?? 60)',
        'const TTL_SECONDS = 60',
      ),
    ],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'asks Postgres whether it is there before each answer',
    rule: 'Postgres is asked for answers alone: no `select 1`, no regular ping.',
    edits: [
      edit(
        '  const code = Code.safeParse(request.params.code)\n',
        "  await pool.query('select 1').catch(() => {})\n  const code = Code.safeParse(request.params.code)\n",
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'a PATCH forgets the tracking entry, but not the list',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        'await forget([...tracks.keys(parcel.code), ...lists.keys(ownerId)])',
        'await forget(tracks.keys(parcel.code))',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C2',
    why: 'a PATCH forgets the list of the user who sent it, not of the owner',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        'await forget([...tracks.keys(parcel.code), ...lists.keys(ownerId)])',
        'await forget([...tracks.keys(parcel.code), ...lists.keys(response.locals.userId)])',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C4',
    why: 'a POST does not end that its code was unknown',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        'await forget([...tracks.keys(code), ...lists.keys(userId)])',
        'await forget(lists.keys(userId))',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C4',
    why: 'does not cache that a code is unknown',
    rule: 'A `404` is cached, too: for at least 2 s and at most 5 s (+ 1 s).',
    edits: [
      edit(
        '    const ttl = value === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS\n',
        '    if (value === null) return null\n    const ttl = TTL_SECONDS\n',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C5',
    why: 'leaves the client as it comes: commands queue and are tried again while Redis is down',
    rule: 'down | Every answer, to reads and writes, is right and comes within **1.5 s**.',
    edits: [
      edit(
        `  commandTimeout: 800, // a cache that is slower than the database is none
  connectTimeout: 1_000,
  socketTimeout: 3_000, // a connection that fell silent is replaced
  enableOfflineQueue: false, // not connected: fail at once instead of queueing
  maxRetriesPerRequest: 0, // never send a command again later: it may be out of date by then
  retryStrategy: () => 500,
`,
        '',
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C6',
    why: 'takes a lock that never expires',
    rule: 'Every key, also of locks and other helpers, has an expiry of at most 24 hours from the moment it is there.',
    edits: [edit("ARGV[1], 'NX', 'PX', ARGV[2])", "ARGV[1], 'NX')")],
  },
  {
    id: 'W18',
    check: 'C7',
    why: 'keeps the lists of all users under one key',
    rule: 'those the user owns, in any order',
    edits: [
      edit(
        '`pelican:${this.#prefix}:${id}`',
        "`pelican:${this.#prefix}:${typeof id === 'number' ? 'parcels' : id}`",
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C7',
    why: 'takes any text for a code, and the text alone for the key: me:1 is a user’s list',
    rule: '`code` | 4 to 32 characters of `A`–`Z`, `0`–`9` and `-`',
    edits: [
      edit(
        '`pelican:${this.#prefix}:${id}`',
        "`pelican:${typeof id === 'number' ? `me:${id}` : id}`",
      ),
      edit('Code.safeParse(request.params.code)', 'z.string().safeParse(request.params.code)'),
      noShape,
    ],
  },
  {
    id: 'W20',
    check: 'C8',
    why: 'an error of Postgres counts as "there is none", and is stored',
    rule: 'While Postgres refuses connections, a cached code is still `200`, and what needs Postgres is `5xx` within 5 s.',
    edits: [
      edit(
        'const value = await this.#load(id)\n',
        'const value = await this.#load(id).catch(() => null)\n',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C8',
    why: 'nobody listens for errors of idle connections: the process ends when Postgres does',
    rule: 'At most 5 s after Postgres is back, reads are right again.',
    edits: [edit("pool.on('error', (error) => console.error('postgres:', error.message))\n", '')],
  },
  {
    id: 'W22',
    check: 'C9',
    why: 'stores what it read, whatever was written since',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [edit("  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end\n", '')],
  },
  {
    id: 'W23',
    check: 'C9',
    why: 'keeps what is under way by code: a reader after the write joins a load from before it',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [edit('const name = `${id} ${lease}`', 'const name = `${id}`')],
  },
  {
    id: 'W24',
    check: 'C9',
    why: 'puts the new value into the cache after the commit: two writes can overtake each other',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        'await forget([...tracks.keys(parcel.code), ...lists.keys(ownerId)])',
        `const [entry, lease] = tracks.keys(parcel.code)
  await forget([lease, ...lists.keys(ownerId)])
  await redis.set(entry, JSON.stringify({ value: parcel }), 'EX', TTL_SECONDS).catch(() => {})`,
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C10',
    why: 'waits for Redis as long as it takes',
    rule: 'slow or silent | Every answer is right and comes within **1.5 s** then, too.',
    edits: [
      edit(
        `  commandTimeout: 800, // a cache that is slower than the database is none
  connectTimeout: 1_000,
  socketTimeout: 3_000, // a connection that fell silent is replaced
`,
        '  connectTimeout: 1_000,\n',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C10',
    why: 'does not start without Redis',
    rule: 'A server starts without Redis, too.',
    edits: [
      edit(
        "await Promise.race([once(redis, 'ready').catch(() => {}), sleep(1_000)])",
        "await once(redis, 'ready')",
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C11',
    why: 'a write that Redis did not hear of is never made up for',
    rule: 'both copies show the writes of the outage and go on showing them, although the old entry lives on in Redis.',
    edits: [edit('    for (const key of keys) owed.set(key, until)\n', '')],
  },
  {
    id: 'W28',
    check: 'C12',
    why: 'takes any JSON in Redis for an entry',
    rule: 'So is JSON of another shape.',
    edits: [noShape],
  },
  {
    id: 'W29',
    check: 'C13',
    why: 'counts in Redis how often each code was asked for, for an hour, known or not',
    rule: 'Everything kept about a code that does not exist goes within 5 s (+ 1 s).',
    edits: [
      edit(
        '    const look = redis.eval(',
        `    const asked = \`pelican:asked:\${this.#prefix}:\${id}\`
    await redis.multi().incr(asked).expire(asked, 3_600).exec().catch(() => {})
    const look = redis.eval(`,
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C1',
    why: 'gives every answer the short life of an unknown code',
    rule: 'What either copy has loaded less than half of `CACHE_TTL_SECONDS` ago, both answer with **0 statements**.',
    edits: [
      edit(
        'const ttl = value === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS',
        'const ttl = UNKNOWN_TTL_SECONDS',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C11',
    why: 'gives up after three tries to make up for a write',
    rule: 'both copies show the writes of the outage and go on showing them, although the old entry lives on in Redis.',
    edits: [edit('Date.now() + TTL_SECONDS * 1_000 + LEASE_MS', 'Date.now() + 1_500')],
  },
  {
    id: 'W32',
    check: 'C11',
    why: 'never believes an entry again whose write it had to make up for',
    rule: 'They cache those codes again.',
    edits: [edit('    for (const key of keys) owed.delete(key)\n', '')],
  },
  {
    id: 'W33',
    check: 'C7',
    why: 'the pattern of a code has no end: letters of any sort may follow',
    rule: '`code` | 4 to 32 characters of `A`–`Z`, `0`–`9` and `-`',
    edits: [edit('/^[A-Z0-9-]{4,32}$/', '/^[A-Z0-9-]{4,32}/')],
  },
  {
    id: 'W34',
    check: 'C4',
    why: 'a 404 lives for 5 s, also where CACHE_TTL_SECONDS is less',
    rule: '… with less in `CACHE_TTL_SECONDS` | for that, at most (+ 1 s).',
    edits: [
      edit('const UNKNOWN_TTL_SECONDS = Math.min(5, TTL_SECONDS)', 'const UNKNOWN_TTL_SECONDS = 5'),
    ],
  },
  {
    id: 'W35',
    check: 'C1',
    why: 'keeps the connections to Postgres warm with a select every 5 s',
    rule: 'Postgres is asked for answers alone: no `select 1`, no regular ping.',
    edits: [
      edit(
        `pool.on('error', (error) => console.error('postgres:', error.message))
`,
        `pool.on('error', (error) => console.error('postgres:', error.message))
setInterval(() => void pool.query('select 1').catch(() => {}), 5_000).unref()
`,
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C2',
    why: 'counts the bytes of a destination',
    rule: '`destination` | a text of 1 to 80 characters',
    edits: [
      edit(
        'destination: z.string().min(1).max(80)',
        'destination: z.string().min(1).refine((text) => Buffer.byteLength(text) <= 80)',
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C6',
    why: 'sets the lease with SETNX, and its expiry with a second command',
    rule: 'Every key, also of locks and other helpers, has an expiry of at most 24 hours from the moment it is there.',
    edits: [
      edit(
        `  redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
`,
        `  redis.call('SETNX', KEYS[2], ARGV[1])
`,
      ),
      edit(
        `    const reply = await look.catch(() => undefined)
    if (!reply) return this.#load(id)
`,
        `    const reply = await look.catch(() => undefined)
    if (!reply) return this.#load(id)
    await redis.pexpire(keys[1], LEASE_MS).catch(() => {})
`,
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C2',
    why: 'asks for a token in GET /track, too',
    rule: '`GET /track/{code}`, open to all | `200` `{code, status, destination}`',
    edits: [edit("app.get('/track/:code', async", "app.get('/track/:code', signedIn, async")],
  },
  {
    id: 'W39',
    check: 'C2',
    why: 'a PATCH that changes no row is answered with 200',
    rule: '… with a code that no parcel has | `404`',
    edits: [
      edit(
        `  if (!rows[0]) {
    response.status(404).json({ error: 'no such parcel' })
    return
  }
  // The list`,
        `  if (!rows[0]) {
    response.json({})
    return
  }
  // The list`,
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C2',
    why: 'a POST overwrites the parcel that has the code',
    rule: '… with a code that is taken | `409`',
    edits: [
      edit(
        'on conflict (code) do nothing',
        'on conflict (code) do update set destination = excluded.destination',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C2',
    why: 'answers a POST with 200',
    rule: '`POST /parcels` `{code, destination}` | `201` and the parcel, with status `registered`, owned by the user',
    edits: [edit('response.status(201).json(rows[0])', 'response.json(rows[0])')],
  },
  {
    id: 'W42',
    check: 'C2',
    why: 'lets the owner alone change a parcel',
    rule: '`PATCH /parcels/{code}` `{status}` | `200` and the parcel; every user may `PATCH` every parcel',
    edits: [
      edit(
        `    \`update parcels set status = $2 where code = $1
`,
        `    \`update parcels set status = $2 where code = $1 and owner_id = $3
`,
      ),
      edit(
        '[request.params.code, status],',
        '[request.params.code, status, response.locals.userId],',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C7',
    why: 'finds "Bearer" anywhere in the header',
    rule: 'all but `GET /track/…`, without `Authorization: Bearer <token>` and a token of the table `users` | `401`',
    edits: [edit('/^Bearer (\\S+)$/i', '/Bearer (\\S+)$/i')],
  },
  {
    id: 'W44',
    check: 'C2',
    why: 'takes any text for a status',
    rule: '`status` | one of `registered`, `in_transit`, `out_for_delivery`, `delivered`',
    edits: [
      edit(
        "z.enum(['registered', 'in_transit', 'out_for_delivery', 'delivered'])",
        'z.string().min(1)',
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C6',
    why: 'names its leases without the prefix',
    rule: 'Every key begins with `pelican:`.',
    edits: [edit('`pelican:lease:${this.#prefix}:${id}`', '`lease:${this.#prefix}:${id}`')],
  },
  {
    id: 'W46',
    check: 'C13',
    why: 'stores how an answer came about beside each, 600 bytes of it',
    rule: 'It takes at most 512 bytes, as `MEMORY USAGE` counts all keys for it.',
    edits: [
      edit(
        'const entry = JSON.stringify({ value })',
        "const entry = JSON.stringify({ value, by: 'x'.repeat(600) })",
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C12',
    why: 'passes on what Redis says of a key of another type',
    rule: 'So is another Redis type.',
    edits: [
      edit(
        'const reply = await look.catch(() => undefined)',
        `const reply = await look.catch((error) => {
      if (/WRONGTYPE/.test(error.message)) throw error
      return undefined
    })`,
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C11',
    why: 'gives up connecting after a few tries',
    rule: 'At most **10 s** after Redis is back, a code read twice needs no statement the second time.',
    edits: [edit('retryStrategy: () => 500', 'retryStrategy: (times) => (times > 3 ? null : 500)')],
  },
  {
    id: 'W49',
    check: 'C4',
    why: 'remembers an unknown code for a second only',
    rule: 'A `404` is cached, too: for at least 2 s and at most 5 s (+ 1 s).',
    edits: [
      edit(
        'const UNKNOWN_TTL_SECONDS = Math.min(5, TTL_SECONDS)',
        'const UNKNOWN_TTL_SECONDS = Math.min(1, TTL_SECONDS)',
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C1',
    why: 'keeps entries for less than half of the TTL',
    rule: 'What either copy has loaded less than half of `CACHE_TTL_SECONDS` ago, both answer with **0 statements**.',
    edits: [
      edit(
        'const ttl = value === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS',
        'const ttl = value === null ? UNKNOWN_TTL_SECONDS : Math.ceil(TTL_SECONDS * 0.4)',
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'keeps entries for some seconds more than the TTL',
    rule: 'An answer is never older than `CACHE_TTL_SECONDS` (+ 1 s), however often it is read.',
    edits: [
      edit(
        'const ttl = value === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS',
        'const ttl = value === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS + 5',
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C7',
    why: 'a refused POST forgets everything',
    rule: 'A write to one parcel, done or refused, leaves the entries of other codes alone.',
    edits: [
      edit(
        `    response.status(409).json({ error: 'that code is taken' })
`,
        `    const all = await redis.keys('pelican:*').catch(() => [])
    if (all.length > 0) await forget(all)
    response.status(409).json({ error: 'that code is taken' })
`,
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C13',
    why: 'counts unknown codes in one hash, whose expiry each new one renews',
    rule: 'Everything kept about a code that does not exist goes within 5 s (+ 1 s).',
    edits: [
      edit(
        '    const ttl = value === null',
        `    if (value === null) {
      const vain = redis.multi().hincrby('pelican:vain', \`\${id}\`, 1).expire('pelican:vain', 5)
      await vain.exec().catch(() => {})
    }
    const ttl = value === null`,
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C7',
    why: 'compares tokens without regard to case',
    rule: 'all but `GET /track/…`, without `Authorization: Bearer <token>` and a token of the table `users` | `401`',
    edits: [
      edit(
        "'select id from users where token = $1'",
        "'select id from users where lower(token) = lower($1)'",
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C8',
    why: 'asks Postgres again for 20 s before it gives up',
    rule: 'While Postgres refuses connections, a cached code is still `200`, and what needs Postgres is `5xx` within 5 s.',
    edits: [
      edit(
        `async function loadParcel(code: string): Promise<Parcel | null> {
`,
        `async function loadParcel(code: string, tries = 80): Promise<Parcel | null> {
  try {
    await pool.query('select')
  } catch (error) {
    if (tries === 0) throw error
    await sleep(250)
    return loadParcel(code, tries - 1)
  }
`,
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C9',
    why: 'has the cache forget after a PATCH, but does not wait for it before it answers',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        'await forget([...tracks.keys(parcel.code), ...lists.keys(ownerId)])',
        'void forget([...tracks.keys(parcel.code), ...lists.keys(ownerId)])',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C2',
    why: 'stores entries as Latin-1 and reads them as UTF-8: a second read has other letters',
    rule: 'A text is kept as it came: blanks, accents, capitals.',
    edits: [
      edit(
        'const entry = JSON.stringify({ value })',
        "const entry = Buffer.from(JSON.stringify({ value }), 'latin1')",
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C2',
    why: 'a user without parcels gets 404 in place of an empty list',
    rule: 'those the user owns, in any order',
    edits: [
      edit(
        '  response.json({ parcels: (await lists.read(response.locals.userId)) ?? [] })\n',
        `  const parcels = await lists.read(response.locals.userId)
  if (!parcels?.length) {
    response.status(404).json({ error: 'no parcels' })
    return
  }
  response.json({ parcels })
`,
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C9',
    why: 'looks whether a code is taken, then inserts: of two POSTs at once one ends in 503',
    rule: '… with a code that is taken | `409`',
    edits: [
      edit(
        `  const { rows } = await pool.query<Parcel>(
    \`insert into parcels (code, owner_id, destination) values ($1, $2, $3)
     on conflict (code) do nothing
`,
        `  const taken = await pool.query('select from parcels where code = $1', [code])
  if (taken.rows[0]) {
    response.status(409).json({ error: 'that code is taken' })
    return
  }
  const { rows } = await pool.query<Parcel>(
    \`insert into parcels (code, owner_id, destination) values ($1, $2, $3)
`,
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C8',
    why: 'takes a token for unknown where Postgres cannot be asked',
    rule: 'While Postgres refuses connections, a cached code is still `200`, and what needs Postgres is `5xx` within 5 s.',
    edits: [
      edit(
        "? await pool.query<{ id: number }>('select id from users where token = $1', [token])",
        "? await pool.query<{ id: number }>('select id from users where token = $1', [token]).catch(() => ({ rows: [] }))",
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C13',
    why: 'a PATCH of a code that nothing has leaves a mark for a whole TTL',
    rule: 'Everything kept about a code that does not exist goes within 5 s (+ 1 s).',
    edits: [
      edit(
        '  const { status } = Change.parse(request.body)\n',
        `  const { status } = Change.parse(request.body)
  const mark = \`pelican:written:\${request.params.code}\`
  await redis.set(mark, randomUUID(), 'EX', TTL_SECONDS).catch(() => {})
`,
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C1',
    why: 'keeps lists for an hour, whatever CACHE_TTL_SECONDS says',
    rule: 'An answer is never older than `CACHE_TTL_SECONDS` (+ 1 s), however often it is read.',
    edits: [
      edit(
        'const ttl = value === null ? UNKNOWN_TTL_SECONDS : TTL_SECONDS',
        'const ttl = value === null ? UNKNOWN_TTL_SECONDS : Array.isArray(value) ? 3_600 : TTL_SECONDS',
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C9',
    why: 'a write marks the entry as old for a minute in place of deleting it: then it is good again',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        'if entry then return {entry, false} end',
        "if entry and redis.call('EXISTS', KEYS[1] .. ':old') == 0 then return {entry, false} end",
      ),
      edit(
        "  redis.call('DEL', KEYS[2])\n  redis.call('SET', KEYS[1]",
        "  redis.call('DEL', KEYS[2], KEYS[1] .. ':old')\n  redis.call('SET', KEYS[1]",
      ),
      edit(
        'async function forget(keys: string[]): Promise<void> {\n  try {\n    await redis.del(...keys)\n',
        `async function forget(keys: string[]): Promise<void> {
  try {
    const all = redis.multi()
    for (const key of keys) {
      if (key.startsWith('pelican:lease:')) all.del(key)
      else all.set(\`\${key}:old\`, '1', 'EX', 60)
    }
    await all.exec()
`,
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C7',
    why: 'keeps lists by the user’s id and parcels by their code, all under one prefix',
    rule: 'those the user owns, in any order',
    edits: [edit('`pelican:${this.#prefix}:${id}`', '`pelican:${id}`'), noShape],
  },
  {
    id: 'W65',
    check: 'C2',
    why: 'a PATCH stores a destination, too, where one is sent',
    rule: 'Fields that the README does not name are ignored, or refused.',
    edits: [
      edit(
        `    \`update parcels set status = $2 where code = $1
`,
        `    \`update parcels set status = $2, destination = coalesce($3, destination) where code = $1
`,
      ),
      edit(
        '[request.params.code, status],',
        '[request.params.code, status, request.body.destination],',
      ),
    ],
  },
  {
    id: 'W66',
    check: 'C10',
    why: 'trusts that Redis has got a command whose answer did not come in time',
    rule: 'both copies show the writes of the outage and go on showing them, although the old entry lives on in Redis.',
    edits: [
      edit(
        '  } catch {\n    const until',
        `  } catch (error) {
    if (/timed out/.test((error as Error).message)) return
    const until`,
      ),
    ],
  },
  {
    id: 'W67',
    check: 'C3',
    why: 'each reader who waited for a load that found nothing asks again',
    rule: '50 reads of one cold code, known or not, sent to both copies together while each statement takes 150 ms: at most 4 statements in all.',
    edits: [edit('    return flight\n', '    return (await flight) ?? this.#load(id)\n')],
  },
  {
    id: 'W68',
    check: 'C13',
    why: 'takes any text for a code, and remembers that it is unknown however long it is',
    rule: 'It takes at most 512 bytes, as `MEMORY USAGE` counts all keys for it.',
    edits: [
      edit('Code.safeParse(request.params.code)', 'z.string().safeParse(request.params.code)'),
    ],
  },
  {
    id: 'W69',
    check: 'C9',
    why: 'a POST forgets that its code was unknown before the row is there: a reader stores it again',
    rule: 'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
    edits: [
      edit(
        `  const userId: number = response.locals.userId
`,
        `  const userId: number = response.locals.userId
  await forget([...tracks.keys(code), ...lists.keys(userId)])
`,
      ),
      edit(
        `  await forget([...tracks.keys(code), ...lists.keys(userId)])
  response.status(201)`,
        '  response.status(201)',
      ),
    ],
  },
  {
    id: 'W70',
    check: 'C1',
    why: 'answers a hit from the cache, then loads the code again for the next reader',
    rule: 'Postgres is asked for answers alone: no `select 1`, no regular ping.',
    edits: [
      edit(
        '      if (hit) return hit.value\n',
        `      if (hit) {
        void this.#load(id).catch(() => {})
        return hit.value
      }
`,
      ),
    ],
  },
  {
    id: 'W71',
    check: 'C2',
    why: 'lists the first 100 parcels only',
    rule: 'those the user owns, in any order',
    edits: [
      edit('where owner_id = $1 order by code', 'where owner_id = $1 order by code limit 100'),
    ],
  },
]
