import { expect } from 'vitest'
import type { Answer, ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  bodies,
  houseRules,
  type Operation,
  type Outcome,
  outcomesOf,
  pattern,
  refused,
  type ServerModel,
  type Step,
  text,
} from '../../harness/model/index.ts'
import { keyOf, signatureOf, type World } from './world.ts'

/** The rules of the README, in its words. */
export const RULES = {
  put: '`200`, `201` or `204`; the key is stored, or takes the place of the one before',
  shown: '`200` and `{name, apiKey}`, of the key only `…` and its last four characters: `"…f00d"`',
  ping: 'sends `GET /ping` to the carrier with the key; `200` and `{ok: true}` where the carrier answers with a status from 200 to 299, `502` otherwise',
  hook: '`200`, `202` or `204`; the status is stored, or takes the place of the one before',
  name: '`{name}` | 1 to 30 characters of `a`–`z`, `0`–`9` and `-`; for another one `400`, `404` or `422`',
  apiKey: '`apiKey` | 16 to 200 characters, each from `!` to `~` in ASCII',
  noName: 'a name that has no key | `404`',
  carries: 'a ping | carries `Authorization: Bearer` with the key',
  parcel: '`parcel` | 1 to 30 characters of `A`–`Z`, `0`–`9` and `-`',
  status: '`status` | a text of 1 to 100 characters',
  noParcel: 'a parcel that no webhook has named | `404`',
} as const

/** What the server has been told. */
type Post = {
  keys: Map<string, string>
  parcels: Map<string, unknown>
  /** What the last request was about, to be looked at after it. */
  touched?: { name?: string; parcel?: string }
}

const NAMES = ['stork', 'a', '0-9', '-', 'x'.repeat(30), '007', 'null']
const NO_NAMES = ['Stork', 'a_b', 'x'.repeat(31), 'a%20b', 'st%C3%B6rk', 'a.b', 'stork%0A', '%20']
const ANY = { error: false, json: false }

/** The contract: integrations, pings and parcels. */
export function postModel(submission: Submission, world: World): ServerModel<Post> {
  const { fresh } = submission
  const printable = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join(
    '',
  )
  const keys = bodies(fresh, {
    apiKey: pattern(fresh, {
      rule: RULES.apiKey,
      pattern: /^[!-~]{16,200}$/,
      plain: [`sk_${fresh.string(24)}`, fresh.string(16), 'k'.repeat(200), printable],
      broken: [
        'k'.repeat(15),
        'k'.repeat(201),
        `sk live ${fresh.string(20)}`,
        `schlüssel${fresh.string(20)}`,
      ],
    }),
  })
  const hooks = bodies(fresh, {
    parcel: pattern(fresh, {
      rule: RULES.parcel,
      pattern: /^[A-Z0-9-]{1,30}$/,
      plain: ['PEL-1', 'A', '-', '0'.repeat(30), 'PEL-2'],
      broken: ['A'.repeat(31), 'PEL_1', 'PEL 1', 'pel-1', 'É'],
    }),
    status: text(fresh, { min: 1, max: 100, rule: RULES.status }),
  })

  function put(post: Post, name: string, body: Body): Step {
    const stored: Outcome = {
      status: [200, 201, 204],
      ...ANY,
      becomes: () => post.keys.set(name, body.keeps.apiKey as string),
    }
    post.touched = { name }
    return {
      request: { method: 'PUT', path: `/integrations/${name}`, json: body.json },
      rule: body.rule ?? RULES.put,
      outcomes: outcomesOf(body, stored),
    }
  }

  const shown = (name: string, key: string): Outcome => ({
    status: 200,
    body: { name, apiKey: `…${key.slice(-4)}` },
  })

  const look = (post: Post, name: string): Step => {
    const key = post.keys.get(name)
    return {
      request: { path: `/integrations/${name}` },
      rule: key === undefined ? RULES.noName : RULES.shown,
      outcomes: [key === undefined ? refused(404) : shown(name, key)],
    }
  }

  const lookAtParcel = (post: Post, parcel: string): Step => {
    const isKnown = post.parcels.has(parcel)
    const status = post.parcels.get(parcel)
    return {
      request: { path: `/parcels/${parcel}` },
      rule: isKnown ? RULES.hook : RULES.noParcel,
      outcomes: [isKnown ? { status: 200, body: { parcel, status } } : refused(404)],
    }
  }

  /** A ping, and what the carrier has seen of it. */
  function ping(post: Post, name: string, status: number): Step {
    const key = post.keys.get(name)
    let before = 0
    const also = () => {
      const came = world.carrier.requests.slice(before)
      if (key === undefined)
        return came.length > 0 ? 'the carrier was asked all the same' : undefined
      const [request] = came
      if (!request) return 'nothing has reached the carrier'
      if (request.path !== '/ping' || request.method !== 'GET') {
        return `what reached the carrier was ${request.method} ${request.path}`
      }
      const rule = { rule: RULES.carries, check: 'C8' }
      if (keyOf(request) === key) return undefined
      return { ...rule, complaint: `the carrier got another key than the one that was stored` }
    }
    return {
      before: {
        what: [`the carrier answers ${status}`],
        async run() {
          world.mood = { status, text: status === 204 ? '' : '{"said":"something"}' }
          before = world.carrier.requests.length
        },
      },
      request: { method: 'POST', path: `/integrations/${name}/ping` },
      rule: key === undefined ? RULES.noName : RULES.ping,
      outcomes: [
        key === undefined
          ? { ...refused(404), also }
          : status < 300
            ? { status: 200, body: { ok: true }, also }
            : { ...refused(502), also },
      ],
    }
  }

  const nameOf = (at: At): string => at.pick(NAMES.map((key) => ({ key })))!.key

  const own: Record<string, Operation<Post>> = {
    put: {
      check: 'C8',
      plain: keys.plain,
      cases: keys.edges,
      plan: (post, body: Body, at) => put(post, nameOf(at), body),
    },
    putName: {
      check: 'C8',
      cases: NAMES,
      plan: (post, name: string) => put(post, name, keys.plain[0]!),
    },
    noName: {
      check: 'C8',
      cases: NO_NAMES,
      plan: (_, name: string) => ({
        request: { method: 'PUT', path: `/integrations/${name}`, json: keys.plain[0]!.json },
        rule: RULES.name,
        outcomes: [refused(400, 404, 422)],
      }),
    },
    get: {
      check: 'C8',
      plain: NAMES.slice(0, 3),
      cases: NAMES,
      plan: (post, name: string) => look(post, name),
    },
    ping: {
      check: 'C8',
      plain: [200],
      cases: [200, 200, 200, 201, 204, 299, 401, 404, 500, 503, 301],
      plan: (post, status: number, at) => ping(post, nameOf(at), status),
    },
    hook: {
      check: 'C8',
      plain: hooks.plain,
      cases: hooks.edges,
      plan(post, body: Body) {
        const { parcel, status } = body.keeps as { parcel: unknown; status: unknown }
        if (typeof parcel === 'string') post.touched = { parcel }
        return {
          request: {
            ...{ method: 'POST', path: '/webhooks/carrier', json: body.json },
            headers: { 'X-Signature': signatureOf(world.secrets.WEBHOOK_SECRET, body.json) },
          },
          rule: body.rule ?? RULES.hook,
          outcomes: outcomesOf(body, {
            status: [200, 202, 204],
            ...ANY,
            becomes: () => post.parcels.set(String(parcel), status),
          }),
        }
      },
    },
    parcel: {
      check: 'C8',
      cases: ['PEL-1', 'PEL-2', 'PEL-999', 'A'],
      plan: (post, parcel: string) => lookAtParcel(post, parcel),
    },
    health: {
      check: 'C8',
      cases: [0],
      plan: () => ({
        request: { path: '/healthz' },
        rule: '`200` and `{status: "ok"}`',
        outcomes: [{ status: 200, body: { status: 'ok' } }],
      }),
    },
    signedJunk: {
      check: 'C10',
      cases: ['{', '{"parcel":"A","status":}', 'parcel=A', '[]', 'null', '7', '', '"A"'],
      plan: (_, body: string) => ({
        request: {
          ...{ method: 'POST', path: '/webhooks/carrier', body },
          headers: {
            'Content-Type': 'application/json',
            'X-Signature': signatureOf(world.secrets.WEBHOOK_SECRET, body),
          },
        },
        rule: 'no JSON | `400`',
        outcomes: [body === '' ? refused(400, 415, 422) : refused(400, 422)],
      }),
    },
  }

  const house = houseRules<Post>({
    routes: {
      health: {
        path: () => '/healthz',
        methods: ['GET', 'HEAD'],
        get: () => [{ status: 200, body: { status: 'ok' } }],
      },
      integration: {
        path: (post) => [...post.keys.keys()].map((name) => `/integrations/${name}`)[0],
        methods: ['GET', 'HEAD', 'PUT'],
        get(post, path) {
          const name = path.split('/')[2]!
          const key = post.keys.get(name)
          return key === undefined ? undefined : [shown(name, key)]
        },
        bodies: { PUT: keys.plain[0]!.json },
      },
      ping: {
        path: (post) => [...post.keys.keys()].map((name) => `/integrations/${name}/ping`)[0],
        methods: ['POST'],
      },
      webhook: { path: () => '/webhooks/carrier', methods: ['POST'] },
      parcel: {
        path: (post) => [...post.parcels.keys()].map((parcel) => `/parcels/${parcel}`)[0],
        methods: ['GET', 'HEAD'],
        get(post, path) {
          const parcel = path.split('/')[2]!
          if (!post.parcels.has(parcel)) return undefined
          return [{ status: 200, body: { parcel, status: post.parcels.get(parcel) } }]
        },
      },
    },
    checks: {
      unknownPath: 'C10',
      otherMethod: 'C10',
      otherCase: 'C10',
      trailingSlash: 'C10',
      query: 'C10',
      malformed: 'C10',
      noObject: 'C10',
      emptyBody: 'C10',
      contentType: 'C10',
      escapes: 'C10',
      head: 'C10',
    },
  })

  let server: ServerSubject | undefined
  const close = async () => {}
  return {
    async open() {
      await world.db.query('delete from integrations; delete from parcels')
      world.mood = { status: 200, text: '{}' }
      if (!server || server.process.exit) server = await world.start()
      return { servers: [server], state: { keys: new Map(), parcels: new Map() }, close }
    },
    ordinary: 2,
    operations: forgetting({ ...own, ...house }),
    observe({ touched, ...post }) {
      const state = { ...post, touched }
      return [
        ...(touched?.name === undefined ? [] : [look(state, touched.name)]),
        ...(touched?.parcel === undefined ? [] : [lookAtParcel(state, touched.parcel)]),
      ]
    },
  }
}

/** What the request before was about is not looked at again. */
const forgetting = (operations: Record<string, Operation<Post>>): Record<string, Operation<Post>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {
        ...operation,
        plan(post, value, at) {
          post.touched = undefined
          return operation.plan(post, value, at)
        },
      },
    ]),
  )

/** An answer of a server that does not use what lies in a row. */
export function expectUnused(answer: Answer, what: string, rule: string): void {
  if (answer.status === 409 || answer.status === 500) {
    expect(answer, what).toBeJsonError(409, 500)
    return
  }
  expect.fail(
    `${what}\n${answer.request} answered ${answer.status}, expected 409 or 500: ${answer.text.slice(0, 200)}\nThe rule: ${rule}`,
  )
}
