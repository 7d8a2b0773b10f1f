import { expect } from 'vitest'
import { type ServerSubject, SubjectError, type Submission, shared } from '../../harness/index.ts'
import {
  type At,
  bad,
  type Copy,
  converted,
  good,
  houseRules,
  integer,
  matching,
  type Operation,
  type Outcome,
  otherSpellings,
  outcomesOf,
  pattern,
  refused,
  type Sample,
  type ServerModel,
  type Step,
  id as sameId,
  sample,
  someId,
  text,
} from '../../harness/model/index.ts'
import { objectOf, type Shop } from './shop.ts'

type Customer = { key: string; id: string; email: string; name: unknown }
type Article = { key: string; sku: string; quantity: number }
/** @property at the instant, in ms; what a server took for now is known to a second */
type Order = { id: string; sku: string; qty: number; at: number; isNow: boolean }

/** What the shop must hold. Programs share a database: each sells articles of its own, to customers of its own. */
type World = {
  run: string
  /** Days that no other program is likely to speak of. */
  days: [string, string, string]
  customers: Map<string, Customer>
  stock: Map<string, Article>
  /** All there are, the newest first. */
  orders: Order[]
  /** The article that the last request was about, if it was about one that is there. */
  touched?: Article
}

/** The rules of the README, in its words. */
const RULES = {
  post: '`201` and `{id, email, name}`, as they were sent',
  taken:
    'Case makes no difference: `Ann@Example.test` and `ann@example.test` are the same address.',
  other: 'Everything else does.',
  customer: '`200` and `{id, email, name}`; `404` for an id that no customer has',
  email: '3 to 200 characters of printable ASCII without spaces.',
  oneAt: 'Exactly one is an `@`, and something stands on both sides of it: `a@b`',
  name: 'any text of 1 to 60 characters: letters of every script, emoji, quotes',
  add: 'adds to the stock of an article, which begins at 0',
  stock: '`200` and `{sku, quantity}`; `404` for an article that was never added to',
  order: 'takes `qty` from the stock: `201` and `{id, sku, qty, at}`',
  tooMany: '`409`; for an article that was never added to, `404` as well',
  newest:
    'the highest `id` first: an order of the past, with its own `at`, is new when it is entered',
  sku: '1 to 20 of `A`–`Z`, `0`–`9` and `-`.',
  skuInPath: 'In a path, another one is unknown: `404`, `400` or `422`',
  smallLetters: 'small letters make another one',
  amount: 'a whole number from 1 to 1,000,000',
  at: 'It is shown as the same instant.',
  noTime: 'a text that is no time.',
  limit: 'a whole number from 1 to 100; 20 where it is left out',
  offset: 'a whole number from 0; 0 where it is left out',
  days: 'days, written `2026-03-08`; both are needed.',
  period: '`from` is included, `to` is not.',
  day: '`200` and `{"days": [{day, orders, qty}, …]}`, oldest first. `day`: a day in UTC, wherever your server runs: from 00:00:00 to, not including, the next 00:00:00.',
} as const

const SECOND = 1000
const DAY = 86_400 * SECOND

/** Reads every order there is, whatever earlier programs have left. */
async function listOrders(server: ServerSubject): Promise<Order[]> {
  const all: Order[] = []
  for (let offset = 0; ; offset += 100) {
    const answer = await server.send({ path: `/orders?limit=100&offset=${offset}` })
    expect(answer).toHaveStatus(200)
    const page = objectOf(answer).orders
    if (!Array.isArray(page)) return all
    for (const { id, sku, qty, at } of page) {
      all.push({ id: String(id), sku, qty, at: new Date(at).getTime(), isNow: true })
    }
    // A page that is longer than it may be is the business of C4.
    if (page.length !== 100) return all
  }
}

async function openWorld(submission: Submission, shop: Shop): Promise<Copy<World>> {
  const copies = await shop.twins()
  const look = () => listOrders(copies[0].server)
  const orders = await look().catch(async (error: unknown) => {
    if (!(error instanceof SubjectError)) throw error
    // A program before this one has ended the server.
    for (const copy of copies) copy.server = await shared(() => copy.server.restart())()
    return look()
  })
  const run = submission.fresh.string(5, '0123456789')
  const year = submission.fresh.int(2001, 2036)
  const month = String(submission.fresh.int(1, 12)).padStart(2, '0')
  const days: World['days'] = [`${year}-${month}-08`, `${year}-${month}-09`, `${year}-${month}-11`]
  return {
    servers: copies.map(({ server }) => server),
    state: { run, days, customers: new Map(), stock: new Map(), orders },
    close: async () => {},
  }
}

const body = (fields: Record<string, string | undefined>): string => {
  const parts = Object.entries(fields).filter(([, json]) => json !== undefined)
  return `{${parts.map(([name, json]) => `"${name}":${json}`).join(',')}}`
}

const sameTime = ({ at, isNow }: Order) =>
  matching(new Date(at).toISOString(), (value) => {
    const isTime = typeof value === 'string' && /(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(value)
    // Date wants minutes in an offset.
    const written = String(value).replace(/([T ][\d:.]+[+-]\d\d)$/, '$1:00')
    const shown = isTime ? new Date(written).getTime() : Number.NaN
    return isNow ? Math.abs(shown - at) <= SECOND : shown === at
  })

const shownOrder = (order: Order) => {
  const { id, sku, qty } = order
  return { id: sameId(id), sku, qty, at: sameTime(order) }
}

/** What a report says of the orders, by UTC day. */
function daysOf(orders: Order[], from: string, to: string) {
  const days = Map.groupBy(orders, ({ at }) => new Date(at).toISOString().slice(0, 10))
  return [...days]
    .filter(([day]) => day >= from && day < to)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, all]) => ({
      day,
      orders: all.length,
      qty: all.reduce((sum, { qty }) => sum + qty, 0),
    }))
}

/** The contract of the shop. @param shop gives the two copies that all programs share */
export function shopModel(submission: Submission, shop: () => Promise<Shop>): ServerModel<World> {
  const { fresh } = submission
  const names = text(fresh, { min: 1, max: 60, rule: RULES.name })
  const amounts = integer(fresh, { min: 1, max: 1_000_000, rule: RULES.amount, plain: [1, 2, 5] })

  /** An address that no customer has, in small letters. */
  const mailOf = ({ run }: World, at: At) => `c${at.key.slice(1)}.${run}@example.test`

  function postCustomer(world: World, at: At, email: Sample, name: Sample, rule: string): Step {
    const kept = String(email.keeps)
    const isOdd = email.ok !== 'yes' ? email : name
    return {
      request: {
        method: 'POST',
        path: '/customers',
        json: body({ email: email.json, name: name.json }),
      },
      rule,
      outcomes: outcomesOf(isOdd, {
        status: 201,
        body: { id: someId, email: email.keeps, name: name.keeps },
        becomes({ body: { id } }) {
          const customer = { key: at.key, id: String(id), email: kept, name: name.keeps }
          world.customers.set(kept.toLowerCase(), customer)
        },
      }),
    }
  }

  const naming = (check: string, cases: Sample[]): Operation<World> => ({
    check,
    cases,
    plan: (world, name: Sample, at) => {
      const email = good('an address', mailOf(world, at))
      return postCustomer(world, at, email, name, name.ok === 'yes' ? RULES.post : RULES.name)
    },
  })

  /** Addresses made from one that is free. */
  const addresses: ((mail: string) => Sample)[] = [
    ...[200, 199, 192, 150].map(
      (length) => (mail: string) => good(`${length} characters`, mail.padStart(length, 'a')),
    ),
    (mail) => good('two letters at the end', mail.replace('@example.test', '@b')),
    (mail) => good('many signs', `!#$%&'*+-/=?^_\`{|}~.,;:()<>[]${mail}`),
    (mail) => good('quotes and a backslash', `"o'b\\r"${mail}`),
    (mail) => good('capitals', mail.toUpperCase()),
    (mail) => good('dots at the ends', `.${mail}.`),
    (mail) => bad('201 characters', mail.padStart(201, 'a')),
    (mail) => bad('300 characters', mail.padStart(300, 'a')),
    (mail) => bad('two @', `x@${mail}`),
    (mail) => bad('two @ in a row', mail.replace('@', '@@')),
    (mail) => bad('no @', mail.replace('@', '.')),
    (mail) => bad('nothing before the @', mail.slice(mail.indexOf('@'))),
    (mail) => bad('nothing behind the @', mail.slice(0, mail.indexOf('@') + 1)),
    () => bad('an @ alone', '@'),
    () => bad('an empty text', ''),
    (mail) => bad('a space inside', mail.replace('.', ' ')),
    (mail) => bad('a space beside the @', mail.replace('@', ' @')),
    (mail) => bad('a tab inside', mail.replace('.', '\t')),
    (mail) => bad('a newline at the end', `${mail}\n`),
    (mail) => bad('a second line', `${mail}\n${mail}`),
    (mail) => converted('a space at the end', JSON.stringify(`${mail} `), mail),
    (mail) => converted('a space at the beginning', JSON.stringify(` ${mail}`), mail),
    (mail) => bad('an é', `é${mail}`),
    (mail) => bad('a letter that folds to ASCII', mail.replace('e', 'ｅ')),
    (mail) => bad('an emoji', `📦${mail}`),
    (mail) => bad('DEL', `\u007f${mail}`),
    () => sample('missing', undefined, 'no'),
    () => bad('null', null),
    () => bad('a number', 7),
    () => bad('true', true),
    () => bad('an object', {}),
    (mail) => bad('a list of two', [mail, mail]),
    (mail) => converted('a list of one', JSON.stringify([mail]), mail),
  ]
  const addressing = (check: string, from: ((mail: string) => Sample)[]): Operation<World> => ({
    check,
    cases: from,
    plan(world, make: (mail: string) => Sample, at) {
      const email = make(mailOf(world, at))
      const rule = /@|behind|before/.test(email.what) ? RULES.oneAt : RULES.email
      return postCustomer(world, at, email, names.plain[0]!, rule)
    },
  })

  /** The same address in other letters. */
  const CASES: ((mail: string) => string)[] = [
    (mail) => mail,
    (mail) => mail.toUpperCase(),
    (mail) => mail.toLowerCase(),
    (mail) => mail[0]!.toUpperCase() + mail.slice(1).toLowerCase(),
    (mail) => mail.replace(/@.*/, (host) => host.toUpperCase()),
    (mail) =>
      [...mail].map((char, at) => (at % 2 ? char.toUpperCase() : char.toLowerCase())).join(''),
  ]
  /** Addresses that are nearly the same, and others all the same. */
  const NEAR: ((mail: string) => string)[] = [
    (mail) => mail.replace('.', ''),
    (mail) => mail.replace('.', '..'),
    (mail) => mail.replace('.', '_'),
    (mail) => mail.replace('.', '%'),
    (mail) => mail.replace('.', '+a.'),
    (mail) => mail.replace('@', '+a@'),
    (mail) => mail.replace('@', '-@'),
    (mail) => `${mail}.`,
    (mail) => `x${mail}`,
    (mail) => mail.replace('example', 'sample'),
  ]

  /** Articles of a program, such as `12345-3`; some read like numbers. */
  const SKUS: ((run: string) => string)[] = [
    (run) => `BOX-${run}`,
    (run) => run,
    (run) => `0${run}`,
    (run) => `${run}E0`,
    (run) => `-${run}`,
    (run) => `A${run}`.padEnd(20, 'Z'),
    (run) => `A${run}`.padEnd(19, 'Z'),
    (run) => `TAPE-${run}-0`,
    (run) => `--${run}--`,
  ]
  const ODD_SKUS = [
    'box-s',
    'BOX_S',
    'BOX S',
    'BOXES'.repeat(5),
    'B'.repeat(21),
    'BOX-S\n',
    '"BOX"',
    'BOX%',
    'toString',
  ]

  const stockOf = ({ sku, quantity }: Article): Step => ({
    request: { path: `/stock/${sku}` },
    rule: RULES.stock,
    outcomes: [{ status: 200, body: { sku, quantity } }],
  })

  const adding = (world: World, sku: string, add: Sample): Step => {
    world.touched = world.stock.get(sku)
    const before = world.touched?.quantity ?? 0
    const quantity = before + Number(add.keeps)
    return {
      request: { method: 'PUT', path: `/stock/${sku}`, json: body({ add: add.json }) },
      rule: add.ok === 'yes' ? RULES.add : RULES.amount,
      outcomes: outcomesOf(add, {
        status: 200,
        body: { sku, quantity },
        // The same in each play of a program, whatever its run is called.
        becomes() {
          world.touched = { key: sku.replace(world.run, ''), sku, quantity }
          world.stock.set(sku, world.touched)
        },
      }),
    }
  }

  function ordering(
    world: World,
    fields: { sku: Sample; qty: Sample; at?: Sample },
    rule: string,
  ): Step {
    const { sku, qty, at } = fields
    const article = world.stock.get(String(sku.keeps))
    world.touched = article
    const amount = Number(qty.keeps)
    const odd = [sku, qty, at].find((one) => one && one.ok !== 'yes')
    const fits = article !== undefined && amount <= article.quantity
    const when = at?.keeps as Date | undefined
    const sent = Date.now()
    const isNow = when === undefined
    const time = isNow
      ? matching(
          'about now',
          (value) => Math.abs(new Date(String(value)).getTime() - sent) < 1800 * SECOND,
        )
      : sameTime({ at: when.getTime(), isNow } as Order)
    const taken: Outcome = {
      status: 201,
      body: { id: someId, sku: sku.keeps, qty: qty.keeps, at: time },
      becomes({ body: made }) {
        article!.quantity -= amount
        const at = when?.getTime() ?? new Date(made.at).getTime()
        world.orders.unshift({ id: String(made.id), sku: article!.sku, qty: amount, at, isNow })
      },
    }
    const accepted = fits ? taken : refused(...(article ? [409] : [409, 404]))
    return {
      request: {
        method: 'POST',
        path: '/orders',
        json: body({ sku: sku.json, qty: qty.json, at: at?.json }),
      },
      rule,
      outcomes: odd ? outcomesOf(odd, accepted) : [accepted],
    }
  }

  const pickArticle = (world: World, at: At, least = 0) =>
    at.pick([...world.stock.values()].filter(({ quantity }) => quantity >= least))
  const goodSku = ({ sku }: Article) => good('an article', sku)

  /** So many of what there is. */
  const SIZES: ((quantity: number) => number)[] = [
    () => 1,
    (quantity) => Math.ceil(quantity / 2),
    (quantity) => quantity,
    (quantity) => quantity + 1,
    (quantity) => quantity + 1000,
    (quantity) => quantity - 1,
  ]
  const sized = (world: World, at: At, size: (quantity: number) => number): Step | undefined => {
    const article = pickArticle(world, at)
    const qty = article && size(article.quantity)
    if (!qty || qty < 1 || qty > 1_000_000) return undefined
    const fields = { sku: goodSku(article), qty: good('so many', qty) }
    return ordering(world, fields, qty > article.quantity ? RULES.tooMany : RULES.order)
  }

  // ---------------------------------------------------------- times

  const time = (written: string): Sample =>
    sample(written, JSON.stringify(written), 'yes', new Date(written))
  type Day = (world: World) => string
  const [first, second, fourth] = [0, 1, 2].map((at) => (world: World) => world.days[at]!) as [
    Day,
    Day,
    Day,
  ]
  const times: ((world: World) => Sample)[] = [
    ...[first, second, fourth].flatMap((day) =>
      [
        'T00:00:00Z',
        'T23:59:59Z',
        'T12:30:15+00:00',
        'T00:10:00+05:45',
        'T05:44:59+05:45',
        'T05:45:00+05:45',
        'T22:00:00-02:30',
        'T21:29:59-02:30',
        'T13:59:59+14:00',
        'T12:00:00-12:00',
      ].map((clock) => (world: World) => time(`${day(world)}${clock}`)),
    ),
    ...[
      '2028-02-29T12:00:00Z',
      '2000-02-29T23:30:00-01:00',
      '2000-01-01T00:00:00Z',
      '2037-12-31T23:59:59Z',
      // Hours that a clock in summer time skips, or shows twice.
      '2026-03-29T01:30:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-03-08T07:30:00Z',
      '2026-11-01T05:30:00Z',
    ].map((written) => () => time(written)),
  ]
  const noTimes: Sample[] = [
    ...[
      fresh.word(),
      '',
      'now',
      'null',
      '2026-13-01T00:00:00Z',
      '2026-00-10T00:00:00Z',
      '2026-03-08T25:00:00Z',
      '2026-03-08T12:61:00Z',
      '2026-03-08T12:00:00Zx',
      'x2026-03-08T12:00:00Z',
      '2026-03-08T12:00:00Z\n2026-03-08T12:00:00Z',
    ].map((written) => bad(written, written)),
    bad('an object', {}),
    bad('a list of two', ['2026-03-08T12:00:00Z', '2026-03-08T12:00:00Z']),
  ]
  const dated =
    (rule: string) =>
    (world: World, when: (world: World) => Sample, at: At): Step | undefined => {
      const article = pickArticle(world, at, 1)
      if (!article) return undefined
      const fields = { sku: goodSku(article), qty: good('one', 1), at: when(world) }
      return ordering(world, fields, rule)
    }

  const next = (day: string, by = 1) =>
    new Date(new Date(day).getTime() + by * DAY).toISOString().slice(0, 10)
  type Period = [from: string, to: string]
  const fixedPeriods: Period[] = [
    ['2028-02-29', '2028-03-01'],
    ['2000-01-01', '2000-03-01'],
    ['2000-01-01', '2038-01-01'],
    ['2037-12-31', '2038-01-01'],
    ['2026-03-08', '2026-03-09'],
    ['2026-03-29', '2026-03-30'],
    ['2026-10-25', '2026-10-26'],
  ]
  const periods: ((world: World) => Period)[] = [
    (world) => [first(world), next(fourth(world))],
    (world) => [first(world), fourth(world)],
    (world) => [second(world), next(second(world))],
    (world) => [next(first(world), -1), next(first(world))],
    (world) => [first(world), first(world)],
    (world) => [next(second(world)), fourth(world)],
    (world) => [fourth(world), first(world)],
    ...fixedPeriods.map((period) => () => period),
  ]
  const oddDays = [
    'x',
    '',
    '2026-13-01',
    '2026-3-8',
    '20260308',
    '0000-00-00',
    '2026-03-08T00:00:00Z',
    '2026-03-08x',
    '1e3',
    '2026-03-08%0A',
  ]

  // ---------------------------------------------------------- pages

  type Page = { query(all: number): string; slice(all: number): [number, number?] }
  const page = (limit: number | undefined, offset: (all: number) => number | undefined): Page => ({
    query(all) {
      const from = offset(all)
      const parts = [
        limit !== undefined && `limit=${limit}`,
        from !== undefined && `offset=${from}`,
      ]
      return parts.filter(Boolean).join('&')
    },
    slice: (all) => [offset(all) ?? 0, (offset(all) ?? 0) + (limit ?? 20)],
  })
  const none = () => undefined
  const pages = [
    page(undefined, none),
    page(1, none),
    page(2, () => 0),
    page(100, none),
    page(undefined, () => 1),
    page(3, () => 2),
    page(20, (all) => Math.max(0, all - 1)),
    page(20, (all) => Math.max(0, all - 20)),
    page(5, (all) => all),
    page(5, (all) => all + 1),
    page(undefined, () => 1_000_000),
    page(1, () => 999_999_999),
  ]
  const oddPages = [
    ...[
      '0',
      '101',
      '-1',
      'ten',
      '2x',
      '1.5',
      '',
      '1e1',
      '0x5',
      '%2B5',
      '1;drop table orders',
      '1 or 1',
      '1000',
      '5,',
      '2 3',
      'NaN',
      'null',
      '99999999999999999999',
    ].map((value) => `limit=${value}`),
    ...['-1', 'x', '1e1', '1.0', '', '2x', '0x5', '-0.5', 'NaN', '1 or 1'].map(
      (value) => `offset=${value}`,
    ),
    'limit=5&offset=-1',
    'limit=0&offset=1',
  ].map((query) => query.replaceAll(' ', '%20'))

  const knownArticle = (world: World, at: At) => {
    const article = pickArticle(world, at)
    return article && `/stock/${article.sku}`
  }

  const operations: Record<string, Operation<World>> = {
    // C1
    post: {
      ...naming('C1', [...names.plain, ...names.edges.filter(({ ok }) => ok === 'yes')]),
      plain: names.plain,
    },
    get: {
      check: 'C1',
      plain: [0],
      cases: fresh.list(12, (index) => index),
      plan(world, _: number, at) {
        const customer = at.pick([...world.customers.values()])
        if (!customer) return undefined
        const { id, email, name } = customer
        const outcomes = [{ status: 200, body: { id: sameId(id), email, name } }]
        return { request: { path: `/customers/${id}` }, rule: RULES.customer, outcomes }
      },
    },
    getUnknown: {
      check: 'C1',
      cases: [
        '0',
        '-1',
        '987654321',
        '2147483648',
        '9223372036854775807',
        '9223372036854775808',
        '18446744073709551616',
        'nobody',
        'null',
        '1 or 1=1',
      ],
      plan: (_, id: string) => ({
        request: { path: `/customers/${encodeURIComponent(id)}` },
        rule: RULES.customer,
        outcomes: [refused(...(/^[1-9]\d*$/.test(id) ? [404] : []), 404, 400, 422)],
      }),
    },
    getOtherSpelling: {
      check: 'C1',
      cases: otherSpellings('1').map((_, index) => index),
      optional: true,
      plan(world, index: number, at) {
        const customer = at.pick([...world.customers.values()])
        const spelled = customer && otherSpellings(customer.id)[index]
        if (!spelled) return undefined
        const { id, email, name } = customer
        // What reads as the same id may be the same customer: 03 for 3, capitals in a UUID, a blank behind it.
        const text = decodeURIComponent(spelled)
        const isSame = Number(text) === Number(id) || text.trim().toLowerCase() === id.toLowerCase()
        const found = { status: 200, body: { id: sameId(id), email, name } }
        return {
          request: { path: `/customers/${spelled}` },
          rule: RULES.customer,
          outcomes: [refused(404, 400, 422), ...(isSame ? [found] : [])],
        }
      },
    },

    // C2
    same: {
      check: 'C2',
      cases: [...CASES, ...CASES],
      plan(world, spell: (mail: string) => string, at) {
        const customer = at.pick([...world.customers.values()])
        if (!customer) return undefined
        const json = body({
          email: JSON.stringify(spell(customer.email)),
          name: names.plain[1]!.json,
        })
        return {
          request: { method: 'POST', path: '/customers', json },
          rule: RULES.taken,
          outcomes: [refused(409)],
        }
      },
    },
    again: {
      check: 'C2',
      cases: fresh.list(4, (index) => index),
      plan(world, _: number, at) {
        const customer = at.pick([...world.customers.values()])
        if (!customer) return undefined
        const { email, name } = customer
        return {
          request: { method: 'POST', path: '/customers', json: JSON.stringify({ email, name }) },
          rule: RULES.taken,
          outcomes: [refused(409)],
        }
      },
    },
    nearly: {
      check: 'C2',
      cases: [...NEAR, ...NEAR],
      plan(world, change: (mail: string) => string, at) {
        const customer = at.pick([...world.customers.values()])
        const email = customer && change(customer.email)
        if (!email || email.length > 200 || world.customers.has(email.toLowerCase()))
          return undefined
        return postCustomer(world, at, good('another address', email), names.plain[0]!, RULES.other)
      },
    },
    samePost: {
      check: 'C2',
      cases: CASES.slice(1),
      plan: (world, spell: (mail: string) => string, at) =>
        postCustomer(
          world,
          at,
          good('an address', spell(mailOf(world, at))),
          names.plain[2]!,
          RULES.post,
        ),
    },
    getSame: {
      check: 'C2',
      cases: fresh.list(8, (index) => index),
      plan: (world, value: number, at) => operations.get!.plan(world, value, at),
    },

    // C3
    add: {
      check: 'C3',
      plain: SKUS.slice(0, 4).map((sku, index) => ({ sku, add: 3 + index * 4 })),
      weight: 2,
      cases: [...SKUS, ...SKUS].map((sku, index) => ({
        sku,
        add: [1, 7, 1_000_000, 250][index % 4]!,
      })),
      plan: (world, { sku, add }: { sku: (run: string) => string; add: number }) =>
        adding(world, sku(world.run), good('so many', add)),
    },
    order: {
      check: 'C3',
      plain: SIZES.slice(0, 2),
      weight: 2,
      cases: [...SIZES, ...SIZES, ...SIZES],
      plan: (world, size: (quantity: number) => number, at) => sized(world, at, size),
    },
    orderOfNothing: {
      check: 'C3',
      cases: fresh.list(4, (index) => index),
      plan(world, n: number) {
        const sku = good('an article', `NEVER-${world.run}-${n}`)
        return ordering(world, { sku, qty: good('one', 1) }, RULES.tooMany)
      },
    },
    getStock: {
      check: 'C3',
      plain: [0],
      cases: fresh.list(12, (index) => index),
      plan(world, _: number, at) {
        const article = pickArticle(world, at)
        return article && stockOf(article)
      },
    },
    getNoStock: {
      check: 'C3',
      cases: [...fresh.list(4, (n) => (run: string) => `NEVER-${run}-${n}`), ...SKUS],
      optional: true,
      plan(world, make: (run: string) => string) {
        const sku = make(world.run)
        if (world.stock.has(sku)) return undefined
        return { request: { path: `/stock/${sku}` }, rule: RULES.stock, outcomes: [refused(404)] }
      },
    },

    // C4
    page: {
      check: 'C4',
      cases: [...pages, ...pages],
      plan({ orders }, { query, slice }: Page) {
        const asked = query(orders.length)
        const wanted = orders.slice(...slice(orders.length)).map(shownOrder)
        return {
          request: { path: `/orders${asked && `?${asked}`}` },
          rule: /offset/.test(asked)
            ? RULES.offset
            : /limit/.test(asked)
              ? RULES.limit
              : RULES.newest,
          outcomes: [{ status: 200, body: { orders: wanted } }],
        }
      },
    },
    orderOfThePast: {
      check: 'C4',
      cases: times.slice(0, 12),
      plan: dated(RULES.newest),
    },
    oddPage: {
      check: 'C4',
      cases: oddPages,
      plan: (_, query: string) => ({
        request: { path: `/orders?${query}` },
        rule: /^limit=(?!5&)/.test(query) ? RULES.limit : RULES.offset,
        // Numbers that no database can count to are the house rules' affair.
        outcomes: [refused(400, 422)],
      }),
    },

    // C5
    postOddName: naming(
      'C5',
      names.edges.filter(({ ok }) => ok !== 'yes'),
    ),
    postLongName: naming(
      'C5',
      names.edges.filter(({ ok, what }) => ok === 'yes' && /^\d/.test(what)),
    ),
    postAddress: addressing('C5', addresses),
    postShortest: {
      check: 'C5',
      cases: fresh.list(3, () => `${fresh.string(1)}@${fresh.string(1)}`),
      plan: (_, email: string) => ({
        request: {
          method: 'POST',
          path: '/customers',
          json: JSON.stringify({ email, name: 'Ann' }),
        },
        rule: RULES.oneAt,
        // Somebody may have it already.
        outcomes: [{ status: 201, body: { id: someId, email } }, refused(409)],
      }),
    },
    addOdd: {
      check: 'C5',
      cases: amounts.edges,
      plan(world, amount: Sample, at) {
        const article = pickArticle(world, at)
        return article && adding(world, article.sku, amount)
      },
    },
    addToOdd: {
      check: 'C5',
      cases: ODD_SKUS.flatMap((sku) => ['PUT', 'GET'].map((method) => ({ sku, method }))),
      plan: (_, { sku, method }: { sku: string; method: string }) => ({
        request: {
          method,
          path: `/stock/${encodeURIComponent(sku)}`,
          json: method === 'PUT' ? '{"add":2}' : undefined,
        },
        rule: RULES.skuInPath,
        outcomes: [refused(404, 400, 422)],
      }),
    },
    getOtherCase: {
      check: 'C5',
      cases: fresh.list(4, (index) => index),
      plan(world, _: number, at) {
        const letters = [...world.stock.values()].filter(({ sku }) => /[A-Z]/.test(sku))
        const article = at.pick(letters)
        return (
          article && {
            request: { path: `/stock/${article.sku.toLowerCase()}` },
            rule: RULES.smallLetters,
            outcomes: [refused(404, 400, 422)],
          }
        )
      },
    },
    addToShortest: {
      check: 'C5',
      cases: ['-', fresh.string(1, 'ABCXYZ'), fresh.string(1, '0123456789')],
      plan: (_, sku: string) => ({
        request: { method: 'PUT', path: `/stock/${sku}`, json: '{"add":1}' },
        rule: RULES.sku,
        outcomes: [
          {
            status: 200,
            body: { sku, quantity: matching('a number', (value) => typeof value === 'number') },
          },
        ],
      }),
    },
    orderOddAmount: {
      check: 'C5',
      cases: amounts.edges,
      plan(world, qty: Sample, at) {
        const article = pickArticle(world, at, 10)
        return article && ordering(world, { sku: goodSku(article), qty }, RULES.amount)
      },
    },
    orderOddSku: {
      check: 'C5',
      cases: pattern(fresh, {
        pattern: /^[A-Z0-9-]{1,20}$/,
        plain: ['BOX-S'],
        rule: RULES.sku,
      }).edges.filter(({ ok }) => ok === 'no'),
      plan: (world, sku: Sample) => ordering(world, { sku, qty: good('one', 1) }, RULES.sku),
    },
    orderAtNoTime: {
      check: 'C5',
      cases: noTimes.map((one) => () => one),
      plan: dated(RULES.noTime),
    },
    ...houseRules<World>({
      routes: {
        customers: {
          path: () => '/customers',
          methods: ['POST'],
          bodies: { POST: '{"email":"a@b","name":"Ann"}' },
        },
        orders: {
          path: () => '/orders',
          methods: ['GET', 'POST'],
          bodies: { POST: '{"sku":"BOX-S","qty":1}' },
        },
        stock: { path: knownArticle, methods: ['GET', 'PUT'], bodies: { PUT: '{"add":1}' } },
      },
      checks: { malformed: 'C5', noObject: 'C5', emptyBody: 'C5' },
    }),

    // C6
    orderAt: { check: 'C6', cases: times, plain: times.slice(0, 8), plan: dated(RULES.at) },
    report: {
      check: 'C6',
      cases: [...periods, ...periods],
      plan(world, period: (world: World) => Period) {
        const { orders } = world
        const [from, to] = period(world)
        const taken: Outcome = { status: 200, body: { days: daysOf(orders, from, to) } }
        return {
          request: { path: `/report?from=${from}&to=${to}` },
          rule: from < to ? RULES.day : RULES.period,
          outcomes: from > to ? [taken, refused(400, 422)] : [taken],
        }
      },
    },
    oddReport: {
      check: 'C6',
      cases: [
        ...oddDays.flatMap((day) => [`from=${day}&to=2026-03-09`, `from=2026-03-08&to=${day}`]),
        'from=2026-03-08',
        'to=2026-03-09',
        '',
      ],
      plan: (_, query: string) => ({
        request: { path: `/report?${query}` },
        rule: RULES.days,
        outcomes: [refused(400, 422)],
      }),
    },
  }
  return {
    // Its cases are many, and each is looked at on both copies.
    ordinary: 2,
    open: async () => openWorld(submission, await shop()),
    operations,
    // The newest orders, and the article that the request was about.
    observe(world) {
      const { orders, touched } = world
      world.touched = undefined
      const newest: Step = {
        request: { path: '/orders?limit=10' },
        rule: RULES.newest,
        outcomes: [{ status: 200, body: { orders: orders.slice(0, 10).map(shownOrder) } }],
      }
      return touched ? [newest, stockOf(touched)] : newest
    },
  }
}
