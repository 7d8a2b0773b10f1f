import type { ServerSubject, Submission } from '../index.ts'
import {
  type At,
  allById,
  type Body,
  bodies,
  type Copy,
  houseRules,
  integer,
  type Operation,
  type Outcome,
  oneOf,
  otherSpellings,
  outcomesOf,
  type Pool,
  refused,
  type Sample,
  type ServerModel,
  type Step,
  id as sameId,
  someId,
  text,
} from '../model/index.ts'
import * as pricing from './pricing.ts'

type Parcel = { key: string; code: string; to: unknown; weightG: unknown; status: unknown }
type Depot = {
  parcels: Map<string, Parcel>
  /** What this program made; others may have been there before. */
  own: Set<string>
  /** Every code that was ever given. */
  used: Set<string>
  dead: { key: string; code: string }[]
}

/** The rules of the README, in its words. */
const RULES = {
  post: '`201`, the new parcel, and a `Location` header that leads to it, absolute or relative',
  get: '`200` and the parcel; `404` for a code that no parcel has',
  list: '`200` and an array of all parcels, in any order',
  filter: '`200` and an array of the parcels with that status',
  patch: '`200` and the parcel: the fields that were sent are changed, and no others',
  delete: '`200` or `204`, and the parcel is gone',
  gone: 'for a code that no parcel has: `404` or `204`',
  code: 'You choose it, never the client, and it never changes.',
  unique: 'No code is used twice, not even after a `DELETE`.',
  to: 'text of 1 to 200 characters, kept as sent',
  weight: 'a whole number from 1 to 30000',
  status: '`new`, `moving` or `delivered`; a new parcel is always `new`, whatever the body says',
  oneOfThree: 'a status that is none of the three',
  null: '`null` is a value, and not a valid one',
  half: 'A `PATCH` with one invalid field changes nothing at all.',
  missing: '`to` or `weightG` is missing in a `POST`',
  empty: 'a `PATCH` with none of the three fields: `200`, `400` or `422`',
  price: '`200` with a JSON object whose `cents` is a whole number, also 0',
  noPrice: '`4xx` or `5xx`, a body that is not JSON, no whole number in `cents`',
  weightAsked:
    'Send `GET {PRICING_URL}/quote?weight=1200` (the parcel’s `weightG`), and each time anew',
} as const

type Price = { what: string; status: number; json: string; cents?: number }

/** Gives a program the server and the pricing service that all tests share. */
export type Shared = () => Promise<{ server: ServerSubject; service: pricing.Pricing }>

async function openDepot(shared: Shared): Promise<Copy<Depot>> {
  const { server } = await shared()
  const { body } = await server.send({ path: '/parcels' })
  const parcels = new Map<string, Parcel>()
  for (const { code, to, weightG, status } of Array.isArray(body) ? body : []) {
    parcels.set(String(code), { key: String(code), code: String(code), to, weightG, status })
  }
  const state = { parcels, own: new Set<string>(), used: new Set(parcels.keys()), dead: [] }
  return { servers: [server], state, close: async () => {} }
}

const pathOf = (code: string) => `/parcels/${encodeURIComponent(code)}`
const shown = ({ code, to, weightG, status }: Parcel) => ({
  code: sameId(code),
  to,
  weightG,
  status,
})

/** Lists of parcels are told apart by their codes; the harness calls that their ids. */
const listOf = (parcels: Iterable<Parcel>) =>
  allById(new Map([...parcels].map((one) => [one.code, shown(one)])), 'code')

/** A pool of which values of another JSON type must be refused: the README is stricter than the house rules. */
function strict({ rule, plain, edges }: Pool, type: RegExp): Pool {
  const isOther = ({ json }: Sample) => json !== undefined && !type.test(json)
  return { rule, plain, edges: edges.map((one) => (isOther(one) ? { ...one, ok: 'no' } : one)) }
}

/** Which check of an exercise each part of the contract belongs to. */
export type CheckIds = Record<'life' | 'filters' | 'errors' | 'prices' | 'junk', string>

/** The contract of the parcels, and of the price of one. */
export function parcelsModel(
  submission: Submission,
  shared: Shared,
  ids: CheckIds,
): ServerModel<Depot> {
  const { fresh } = submission
  const to = strict(text(fresh, { min: 1, max: 200, rule: RULES.to }), /^"/)
  const weightG = strict(integer(fresh, { min: 1, max: 30_000, rule: RULES.weight }), /^[-\d]/)
  const status = oneOf(fresh, { values: ['new', 'moving', 'delivered'], rule: RULES.oneOfThree })
  const forPost = bodies(fresh, { to, weightG })
  const forPatch = bodies(fresh, { to, weightG, status })
  const ruleOf = ({ ok, rule, json }: Body, usual: string) =>
    ok === 'yes' ? usual : /:null[,}]/.test(json) ? RULES.null : (rule ?? usual)

  let service: pricing.Pricing | undefined

  const pickParcel = ({ parcels, own }: Depot, at: At) => {
    const mine = [...parcels.values()].filter(({ code }) => own.has(code))
    return at.pick(mine)
  }

  function post(depot: Depot, body: Body, at: At, rule?: string): Step {
    const { to, weightG } = body.keeps
    return {
      request: { method: 'POST', path: '/parcels', json: body.json },
      rule: rule ?? ruleOf(body, RULES.post),
      outcomes: outcomesOf(body, {
        status: 201,
        body: { code: someId, to, weightG, status: 'new' },
        also({ body: { code }, headers }) {
          if (depot.used.has(String(code))) {
            const complaint = `the code ${JSON.stringify(code)} was given before`
            return { complaint, rule: RULES.unique, check: ids.life }
          }
          const complaint = 'the answer must have a Location header'
          return headers.location ? undefined : { complaint, rule: RULES.post, check: ids.life }
        },
        becomes({ body: made }) {
          const code = String(made.code)
          depot.parcels.set(code, { key: at.key, code, to, weightG, status: 'new' })
          depot.own.add(code)
          depot.used.add(code)
        },
      }),
    }
  }

  /** @param changes the fields that the body has, with what is then kept of them */
  function patch(depot: Depot, parcel: Parcel, body: Body, rule: string): Step {
    const sent = Object.keys(JSON.parse(body.json) as object)
    const changes = Object.fromEntries(
      Object.entries(body.keeps).filter(([field]) => sent.includes(field)),
    )
    const next = { ...parcel, ...changes }
    return {
      request: { method: 'PATCH', path: pathOf(parcel.code), json: body.json },
      rule,
      outcomes: outcomesOf(body, {
        status: 200,
        body: shown(next),
        becomes: () => void depot.parcels.set(parcel.code, next),
      }),
    }
  }

  const posting = (check: string, cases: Body[]): Operation<Depot> => ({
    check,
    cases,
    plan: (depot, body: Body, at) => post(depot, body, at),
  })
  const patching = (
    check: string,
    cases: Body[],
    usual: string = RULES.patch,
  ): Operation<Depot> => ({
    check,
    cases,
    plan(depot, body: Body, at) {
      const parcel = pickParcel(depot, at)
      return parcel && patch(depot, parcel, body, ruleOf(body, usual))
    },
  })

  const body = (json: string, ok: Body['ok'], keeps: Body['keeps'] = {}): Body => ({
    json,
    ok,
    keeps,
    what: '',
  })
  /** A field alone: what PATCH is for. */
  const alone: Body[] = (['to', 'weightG', 'status'] as const).flatMap((field) =>
    ({ to, weightG, status })[field].plain.map((one) =>
      body(`{"${field}":${one.json}}`, 'yes', { [field]: one.keeps }),
    ),
  )
  const oddAlone: Body[] = (['to', 'weightG', 'status'] as const).flatMap((field) => {
    const pool = { to, weightG, status }[field]
    return (
      pool.edges
        // Nothing at all is no PATCH, and null is no "unchanged".
        .filter(({ json }) => json !== undefined)
        .map(({ json, ok, keeps }) => ({
          ...body(`{"${field}":${json}}`, json === 'null' ? 'no' : ok, { [field]: keeps }),
          rule: pool.rule,
        }))
    )
  })
  const halves: Body[] = [
    '"status":"moving","weightG":0,"to":"half"',
    '"to":"half","weightG":77,"status":"lost"',
    '"weightG":77,"status":"moving","to":""',
    '"to":"half","status":"delivered","weightG":null',
    '"weightG":77,"to":null',
    '"status":"delivered","to":"half","weightG":30001',
    '"status":null,"to":"half"',
  ].map((fields) => body(`{${fields}}`, 'no'))

  const prices: Price[] = [
    ...[0, 1, 499, fresh.int(100, 90_000), 2_147_483_648, 9_007_199_254_740_991].map((cents) => ({
      what: `${cents}`,
      status: 200,
      json: `{"cents":${cents}}`,
      cents,
    })),
    {
      what: 'more fields',
      status: 200,
      json: '{"currency":"EUR","cents":75,"error":null}',
      cents: 75,
    },
    { what: 'white space', status: 200, json: ' \n{ "cents" : 76 }\n', cents: 76 },
  ]
  const brokenPrices: Price[] = [
    ...[
      '"499"',
      'null',
      'true',
      '12.5',
      '[]',
      '[499]',
      '{}',
      '""',
      '"x"',
      'false',
      '{"cents":5}',
    ].map((cents) => ({ what: `cents ${cents}`, status: 200, json: `{"cents":${cents}}` })),
    ...[
      '{}',
      'null',
      '[]',
      '499',
      '"499"',
      '[{"cents":499}]',
      '{"Cents":499}',
      '{"price":499}',
      '{"cents":',
      '',
      'cents=499',
      '<h1>499</h1>',
      'true',
    ].map((json) => ({ what: json, status: 200, json })),
    ...[400, 401, 404, 409, 422, 429, 500, 502, 503, 504].map((status) => ({
      what: `${status} with a price`,
      status,
      json: '{"cents":499}',
    })),
  ]
  const quoting = (depot: Depot, price: Price, at: At): Step | undefined => {
    const parcel = pickParcel(depot, at)
    if (!parcel || !service) return undefined
    const type = price.json.startsWith('<') ? 'text/html' : 'application/json'
    service.react(pricing.answer(price.status, price.json, type))
    const before = service.asked.length
    const { cents } = price
    const asksForIt = (): string | undefined => {
      const asked = service!.asked.slice(before)
      const right = asked.some((url) => {
        const { pathname, searchParams } = new URL(url, 'http://pricing')
        return pathname === '/quote' && searchParams.get('weight') === String(parcel.weightG)
      })
      if (right || typeof parcel.weightG !== 'number') return undefined
      return `the pricing service was asked ${asked.join(' and ') || 'nothing'}, and not /quote?weight=${parcel.weightG}`
    }
    const also = () => {
      const complaint = asksForIt()
      return complaint ? { complaint, rule: RULES.weightAsked, check: ids.prices } : undefined
    }
    return {
      request: { path: `${pathOf(parcel.code)}/quote` },
      rule: `The pricing service answers ${price.status} ${price.json || '(nothing)'} here; ${cents === undefined ? RULES.noPrice : RULES.price}`,
      outcomes: [
        cents === undefined ? { status: 502, also } : { status: 200, body: { cents }, also },
      ],
    }
  }

  const found = (depot: Depot, path: string): Outcome[] | undefined => {
    const parcel = depot.parcels.get(decodeURIComponent(path.slice('/parcels/'.length)))
    return parcel && [{ status: 200, body: shown(parcel) }]
  }
  const pathOfOne = (depot: Depot, at: At) => {
    const parcel = pickParcel(depot, at)
    return parcel && pathOf(parcel.code)
  }
  const unknown = (depot: Depot, code: string, method: string, tail = ''): Step | undefined => {
    if (depot.parcels.has(code)) return undefined
    const outcomes = [refused(404)]
    if (method === 'DELETE') outcomes.push({ status: 204 })
    return {
      request: {
        method,
        path: `${pathOf(code)}${tail}`,
        json: method === 'PATCH' ? '{"status":"moving"}' : undefined,
      },
      rule: method === 'DELETE' ? RULES.gone : RULES.get,
      outcomes,
    }
  }

  const routes = {
    all: {
      path: () => '/parcels',
      methods: ['GET', 'POST'],
      get: ({ parcels }: Depot) => [{ status: 200, body: listOf(parcels.values()) }],
      bodies: { POST: '{"to":"Lima","weightG":5}' },
    },
    one: {
      path: pathOfOne,
      methods: ['GET', 'PATCH', 'DELETE'],
      get: found,
      bodies: { PATCH: '{"weightG":5}' },
    },
  }

  const operations: Record<string, Operation<Depot>> = {
    // C1
    post: {
      ...posting(ids.life, [...forPost.plain, ...forPost.plain]),
      plain: forPost.plain,
      weight: 2,
    },
    postWish: {
      check: ids.life,
      cases: [
        '"code":"mine"',
        '"status":"delivered"',
        '"code":7,"status":"moving"',
        '"id":"mine"',
        '"status":"lost"',
        '"code":null',
      ],
      plan(depot, more: string, at) {
        const wish = body(`{"to":"Lima","weightG":5,${more}}`, 'open', { to: 'Lima', weightG: 5 })
        return post(depot, wish, at, more.includes('status') ? RULES.status : RULES.code)
      },
    },
    get: {
      check: ids.life,
      plain: [0],
      cases: fresh.list(8, (index) => index),
      plan(depot, _: number, at) {
        const parcel = pickParcel(depot, at)
        if (!parcel) return undefined
        const outcomes = [{ status: 200, body: shown(parcel) }]
        return { request: { path: pathOf(parcel.code) }, rule: RULES.get, outcomes }
      },
    },
    patch: { ...patching(ids.life, [...alone, ...forPatch.plain]), plain: alone, weight: 2 },
    patchHalf: patching(ids.life, [...halves, ...halves], RULES.half),
    patchNothing: {
      check: ids.life,
      cases: ['{}', '{"note":"x"}', '{"code":"mine"}', '{"code":7,"note":null}'],
      plan(depot, json: string, at) {
        const parcel = pickParcel(depot, at)
        return (
          parcel &&
          patch(depot, parcel, body(json, 'open'), json.includes('code') ? RULES.code : RULES.empty)
        )
      },
    },
    delete: {
      check: ids.life,
      plain: [0],
      weight: 2,
      cases: fresh.list(10, (index) => index),
      plan(depot, _: number, at) {
        const parcel = pickParcel(depot, at)
        if (!parcel) return undefined
        const { key, code } = parcel
        const becomes = () => {
          depot.parcels.delete(code)
          depot.own.delete(code)
          depot.dead.push({ key, code })
        }
        return {
          request: { method: 'DELETE', path: pathOf(code) },
          rule: RULES.delete,
          outcomes: [{ status: [200, 204], becomes }],
        }
      },
    },
    afterDelete: {
      check: ids.life,
      cases: ['GET', 'PATCH', 'DELETE', 'GET', 'PATCH', 'DELETE'].flatMap((method) => [
        { method, tail: '' },
        ...(method === 'GET' ? [{ method, tail: '/quote' }] : []),
      ]),
      plan(depot, { method, tail }: { method: string; tail: string }, at) {
        const gone = at.pick(depot.dead)
        return gone && unknown(depot, gone.code, method, tail)
      },
    },

    // C2
    filter: {
      check: ids.filters,
      cases: ['new', 'moving', 'delivered', 'new', 'moving', 'delivered', 'moving', 'delivered'],
      plan: ({ parcels }, wanted: string) => ({
        request: { path: `/parcels?status=${wanted}` },
        rule: RULES.filter,
        outcomes: [
          {
            status: 200,
            body: listOf([...parcels.values()].filter((one) => one.status === wanted)),
          },
        ],
      }),
    },
    oddFilter: {
      check: ids.filters,
      cases: [
        '',
        'lost',
        'NEW',
        'New',
        'new,moving',
        'null',
        'undefined',
        '0',
        'constructor',
        '__proto__',
        'n',
        'newest',
        '*',
        '%25',
      ],
      plan: (_, odd: string) => ({
        request: { path: `/parcels?status=${odd}` },
        rule: RULES.oneOfThree,
        outcomes: [refused(400, 422)],
      }),
    },
    otherParameter: {
      check: ids.filters,
      cases: ['x=1', 'Status=new', 'to=Lima'],
      plan: ({ parcels }, query: string) => ({
        request: { path: `/parcels?${query}` },
        rule: RULES.list,
        // Some compare the names of parameters without regard to case.
        outcomes: [
          { status: 200, body: listOf(parcels.values()) },
          ...(query.startsWith('Status')
            ? [
                {
                  status: 200,
                  body: listOf([...parcels.values()].filter((one) => one.status === 'new')),
                },
              ]
            : []),
        ],
      }),
    },
    postOdd: posting(ids.filters, forPost.edges),
    postMissing: {
      check: ids.filters,
      cases: [
        '{}',
        '{"to":"Lima"}',
        '{"weightG":5}',
        '{"To":"Lima","weightg":5}',
        '{"parcel":{"to":"Lima","weightG":5}}',
      ],
      plan: (depot, json: string, at) => post(depot, body(json, 'no'), at, RULES.missing),
    },
    patchOdd: patching(ids.filters, oddAlone),

    // C5
    quote: {
      check: ids.prices,
      cases: [...prices, ...prices],
      plain: prices.slice(1, 2),
      plan: quoting,
    },
    brokenQuote: { check: ids.prices, cases: brokenPrices, plan: quoting },

    // C7
    neverThere: {
      check: ids.junk,
      cases: ['GET', 'PATCH', 'DELETE'].flatMap((method) =>
        [
          'constructor',
          '__proto__',
          'toString',
          'length',
          '0',
          '-1',
          '*',
          'null',
          'undefined',
          fresh.unique(),
        ].map((code) => ({ method, code })),
      ),
      plan: (depot, { method, code }: { method: string; code: string }) =>
        unknown(depot, code, method),
    },
    otherSpelling: {
      check: ids.junk,
      optional: true,
      cases: otherSpellings('a').map((_, index) => index),
      plan(depot, index: number, at) {
        const parcel = pickParcel(depot, at)
        const spelled = parcel && otherSpellings(parcel.code)[index]
        if (!parcel || spelled === undefined) return undefined
        const code = decodeURIComponent(spelled)
        // A number may be read in more than one way, and a UUID in either case.
        const isSame =
          Number(code) === Number(parcel.code) || code.toLowerCase() === parcel.code.toLowerCase()
        if (depot.parcels.has(code)) return undefined
        return {
          request: { path: `/parcels/${spelled}` },
          rule: RULES.get,
          outcomes: [
            refused(404, 400, 422),
            ...(isSame ? [{ status: 200, body: shown(parcel) }] : []),
          ],
        }
      },
    },
    ...houseRules<Depot>({
      routes,
      checks: {
        malformed: ids.errors,
        noObject: ids.errors,
        unknownPath: ids.errors,
        escapes: ids.junk,
        query: ids.junk,
      },
    }),
    // A PATCH of nothing is nothing wrong.
    ...houseRules<Depot>({ routes: { all: routes.all }, checks: { emptyBody: ids.errors } }),
  }
  return {
    async open() {
      service = (await shared()).service
      return openDepot(shared)
    },
    operations,
    observe: ({ parcels }) => ({
      request: { path: '/parcels' },
      rule: RULES.list,
      outcomes: [{ status: 200, body: listOf(parcels.values()) }],
    }),
  }
}
