// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

const HIT =
  'When either copy has answered with it from Postgres, both answer with **0 statements** for 30 s, whatever the route.'
const EXPIRY = 'Its entry in memcached expires after 30 to 60 s (± 2 s), however often it is read.'
const AT_ONCE =
  'When a `PUT` has been answered, every read of that price that *starts afterwards*, on either copy, shows it.'
const FORGOTTEN =
  'When it has been answered, every read that *starts afterwards*, on either copy, shows what the table `prices` holds.'
const MOMENT =
  'It has 2 to 3 MB. Each answer is all of it as it was at one moment, also while rows change or the other copy stores it.'
const LOST = 'memcached may drop any entry at any moment. Answers are right all the same.'
const FROM_POSTGRES = 'What has no entry any more is read from Postgres.'
const ROW = '`GET /prices?route=…` | `200` `{route, cents}`'
const HELD = 'What either copy has read, both answer with **0 statements**.'
const OTHERS =
  'Keys of other programs, such as `shop:1` or `pelicans`, stay as they are, whatever is asked of your server and whenever it connects.'
const DAYS = 'The entry expires after 45 days (± 1 hour).'
const STOPPED = 'Every answer, to reads and writes, is right and comes within **1.5 s**.'
const SILENT = 'Every answer to a read is right and comes within **1.5 s**.'
const BACK =
  'At most **10 s** after memcached is back, a price read twice needs no statement the second time.'
const ROUTE = '`route` | a text of 1 to 1,000 characters; in the query it is percent-encoded UTF-8'
const CENTS = '`cents` | a whole number from 0 to 1,000,000, as a number in every answer'

/** Puts another key in the place of the digest. */
const keyed = (key: string) => [
  edit(
    "  const hash = createHash('sha256').update(route).digest('hex')\n",
    `  const hash = ${key}\n`,
  ),
]
const forgetsOne = '  await told(priceKey(route).then((key) => cache.delete(key)))\n'
const invalidates = '  await told(forgetAllPrices())\n'
const reconnects = '      setTimeout(() => this.#connect(), 300).unref()\n'
const expiry =
  '    const expiry = seconds > 30 * DAY ? Math.floor(Date.now() / 1000) + seconds : seconds\n'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'puts the route into the key as it is',
    rule: HIT,
    edits: keyed('route'),
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'cuts keys off at 250 bytes, so that long routes share one',
    rule: ROW,
    edits: keyed("Buffer.from(route).toString('hex').slice(0, 180)"),
  },
  {
    id: 'W3',
    check: 'C3',
    why: 'stores the catalogue as one item, and passes on that it is too large',
    rule: MOMENT,
    edits: [
      edit('const PART_BYTES = 512 * 1024', 'const PART_BYTES = 64 * 1024 * 1024'),
      edit('await storeCatalog(text).catch(() => {})', 'await storeCatalog(text)'),
    ],
  },
  {
    id: 'W4',
    check: 'C4',
    why: 'gives 45 days as a number of seconds, which is a day in 1970',
    rule: HELD,
    edits: [edit(expiry, '    const expiry = seconds\n')],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'forgets prices with flush_all',
    rule: '`flush_all` is never sent.',
    edits: [
      edit(
        '  async delete(key: string)',
        `  async flush(): Promise<void> {
    await this.#ask('flush_all\\r\\n', readLine)
  }

  async delete(key: string)`,
      ),
      edit(
        '  await cache.set(GENERATION, randomUUID(), GENERATION_SECONDS)\n',
        '  await cache.flush()\n',
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'does not connect again',
    rule: BACK,
    edits: [edit(reconnects, '')],
  },
  {
    id: 'W7',
    check: 'C7',
    why: 'answers a price from the cache as a text',
    rule: CENTS,
    edits: [
      edit('if (hit) return Number(hit.toString())', 'if (hit) return hit.toString() as never'),
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'percent-encodes the route for the key: a long one is no key any more',
    rule: HIT,
    edits: keyed('encodeURIComponent(route)'),
  },
  {
    id: 'W9',
    check: 'C2',
    why: 'takes base64 of the route for the key: a long one is no key any more',
    rule: HIT,
    edits: keyed("Buffer.from(route).toString('base64url')"),
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'replaces what is no letter or digit in a key: Porto_Faro is Porto Faro',
    rule: ROW,
    edits: keyed(
      "/^[\\w-]{1,100}$/.test(route.replaceAll(/\\W/g, '_')) ? route.replaceAll(/\\W/g, '_') : createHash('sha256').update(route).digest('hex')",
    ),
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'makes keys of lower-case routes',
    rule: ROW,
    edits: keyed("createHash('sha256').update(route.toLowerCase()).digest('hex')"),
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'brings routes into one Unicode form for the key: two routes share one',
    rule: ROW,
    edits: keyed("createHash('sha256').update(route.normalize('NFC')).digest('hex')"),
  },
  {
    id: 'W13',
    check: 'C2',
    why: 'trims the route for the key',
    rule: ROW,
    edits: keyed("createHash('sha256').update(route.trim()).digest('hex')"),
  },
  {
    id: 'W14',
    check: 'C2',
    why: 'makes the digest of Latin-1: letters beyond it lose half of themselves',
    rule: ROW,
    edits: keyed("createHash('sha256').update(route, 'latin1').digest('hex')"),
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'caches in its own process',
    rule: HIT,
    edits: [
      edit(
        'async function readPrice(route: string): Promise<number | null> {\n',
        `const memory = new Map<string, { cents: number; until: number }>()
async function readPrice(route: string): Promise<number | null> {
  const known = memory.get(route)
  if (known && known.until > Date.now()) return known.cents
  const loaded = await loadPrice(route)
  if (loaded !== null) memory.set(route, { cents: loaded, until: Date.now() + 60_000 })
  if (memory) return loaded
`,
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'keeps prices for an hour',
    rule: EXPIRY,
    edits: [edit('const PRICE_SECONDS = 60', 'const PRICE_SECONDS = 3600')],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'keeps prices for 10 s',
    rule: EXPIRY,
    edits: [edit('const PRICE_SECONDS = 60', 'const PRICE_SECONDS = 10')],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'gives the expiry in milliseconds: 60000 seconds',
    rule: EXPIRY,
    edits: [edit('String(cents), PRICE_SECONDS)', 'String(cents), PRICE_SECONDS * 1000)')],
  },
  {
    id: 'W19',
    check: 'C1',
    why: 'asks Postgres whether it is there before each answer',
    rule: HIT,
    edits: [
      edit(
        '  const cents = await readPrice(route)\n',
        "  await pool.query('select 1').catch(() => {})\n  const cents = await readPrice(route)\n",
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C3',
    why: 'leaves a part out that is lost',
    rule: LOST,
    edits: [
      edit(
        'return parts.some((part) => part === null) ? null : Buffer.concat(parts as Buffer[])',
        'return Buffer.concat(parts.filter((part) => part !== null) as Buffer[])',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C3',
    why: 'names parts by their numbers, and fills up the one that is lost from a newer catalogue',
    rule: MOMENT,
    edits: [
      edit(
        'return parts.some((part) => part === null) ? null : Buffer.concat(parts as Buffer[])',
        `if (parts.every((part) => part !== null)) return Buffer.concat(parts as Buffer[])
  const whole = Buffer.from(await loadCatalog())
  return Buffer.concat(
    parts.map((part, index) => part ?? whole.subarray(index * PART_BYTES, (index + 1) * PART_BYTES)),
  )`,
      ),
      edit(
        'select sku, name, cents from products',
        'select sku, name, cents from products order by sku',
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C3',
    why: 'keeps the catalogue for a day',
    rule: 'You may cache it in memcached, in parts or compressed, for 60 s (+ 2 s) at most.',
    edits: [edit('const CATALOG_SECONDS = 60', 'const CATALOG_SECONDS = DAY')],
  },
  {
    id: 'W23',
    check: 'C3',
    why: 'counts characters where parts are bytes: letters in between are torn apart',
    rule: '`GET /catalog` | `200` `{"products": [{sku, name, cents}, …]}`: all rows, in any order',
    edits: [
      edit(
        'Buffer.concat(parts as Buffer[])',
        "Buffer.from(parts.map((part) => part!.toString('latin1')).join(''))",
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C3',
    why: 'serves the first 1,000 products',
    rule: '`GET /catalog` | `200` `{"products": [{sku, name, cents}, …]}`: all rows, in any order',
    edits: [
      edit(
        'select sku, name, cents from products',
        'select sku, name, cents from products limit 1000',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C4',
    why: 'keeps the settings for 30 days, which is the most that counts from now',
    rule: DAYS,
    edits: [edit('const SETTINGS_SECONDS = 45 * DAY', 'const SETTINGS_SECONDS = 30 * DAY')],
  },
  {
    id: 'W26',
    check: 'C4',
    why: 'keeps the settings for ever',
    rule: DAYS,
    edits: [edit('text, SETTINGS_SECONDS)', 'text, 0)')],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'gives the moment in milliseconds',
    rule: DAYS,
    edits: [edit('Math.floor(Date.now() / 1000) + seconds', 'Date.now() + seconds * 1000')],
  },
  {
    id: 'W28',
    check: 'C4',
    why: 'makes an object of the settings, and a name is lost in it',
    rule: '`GET /settings` | `200` `{"settings": [{name, value}, …]}`: all rows, in any order',
    edits: [
      edit(
        '  return JSON.stringify({ settings })\n',
        `  const byName: Record<string, string> = {}
  for (const { name, value } of settings) byName[name] = value
  return JSON.stringify({ settings: Object.entries(byName).map(([name, value]) => ({ name, value })) })
`,
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C4',
    why: 'does not cache the settings',
    rule: HELD,
    edits: [
      edit(
        '  if (hit === null) await cache.set(SETTINGS',
        '  if (hit === undefined) await cache.set(SETTINGS',
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C5',
    why: 'invalidate forgets nothing',
    rule: FORGOTTEN,
    edits: [edit(invalidates, '')],
  },
  {
    id: 'W31',
    check: 'C5',
    why: 'each copy has a generation of its own in its memory',
    rule: FORGOTTEN,
    edits: [
      edit(
        'async function generation(): Promise<string> {\n',
        `let own = 'first'
async function generation(): Promise<string> {
  if (own) return own
`,
      ),
      edit(
        '  await cache.set(GENERATION, randomUUID(), GENERATION_SECONDS)\n',
        '  own = randomUUID()\n',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C5',
    why: 'counts generations up, and begins again where the number is lost',
    rule: LOST,
    edits: [
      edit('  const made = randomUUID()\n', "  const made = '1'\n"),
      edit(
        '  await cache.set(GENERATION, randomUUID(), GENERATION_SECONDS)\n',
        '  await cache.set(GENERATION, String(Number(await generation()) + 1), GENERATION_SECONDS)\n',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C5',
    why: 'looks for the generation once in 5 s',
    rule: FORGOTTEN,
    edits: [
      edit(
        'async function generation(): Promise<string> {\n  const known = await cache.get(GENERATION)\n',
        `let last: { value: Buffer | null; at: number } | undefined
async function generation(): Promise<string> {
  if (!last?.value || Date.now() - last.at > 5_000) {
    last = { value: await cache.get(GENERATION), at: Date.now() }
  }
  const known = last.value
`,
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C5',
    why: 'invalidate forgets the settings, too',
    rule: 'The settings stay in the cache.',
    edits: [edit(invalidates, `${invalidates}  await cache.delete(SETTINGS).catch(() => {})\n`)],
  },
  {
    id: 'W35',
    check: 'C5',
    why: 'does not cache for some seconds after invalidate',
    rule: 'Prices are cached again at once.',
    edits: [
      edit(invalidates, `${invalidates}  quietUntil = Date.now() + 5_000\n`),
      edit(
        '  if (isBehind()) return loadPrice(route)\n',
        '  if (isBehind() || Date.now() < quietUntil) return loadPrice(route)\n',
      ),
      edit('async function readPrice(', 'let quietUntil = 0\nasync function readPrice('),
    ],
  },
  {
    id: 'W36',
    check: 'C5',
    why: 'answers invalidate with 200',
    rule: '`POST /prices/invalidate`, without a body | `204`',
    edits: [edit('response.status(204).end()', "response.json({ forgotten: 'all' })")],
  },
  {
    id: 'W37',
    check: 'C6',
    why: 'an error of memcached becomes an error of the site',
    rule: STOPPED,
    edits: [
      edit(
        '    key = undefined // it is away: once is enough\n',
        "    throw new Error('no cache')\n",
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C6',
    why: 'refuses writes that memcached does not hear of',
    rule: STOPPED,
    edits: [edit(forgetsOne, '  await priceKey(route).then((key) => cache.delete(key))\n')],
  },
  {
    id: 'W39',
    check: 'C6',
    why: 'commands wait for a connection',
    rule: STOPPED,
    edits: [
      edit(
        "    const socket = this.#socket\n    if (!socket) return Promise.reject(new Error('memcached is away'))\n",
        `    while (!this.#socket) await sleep(20)
    const socket = this.#socket
`,
      ),
      edit('  #ask(command:', '  async #ask(command:'),
      edit(
        'for (let waited = 0; waited < 1_000 && !cache.isConnected; waited += 10) await sleep(10)\n',
        '',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C6',
    why: 'tries again after 1, 2, 4, 8 … minutes',
    rule: BACK,
    edits: [edit(reconnects, '      setTimeout(() => this.#connect(), 60_000).unref()\n')],
  },
  {
    id: 'W41',
    check: 'C6',
    why: 'nobody listens for errors of the connection: the process ends',
    rule: STOPPED,
    edits: [edit("    socket.on('error', () => {}) // 'close' follows\n", '')],
  },
  {
    id: 'W42',
    check: 'C7',
    why: 'a PUT leaves the entry as it is',
    rule: AT_ONCE,
    edits: [edit(forgetsOne, '')],
  },
  {
    id: 'W43',
    check: 'C2',
    why: 'a PUT forgets all prices',
    rule: 'It leaves the entries of other routes alone.',
    edits: [edit(forgetsOne, invalidates)],
  },
  {
    id: 'W44',
    check: 'C7',
    why: 'a PUT makes a price where there is none',
    rule: '… with a route that has none | `404`, and makes none',
    edits: [
      edit(
        `  if (rowCount === 0) {
    response.status(404).json({ error: 'no such price' })
    return
  }
`,
        `  if (rowCount === 0) {
    await pool.query('insert into prices values ($1, $2)', [route, cents])
  }
`,
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C7',
    why: 'a route without a price costs nothing',
    rule: '… with a route that has no price | `404`',
    edits: [
      edit(
        `  if (cents === null) {
    response.status(404).json({ error: 'no such price' })
    return
  }
`,
        '',
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C7',
    why: 'counts a route in UTF-16 units',
    rule: ROUTE,
    edits: [edit('[...text].length <= 1000', 'text.length <= 1000')],
  },
  {
    id: 'W47',
    check: 'C7',
    why: 'takes an empty route',
    rule: ROUTE,
    edits: [edit("text !== '' && ", '')],
  },
  {
    id: 'W48',
    check: 'C7',
    why: 'takes routes of any length',
    rule: ROUTE,
    edits: [edit('[...text].length <= 1000', 'text.length <= 1_000_000')],
  },
  {
    id: 'W49',
    check: 'C7',
    why: 'takes fractions of a cent',
    rule: CENTS,
    edits: [edit('z.int().min(0)', 'z.number().min(0)')],
  },
  {
    id: 'W50',
    check: 'C7',
    why: 'takes negative prices',
    rule: CENTS,
    edits: [edit('z.int().min(0)', 'z.int()')],
  },
  {
    id: 'W51',
    check: 'C7',
    why: 'a price of 0 counts as none',
    rule: CENTS,
    edits: [edit('  if (cents === null) {\n', '  if (!cents) {\n')],
  },
  {
    id: 'W52',
    check: 'C7',
    why: 'answers a PUT with the price alone',
    rule: '`PUT /prices` `{route, cents}` | `200` `{route, cents}`; changes the price',
    edits: [
      edit(
        '  await told(priceKey(route).then((key) => cache.delete(key)))\n  response.json({ route, cents })',
        '  await told(priceKey(route).then((key) => cache.delete(key)))\n  response.json({ cents })',
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C8',
    why: 'waits for memcached as long as it takes',
    rule: SILENT,
    edits: [edit('const PATIENCE_MS = 600', 'const PATIENCE_MS = 600_000')],
  },
  {
    id: 'W54',
    check: 'C8',
    why: 'does not start without memcached',
    rule: 'A server starts without memcached, too.',
    edits: [
      edit(
        'for (let waited = 0; waited < 1_000 && !cache.isConnected; waited += 10) await sleep(10)',
        'while (!cache.isConnected) await sleep(10)',
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C8',
    why: 'gives up on an answer and keeps the connection: the late answer is taken for the next one’s',
    rule: SILENT,
    edits: [
      edit(
        '      const late = setTimeout(() => socket.destroy(), PATIENCE_MS)\n      this.#waiting.push({\n        read,\n',
        `      const late = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
        reject(new Error('memcached is slow'))
      }, PATIENCE_MS)
      const waiting: Waiting = {
        read,
`,
      ),
      edit(
        `          clearTimeout(late)
          reject(error)
        },
      })
      socket.write(command)`,
        `          clearTimeout(late)
          reject(error)
        },
      }
      this.#waiting.push(waiting)
      socket.write(command)`,
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C9',
    why: 'names its keys without the prefix',
    rule: 'Every key of yours begins with `pelican:`.',
    edits: [edit("const CATALOG = 'pelican:catalog'", "const CATALOG = 'pelican-catalog'")],
  },
  {
    id: 'W57',
    check: 'C9',
    why: 'the generation never expires',
    rule: 'Every key of yours expires, within 46 days.',
    edits: [edit('const GENERATION_SECONDS = DAY', 'const GENERATION_SECONDS = 0')],
  },
  {
    id: 'W58',
    check: 'C9',
    why: 'keeps where the catalogue is under a key that another program has',
    rule: OTHERS,
    edits: [
      edit('const head = await cache.get(CATALOG)', "const head = await cache.get('catalog')"),
      edit(
        'await cache.set(CATALOG, JSON.stringify({ id, count }), CATALOG_SECONDS)',
        "await cache.set('catalog', JSON.stringify({ id, count }), CATALOG_SECONDS)",
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C1',
    why: 'stores a price anew each time it is read',
    rule: EXPIRY,
    edits: [
      edit(
        '    if (hit) return Number(hit.toString())\n',
        `    if (hit) {
      await cache.set(key, hit, PRICE_SECONDS)
      return Number(hit.toString())
    }
`,
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C1',
    why: 'stores the price of a PUT for an hour',
    rule: EXPIRY,
    edits: [
      edit(
        forgetsOne,
        '  await told(priceKey(route).then((key) => cache.set(key, String(cents), 3600)))\n',
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C1',
    why: 'replaces the generation that another copy has just made',
    rule: HIT,
    edits: [
      edit(
        '  if (await cache.add(GENERATION, made, GENERATION_SECONDS)) return made\n',
        '  if (await cache.set(GENERATION, made, GENERATION_SECONDS)) return made\n',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C1',
    why: 'does not cache for some seconds what was written',
    rule: HIT,
    edits: [
      edit(forgetsOne, `${forgetsOne}  written.set(route, Date.now())\n`),
      edit(
        '  if (isBehind()) return loadPrice(route)\n',
        '  if (isBehind() || Date.now() - (written.get(route) ?? 0) < 5_000) return loadPrice(route)\n',
      ),
      edit(
        'async function readPrice(',
        'const written = new Map<string, number>()\nasync function readPrice(',
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C2',
    why: 'makes keys of CRC-32: two routes share one',
    rule: ROW,
    edits: [
      ...keyed('String(crc32(route))'),
      edit(
        "import { connect, type Socket } from 'node:net'\n",
        "import { connect, type Socket } from 'node:net'\nimport { crc32 } from 'node:zlib'\n",
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C2',
    why: 'makes keys of the first 8 digits of the digest: two routes share one',
    rule: ROW,
    edits: keyed("createHash('sha256').update(route).digest('hex').slice(0, 8)"),
  },
  {
    id: 'W65',
    check: 'C2',
    why: 'takes a price of 0 in memcached for none',
    rule: HIT,
    edits: [
      edit(
        '    if (hit) return Number(hit.toString())\n',
        '    if (hit && Number(hit.toString())) return Number(hit.toString())\n',
      ),
    ],
  },
  {
    id: 'W66',
    check: 'C3',
    why: 'stores parts under the same names each time: those of two catalogues meet',
    rule: MOMENT,
    edits: [
      // It waits as long as the grader has it wait: a busy machine takes its time with the other copy.
      edit('const PATIENCE_MS = 600', 'const PATIENCE_MS = 20_000'),
      edit(
        '  const bytes = Buffer.from(text)\n  const id = randomUUID()\n',
        "  const bytes = Buffer.from(text)\n  const id = 'part'\n",
      ),
    ],
  },
  {
    id: 'W67',
    check: 'C3',
    why: 'reads the catalogue from Postgres in pages',
    rule: MOMENT,
    edits: [
      edit(
        "  const { rows: products } = await pool.query('select sku, name, cents from products')\n",
        `  const products: unknown[] = []
  for (let count = -1; count < products.length; ) {
    count = products.length
    const page = 'select sku, name, cents from products order by sku limit 1000 offset $1'
    products.push(...(await pool.query(page, [count])).rows)
  }
`,
      ),
    ],
  },
  {
    id: 'W68',
    check: 'C3',
    why: 'keeps the catalogue in its memory, too',
    rule: FROM_POSTGRES,
    edits: [
      edit(
        '  const hit = await cachedCatalog().catch(() => null)\n  if (hit) return hit\n',
        `  if (Date.now() - own.at < 60_000) return own.text
  const hit = await cachedCatalog().catch(() => null)
  if (hit) {
    own = { text: hit, at: Date.now() }
    return hit
  }
`,
      ),
      edit(
        'async function readCatalog(',
        "let own: { text: string | Buffer; at: number } = { text: '', at: 0 }\nasync function readCatalog(",
      ),
    ],
  },
  {
    id: 'W69',
    check: 'C5',
    why: 'keeps the settings in its memory, too',
    rule: FROM_POSTGRES,
    edits: [
      edit(
        '  const hit = await cache.get(SETTINGS).catch(() => undefined)\n  if (hit) return hit\n',
        `  if (own) return own
  const hit = await cache.get(SETTINGS).catch(() => undefined)
  if (hit) {
    own = hit
    return hit
  }
`,
      ),
      edit(
        'async function readSettings(',
        'let own: Buffer | undefined\nasync function readSettings(',
      ),
    ],
  },
  {
    id: 'W70',
    check: 'C4',
    why: 'takes what comes at once for a whole answer',
    rule: '`GET /settings` | `200` `{"settings": [{name, value}, …]}`: all rows, in any order',
    edits: [
      edit(
        '  return bytes.length < length ? undefined : { reply',
        '  return bytes.length < length ? { reply: bytes.subarray(line.length), length: bytes.length } : { reply',
      ),
    ],
  },
  {
    id: 'W71',
    check: 'C4',
    why: 'gives memcached the number of characters where bytes are counted',
    rule: HELD,
    edits: [edit('${expiry} ${value.length}\\r\\n`', '${expiry} ${text.length}\\r\\n`')],
  },
  {
    id: 'W72',
    check: 'C5',
    why: 'invalidate forgets the prices that are in the table, and not those that are gone from it',
    rule: FORGOTTEN,
    edits: [
      edit(
        '  await cache.set(GENERATION, randomUUID(), GENERATION_SECONDS)\n',
        `  const { rows } = await pool.query('select route from prices')
  for (const { route } of rows) await cache.delete(await priceKey(route))
`,
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C5',
    why: 'remembers which routes have no price, and invalidate does not forget that',
    rule: FORGOTTEN,
    edits: [
      edit(
        '  if (isBehind()) return loadPrice(route)\n',
        '  if (none.has(route)) return null\n  if (isBehind()) return loadPrice(route)\n',
      ),
      edit(
        '  if (key && cents !== null) await',
        '  if (cents === null) none.add(route)\n  if (key && cents !== null) await',
      ),
      edit(
        'async function readPrice(',
        'const none = new Set<string>()\nasync function readPrice(',
      ),
    ],
  },
  {
    id: 'W74',
    check: 'C6',
    why: 'has no settings while memcached is away',
    rule: STOPPED,
    edits: [
      edit(
        'const hit = await cache.get(SETTINGS).catch(() => undefined)',
        'const hit = await cache.get(SETTINGS).catch(() => \'{"settings":[]}\')',
      ),
    ],
  },
  {
    id: 'W75',
    check: 'C9',
    why: 'flushes memcached when it connects, so that nothing old is there',
    rule: '`flush_all` is never sent.',
    edits: [
      edit(
        '      this.#socket = socket\n',
        "      this.#socket = socket\n      this.#ask('flush_all\\r\\n', readLine).catch(() => {})\n",
      ),
    ],
  },
  {
    id: 'W76',
    check: 'C9',
    why: 'a new generation never expires where a write is made up for',
    rule: 'Every key of yours expires, within 46 days.',
    edits: [
      edit(
        '  if (isBehind()) forgetAllPrices().catch(() => {})\n',
        `  const known = missed
  const paid = () => {
    madeUpFor = known
  }
  if (isBehind()) cache.set(GENERATION, randomUUID(), 0).then(paid, () => {})
`,
      ),
    ],
  },
  {
    id: 'W77',
    check: 'C5',
    why: 'writes a number that counts up into each entry, and begins again where the number is lost',
    rule: LOST,
    edits: [
      edit('  const made = randomUUID()\n', "  const made = '1'\n"),
      edit(
        '  await cache.set(GENERATION, randomUUID(), GENERATION_SECONDS)\n',
        '  await cache.set(GENERATION, String(Number(await generation()) + 1), GENERATION_SECONDS)\n',
      ),
      edit(
        '  return `pelican:price:${await generation()}:${hash}`',
        '  return `pelican:price:${hash}`',
      ),
      edit(
        '    const hit = await cache.get(key)\n    if (hit) return Number(hit.toString())\n',
        "    const [number, hit] = String(await cache.get(key)).split(' ')\n    if (number === (await generation())) return Number(hit)\n",
      ),
      edit(
        '  if (key && cents !== null) await cache.set(key, String(cents), PRICE_SECONDS).catch(() => {})\n',
        `  if (key && cents !== null) {
    await generation()
      .then((number) => cache.set(key, \`\${number} \${cents}\`, PRICE_SECONDS))
      .catch(() => {})
  }
`,
      ),
    ],
  },
  {
    id: 'W78',
    check: 'C6',
    why: 'has no settings as long as memcached has not heard of a write',
    rule: STOPPED,
    edits: [
      edit(
        'async function readSettings(): Promise<string | Buffer> {\n',
        'async function readSettings(): Promise<string | Buffer> {\n  if (isBehind()) return \'{"settings":[]}\'\n',
      ),
    ],
  },
  {
    id: 'W79',
    check: 'C1',
    why: 'wakes Postgres with each hit, and does not wait for it',
    rule: HIT,
    edits: [
      edit(
        '    if (hit) return Number(hit.toString())\n',
        "    if (hit) pool.query('select 1').catch(() => {})\n    if (hit) return Number(hit.toString())\n",
      ),
    ],
  },
  {
    id: 'W80',
    check: 'C7',
    why: 'a PUT stores the price before it knows whether the route has one',
    rule: '… with a route that has none | `404`, and makes none',
    edits: [
      edit(
        '  const { route, cents } = Price.parse(request.body)\n',
        `  const { route, cents } = Price.parse(request.body)
  await told(priceKey(route).then((key) => cache.set(key, String(cents), PRICE_SECONDS)))
`,
      ),
    ],
  },
]
