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
    edits: [
      edit('let flight = this.#flights.get(name)\n', 'let flight: Promise<T | null> | undefined\n'),
    ],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'an error of Redis becomes an error of the site',
    edits: [edit('const reply = await look.catch(() => undefined)', 'const reply = await look')],
  },
  {
    id: 'W6',
    check: 'C4',
    why: 'remembers an unknown code as long as a known one',
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
    edits: [
      edit(
        `  commandTimeout: 400, // a cache that is slower than the database is none
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
    edits: [edit("ARGV[1], 'NX', 'PX', ARGV[2])", "ARGV[1], 'NX')")],
  },
  {
    id: 'W18',
    check: 'C7',
    why: 'keeps the lists of all users under one key',
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
    edits: [edit("pool.on('error', (error) => console.error('postgres:', error.message))\n", '')],
  },
  {
    id: 'W22',
    check: 'C9',
    why: 'stores what it read, whatever was written since',
    edits: [edit("  if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end\n", '')],
  },
  {
    id: 'W23',
    check: 'C9',
    why: 'keeps what is under way by code: a reader after the write joins a load from before it',
    edits: [edit('const name = `${id} ${lease}`', 'const name = `${id}`')],
  },
  {
    id: 'W24',
    check: 'C9',
    why: 'puts the new value into the cache after the commit: two writes can overtake each other',
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
    edits: [
      edit(
        `  commandTimeout: 400, // a cache that is slower than the database is none
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
    edits: [edit('    for (const key of keys) owed.set(key, until)\n', '')],
  },
  {
    id: 'W28',
    check: 'C12',
    why: 'takes any JSON in Redis for an entry',
    edits: [noShape],
  },
  {
    id: 'W29',
    check: 'C13',
    why: 'counts in Redis how often each code was asked for, for an hour, known or not',
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
    edits: [edit('Date.now() + TTL_SECONDS * 1_000 + LEASE_MS', 'Date.now() + 1_500')],
  },
  {
    id: 'W32',
    check: 'C11',
    why: 'never believes an entry again whose write it had to make up for',
    edits: [edit('    for (const key of keys) owed.delete(key)\n', '')],
  },
  {
    id: 'W33',
    check: 'C7',
    why: 'the pattern of a code has no end: letters of any sort may follow',
    edits: [edit('/^[A-Z0-9-]{4,32}$/', '/^[A-Z0-9-]{4,32}/')],
  },
]
