import type { Submission } from '../../harness/index.ts'
import {
  type At,
  allById,
  type Body,
  bodies,
  houseRules,
  type ModelRequest,
  type Operation,
  type Outcome,
  oneOf,
  otherSpellings,
  outcomesOf,
  pattern,
  refused,
  type ServerModel,
  type Step,
  text,
} from '../../harness/model/index.ts'
import {
  type Copy,
  changing,
  creating,
  type Parcel,
  STATUSES,
  tracking,
  type User,
  type World,
} from './world.ts'

type Owned = Parcel & { key: string; owner: User }
type Office = {
  users: User[]
  /** Somebody who never has a parcel. */
  idle: User
  parcels: Map<string, Owned>
  /** Codes that were asked for, and that no parcel had. */
  unknown: { key: string; code: string }[]
  /** What the last request spoke of: looked at afterwards. */
  code: string
  owner: User
  looks: Look[]
}

type Look = 'track' | 'list'

/** The rules of the README, in its words. */
const RULES = {
  track: '`GET /track/{code}`, open to all | `200` `{code, status, destination}`',
  unknown: '… with a code that no parcel has | `404`',
  list: '`200` `{"parcels": [{code, status, destination}, …]}`: those the user owns, in any order',
  post: '`201` and the parcel, with status `registered`, owned by the user',
  taken: '… with a code that is taken | `409`',
  patch: '`200` and the parcel; every user may `PATCH` every parcel',
  token:
    'all but `GET /track/…`, without `Authorization: Bearer <token>` and a token of the table `users` | `401`',
  code: '`code` | 4 to 32 characters of `A`–`Z`, `0`–`9` and `-`',
  oddCode:
    'an id that nothing has, in any form | `404`; where it does not have the form of an id, `400` or `422` as well',
  status: '`status` | one of `registered`, `in_transit`, `out_for_delivery`, `delivered`',
  destination: '`destination` | a text of 1 to 80 characters',
  fields: 'Fields that the README does not name are ignored, or refused.',
  atOnce:
    'When a `POST` or `PATCH` has been answered with `2xx`, every read that *starts afterwards*, on either copy, shows it.',
} as const

const CODE = /^[A-Z0-9-]{4,32}$/

const shown = ({ code, status, destination }: Parcel) => ({ code, status, destination })

/** Puts fields in front of those of a JSON object. */
function adding(fields: object, json: string): string {
  const [own, inner] = [JSON.stringify(fields).slice(1, -1), json.slice(1, -1)]
  return `{${[own, inner].filter(Boolean).join(',')}}`
}

/** The text with the other case for every letter. */
const swapped = (text: string) =>
  text.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  )

/** Headers that bring no valid token. */
function strangers({ token }: User): (string | undefined)[] {
  return [
    undefined,
    'Bearer',
    token,
    `Basic ${token}`,
    `XBearer ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${swapped(token)}`,
    `Bearer ${token.slice(0, -1)}%`,
    `Bearer ${token}, ${token}`,
    "Bearer ' or '1'='1",
    'Bearer null',
  ]
}

/** The contract of the parcels on two copies: who may do what, and what everybody sees afterwards. */
export function parcelModel(
  { fresh }: Submission,
  calm: () => Promise<{ world: World; a: Copy; b: Copy }>,
): ServerModel<Office> {
  const prefix = `${fresh.string(3, 'BCDFGHJKLMNQRSTVWXZ')}-`
  const numbered = (at: At) => `${prefix}${at.key.slice(1).padStart(3, '0')}`
  const destination = text(fresh, { min: 1, max: 80, rule: RULES.destination })
  const status = oneOf(fresh, { values: STATUSES, rule: RULES.status })
  const codes = pattern(fresh, {
    pattern: CODE,
    plain: ['PEL-1001', 'A0-Z', '----', '0000', '9'.repeat(32), `PEL${'-'.repeat(28)}Z`],
    broken: [
      'PEL',
      'Z'.repeat(33),
      'PEL_1001',
      'PEL:1001',
      'PEL*',
      'PÉL-1001',
      'PEL.1001',
      'PEL/1',
    ],
    rule: RULES.code,
  })
  const forDestination = bodies(fresh, { destination })
  const forStatus = bodies(fresh, { status })
  const forCode = bodies(fresh, { code: codes, destination })
  const codeBodies: Body[] = [
    ...codes.plain.map(({ json, keeps, what }): Body => {
      const kept = { code: keeps, destination: 'Vigo' }
      return { json: `{"code":${json},"destination":"Vigo"}`, ok: 'yes', keeps: kept, what }
    }),
    // Whoever takes a number for a text must then refuse that one.
    ...forCode.edges
      .filter(({ field }) => field === 'code')
      .map((body) => (CODE.test(String(body.keeps.code)) ? body : { ...body, ok: 'no' as const })),
  ]

  const any = ({ parcels }: Office, at: At) => at.pick([...parcels.values()])
  const userOf = ({ users }: Office, at: At) =>
    at.pick(users.map((user, index) => ({ key: `user ${index}`, user })))?.user ?? users[0]!
  const asked = (sending: ReturnType<typeof creating>): ModelRequest => ({
    ...{ method: sending.method, path: sending.path },
    headers: sending.headers as Record<string, string>,
  })

  /**
   * Says what to look at after a request. It depends on the request alone, so that a program made shorter
   * still sees what the longer one saw.
   */
  function lookAt(office: Office, at: At, about: { code?: string; owner?: User }, looks?: Look[]) {
    const turn: Look = Number(at.key.slice(1)) % 2 === 0 ? 'track' : 'list'
    Object.assign(office, { ...about, looks: looks ?? [turn] })
  }

  function posting(office: Office, code: unknown, body: Body, at: At): Step {
    const owner = userOf(office, at)
    const taken = typeof code === 'string' && office.parcels.has(code)
    // What has not the form of a code is no good to ask for.
    const about = typeof code === 'string' && CODE.test(code) ? { code, owner } : { owner }
    // Each text is read twice: the second time it may come from the cache.
    const looks: Look[] = Number(at.key.slice(1)) % 3 === 0 ? ['list', 'list'] : ['track', 'track']
    lookAt(office, at, about, body.ok === 'no' ? undefined : looks)
    const { destination } = body.keeps
    const accepted: Outcome = taken
      ? refused(409)
      : {
          status: 201,
          body: { code, status: 'registered', destination },
          becomes({ body: made }) {
            const parcel = { code: String(made.code), status: 'registered' }
            office.parcels.set(parcel.code, {
              ...{ ...parcel, destination: made.destination, key: at.key, owner },
            })
          },
        }
    return {
      request: { ...asked(creating(owner, { code: '', destination: '' })), json: body.json },
      rule: body.ok === 'yes' ? (taken ? RULES.taken : (body.rule ?? RULES.post)) : body.rule!,
      outcomes: outcomesOf(body, accepted),
    }
  }

  const patching = (cases: Body[]): Operation<Office> => ({
    check: 'C2',
    cases,
    plan(office, body: Body, at) {
      const parcel = any(office, at)
      if (!parcel) return undefined
      lookAt(office, at, { code: parcel.code, owner: parcel.owner })
      const next = { ...parcel, status: body.keeps.status as string }
      return {
        request: { ...asked(changing(userOf(office, at), parcel.code, '')), json: body.json },
        rule: body.ok === 'yes' ? RULES.patch : body.rule!,
        outcomes: outcomesOf(body, {
          status: 200,
          body: shown(next),
          becomes: () => void office.parcels.set(parcel.code, next),
        }),
      }
    },
  })

  const destinations = (cases: Body[]): Operation<Office> => ({
    check: 'C2',
    cases,
    plan(office, body: Body, at) {
      const code = numbered(at)
      return posting(office, code, { ...body, json: adding({ code }, body.json) }, at)
    },
  })

  /** Reads and changes with a code that no parcel has. */
  function missing(office: Office, code: string, at: At, how: string): Step {
    const isCode = CODE.test(code)
    lookAt(office, at, isCode ? { code } : {})
    const patch = {
      ...asked(changing(userOf(office, at), code, '')),
      json: '{"status":"delivered"}',
    }
    return {
      request: how === 'GET' ? { path: tracking(code).path } : patch,
      rule: isCode ? RULES.unknown : RULES.oddCode,
      outcomes: [isCode ? refused(404) : refused(404, 400, 422)],
    }
  }
  const auth = ({ token }: User) => ({ Authorization: `Bearer ${token}` })

  return {
    async open() {
      const { world, a, b } = await calm()
      const users = [await world.user(), await world.user()]
      const idle = await world.user()
      const parcels = new Map<string, Owned>()
      // Rows that no copy has heard of.
      for (const [index, owner] of users.entries()) {
        const code = `${prefix}SQL${index}`
        const parcel = { code, status: STATUSES[index + 1]!, destination: 'Vigo' }
        await world.insert(parcel, owner)
        parcels.set(code, { ...parcel, owner, key: code })
      }
      const state = {
        ...{ users, idle, parcels, unknown: [], code: `${prefix}SQL0`, owner: users[0]! },
        looks: ['track' as const],
      }
      // The copies are shared: the next test gets others where this one fails.
      return { servers: [a.server, b.server], state, close: async () => {} }
    },
    ordinary: 2,
    leastMoves: 40,
    operations: {
      post: { ...destinations(forDestination.plain), plain: forDestination.plain },
      patch: { ...patching(forStatus.plain), plain: forStatus.plain, weight: 2 },
      oddDestination: destinations(forDestination.edges),
      oddStatus: patching(forStatus.edges),
      taken: {
        check: 'C2',
        cases: [1, 2, 3, 4],
        plan(office, _, at) {
          const parcel = any(office, at)
          if (!parcel) return undefined
          const json = JSON.stringify({ code: parcel.code, destination: 'Oslo' })
          const keeps = { destination: 'Oslo' }
          return posting(office, parcel.code, { json, ok: 'yes', keeps, what: 'taken' }, at)
        },
      },
      /** More fields than the contract names. */
      more: {
        check: 'C2',
        cases: ['POST', 'PATCH', 'POST', 'PATCH'],
        plan(office, how: string, at) {
          const others = { owner_id: office.idle.id, ownerId: office.idle.id, token: 'x' }
          const open = { ok: 'open' as const, what: 'more fields' }
          let step: Step | undefined
          if (how === 'POST') {
            const code = numbered(at)
            const json = JSON.stringify({
              ...{ code, destination: 'Faro', status: 'delivered', ...others },
            })
            const keeps = { destination: 'Faro' }
            step = posting(office, code, { ...open, json, keeps, rule: RULES.post }, at)
          } else {
            const json = JSON.stringify({
              ...{ status: 'in_transit', destination: 'Nowhere', code: numbered(at), ...others },
            })
            const keeps = { status: 'in_transit' }
            step = patching([]).plan(office, { ...open, json, keeps, rule: RULES.fields }, at)
          }
          office.looks = ['track', 'list']
          return step
        },
      },
      nothing: {
        check: 'C2',
        cases: [1, 2],
        plan: ({ idle }) => ({
          request: { path: '/me/parcels', headers: auth(idle) },
          rule: RULES.list,
          outcomes: [{ status: 200, body: { parcels: [] } }],
        }),
      },
      unknown: {
        check: 'C2',
        plain: ['GET'],
        cases: ['GET', 'PATCH'],
        plan(office, how: string, at) {
          const code = `${numbered(at)}-NONE`
          office.unknown.push({ key: at.key, code })
          return missing(office, code, at, how)
        },
      },
      /** What was asked for in vain is made now. */
      late: {
        check: 'C4',
        plain: [1],
        cases: [1, 2, 3, 4, 5],
        plan(office, _, at) {
          const { code } =
            at.pick(office.unknown.filter((one) => !office.parcels.has(one.code))) ?? {}
          if (!code) return undefined
          const json = JSON.stringify({ code, destination: 'Faro' })
          const body: Body = { json, ok: 'yes', keeps: { destination: 'Faro' }, what: 'late' }
          const step = posting(office, code, body, at)
          office.looks = ['track', 'list']
          return step
        },
      },
      code: {
        check: 'C7',
        cases: codeBodies,
        plan: (office, body: Body, at) => posting(office, body.keeps.code, body, at),
      },
      oddCode: {
        check: 'C7',
        cases: otherSpellings(`${prefix}SQL0`).flatMap((code, index) => [
          { how: 'GET', code },
          ...(index % 3 === 0 ? [{ how: 'PATCH', code }] : []),
        ]),
        plan: (office, { how, code }: { how: string; code: string }, at) =>
          missing(office, decodeURIComponent(code), at, how),
      },
      stranger: {
        check: 'C7',
        cases: ['GET', 'POST', 'PATCH'].flatMap((method) =>
          strangers({ id: 0, token: '' })
            .map((_, index) => ({ method, index }))
            // What is looked at is the same for all three.
            .slice(0, method === 'GET' ? undefined : 4),
        ),
        plan(office, { method, index }: { method: string; index: number }, at) {
          const parcel = any(office, at)
          if (!parcel) return undefined
          const Authorization = strangers(parcel.owner)[index]
          const headers: Record<string, string> = Authorization ? { Authorization } : {}
          const code = numbered(at)
          const requests: Record<string, ModelRequest> = {
            GET: { path: '/me/parcels', headers },
            POST: {
              ...{ method, path: '/parcels', headers },
              json: JSON.stringify({ code, destination: 'Faro' }),
            },
            PATCH: {
              ...{ method, path: `/parcels/${parcel.code}`, headers },
              json: JSON.stringify({ status: 'delivered' }),
            },
          }
          lookAt(office, at, { code: method === 'POST' ? code : parcel.code })
          return { request: requests[method]!, rule: RULES.token, outcomes: [refused(401)] }
        },
      },
      ...houseRules<Office>({
        routes: {
          parcels: {
            path: () => '/parcels',
            methods: ['POST'],
            bodies: { POST: `{"code":"${prefix}HOUSE","destination":"Faro"}` },
            headers: ({ owner }) => auth(owner),
          },
          parcel: {
            path: () => `/parcels/${prefix}SQL1`,
            methods: ['PATCH'],
            bodies: { PATCH: '{"status":"delivered"}' },
            headers: ({ owner }) => auth(owner),
          },
        },
        checks: { malformed: 'C7', noObject: 'C7', emptyBody: 'C7' },
      }),
    },
    observe(office) {
      const { code, owner, parcels, looks } = office
      const parcel = parcels.get(code)
      const own = [...parcels.values()].filter((one) => one.owner === owner)
      const list = allById(new Map(own.map((one) => [one.code, shown(one)])), 'code')
      const steps: Record<Look, Step> = {
        track: {
          request: { path: tracking(code).path },
          rule: RULES.atOnce,
          outcomes: parcel ? [{ status: 200, body: shown(parcel) }] : [refused(404)],
        },
        list: {
          request: { path: '/me/parcels', headers: auth(owner) },
          rule: RULES.list,
          outcomes: [{ status: 200, body: { parcels: list } }],
        },
      }
      return looks.map((look) => steps[look])
    },
  }
}
