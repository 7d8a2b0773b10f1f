import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  type Answer,
  meanwhile,
  nth,
  openSubmission,
  type Sending,
  stopAt,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { priceModel } from './price-model.ts'
import { NASTY } from './routes.ts'
import {
  ask,
  asking,
  type Copy,
  expectAsked,
  expectHit,
  expectNone,
  expectPrice,
  expectPriceHit,
  INVALIDATE,
  type Price,
  putting,
  sendInTrouble,
  sharedWorlds,
  shorten,
  type World,
} from './world.ts'

const submission = openSubmission(import.meta)
const worlds = sharedWorlds(submission)

/** For tests that a server's own time limits for memcached could fail on a very busy machine. */
const AGAIN = { retry: 2 }

const CATALOG: Sending = { path: '/catalog' }
const SETTINGS: Sending = { path: '/settings' }
const DAY = 24 * 3600

/** Keys of other programs, some of them much like the exercise's own. */
const FOREIGN = ['shop:1', 'pelicans', 'pelican', 'price:1', 'Pelican:generation', 'catalog']

/** Puts other programs' keys there. @returns what looks whether they are as they were, and nothing was flushed */
async function placeOthers(world: World): Promise<(when: string) => Promise<void>> {
  const theirs = submission.fresh.unique()
  for (const key of FOREIGN) await world.cache.set(key, `${theirs} ${key}`)
  const flushes = async () => Number((await world.cache.stats()).cmd_flush)
  const before = await flushes()
  return async (when) => {
    expect((await flushes()) - before, `how often flush_all was sent ${when}`).toBe(0)
    for (const key of FOREIGN) {
      const value = (await world.cache.get(key))?.toString() ?? 'gone'
      expect(value, `the entry ${key} of another program ${when}`).toBe(`${theirs} ${key}`)
    }
  }
}

async function amongOthers(world: World, when: string, action: () => Promise<void>): Promise<void> {
  const expectOthers = await placeOthers(world)
  await action()
  await expectOthers(when)
}

/** Every key of the server has its prefix, and expires. */
async function expectOwnKeys(world: World, when: string): Promise<void> {
  for (const { key, left } of await world.cache.keys()) {
    if (FOREIGN.includes(key)) continue
    if (!key.startsWith('pelican:')) {
      expect.fail(`The key ${key} does not begin with pelican:, ${when}.`)
    }
    if (left === -1) expect.fail(`The key ${key} never expires, ${when}.`)
    expect(left / DAY, `days until the key ${key} expires, ${when}`).toBeLessThanOrEqual(46)
  }
}

// ------------------------------------------------------------ the contract

// It waits for no cache, so it comes first: the programs of tests that run beside the others start meanwhile.
test('C7 takes what is right, and shows it at once on both copies', () =>
  expectAgreement(priceModel(submission, worlds.calm), 'C7', submission.fresh))

// ------------------------------------------------------------ prices

test('C1 reads a price once for both copies', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const price = await world.stored()
  await expectAsked([a], price, 'read for the first time')
  await expectPriceHit(a, price, 'when it is read again')
  await expectPriceHit(b, price, 'after A has read it')
  // A statement that nobody waits for comes after the answer.
  const statements = await a.postgres.during(async () => {
    for (let reads = 0; reads < 5; reads++) await expectAsked([a], price, 'read five times more')
  })
  const texts = statements.map(({ text }) => text)
  expect(texts, 'statements while A answered five times more').toEqual([])
})

test('C1 keeps a price for 30 to 60 s', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  let price = await world.stored()
  await expectAsked([a], price, 'read for the first time')
  for (const how of ['read', 'written and read']) {
    if (how !== 'read') {
      price = { ...price, cents: price.cents + 1 }
      expect(await b.server.send(putting(price))).toHaveStatus(200)
      await expectAsked([a], price, 'after its PUT on B')
      await expectPriceHit(b, price, 'after its PUT on B, and after A has read it')
    }
    // Some seconds less: the machine may be busy.
    await world.expireWithin(25)
    const early = `when it was ${how}, and what expires within 25 s has gone from memcached`
    await expectPriceHit(a, price, early)
    price = await world.changed(price)
    await world.expireWithin(62)
    const late = `when it was ${how}, has changed, and what expires within 62 s has gone from memcached`
    await expectAsked([b, a], price, late)
  }
})

meanwhile('C1 lets a price expire, however often it is read', { ...AGAIN, waits: 4 }, async () => {
  const world = await worlds.own()
  const a = await world.copy('A')
  await world.settled(a)
  const made = await world.entriesSince()
  const price = await world.stored()
  await expectAsked([a], price, 'read for the first time')
  const moments = async () =>
    new Map((await made()).map(({ key, left }) => [key, Date.now() / 1000 + left]))
  const before = await moments()
  expect(before.size, 'entries that came into memcached with a price').toBeGreaterThan(0)
  for (let reads = 0; reads < 8; reads++) {
    await pause(500)
    await expectAsked([a], price, 'read again and again')
  }
  for (const [key, moment] of await moments()) {
    const later = moment - (before.get(key) ?? moment)
    const message = `seconds by which ${key} expires later, as its price was read several times`
    expect(later, message).toBeLessThanOrEqual(2)
  }
})

test('C1 keeps what one copy reads while the other one begins', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  for (const n of [1, 2, 3]) {
    await world.cache.flush()
    const [one, other] = [await world.stored(), await world.stored()]
    const { work, release } = await stopAt(a.memcached, nth(n), () => ask(a, one.route))
    await expectAsked([b], other, 'read for the first time')
    release()
    expectPrice(await work, one, 'on A')
    const when = `which B has read while another read on A waited at its command ${n} to an empty memcached`
    await expectPriceHit(b, other, when)
  }
  // It may have given up.
  await world.restored(a)
})

test('C2 caches routes of every kind, and mixes none up', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  await amongOthers(world, 'after reads of routes of every kind', async () => {
    const prices: Price[] = NASTY.map((route, index) => ({ route, cents: index && 1000 + index }))
    for (const price of prices) await world.insert(price)
    for (const price of submission.fresh.shuffle(prices)) {
      await expectAsked(
        [a],
        price,
        `with the route ${shorten(price.route)}, read for the first time`,
      )
    }
    for (const price of submission.fresh.shuffle(prices)) {
      await expectPriceHit(b, price, 'after A has read it and others')
    }
  })
})

test('C2 leaves a route alone when one that is nearly alike is written', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const beginning = 'Porto → Łódź '.repeat(30)
  const [one, other] = [await world.stored(`${beginning}1`), await world.stored(`${beginning}2`)]
  await expectAsked([a, b], one, 'read for the first time')
  await expectAsked([a, b], other, 'read for the first time')
  const written = { ...one, cents: one.cents + 1 }
  expect(await b.server.send(putting(written))).toHaveStatus(200)
  await expectAsked([a, b], written, 'after its PUT')
  for (const copy of [a, b]) await expectPriceHit(copy, other, 'after a PUT of another route')
})

// ------------------------------------------------------------ the catalogue

type Product = { sku: string; name: string; cents: number }
type Products = Map<string, Product>
const PRODUCTS = 9_000

/** Names that cannot be made much smaller: more than an item holds, compressed or not. */
async function fillCatalog(world: World): Promise<Products> {
  const salt = submission.fresh.unique()
  const letters = [1, 2, 3, 4, 5, 6, 7].map((nth) => `md5(n || '${salt}${nth}')`).join(' || ')
  await world.db.query(
    `insert into products select 'P' || n, 'Łódź ' || ${letters}, n from generate_series(1, ${PRODUCTS}) n`,
  )
  const { rows } = await world.db.query<Product>('select sku, name, cents from products')
  return new Map(rows.map((row) => [row.sku, row]))
}

/** What all cents become more by at once. */
const DEARER = 1_000_000

/**
 * Where a server holds a lock on the table, the rows stay as they are.
 * @returns by how much all products are dearer now
 */
async function makeDearer(world: World): Promise<number> {
  const update = `update products set cents = cents + ${DEARER}`
  await world.db.query(`set local lock_timeout = '500ms'; ${update}`).catch(() => {})
  const { rows } = await world.db.query<{ cents: number }>(
    `select cents - 1 as cents from products where sku = 'P1'`,
  )
  return rows[0]!.cents
}

/**
 * All products, as they were at one moment.
 * @param moments by how much all of them may be dearer than at first
 */
function expectCatalog(answer: Answer, products: Products, when: string, moments = [0]): void {
  expect(answer, when).toHaveStatus(200)
  expect(answer).toBeJson()
  const name = `${answer.request} ${when}`
  const came: unknown = answer.body?.products
  expect(came, `${name}: {"products": […]}`).toBeInstanceOf(Array)
  const seen = new Map((came as Product[]).map((one) => [one?.sku, one]))
  const missing = [...products.keys()].filter((sku) => !seen.has(sku))
  expect(missing.length, `${name}: how many of ${products.size} products are missing`).toBe(0)
  expect((came as Product[]).length, `${name}: how many products came`).toBe(products.size)
  const counts = new Map<number, number>()
  for (const product of products.values()) {
    const one = seen.get(product.sku)!
    if (one.name !== product.name) {
      expect(one.name, `${name}: the name of ${product.sku}`).toBe(product.name)
    }
    const since = one.cents - product.cents
    if (typeof one.cents !== 'number' || !moments.includes(since)) {
      const right = moments.map((moment) => product.cents + moment).join(' or ')
      expect.fail(
        `${name}: ${product.sku} costs ${JSON.stringify(one.cents)}, where the table says ${right}`,
      )
    }
    counts.set(since, (counts.get(since) ?? 0) + 1)
  }
  const message = `${name}: how many products have their old prices, and how many their new ones`
  expect(counts.size, `${message}: ${[...counts.values()].join(' and ')}`).toBeLessThanOrEqual(1)
}

test('C3 serves the whole catalogue, and keeps it for 60 s at most', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const products = await fillCatalog(world)
  for (const copy of [a, b, a]) {
    expectCatalog(await copy.server.send(CATALOG), products, `on ${copy.name}`)
  }
  // What was asked for before it is still well.
  const price = await world.stored()
  await expectAsked([a], price, 'after the catalogue')
  await expectPriceHit(a, price, 'after the catalogue')
  const now = await makeDearer(world)
  await world.expireWithin(62)
  for (const copy of [a, b]) {
    const when = `on ${copy.name}, when all products have become dearer and what expires within 62 s has gone from memcached`
    expectCatalog(await copy.server.send(CATALOG), products, when, [now])
  }
})

test('C3 serves the catalogue from one moment when any of its entries is lost', async () => {
  const { world, a, b } = await worlds.calm()
  const products = await fillCatalog(world)
  const made = await world.entriesSince()
  expectCatalog(await a.server.send(CATALOG), products, 'read for the first time')
  // The large ones first: what says where the others are is small, and without it none is asked for.
  const entries = (await made()).sort((one, other) => other.bytes - one.bytes)
  const now = await makeDearer(world)
  for (const [index, { key }] of [
    ...entries.slice(0, 7),
    ...entries.slice(7).slice(-1),
  ].entries()) {
    await world.lose(key)
    const copy = index % 2 ? a : b
    const when = `on ${copy.name}, when all products have become dearer and memcached has lost ${key}`
    expectCatalog(await copy.server.send(CATALOG), products, when, [0, now])
  }
  await world.cache.flush()
  for (const copy of [a, b]) {
    const when = `on ${copy.name}, when all products have become dearer and memcached has lost everything`
    expectCatalog(await copy.server.send(CATALOG), products, when, [now])
  }
})

test('C3 serves the catalogue from one moment while the other copy stores a newer one', async () => {
  const { world, a, b } = await worlds.calm()
  const products = await fillCatalog(world)
  let before = 0
  for (const [cached, n] of [
    [false, 3],
    [true, 3],
    [true, 2],
  ] as const) {
    await world.cache.flush()
    if (cached) expectCatalog(await a.server.send(CATALOG), products, 'on A', [before])
    const { work, release } = await stopAt(a.memcached, nth(n), () => a.server.send(CATALOG))
    const moments = [before, await makeDearer(world)]
    before = moments[1]!
    if (cached) await world.cache.flush()
    const waits = `A ${cached ? 'reads it from memcached' : 'stores it'} and waits at its command ${n}`
    const onB = await b.server.send(CATALOG)
    release()
    expectCatalog(onB, products, `on B while ${waits}; all products have become dearer`, moments)
    const since = `while B read a newer one`
    expectCatalog(await work, products, `on A, which waited at its command ${n} ${since}`, moments)
    for (const copy of [b, a]) {
      const when = `on ${copy.name}, after A waited at its command ${n} ${since}`
      expectCatalog(await copy.server.send(CATALOG), products, when, moments)
    }
  }
  await world.restored(a)
})

test('C3 reads the catalogue from Postgres as it is at one moment', async () => {
  const { world, a } = await worlds.calm()
  const products = await fillCatalog(world)
  let before = 0
  for (let n = 2; n <= 4; n++) {
    await world.cache.flush()
    const { at, work, release } = await stopAt(a.postgres, nth(n), () => a.server.send(CATALOG))
    const moments = at ? [before, await makeDearer(world)] : [before]
    before = moments.at(-1)!
    release()
    const when = at
      ? `on A, when all products became dearer before its statement ${n}: ${at.text}`
      : 'on A'
    expectCatalog(await work, products, when, moments)
    if (!at) break
  }
})

// ------------------------------------------------------------ the settings

type Setting = { name: string; value: string }

async function fillSettings(world: World, more: Setting[] = []): Promise<Setting[]> {
  const { fresh } = submission
  const settings = [
    { name: 'currency', value: fresh.pick(['EUR', 'PLN', 'SEK']) },
    { name: 'slogan', value: `${fresh.city()} 📦 ${fresh.unique()}` },
    { name: '__proto__', value: fresh.unique() },
    { name: 'empty', value: '' },
    { name: 'protocol', value: `END\r\nVALUE x 0 1\r\n${fresh.unique()}\r\nEND\r\n` },
    ...more,
  ]
  for (const { name, value } of settings) {
    await world.db.query('insert into settings (name, value) values ($1, $2)', [name, value])
  }
  return settings
}

/** All of them with other values. */
async function changedSettings(world: World, settings: Setting[]): Promise<Setting[]> {
  await world.db.query(`update settings set value = value || '!'`)
  return settings.map(({ name, value }) => ({ name, value: `${value}!` }))
}

/** A setting as a message can show it. */
function briefly({ name, value }: Setting): Setting {
  if (typeof value !== 'string' || value.length < 100) return { name, value }
  const hash = createHash('md5').update(value).digest('hex')
  return {
    name,
    value: `${value.slice(0, 30)}… (${value.length} characters, MD5 ${hash.slice(0, 8)})`,
  }
}

function expectSettings(answer: Answer, settings: Setting[], when: string): void {
  expect(answer, when).toHaveStatus(200)
  expect(answer).toBeJson()
  const came: unknown = answer.body?.settings
  expect(came, `${answer.request} ${when}: {"settings": […]}`).toBeInstanceOf(Array)
  const byName = (one: Setting, other: Setting) => (one.name < other.name ? -1 : 1)
  const found = (came as Setting[]).map((one) => briefly({ name: one?.name, value: one?.value }))
  const right = settings.map(briefly)
  expect(found.sort(byName), `${answer.request} ${when}`).toEqual(right.sort(byName))
}

const expectSettingsHit = (copy: Copy, settings: Setting[], when: string) =>
  expectHit(copy, SETTINGS, `GET /settings ${when}`, (answer) =>
    expectSettings(answer, settings, `on ${copy.name} ${when}`),
  )

test('C4 keeps the settings for 45 days', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const settings = await fillSettings(world)
  const made = await world.entriesSince()
  expectSettings(await a.server.send(SETTINGS), settings, 'read for the first time')
  await expectSettingsHit(a, settings, 'when they are read again')
  await expectSettingsHit(b, settings, 'after A has read them')
  const left = (await made()).map((entry) => entry.left)
  expect(left.length, 'entries that came into memcached with the settings').toBeGreaterThan(0)
  const days = left.map((seconds) =>
    seconds === -1 ? 'never' : `in ${(seconds / DAY).toFixed(1)}`,
  )
  const message = `what came with the settings expires (days): ${days.join(', ')}`
  expect(Math.min(...left), message).not.toBe(-1)
  const away = Math.round(Math.abs(Math.max(...left) - 45 * DAY) / 360) / 10
  // A little more than the hour of the contract.
  expect(away, `${message}; hours between the last of it and 45 days`).toBeLessThanOrEqual(1.2)
})

test('C4 caches settings that are long', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  // More than comes at once from a socket.
  const terms = { name: 'terms', value: `${submission.fresh.unique()} Łódź, `.repeat(8_000) }
  const settings = await fillSettings(world, [terms])
  expectSettings(await a.server.send(SETTINGS), settings, 'read for the first time')
  for (const copy of [a, b]) await expectSettingsHit(copy, settings, 'when A has read them')
})

// ------------------------------------------------------------ invalidate

test('C5 forgets all prices on both copies, and nothing else', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const settings = await fillSettings(world)
  await amongOthers(world, 'after POST /prices/invalidate', async () => {
    expectSettings(await a.server.send(SETTINGS), settings, 'read for the first time')
    let prices = [
      await world.stored(),
      await world.stored(`${'→ Łódź '.repeat(60)}${world.route()}`),
      await world.stored('📦 '.repeat(200)),
    ]
    for (const [on, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const [removed, added] = [await world.stored(), { route: world.route(), cents: 5 }]
      for (const price of [...prices, removed]) {
        await expectAsked([a, b], price, 'before they change')
      }
      for (const copy of [a, b]) {
        expect(await copy.server.send(putting(added))).toBeJsonError(404)
        await expectNone(copy, added.route, 'before it is there')
      }
      prices = await world.allChanged(prices)
      await world.remove(removed)
      await world.insert(added)
      const answer = await on.server.send(INVALIDATE)
      expect(answer).toHaveStatus(204)
      const when = `after POST /prices/invalidate on ${on.name}`
      for (const price of [...prices, added]) {
        await expectAsked([other, on], price, when)
        for (const copy of [other, on]) await expectPriceHit(copy, price, `${when}, read again`)
      }
      for (const copy of [other, on]) {
        await expectNone(copy, removed.route, `${when}; its row is deleted`)
      }
      await expectSettingsHit(other, settings, when)
    }
  })
})

test('C5 does not bring old prices back when any entry is lost', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  let settings = await fillSettings(world)
  expectSettings(await a.server.send(SETTINGS), settings, 'at first')
  expectSettings(await b.server.send(SETTINGS), settings, 'at first')
  let prices: Price[] = []
  // A number that counts from the beginning again meets old ones, whether they were stored once or again and again.
  for (const rounds of [1, 2]) {
    await world.cache.flush()
    prices = [await world.stored(), await world.stored()]
    for (const price of prices) await expectAsked([a, b], price, 'at first')
    for (let round = 1; round <= rounds; round++) {
      prices = await world.allChanged(prices)
      expect(await a.server.send(INVALIDATE)).toHaveStatus(204)
      if (round === rounds) break
      for (const price of prices) await expectAsked([a, b], price, 'when it changed')
    }
    // What was written last is lost first: older entries may then come to life again.
    for (const { key } of (await world.cache.keys()).reverse().slice(0, 10)) {
      await world.lose(key)
      const when = `after POST /prices/invalidate, when memcached has lost ${key}`
      for (const price of prices) await expectAsked([a, b], price, when)
    }
  }
  await world.cache.flush()
  const when = 'when they have changed and memcached has lost everything'
  for (const price of await world.allChanged(prices)) await expectAsked([a, b], price, when)
  settings = await changedSettings(world, settings)
  await world.cache.flush()
  for (const copy of [b, a]) {
    expectSettings(await copy.server.send(SETTINGS), settings, `on ${copy.name} ${when}`)
  }
})

// ------------------------------------------------------------ keys

test('C9 leaves what belongs to others alone, and lets all of its own expire', async () => {
  const { world, a, b } = await worlds.calm()
  await fillSettings(world)
  await fillCatalog(world)
  await amongOthers(world, 'after requests of every kind', async () => {
    const [price, other] = [await world.stored(), await world.stored()]
    const requests: [Copy, Sending][] = [
      [a, asking(price.route)],
      [b, asking(world.route())],
      [b, SETTINGS],
      [a, CATALOG],
      [b, putting({ ...price, cents: 1 })],
      [a, asking(price.route)],
      [b, INVALIDATE],
      [a, asking(other.route)],
      [b, putting({ ...other, cents: 2 })],
    ]
    for (const [copy, sending] of requests) {
      await copy.server.send(sending)
      await expectOwnKeys(world, `seen after ${sending.method ?? 'GET'} ${sending.path}`)
    }
  })
})

meanwhile(
  'C9 leaves what belongs to others alone when it starts, and when memcached comes back',
  { ...AGAIN, waits: 2 },
  async () => {
    const world = await worlds.own()
    const expectOthers = await placeOthers(world)
    const copies = await world.twins()
    await expectOthers('when both copies have started')
    const [a, b] = copies
    const price = await world.stored()
    await expectAsked(copies, price, 'at first')
    await world.cache.stop()
    const written = { ...price, cents: 3 }
    expectPrice(await sendInTrouble(a, putting(written)), written, 'while memcached is stopped')
    expect(await sendInTrouble(b, INVALIDATE)).toHaveStatus(204)
    await world.cache.start()
    const when = 'when memcached has come back'
    const expectOthersStill = await placeOthers(world)
    for (const copy of copies) await world.settled(copy)
    await expectAsked(copies, written, when)
    await expectOthersStill(when)
    await expectOwnKeys(world, `seen ${when}`)
  },
)

// ------------------------------------------------------------ trouble

/** What can be asked for while memcached is in trouble. */
type Content = { known: Price; products: Products; settings: Setting[] }

async function fill(world: World): Promise<Content> {
  const [products, settings] = [await fillCatalog(world), await fillSettings(world)]
  return { known: await world.stored(), products, settings }
}

async function expectReadsInTrouble(
  copies: Copy[],
  world: World,
  { known, products, settings }: Content,
): Promise<void> {
  const cold = await world.stored()
  const when = 'while memcached is in trouble'
  await Promise.all(
    copies.flatMap((copy) => [
      ...[known, cold].map(async (price) =>
        expectPrice(await sendInTrouble(copy, asking(price.route)), price, when),
      ),
      sendInTrouble(copy, asking(world.route())).then((answer) =>
        expect(answer).toBeJsonError(404),
      ),
      sendInTrouble(copy, CATALOG).then((answer) => expectCatalog(answer, products, when)),
      sendInTrouble(copy, SETTINGS).then((answer) => expectSettings(answer, settings, when)),
    ]),
  )
}

/** @param when completes "A answers from the cache …" */
async function expectSettled(copies: Copy[], world: World, when: string): Promise<void> {
  // Together they have the time that each has.
  const begun = performance.now()
  for (const copy of copies) {
    const seconds = Math.max(2, 12 - (performance.now() - begun) / 1000)
    const settled = await world.settled(copy, seconds)
    expect(settled, `${copy.name} answers from the cache ${when}`).toBe(true)
  }
}

meanwhile(
  'C6 answers right within 1.5 s while memcached is stopped, and caches when it is back',
  { ...AGAIN, waits: 2 },
  async () => {
    const world = await worlds.own()
    // What A sees is closed and refused, what B sees is reset.
    const [a, b] = await world.twins({ direct: true })
    const content = await fill(world)
    const [known, moved] = [content.known, await world.stored()]
    for (const price of [known, moved]) await expectAsked([a, b], price, 'at first')
    await world.cache.stop()
    b.memcached.cut()
    await expectReadsInTrouble([a, b], world, content)
    const written = { ...moved, cents: moved.cents + 1 }
    const when = 'while memcached is stopped'
    expectPrice(await sendInTrouble(a, putting(written)), written, when)
    for (const copy of [a, b]) {
      expectPrice(await sendInTrouble(copy, asking(moved.route)), written, `${when}, after its PUT`)
    }
    const changed = await world.changed(known)
    expect(await sendInTrouble(b, INVALIDATE)).toHaveStatus(204)
    for (const copy of [a, b]) {
      const after = `${when}, after POST /prices/invalidate`
      expectPrice(await sendInTrouble(copy, asking(known.route)), changed, after)
    }
    await expectReadsInTrouble([a, b], world, { ...content, known: changed })
    await world.cache.start()
    b.memcached.heal()
    await expectSettled([a, b], world, '10 s after memcached is back')
    for (const price of [written, changed]) {
      await expectAsked([a, b], price, 'when memcached is back')
      for (const copy of [a, b]) await expectPriceHit(copy, price, 'when memcached is back')
    }
  },
)

meanwhile(
  'C8 answers reads right within 1.5 s while memcached is silent, and caches afterwards',
  { ...AGAIN, waits: 3 },
  async () => {
    const world = await worlds.own()
    const twins = await world.twins()
    const content = await fill(world)
    const { known } = content
    await expectAsked(twins, known, 'at first')
    for (const copy of twins) copy.memcached.blackhole()
    await expectReadsInTrouble(twins, world, content)
    await expectReadsInTrouble(twins, world, content)
    for (const copy of twins) copy.memcached.heal()
    await expectSettled(twins, world, '10 s after memcached answers again')
    await expectAsked(twins, known, 'when memcached answers again')
    // Answers that came too late must not be taken for those of later questions.
    const prices: Price[] = []
    for (let count = 0; count < 8; count++) prices.push(await world.stored())
    for (const round of ['for the first time', 'again', 'once more']) {
      for (const price of prices) {
        await expectAsked(twins, price, `read ${round} when memcached answers again`)
      }
    }
  },
)

meanwhile(
  'C8 starts while memcached is stopped or silent, and caches when it is there',
  { ...AGAIN, waits: 1 },
  async () => {
    const world = await worlds.own()
    const price = await world.stored()
    const expectAnswered = async (copy: Copy, state: string) => {
      const answer = await sendInTrouble(copy, asking(price.route))
      expectPrice(answer, price, `on ${copy.name}, started while memcached is ${state}`)
    }
    await world.cache.stop()
    const a = await world.copy('A', { direct: true })
    await expectAnswered(a, 'stopped')
    await world.cache.start()
    const b = await world.copy('B', { silent: true })
    await expectAnswered(b, 'silent')
    b.memcached.heal()
    const copies = [a, b]
    await expectSettled(copies, world, '10 s after memcached came')
    await expectAsked(copies, price, 'when memcached is there')
  },
)
