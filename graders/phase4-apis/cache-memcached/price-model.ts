import type { Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  bodies,
  houseRules,
  integer,
  type ModelRequest,
  type Operation,
  type Outcome,
  outcomesOf,
  refused,
  type ServerModel,
  type Step,
  text,
} from '../../harness/model/index.ts'
import { asking, type Copy, type World } from './world.ts'

type Priced = { key: string; route: string; cents: number }
type Office = {
  world: World
  prices: Priced[]
  /** What the last request spoke of: looked at afterwards. */
  route: string
}

/** The rules of the README, in its words. */
const RULES = {
  get: '`GET /prices?route=…` | `200` `{route, cents}`',
  none: '… with a route that has no price | `404`',
  put: '`PUT /prices` `{route, cents}` | `200` `{route, cents}`; changes the price',
  putNone: '… with a route that has none | `404`, and makes none',
  route: '`route` | a text of 1 to 1,000 characters; in the query it is percent-encoded UTF-8',
  cents: '`cents` | a whole number from 0 to 1,000,000, as a number in every answer',
  atOnce:
    'When a `PUT` has been answered, every read of that price that *starts afterwards*, on either copy, shows it.',
  invalidate:
    'When it has been answered, every read that *starts afterwards*, on either copy, shows what the table `prices` holds.',
} as const

const MOST = 1000

/** The contract of the prices on two copies. */
export function priceModel(
  { fresh }: Submission,
  calm: () => Promise<{ world: World; a: Copy; b: Copy }>,
): ServerModel<Office> {
  const cents = integer(fresh, { min: 0, max: 1_000_000, rule: RULES.cents })
  const forCents = bodies(fresh, { cents })
  const routes = text(fresh, { min: 1, max: MOST, rule: RULES.route })
  const forRoute = bodies(fresh, { route: routes })

  const names = fresh.list(4, (index) => `${fresh.city()} → ${index}`)
  const any = ({ prices }: Office, at: At) => at.pick(prices)
  const find = ({ prices }: Office, route: unknown) => prices.find((one) => one.route === route)

  /** Adds fields in front of those of a JSON object. */
  const adding = (fields: object, json: string) => {
    const [own, inner] = [JSON.stringify(fields).slice(1, -1), json.slice(1, -1)]
    return `{${[own, inner].filter(Boolean).join(',')}}`
  }
  const put = (json: string): ModelRequest => ({ method: 'PUT', path: '/prices', json })

  function putting(office: Office, route: unknown, body: Body): Step {
    const price = find(office, route)
    if (price) office.route = price.route
    else if (body.ok === 'yes' && typeof route === 'string') office.route = route
    const accepted: Outcome = price
      ? {
          status: 200,
          body: { route, cents: body.keeps.cents },
          becomes: ({ body: came }) => void Object.assign(price, { cents: came.cents }),
        }
      : refused(404)
    const rule = price ? RULES.put : RULES.putNone
    return {
      request: put(body.json),
      rule: body.ok === 'yes' ? rule : body.rule!,
      outcomes: outcomesOf(body, accepted),
    }
  }

  const changing = (cases: Body[]): Operation<Office> => ({
    check: 'C7',
    cases,
    plan(office, body: Body, at) {
      const price = any(office, at)
      if (!price) return undefined
      const json = adding({ route: price.route }, body.json)
      return putting(office, price.route, { ...body, json })
    },
  })

  return {
    async open() {
      const { world, a, b } = await calm()
      const prices = names.map((route, index) => ({ key: route, route, cents: 100 * (index + 1) }))
      for (const price of prices) await world.insert(price)
      const state = { world, prices, route: names[0]! }
      // The copies are shared: the next test gets others where this one fails.
      return { servers: [a.server, b.server], state, close: async () => {} }
    },
    ordinary: 3,
    leastMoves: 40,
    operations: {
      get: {
        check: 'C7',
        plain: [1],
        cases: [1, 2, 3],
        plan(office, _, at) {
          const price = any(office, at)
          if (!price) return undefined
          office.route = price.route
          return {
            request: { path: asking(price.route).path },
            rule: RULES.get,
            outcomes: [{ status: 200, body: { route: price.route, cents: price.cents } }],
          }
        },
      },
      put: { ...changing(forCents.plain), plain: forCents.plain, weight: 2 },
      oddCents: changing(forCents.edges),
      /** A route that nobody has, or that is none. */
      oddRoute: {
        check: 'C7',
        cases: forRoute.edges,
        plan(office, body: Body) {
          const json = adding({ cents: 700 }, body.json)
          const keeps = { ...body.keeps, cents: 700 }
          return putting(office, body.keeps.route, { ...body, json, keeps })
        },
      },
      none: {
        check: 'C7',
        plain: [1],
        cases: [1, 2],
        plan(office, _, at) {
          const route = `nowhere ${at.key}`
          office.route = route
          return {
            request: { path: asking(route).path },
            rule: RULES.none,
            outcomes: [refused(404)],
          }
        },
      },
      noRoute: {
        check: 'C7',
        cases: ['/prices', '/prices?route=', asking('x'.repeat(MOST + 1)).path],
        plan: (_, path: string) => ({
          request: { path },
          rule: RULES.route,
          outcomes: [refused(400, 422)],
        }),
      },
      /** Rows change behind the server's back, and it is told to forget. */
      invalidate: {
        check: 'C7',
        plain: [1],
        cases: [1, 2, 3],
        plan(office, _, at) {
          const price = any(office, at)
          if (!price) return undefined
          office.route = price.route
          const cents = price.cents === 1_000_000 ? 1 : price.cents + 1
          const sql = `update prices set cents = ${cents} where route = '${price.route.replaceAll("'", "''")}'`
          price.cents = cents
          return {
            before: { what: [`in Postgres: ${sql};`], run: () => office.world.db.query(sql) },
            request: { method: 'POST', path: '/prices/invalidate' },
            rule: RULES.invalidate,
            outcomes: [{ status: 204 }],
          }
        },
      },
      ...houseRules<Office>({
        routes: {
          prices: {
            path: () => '/prices',
            methods: ['PUT'],
            bodies: { PUT: '{"route":"a","cents":1}' },
          },
        },
        checks: { malformed: 'C7', noObject: 'C7', emptyBody: 'C7' },
      }),
    },
    observe(office) {
      const price = find(office, office.route)
      return {
        request: { path: asking(office.route).path },
        rule: price ? RULES.atOnce : RULES.none,
        outcomes: price
          ? [{ status: 200, body: { route: price.route, cents: price.cents } }]
          : [refused(404)],
      }
    },
  }
}
