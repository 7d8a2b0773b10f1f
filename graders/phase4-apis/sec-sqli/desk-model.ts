import type { ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  bodies,
  houseRules,
  type Operation,
  type Outcome,
  otherSpellings,
  outcomesOf,
  refused,
  type ServerModel,
  type Step,
  someId,
  text,
} from '../../harness/model/index.ts'
import {
  type Attack,
  IDS,
  LIMITS,
  LOGIN_NAMES,
  LOGIN_PASSWORDS,
  PATH_IDS,
  SEARCHES,
  SORTS,
  STORED,
  toldOf,
} from './attacks.ts'
import {
  byIds,
  customersPath,
  forLogin,
  idsPath,
  login,
  type Page,
  pageOf,
  parcelsOf,
} from './requests.ts'
import { type Clerk, type Customer, type Desk, HONEST, makeDesk, type World } from './world.ts'

/** The rules of the README, in its words. */
export const RULES = {
  customer:
    '`name`, `city` of a customer | a text of 1 to 200 characters, stored and shown as it came',
  login:
    '`name`, `password` of a login | texts, compared whole and letter by letter; where no clerk has both: `401`',
  loggedIn: '`200` and `{id, name}` of the clerk who has this name and this password',
  search:
    '`search` | a text. Customers are found whose name contains it, letter by letter: `a` is not `A`',
  wildcards: '`%`, `_` and `\\` in it | stand for themselves',
  noSearch: '… no `search`, or an empty one | finds all customers',
  sort: '`sort` | `id`, `name` or `city`; `id` where it is missing. Texts are ordered by code point',
  limit:
    '`limit` | a whole number from 1 to 500, in digits 0–9; the first so many customers are shown, 50 where it is missing',
  ids: '`ids` | 1 to 50 whole numbers in digits 0–9, with commas between, and nothing else',
  lacking: '… an id that no parcel has | is left out',
  twice: '… an id that stands twice | is shown once',
  others:
    'anything else in `sort`, `limit` or `ids`, and no `ids` | `400` or `422`: `name desc`, `1e1`, `0x10`, `5abc`, `1,,2`, an empty text',
  noId: '`{id}` that no customer has | `404`',
  parcels:
    "`200` and an array of the parcels whose `sender` is exactly the customer's name, ordered by `id`",
  isText:
    'text that looks like SQL, in a body, a search or a row | is text: it is stored, found and compared like any other',
} as const

/** More than that need not be there for anything; what is asked for shows 500. */
const MOST_CUSTOMERS = 400
/** Rows of other programs have ids from here on. */
const FIRST_FOREIGN = 600

/** The rule, and what the text in the request was to do. */
const because = (rule: string, attack: Attack) => `${rule}   (${toldOf(attack)})`

/** Stands for a list of two texts, of which one is right. */
const OF_TWO = 'a list of two'

const json = (value: object) => JSON.stringify(value)

/** The contract of the desk: honest requests, and attacks, which are answered like any other text. */
export function deskModel(
  submission: Submission,
  world: World,
): ServerModel<Desk> & { last?: Desk } {
  const { fresh } = submission
  const makeNew = makeDesk(fresh)
  const customerText = (rule: string) => text(fresh, { min: 1, max: 200, rule })
  const pool = bodies(fresh, {
    name: customerText(RULES.customer),
    city: customerText(RULES.customer),
  })
  const honest = HONEST.flatMap((name): Body[] => {
    const city = fresh.pick(HONEST)
    return [{ json: json({ name, city }), ok: 'yes', keeps: { name, city }, what: name }]
  })

  /** A new customer. */
  function posting(desk: Desk, body: Body, at: At, rule: string, checks = false): Step | undefined {
    if (desk.customers.size >= MOST_CUSTOMERS) return undefined
    const made: Outcome = {
      status: 201,
      body: { id: someId, ...body.keeps },
      also: ({ body: { id } }) =>
        desk.customers.has(String(id)) ? `the id ${id} is that of another customer` : undefined,
      becomes({ body: { id, name, city } }) {
        const key = at.key
        desk.customers.set(String(id), { key, id: String(id), name, city, note: '' })
        if (checks) desk.made = String(id)
      },
    }
    return {
      request: { method: 'POST', path: '/customers', json: body.json },
      rule,
      outcomes: outcomesOf(body, made),
    }
  }

  /** A page of customers. */
  const listing = (desk: Desk, page: Page, rule: string): Step => ({
    request: { path: customersPath(page) },
    rule,
    outcomes: [{ status: 200, body: pageOf(desk, page) }],
  })

  /** The parcels of a customer. */
  const parcelsStep = (desk: Desk, { id, name }: Customer, rule: string): Step => ({
    request: { path: `/customers/${id}/parcels` },
    rule,
    outcomes: [{ status: 200, body: parcelsOf(desk, name) }],
  })

  const clerkBy = (desk: Desk, at: At) => at.pick([...desk.clerks.values()])

  // ------------------------------------------------------------ C1: honest requests

  // Any sign may be the one that somebody escapes with.
  const signs = [...'!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~', "'"]
  const words = ['--', '–', 'O', 'o', 'off', 'ü', 'u\u0308', '京', '📦']
  const parts = ['100%', '0%_', '_o', "n'", 'no such name', ' ']
  const searches = [...HONEST, ...signs, ...words, ...parts]
  const wrong: Record<string, (clerk: Clerk, other: Clerk) => object> = {
    'the password of another clerk': ({ name }, { password }) => ({ name, password }),
    'a letter too many': ({ name, password }) => ({ name, password: `${password}x` }),
    'a letter too few': ({ name, password }) => ({
      name,
      password: [...password].slice(0, -1).join(''),
    }),
    'a blank at the end': ({ name, password }) => ({ name, password: `${password} ` }),
    'a blank behind the name': ({ name, password }) => ({ name: `${name} `, password }),
    'a blank before the name': ({ name, password }) => ({ name: ` ${name}`, password }),
    'the name in capitals': ({ name, password }) => ({ name: name.toUpperCase(), password }),
    'no password': ({ name }) => ({ name, password: '' }),
    'no name': ({ password }) => ({ name: '', password }),
    'a wildcard for a name': ({ password }) => ({ name: '%', password }),
    'a wildcard for a password': ({ name }) => ({ name, password: '%' }),
    'the salt before the password': ({ name, salt, password }) => ({
      name,
      password: `${salt}${password}`,
    }),
  }
  const SORT_CASES: Page[] = [undefined, 'id', 'name', 'city'].flatMap((sort) =>
    [undefined, '1', '2', '7', '50', '499', '500'].map((limit) => ({ sort, limit })),
  )

  const honestOperations: Record<string, Operation<Desk>> = {
    post: {
      check: 'C1',
      plain: pool.plain,
      cases: [...pool.edges, ...honest],
      plan: (desk, body: Body, at) => posting(desk, body, at, RULES.customer, true),
    },
    find: {
      check: 'C1',
      plain: ['a', 'e'],
      cases: searches,
      plan(desk, search: string) {
        const rule = /[%_\\]/.test(search) ? RULES.wildcards : RULES.search
        return listing(desk, { search, limit: '500' }, rule)
      },
    },
    findAll: {
      check: 'C1',
      cases: [{}, { search: '' }, { search: '', sort: 'name' }],
      plan: (desk, page: Page) => listing(desk, page, RULES.noSearch),
    },
    longSearch: {
      check: 'C1',
      cases: ['a', "'", '📦', '%', "''"],
      plan: (desk, char: string) =>
        listing(desk, { search: char.repeat(200 / [...char].length) }, RULES.search),
    },
    page: {
      check: 'C1',
      plain: SORT_CASES.slice(0, 3),
      cases: SORT_CASES.flatMap((page) => [page, { ...page, search: 'a' }]),
      plan: (desk, page: Page) =>
        listing(desk, page, /name|city/.test(page.sort ?? '') ? RULES.sort : RULES.limit),
    },
    ids: {
      check: 'C1',
      plain: [[0], [2, 1]],
      cases: [
        [0],
        [44],
        [3, 1, 2],
        [5, 5],
        [7, 8, 7, 8, 7],
        Array.from({ length: 44 }, (_, index) => index),
        [...Array.from({ length: 44 }, (_, index) => 44 - index), 3, 4, 5, 6, 7, 8],
      ],
      plan(desk, places: number[]) {
        const known = [...desk.parcels.keys()]
        const ids = places.map((place) => known[place % known.length]!)
        const rule = new Set(ids).size < ids.length ? RULES.twice : RULES.ids
        return { request: { path: idsPath(ids.join(',')) }, rule, outcomes: [byIds(desk, ids)] }
      },
    },
    lackingIds: {
      check: 'C1',
      cases: [['999999'], ['1', '999999'], ['999998', '2', '999999', '1'], ['2147483647', '3']],
      plan: (desk, ids: string[]) => ({
        request: { path: idsPath(ids.join(',')) },
        rule: RULES.lacking,
        outcomes: [byIds(desk, ids)],
      }),
    },
    largeIds: {
      check: 'C1',
      cases: ['2147483648', '1,9007199254740993', '9223372036854775807', '9223372036854775808,1'],
      plan: (desk, ids: string) => ({
        request: { path: idsPath(ids) },
        rule: RULES.lacking,
        // A number beyond the range of the column may be no id at all.
        outcomes: [byIds(desk, ids.split(',')), refused(400, 422)],
      }),
    },
    parcels: {
      check: 'C1',
      plain: ['customer 0', 'customer 1'],
      // Each of those who are there from the beginning.
      cases: [...makeNew().customers.values()].map(({ key }) => key),
      plan(desk, wanted: string) {
        const customer = [...desk.customers.values()].find(({ key }) => key === wanted)
        return customer && parcelsStep(desk, customer, RULES.parcels)
      },
    },
    noCustomer: {
      check: 'C1',
      cases: ['999999999', '0', 'x', '99999999999999999999', '-1', 'null'],
      plan: (_, id: string) => ({
        request: { path: `/customers/${id}/parcels` },
        rule: RULES.noId,
        outcomes: [id === '999999999' ? refused(404) : refused(404, 400, 422)],
      }),
    },
    otherId: {
      check: 'C1',
      cases: otherSpellings('7').map((_, spelling) => spelling),
      plan(desk, spelling: number, at) {
        const customer = at.pick([...desk.customers.values()])
        if (!customer) return undefined
        const id = otherSpellings(customer.id)[spelling]!
        return {
          request: { path: `/customers/${id}/parcels` },
          rule: 'An id is a text or a whole number, and only its own spelling is the id.',
          outcomes: [refused(404, 400, 422)],
        }
      },
    },
    login: {
      check: 'C1',
      plain: [0],
      cases: [...makeNew().clerks.keys()].map((_, index) => index),
      plan(desk, index: number) {
        const clerk = [...desk.clerks.values()][index]!
        return login(desk, forLogin(clerk), RULES.loggedIn)
      },
    },
    wrongLogin: {
      check: 'C1',
      cases: Object.keys(wrong).flatMap((what) => [what, what]),
      plan(desk, what: string, at) {
        const [clerk, other] = [clerkBy(desk, at)!, clerkBy(desk, at)!]
        return login(desk, wrong[what]!(clerk, other), `${RULES.login}   (${what})`)
      },
    },
    noText: {
      check: 'C1',
      cases: ['name', 'password'].flatMap((field) =>
        [undefined, null, 7, true, {}, [], ['x', 'y'], OF_TWO, { $ne: null }, { length: 3 }].map(
          (value) => ({
            ...{ field, value },
          }),
        ),
      ),
      plan(desk, { field, value }: { field: string; value: unknown }, at) {
        const clerk = clerkBy(desk, at)!
        return {
          request: {
            ...{ method: 'POST', path: '/login' },
            json: json({
              ...forLogin(clerk),
              [field]: value === OF_TWO ? ['x', forLogin(clerk)[field as 'name']] : value,
            }),
          },
          rule: RULES.login,
          outcomes: [refused(400, 401, 422)],
        }
      },
    },
  }

  // ------------------------------------------------------------ C2: logins

  const loginAttacks: Record<string, Operation<Desk>> = {
    nameAttack: {
      check: 'C2',
      cases: LOGIN_NAMES.flatMap((one) => [
        { ...one, after: false },
        { ...one, after: true },
      ]),
      plan(desk, one: Attack & { after: boolean }, at) {
        const clerk = clerkBy(desk, at)!
        // Behind a clerk's name, or alone.
        const name = `${one.after ? clerk.name : ''}${one.text}`
        return login(desk, { name, password: 'x' }, because(RULES.isText, one))
      },
    },
    passwordAttack: {
      check: 'C2',
      cases: LOGIN_PASSWORDS,
      plan(desk, one: Attack, at) {
        const clerk = clerkBy(desk, at)!
        const body = { name: clerk.name, password: one.text }
        return login(desk, body, because(RULES.isText, one))
      },
    },
    bothAttack: {
      check: 'C2',
      cases: [
        { idea: 'has a backslash that swallows the quote', name: '\\', password: ' or 1=1 --' },
        { idea: 'has tautologies in both', name: "' or ''='", password: "' or ''='" },
        { idea: 'opens a comment and closes it', name: "' or 1=1 /*", password: '*/ --' },
      ],
      plan: (desk, { idea, ...body }: { idea: string; name: string; password: string }) =>
        login(desk, body, because(RULES.isText, { idea, text: '' })),
    },
    otherName: {
      check: 'C2',
      cases: ["'||'", "' and '1'='1", "' --", "'/*x*/ --", "' or '1'='2"],
      plan(desk, text: string, at) {
        // With the right password: what is wrong is the name alone.
        const { name, password } = clerkBy(desk, at)!
        const middle = Math.ceil(name.length / 2)
        const bent =
          text === "'||'"
            ? `${name.slice(0, middle)}${text}${name.slice(middle)}`
            : `${name}${text}`
        const idea = 'is written into the name of a clerk whose password is right'
        return login(desk, { name: bent, password }, because(RULES.isText, { idea, text }))
      },
    },
  }

  // ------------------------------------------------------------ C3: searches, and what is stored

  const searchAttacks: Record<string, Operation<Desk>> = {
    searchAttack: {
      check: 'C3',
      cases: SEARCHES,
      plan: (desk, one: Attack) =>
        listing(desk, { search: one.text, limit: '500' }, because(RULES.isText, one)),
    },
    behindName: {
      check: 'C3',
      cases: ["' and '1'='1", "%' and '1'='1", "' --", "%' --", "'||'"],
      plan(desk, text: string, at) {
        const customer = at.pick([...desk.customers.values()])
        if (!customer || [...customer.name].length > 150) return undefined
        const idea = 'comes behind the name of a customer'
        const search = `${customer.name}${text}`
        return listing(desk, { search, limit: '500' }, because(RULES.isText, { idea, text }))
      },
    },
    postAttack: {
      check: 'C3',
      cases: SEARCHES.map((one, index) => ({ ...one, field: index % 2 ? 'name' : 'city' })),
      plan(desk, { field, ...one }: Attack & { field: string }, at) {
        const keeps = { name: 'Ada', city: 'Vigo', [field]: one.text }
        const body: Body = { json: json(keeps), ok: 'yes', keeps, what: one.idea }
        return posting(desk, body, at, because(RULES.isText, one))
      },
    },
    findTwin: {
      check: 'C3',
      cases: SEARCHES.map((one, index) => ({ ...one, index })),
      plan(desk, { index, ...one }: Attack & { index: number }, at) {
        const customer = foreign(index, one.text, at)
        return {
          ...listing(
            { ...desk, customers: new Map(desk.customers).set(customer.id, customer) },
            { search: one.text, limit: '500' },
            because(RULES.isText, one),
          ),
          ...bringing(desk, customer),
        }
      },
    },
  }

  /** A customer whom another program adds. */
  const foreign = (index: number, name: string, { key }: At): Customer => ({
    ...{ key, id: String(FIRST_FOREIGN + index), name, city: 'Vigo', note: '' },
  })

  /** The customer, or the one who has the id already, is there before the request. */
  const bringing = (desk: Desk, { id, name, city, key, note }: Customer): Pick<Step, 'before'> => ({
    before: {
      what: [
        `another program adds a customer with the id ${id} and the name ${json([name]).slice(1, -1)}`,
      ],
      async run() {
        await world.db.query(
          `insert into customers (id, name, city) values ($1, $2, $3)
           on conflict (id) do update set name = $2, city = $3`,
          [id, name, city],
        )
        desk.customers.set(id, { key, id, name, city, note })
      },
    },
  })

  // ------------------------------------------------------------ C5: what is no value

  /** One that breaks its rule, alone and beside a right one. */
  const refusing = (name: 'sort' | 'limit', attacks: Attack[], right: string) => ({
    check: 'C5',
    cases: attacks.flatMap((one, index) => [
      { ...one, form: 'alone' },
      ...(index % 3 === 0
        ? [
            { ...one, form: 'twice' },
            { ...one, form: 'brackets' },
          ]
        : []),
    ]),
    plan(desk: Desk, one: Attack & { form: string }): Step {
      const bad = encodeURIComponent(one.text)
      const rule = because(RULES.others, one)
      if (one.form === 'alone') {
        return {
          request: { path: `/customers?${name}=${bad}` },
          rule,
          outcomes: [refused(400, 422)],
        }
      }
      if (one.form === 'twice') {
        const path = `/customers?${name}=${right}&${name}=${bad}`
        const outcomes = [{ status: 200, body: pageOf(desk, { [name]: right }) }, refused(400, 422)]
        return { request: { path }, rule, outcomes }
      }
      // A parameter with another name, or a list, by how the framework reads it.
      const outcomes = [{ status: 200, body: pageOf(desk, {}) }, refused(400, 422)]
      return { request: { path: `/customers?${name}[]=${bad}` }, rule, outcomes }
    },
  })

  const valueAttacks: Record<string, Operation<Desk>> = {
    sortAttack: refusing('sort', SORTS, 'name'),
    limitAttack: refusing('limit', LIMITS, '3'),
    idsAttack: {
      check: 'C5',
      cases: [undefined, ...IDS],
      plan: (_, one: Attack | undefined) => ({
        request: { path: one ? idsPath(one.text) : '/parcels' },
        rule: one ? because(RULES.others, one) : RULES.others,
        outcomes: [refused(400, 422)],
      }),
    },
    idsTwice: {
      check: 'C5',
      cases: IDS.filter((_, index) => index % 3 === 0),
      plan: (desk, one: Attack) => ({
        request: { path: `${idsPath('1')}&ids=${encodeURIComponent(one.text)}` },
        rule: because(RULES.others, one),
        outcomes: [byIds(desk, ['1']), refused(400, 422)],
      }),
    },
    searchTwice: {
      check: 'C8',
      cases: [
        ['O', "'"],
        ["'", 'O'],
        ['a', ''],
        ['%', 'a'],
      ],
      plan: (desk, searches: string[]) => ({
        request: {
          path: `/customers?${searches.map((search) => `search=${encodeURIComponent(search)}`).join('&')}`,
        },
        rule: 'a parameter that stands twice | any of its values, or `400` or `422`',
        outcomes: [
          ...searches.map((search) => ({ status: 200, body: pageOf(desk, { search }) })),
          refused(400, 422),
        ],
      }),
    },
    pathAttack: {
      check: 'C5',
      cases: PATH_IDS,
      plan: (_, one: Attack) => ({
        request: { path: `/customers/${encodeURIComponent(one.text)}/parcels` },
        rule: because(RULES.noId, one),
        outcomes: [refused(404, 400, 422)],
      }),
    },
  }

  // ------------------------------------------------------------ C6: what was stored first

  const storedAttacks: Record<string, Operation<Desk>> = {
    storedByRequest: {
      check: 'C6',
      cases: STORED,
      plan(desk, one: Attack, at) {
        const keeps = { name: one.text, city: 'Vigo' }
        const body: Body = { json: json(keeps), ok: 'yes', keeps, what: one.idea }
        return posting(desk, body, at, because(RULES.isText, one), true)
      },
    },
    storedByOther: {
      check: 'C6',
      cases: STORED.map((one, index) => ({ ...one, index })),
      plan(desk, { index, ...one }: Attack & { index: number }, at) {
        const customer = foreign(100 + index, one.text, at)
        const step = parcelsStep(desk, customer, because(RULES.isText, one))
        return { ...step, ...bringing(desk, customer) }
      },
    },
    storedBehindName: {
      check: 'C6',
      cases: [
        "' --",
        "' or '1'='1",
        "'||'",
        "' and '1'='1",
        '%',
        '_',
        ' ',
        "' or sender like '%",
      ].map((text, index) => ({ text, index })),
      plan(desk, { text, index }: { text: string; index: number }, at) {
        const parcel = at.pick([...desk.parcels.values()])
        if (!parcel) return undefined
        const idea = 'comes behind the name of another sender'
        const customer = foreign(200 + index, `${parcel.sender}${text}`, at)
        const step = parcelsStep(desk, customer, because(RULES.isText, { idea, text }))
        return { ...step, ...bringing(desk, customer) }
      },
    },
    storedWildcard: {
      check: 'C6',
      cases: ['%', '_%', '%a%', 'O_Brien'].map((text, index) => ({ text, index })),
      plan(desk, { text, index }: { text: string; index: number }, at) {
        const customer = foreign(300 + index, text, at)
        const step = parcelsStep(desk, customer, RULES.parcels)
        return { ...step, ...bringing(desk, customer) }
      },
    },
  }

  // ------------------------------------------------------------ C8: the house rules

  const house = houseRules<Desk>({
    routes: {
      login: {
        path: () => '/login',
        methods: ['POST'],
        bodies: { POST: '{"name":"x","password":"y"}' },
      },
      customers: {
        path: () => '/customers',
        methods: ['GET', 'HEAD', 'POST'],
        get: (desk) => [{ status: 200, body: pageOf(desk, {}) }],
        bodies: { POST: '{"name":"Ada","city":"Vigo"}' },
      },
      parcelsOf: {
        path(desk, at) {
          const customer = at.pick([...desk.customers.values()])
          return customer && `/customers/${customer.id}/parcels`
        },
        methods: ['GET', 'HEAD'],
        get(desk, path) {
          const customer = desk.customers.get(path.split('/')[2] ?? '')
          return customer && [{ status: 200, body: parcelsOf(desk, customer.name) }]
        },
      },
      parcels: { path: () => '/parcels', methods: ['GET', 'HEAD'] },
    },
    checks: {
      unknownPath: 'C8',
      otherMethod: 'C8',
      otherCase: 'C8',
      trailingSlash: 'C8',
      query: 'C8',
      malformed: 'C8',
      noObject: 'C8',
      emptyBody: 'C8',
      contentType: 'C8',
      escapes: 'C8',
      head: 'C8',
    },
  })

  let server: ServerSubject | undefined
  const model: ServerModel<Desk> & { last?: Desk } = {
    async open() {
      const state = makeNew()
      await world.fill(state)
      if (!server || server.process.exit) server = await world.start()
      model.last = state
      return { servers: [server], state, async close() {} }
    },
    ordinary: 1,
    operations: looking({
      ...honestOperations,
      ...loginAttacks,
      ...searchAttacks,
      ...valueAttacks,
      ...storedAttacks,
      ...house,
    }),
    observe(desk) {
      if (!desk.hasWritten) return undefined
      const page = { limit: '500' }
      const steps = [
        listing(desk, page, '`GET /customers` shows what was stored, and nothing else'),
      ]
      const customer = desk.customers.get(desk.made ?? '')
      return customer ? [...steps, parcelsStep(desk, customer, RULES.parcels)] : steps
    },
  }
  return model
}

/** What only reads leaves nothing to look at: the look after the next write would see it. */
const looking = (operations: Record<string, Operation<Desk>>): Record<string, Operation<Desk>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {
        ...operation,
        plan(desk, value, at) {
          desk.made = undefined
          const step = operation.plan(desk, value, at)
          desk.hasWritten = (step?.request.method ?? 'GET') !== 'GET'
          return step
        },
      },
    ]),
  )
