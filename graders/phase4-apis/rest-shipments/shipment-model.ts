import type { Answer, ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  allById,
  type Body,
  bodies,
  houseRules,
  instant,
  integer,
  JSON_TYPES,
  type Matcher,
  type ModelRequest,
  matching,
  type Operation,
  type Outcome,
  oneOf,
  otherSpellings,
  pattern,
  refused,
  type Sample,
  type ServerModel,
  type Step,
  id as sameId,
  someId,
  text,
} from '../../harness/model/index.ts'
import type { World } from './world.ts'

const STATUSES = ['new', 'moving', 'delivered', 'cancelled'] as const
export type Status = (typeof STATUSES)[number]
const MOVES: Record<string, string[]> = {
  new: ['moving', 'cancelled'],
  moving: ['delivered', 'cancelled'],
}

type Fields = { ref: string; weightG: unknown; status: string; depot: unknown; note: unknown }
export type Scan = { id: string; kind: string; depot: string; at: string }
export type Shipment = Fields & {
  /** The same in every program that makes it. */
  key: string
  id: string
  createdAt: string
  updatedAt: string
  /** Leads to it, where the program has made it. */
  location: string
  /** As GET gave it last; undefined since a change. */
  etag?: string
  /** Tags from before a change. */
  old: string[]
  scans: Scan[]
}
export type Office = {
  shipments: Map<string, Shipment>
  gone: { key: string; id: string; ref: string; etag?: string }[]
}

/** The rules of the README, in its words. */
const RULES = {
  ref: '3 capitals A–Z, a hyphen and 1 to 8 digits 0–9',
  weightG: '`weightG` | a whole number from 1 to 30000',
  status: '`status` | `new`, `moving`, `delivered` or `cancelled`',
  depot: '`depot` | a text of 1 to 60 characters',
  note: '`note` | a text of up to 500 characters, or `null`',
  list: '`200` and an array of all shipments, ordered by `id` as a number',
  byStatus:
    'those with this status; for a status that does not exist an empty array, `400` or `422`',
  byDepot:
    'those with exactly this depot, or an empty array; with `status` too, those that fit both',
  post: '`201` and the new shipment; its `status` is `new`, and its `note` is `null` where none is sent',
  location: 'a `Location` header leads to it; it may be absolute or relative',
  get: '`GET /shipments/{id}` | `200` and the shipment',
  put: '`200` and the shipment, which is then what was sent',
  patch: '`200` and the shipment, changed by a JSON Merge Patch: a field that is not sent stays',
  clear: '`null` clears `note`; for any other field it is refused',
  patchType: 'the body is `application/merge-patch+json` or `application/json`',
  taken: '`POST`, `PUT` or `PATCH` with a `ref` that another shipment has | `409`',
  delete: '`204`; the shipment and its scans are gone',
  others: 'Other fields in a body are ignored, or refused with `400` or `422`.',
  move: 'Any other move, by `PUT` or `PATCH`, gets `409`.',
  mayMove: '`new` becomes `moving` or `cancelled`, `moving` becomes `delivered` or `cancelled`',
  stay: 'The same status again is no move, and is fine.',
  tag: '`GET` of one shipment | has an `ETag`, strong or weak, that is the same on all copies of the server and after a restart',
  changed:
    'a change of the shipment | changes the `ETag`, also where it changes a field back; what changes nothing may leave it',
  known: '`GET` with `If-None-Match` and the current tag | `304` without a body, and the `ETag`',
  unknown: '`GET` with another tag in `If-None-Match` | `200` and the shipment',
  blind: '`PUT`, `PATCH` or `DELETE` without `If-Match` | `428`',
  stale: '… with an `If-Match` that is not the current tag | `412`',
  commas: 'a tag with commas between several, in both headers | each of them counts',
  star: '`*` | fits every shipment that exists: `If-Match: *` writes, `If-None-Match: *` gets `304`',
  weak: '`W/` before a tag in `If-None-Match` | makes no difference',
  scans: '`200` and an array of `{id, kind, depot, at}`, the oldest (by `id`) first',
  scan: '`201` and the scan. `at` is now',
  kind: '`kind` in its body | `arrived`, `departed` or `damaged`',
  scanDepot: '`depot` in its body | a text of 1 to 60 characters, as above',
  cancelled: '`POST` for a cancelled shipment | `409`',
  noId: 'no shipment has the id, on all three paths | `404`; with `If-Match` also `412`, and without a required one also `428`',
  oddId: 'an id of another form, or beyond `bigint` | `404`, `400` or `422`',
  type: 'a `POST`, `PUT` or `PATCH` whose `Content-Type` is not JSON | `415`',
  method:
    'another method on these paths | `405` and an `Allow` header with the methods of that path',
} as const

/**
 * The values that tell most of a rule. POST is tried with all there are; for PUT and PATCH, which mostly share its
 * checks, these must do.
 */
const TELLING =
  /^(missing|null|empty( text)?|blanks at both ends|an accent in two|\d+ (letters|emoji)|the (least|most)|one (below|above)|zero|a (fraction|word|text of the pattern|list of two|newline at the end|number|letter more)|an object|true|other case|an unknown word|not of the pattern|the number as a text|the name toString)/

const TAG = /^(W\/)?"[\x21\x23-\x7e\x80-\uffff]*"$/
const MOST_SECONDS_OFF = 1800
/** What others send beside a check's own requests stores no more than this. */
const MOST_AT_ONCE = 10

/** A time of the server's about now: no zone is mistaken for another. */
export const aboutNow = (): Matcher =>
  matching('the present time, as ISO 8601 with an offset or Z', (value) => {
    if (typeof value !== 'string' || !/(?:Z|[+-]\d\d:?\d\d)$/i.test(value)) return false
    const off = Math.abs(new Date(value).getTime() - Date.now()) / 1000
    return off < MOST_SECONDS_OFF - 60
  })

/** What an answer must show of a shipment. */
const shown = (shipment: Shipment) => {
  const { id, ref, weightG, status, depot, note, createdAt, updatedAt } = shipment
  return {
    ...{ id: sameId(id), ref, weightG, status, depot, note: note ?? undefined },
    createdAt: instant(new Date(createdAt)),
    updatedAt: instant(new Date(updatedAt)),
  }
}

const byNumber = (shipments: Iterable<Shipment>): Shipment[] =>
  [...shipments].sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))

export const pathOf = ({ id }: { id: string }) => `/shipments/${encodeURIComponent(id)}`

/** Puts fields in front of those of a JSON object. */
function adding(fields: object, json: string): string {
  const [own, inner] = [JSON.stringify(fields).slice(1, -1), json.slice(1, -1)]
  return `{${[own, inner].filter(Boolean).join(',')}}`
}

const tagOf = ({ headers }: Answer): string | undefined => headers.etag

/** Ids that no shipment has, most of which are none. */
export const ODD_IDS = [
  ...[
    'abc',
    '0',
    '-1',
    '1e3',
    '1.0',
    '+1',
    '0x1',
    ' 1',
    '1 ',
    '1\n',
    '1;',
    "1'",
    '1,2',
    '1abc',
    'NaN',
  ],
  ...[
    'Infinity',
    'null',
    'undefined',
    'toString',
    '__proto__',
    '٣',
    '１',
    '12_3',
    '$1',
    '-0',
    '1n',
  ],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775809', '18446744073709551617'],
  ...[
    '123456789012345678901234567890',
    '9'.repeat(60),
    '9007199254740993',
    '2147483648',
    '4294967297',
  ],
  ...['6f1c1d3e-94c4-4f0b-9d62-0a4e6b2a7c11', 'NULL', '1 or 1=1', "' or '1'='1", '*', '{}', '[1]'],
]

/** What is wrong with the tag of a GET; undefined where nothing is. */
function tagComplaint({ etag, old }: Shipment, answer: Answer): string | undefined {
  const tag = tagOf(answer)
  if (tag === undefined) return 'the answer must have an ETag header'
  if (!TAG.test(tag))
    return `an ETag is a text in quotes, with or without W/ before it; came ${tag}`
  if (etag !== undefined && tag !== etag) {
    return `the ETag was ${etag} and is ${tag} now, though nothing has changed the shipment`
  }
  if (old.includes(tag)) return `the ETag is ${tag}, as it was before a change`
  return undefined
}

/** The contract of the shipments. */
export function shipmentModel(
  submission: Submission,
  world: World,
): ServerModel<Office> & { last?: Office } {
  const { fresh } = submission
  const letters = fresh.string(3, 'BCDFGHJKLMNQRSTVWXZ')
  const numbered = (at: At) => `${letters}-${Number(at.key.slice(1))}`
  const words = [fresh.word(), fresh.word()]
  const weightG = integer(fresh, { min: 1, max: 30_000, rule: RULES.weightG })
  const depot = text(fresh, {
    ...{ min: 1, max: 60, rule: RULES.depot },
    // Few, so that filters find some; what is special in a query is in them.
    plain: ['Vigo', 'São-Bento', 'Pier 7 & 8', '50% +1_a'],
  })
  const note = text(fresh, {
    ...{ max: 500, optional: true, nullable: true, plain: [...words, ''], rule: RULES.note },
  })
  const ref = pattern(fresh, {
    pattern: /^[A-Z]{3}-[0-9]{1,8}$/,
    plain: ['PEL-1', 'ABC-12345678', 'ZZZ-00', 'PEL-01'],
    broken: ['PEL', '-1', 'PE-1', 'PELI-1', 'PEL-', 'PEL-123456789', 'PEL1', 'PEL--1', 'PÉL-1'],
    rule: RULES.ref,
  })
  const statuses = oneOf(fresh, { values: STATUSES, rule: RULES.status })
  const forAll = bodies(fresh, { weightG, depot, note })
  const forRef = bodies(fresh, { ref, weightG, depot, note })
  const refEdges = forRef.edges.filter(({ field }) => field === 'ref')
  const refPlain: Body[] = ref.plain.map(({ json, keeps, what }) => ({
    json: `{"ref":${json},"weightG":12,"depot":"Vigo"}`,
    ...{ ok: 'yes', keeps: { ref: keeps, weightG: 12, depot: 'Vigo' }, field: 'ref', what },
  }))

  // ------------------------------------------------------------ choosing shipments

  const all = ({ shipments }: Office) => [...shipments.values()]
  const any = (office: Office, at: At) => at.pick(all(office))
  /** One whose current tag is known. */
  const readOne = (office: Office, at: At, fits: (one: Shipment) => boolean = () => true) =>
    at.pick(all(office).filter((one) => one.etag !== undefined && fits(one)))
  /** One that can go without its status being missed: each status, once reached, stays in the state. */
  const spare = (office: Office, at: At, fits: (one: Shipment) => boolean = () => true) => {
    const counts = Map.groupBy(all(office), ({ status }) => status)
    return readOne(office, at, (one) => counts.get(one.status)!.length > 1 && fits(one))
  }
  const isTaken = (office: Office, ref: unknown, by?: Shipment) =>
    all(office).some((one) => one !== by && one.ref === ref)

  // ------------------------------------------------------------ making and changing them

  function post(office: Office, body: Body, at: At, wanted = body.keeps): Outcome[] {
    const taken = isTaken(office, wanted.ref)
    const accepted: Outcome = {
      status: 201,
      body: {
        ...{ id: someId, ref: wanted.ref, weightG: wanted.weightG, status: 'new' },
        ...{ depot: wanted.depot, note: wanted.note, createdAt: aboutNow(), updatedAt: aboutNow() },
      },
      also({ body: { id }, headers }) {
        if (office.shipments.has(String(id))) return `the id ${id} is that of another shipment`
        return headers.location
          ? undefined
          : {
              complaint: 'the answer must have a Location header',
              rule: RULES.location,
              check: 'C1',
            }
      },
      becomes({ body: made, headers }) {
        const { pathname, search } = new URL(headers.location!, 'http://localhost/shipments')
        const own = String(made.id)
        office.shipments.set(own, {
          ...made,
          ...{ id: own, key: at.key, note: made.note ?? null, old: [], scans: [] },
          ...{ location: pathname + search, etag: undefined },
        })
      },
    }
    if (body.ok === 'no') return [refused(400, 422)]
    return [taken ? refused(409) : accepted, ...(body.ok === 'yes' ? [] : [refused(400, 422)])]
  }

  /** A change to these fields, with the current tag. */
  function change(
    office: Office,
    shipment: Shipment,
    wanted: Fields,
    ok: Sample['ok'] = 'yes',
  ): Outcome[] {
    if (ok === 'no') return [refused(400, 422)]
    const isMove = wanted.status !== shipment.status
    const isLegal = !isMove || MOVES[shipment.status]?.includes(wanted.status)
    const mayRefuse = ok === 'open' ? [refused(400, 422)] : []
    if (!isLegal || isTaken(office, wanted.ref, shipment)) return [refused(409), ...mayRefuse]
    const { ref, weightG, status, depot, note } = wanted
    const accepted: Outcome = {
      status: 200,
      body: {
        ...{ id: sameId(shipment.id), ref, weightG, status, depot, note: note ?? undefined },
        createdAt: instant(new Date(shipment.createdAt)),
        updatedAt: aboutNow(),
      },
      becomes({ body: made }) {
        const now = {
          ref,
          weightG: made.weightG,
          status,
          depot: made.depot,
          note: made.note ?? null,
        }
        const isChange = (Object.keys(now) as (keyof Fields)[]).some(
          (name) => now[name] !== shipment[name],
        )
        if (isChange && shipment.etag !== undefined) shipment.old.push(shipment.etag)
        // What changes nothing may change the tag, or leave it.
        Object.assign(shipment, now, { updatedAt: made.updatedAt, etag: undefined })
      },
    }
    return [accepted, ...mayRefuse]
  }

  const fieldsOf = ({ ref, weightG, status, depot, note }: Shipment): Fields => ({
    ...{ ref, weightG, status, depot, note },
  })
  const ifMatch = ({ etag }: { etag?: string }) => ({ 'If-Match': etag! })

  function patching(
    office: Office,
    shipment: Shipment,
    patch: object,
    rule: string,
    more: Partial<ModelRequest> = {},
  ): Step {
    return {
      request: {
        ...{ method: 'PATCH', path: pathOf(shipment), json: JSON.stringify(patch) },
        ...{ headers: ifMatch(shipment), ...more },
      },
      rule,
      outcomes: change(office, shipment, { ...fieldsOf(shipment), ...patch }),
    }
  }

  function putting(
    office: Office,
    shipment: Shipment,
    fields: Fields,
    rule: string,
    more: Partial<ModelRequest> = {},
  ): Step {
    return {
      request: {
        ...{ method: 'PUT', path: pathOf(shipment), json: JSON.stringify(fields) },
        ...{ headers: ifMatch(shipment), ...more },
      },
      rule,
      outcomes: change(office, shipment, fields),
    }
  }

  function deleting(
    office: Office,
    shipment: Shipment,
    headers: Record<string, string>,
    rule: string,
  ): Step {
    const { id, key, ref, etag } = shipment
    const becomes = () => {
      office.shipments.delete(id)
      office.gone.push({ id, key, ref, etag })
    }
    return {
      request: { method: 'DELETE', path: pathOf(shipment), headers },
      rule,
      outcomes: [{ status: 204, becomes }],
    }
  }

  /** GET of one shipment, which tells its tag. */
  function reading(
    shipment: Shipment,
    more: Partial<ModelRequest> = {},
    rule: string = RULES.get,
  ): Step {
    return {
      request: { path: pathOf(shipment), ...more },
      rule,
      outcomes: [
        {
          status: 200,
          body: shown(shipment),
          also(answer) {
            const complaint = tagComplaint(shipment, answer)
            const isOld = shipment.old.includes(tagOf(answer) ?? '')
            return complaint && { complaint, rule: isOld ? RULES.changed : RULES.tag, check: 'C3' }
          },
          becomes: (answer) => {
            shipment.etag = tagOf(answer)
          },
        },
      ],
    }
  }

  /** An answer of 304. */
  const notModified = (shipment: Shipment): Outcome => ({
    status: 304,
    json: false,
    also(answer) {
      if (answer.bytes.length > 0) return `304 has no body, came ${answer.bytes.length} bytes`
      const tag = tagOf(answer)
      return tag === shipment.etag
        ? undefined
        : `its ETag must be ${shipment.etag}, came ${tag ?? 'none'}`
    },
  })

  const WRITES = ['PUT', 'PATCH', 'DELETE']

  /** A right write but for its precondition. */
  function write(
    method: string,
    shipment: Shipment,
  ): { method: string; path: string; json?: string } {
    const json =
      method === 'PUT'
        ? JSON.stringify({ ...fieldsOf(shipment), weightG: 77 })
        : method === 'PATCH'
          ? '{"weightG":77}'
          : undefined
    return { method, path: pathOf(shipment), json }
  }

  /** A write that is carried out with these headers. */
  function writing(
    office: Office,
    method: string,
    shipment: Shipment,
    match: string,
    rule: string,
  ): Step {
    const headers = { 'If-Match': match }
    if (method === 'DELETE') return deleting(office, shipment, headers, rule)
    if (method === 'PATCH') return patching(office, shipment, { weightG: 77 }, rule, { headers })
    return putting(office, shipment, { ...fieldsOf(shipment), weightG: 77 }, rule, { headers })
  }

  const times = (count: number) => fresh.list(count, (index) => index)

  // ------------------------------------------------------------ C1

  const posting = (check: string, cases: Body[]): Operation<Office> => ({
    check,
    cases,
    plan(office, body: Body, at) {
      const own = body.field === 'ref' ? {} : { ref: numbered(at) }
      return {
        request: { method: 'POST', path: '/shipments', json: adding(own, body.json) },
        rule: body.ok === 'yes' ? RULES.post : (body.rule ?? RULES.ref),
        outcomes: post(office, body, at, { ...body.keeps, ...own }),
      }
    },
  })

  const creating: Record<string, Operation<Office>> = {
    post: posting('C1', forAll.plain),
    /** As many as a few screens hold: each look lists them all. */
    another: {
      ...posting('C1', []),
      plain: forAll.plain,
      weight: 3,
      plan: (office, body: Body, at) =>
        office.shipments.size < MOST_AT_ONCE ? posting('C1', []).plan(office, body, at) : undefined,
    },
    postOdd: posting(
      'C1',
      forAll.edges.filter(({ field, what }) => field !== 'note' || TELLING.test(what)),
    ),
    postRef: posting('C1', [...refPlain, ...refEdges]),
    postMore: {
      check: 'C1',
      cases: [
        '"status":"new"',
        '"status":"delivered"',
        '"id":"5"',
        '"version":9',
        '"x":1',
        '"createdAt":"2001-01-01T00:00:00Z"',
      ],
      plan(office, more: string, at) {
        const own = { ref: numbered(at), weightG: 5, depot: 'Vigo' }
        const body: Body = { json: '', ok: 'open', keeps: own, what: '' }
        return {
          request: { method: 'POST', path: '/shipments', json: adding(own, `{${more}}`) },
          rule: RULES.others,
          outcomes: post(office, body, at),
        }
      },
    },
    postTaken: {
      check: 'C1',
      cases: times(8),
      plan(office, _: number, at) {
        const other = any(office, at)
        if (!other) return undefined
        const json = JSON.stringify({ ref: other.ref, weightG: 5, depot: 'Vigo' })
        return {
          request: { method: 'POST', path: '/shipments', json },
          rule: RULES.taken,
          outcomes: [refused(409)],
        }
      },
    },
    postAgain: {
      check: 'C1',
      cases: times(4),
      plan(office, _: number, at) {
        const other = at.pick(office.gone.filter(({ ref }) => !isTaken(office, ref)))
        if (!other) return undefined
        const own = { ref: other.ref, weightG: 5, depot: 'Vigo' }
        return {
          request: { method: 'POST', path: '/shipments', json: JSON.stringify(own) },
          rule: RULES.post,
          outcomes: post(office, { json: '', ok: 'yes', keeps: own, what: '' }, at),
        }
      },
    },
    follow: {
      check: 'C1',
      cases: times(8),
      plan(office, _: number, at) {
        const shipment = any(office, at)
        if (!shipment) return undefined
        const outcomes = [{ status: 200, body: shown(shipment) }]
        return { request: { path: shipment.location }, rule: RULES.location, outcomes }
      },
    },
    list: {
      check: 'C1',
      cases: times(12),
      plan: ({ shipments }) => ({
        request: { path: '/shipments' },
        rule: RULES.list,
        outcomes: [{ status: 200, body: byNumber(shipments.values()).map(shown) }],
      }),
    },
  }

  // ------------------------------------------------------------ C2

  type Move = { from?: Status; to: Status; method: string; more?: boolean }
  const moves: Move[] = STATUSES.flatMap((from) =>
    STATUSES.flatMap((to) =>
      ['PATCH', 'PUT'].flatMap((method) => [
        { from, to, method },
        ...(from === to ? [] : [{ from, to, method, more: true }]),
      ]),
    ),
  )
  const ordinaryMoves: Move[] = (['moving', 'delivered', 'cancelled'] as const).map((to) => ({
    ...{ to, method: 'PATCH' },
  }))
  const moving: Record<string, Operation<Office>> = {
    move: {
      check: 'C2',
      // Seldom there is none of a status for so long that a case is given up.
      optional: true,
      plain: ordinaryMoves,
      weight: 3,
      cases: moves,
      plan(office, { from, to, method, more }: Move, at) {
        const may = (one: Shipment) => MOVES[one.status]?.includes(to)
        const shipment = from
          ? readOne(office, at, (one) => one.status === from)
          : spare(office, at, (one) => may(one) === true)
        if (!shipment) return undefined
        const rule =
          shipment.status === to ? RULES.stay : may(shipment) ? RULES.mayMove : RULES.move
        const extra = more ? { note: `${to} ${fresh.seed}`, weightG: 4321 } : {}
        if (method === 'PATCH') return patching(office, shipment, { ...extra, status: to }, rule)
        return putting(office, shipment, { ...fieldsOf(shipment), ...extra, status: to }, rule)
      },
    },
  }

  // ------------------------------------------------------------ C3

  const tagging: Record<string, Operation<Office>> = {
    read: {
      check: 'C3',
      plain: [0],
      cases: times(16),
      plan(office, _: number, at) {
        const shipment = any(office, at)
        return shipment && reading(shipment, {}, RULES.tag)
      },
    },
    note: {
      check: 'C3',
      // Back and forth between two values, so that a tag of the fields alone comes back.
      cases: times(24).map((index) => ({ note: words[index % 2]! })),
      plan(office, patch: { note: string }, at) {
        const shipment = readOne(office, at)
        return shipment && patching(office, shipment, patch, RULES.patch)
      },
    },
    withoutMatch: {
      check: 'C3',
      cases: [...WRITES, ...WRITES],
      plan(office, method: string, at) {
        const shipment = any(office, at)
        return (
          shipment && {
            request: write(method, shipment),
            rule: RULES.blind,
            outcomes: [refused(428)],
          }
        )
      },
    },
    stale: {
      check: 'C3',
      cases: [...WRITES, ...WRITES, ...WRITES].map((method, index) => ({ method, index })),
      plan(office, { method, index }: { method: string; index: number }, at) {
        const shipment = readOne(office, at, ({ old, etag }) => old.some((tag) => tag !== etag))
        if (!shipment) return undefined
        const old = shipment.old.filter((tag) => tag !== shipment.etag)
        return {
          request: {
            ...write(method, shipment),
            headers: { 'If-Match': index % 2 ? old[0]! : old.at(-1)! },
          },
          rule: RULES.stale,
          outcomes: [refused(412)],
        }
      },
    },
    foreign: {
      check: 'C3',
      cases: (['made', 'other', 'longer', 'longer in front'] as const).flatMap((kind) =>
        WRITES.map((method) => ({ method, kind })),
      ),
      plan(
        office,
        { method, kind }: { method: string; kind: 'made' | 'other' | 'longer' | 'longer in front' },
        at,
      ) {
        const shipment = readOne(office, at)
        const other = readOne(office, at)
        const [, weak = '', inner = ''] = /^(W\/)?"(.*)"$/.exec(shipment?.etag ?? '') ?? []
        const tag = {
          made: '"never-given"',
          other: other?.etag,
          longer: `${weak}"${inner}0"`,
          'longer in front': `${weak}"1${inner}"`,
        }[kind]
        if (!shipment || tag === undefined || tag === shipment.etag) return undefined
        return {
          request: { ...write(method, shipment), headers: { 'If-Match': tag } },
          rule: RULES.stale,
          outcomes: [refused(412)],
        }
      },
    },
    known: {
      check: 'C3',
      cases: times(8),
      plan(office, _: number, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        return {
          request: { path: pathOf(shipment), headers: { 'If-None-Match': shipment.etag! } },
          rule: RULES.known,
          outcomes: [notModified(shipment)],
        }
      },
    },
    unknown: {
      check: 'C3',
      cases: times(10),
      plan(office, index: number, at) {
        const shipment =
          index % 3 ? at.pick(all(office).filter(({ old }) => old.length > 0)) : any(office, at)
        const tag = shipment?.old.at(-1) ?? '"never-given"'
        if (!shipment || tag === shipment.etag) return undefined
        return reading(shipment, { headers: { 'If-None-Match': tag } }, RULES.unknown)
      },
    },
  }

  // ------------------------------------------------------------ C4

  const patches = [
    ...['weightG', 'depot', 'note'].flatMap((field) => {
      const pool = { weightG, depot, note }[field]!
      return [...pool.plain, ...pool.edges].map((sample) => ({ field, sample, rule: pool.rule }))
    }),
    ...[...ref.plain, ...ref.edges].map((sample) => ({ field: 'ref', sample, rule: ref.rule })),
    ...statuses.edges.map((sample) => ({ field: 'status', sample, rule: statuses.rule })),
  ].filter(({ sample: { json, what } }) => json !== undefined && TELLING.test(what))
  type Patch = (typeof patches)[number]

  const changing: Record<string, Operation<Office>> = {
    patch: {
      check: 'C4',
      plain: forAll.plain,
      cases: forAll.plain,
      plan(office, { keeps }: Body, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        const sent = Object.fromEntries(
          Object.entries(keeps).filter(([, value]) => value !== undefined),
        )
        const names = Object.keys(sent)
        const name = names[Number(at.key.slice(1)) % names.length]!
        const some = names.length > 2 ? { [name]: sent[name] } : sent
        return patching(office, shipment, some, RULES.patch)
      },
    },
    patchOne: {
      check: 'C4',
      cases: patches,
      plan(office, { field, sample: { json, ok, keeps }, rule }: Patch, at) {
        // A status that is taken for what it reads as is no move then.
        const shipment = readOne(office, at, ({ status }) => field !== 'status' || status === 'new')
        if (!shipment) return undefined
        const wanted = { ...fieldsOf(shipment), [field]: keeps }
        return {
          request: {
            ...{ method: 'PATCH', path: pathOf(shipment), json: `{"${field}":${json}}` },
            headers: ifMatch(shipment),
          },
          rule: json === 'null' ? RULES.clear : ok === 'yes' ? RULES.patch : rule,
          outcomes: change(office, shipment, wanted, ok),
        }
      },
    },
    patchTwo: {
      check: 'C4',
      // One bad field among good ones: nothing is changed.
      cases: [
        '"weightG":0',
        '"depot":""',
        '"ref":null',
        '"status":"lost"',
        '"weightG":null',
        '"depot":null',
      ],
      plan(office, bad: string, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        return {
          request: {
            ...{ method: 'PATCH', path: pathOf(shipment), json: `{"note":"not kept",${bad}}` },
            headers: ifMatch(shipment),
          },
          rule: bad.includes('null') ? RULES.clear : RULES.patch,
          outcomes: [refused(400, 422)],
        }
      },
    },
    clear: {
      check: 'C4',
      cases: times(6),
      plan(office, index: number, at) {
        const shipment = readOne(office, at, ({ note }) => note !== null)
        if (!shipment) return undefined
        const more = index % 2 ? { weightG: 10 + index } : {}
        return patching(office, shipment, { ...more, note: null }, RULES.clear)
      },
    },
    patchNothing: {
      check: 'C4',
      cases: times(2),
      plan(office, _: number, at) {
        const shipment = readOne(office, at)
        return shipment && patching(office, shipment, {}, RULES.patch)
      },
    },
    patchType: {
      check: 'C4',
      cases: [
        ...JSON_TYPES,
        'application/merge-patch+json',
        'application/merge-patch+json; charset=utf-8',
        'application/merge-patch+json',
      ],
      plan(office, type: string, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        const headers = { ...ifMatch(shipment), 'Content-Type': type }
        const patch = { note: `as ${type}` }
        return patching(office, shipment, patch, RULES.patchType, { headers })
      },
    },
    put: {
      check: 'C4',
      plain: forAll.plain,
      cases: [...forAll.plain, ...forAll.edges.filter(({ what }) => TELLING.test(what))],
      plan(office, body: Body, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        const { status } = shipment
        const own = { ref: numbered(at), status }
        const { keeps } = body
        const wanted = { ...own, weightG: keeps.weightG, depot: keeps.depot, note: keeps.note }
        return {
          request: {
            ...{ method: 'PUT', path: pathOf(shipment), json: adding(own, body.json) },
            headers: ifMatch(shipment),
          },
          rule: body.ok === 'yes' ? RULES.put : (body.rule ?? RULES.put),
          outcomes: change(office, shipment, wanted, body.ok),
        }
      },
    },
    putOne: {
      check: 'C4',
      cases: [
        ...ref.edges.map((sample) => ({ field: 'ref', sample, rule: ref.rule })),
        ...statuses.edges.map((sample) => ({ field: 'status', sample, rule: statuses.rule })),
      ].filter(({ sample }) => TELLING.test(sample.what)),
      plan(office, { field, sample: { json, ok, keeps }, rule }: Patch, at) {
        const shipment = readOne(office, at, ({ status }) => field !== 'status' || status === 'new')
        if (!shipment) return undefined
        const { [field as 'ref']: _, ...others } = fieldsOf(shipment)
        const own = json === undefined ? '{}' : `{"${field}":${json}}`
        return {
          request: {
            ...{ method: 'PUT', path: pathOf(shipment), json: adding(others, own) },
            headers: ifMatch(shipment),
          },
          rule: json === undefined ? RULES.put : rule,
          outcomes: change(office, shipment, { ...fieldsOf(shipment), [field]: keeps }, ok),
        }
      },
    },
    withMore: {
      check: 'C4',
      cases: ['PUT', 'PATCH'].flatMap((method) =>
        [
          '"id":"4711"',
          '"createdAt":"2001-01-01T00:00:00Z"',
          '"updatedAt":"2001-01-01T00:00:00Z"',
          '"version":1',
          '"x":[]',
        ].map((more) => ({ method, more })),
      ),
      plan(office, { method, more }: { method: string; more: string }, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        const fields = method === 'PUT' ? fieldsOf(shipment) : {}
        return {
          request: {
            ...{
              method,
              path: pathOf(shipment),
              json: adding({ ...fields, weightG: 78 }, `{${more}}`),
            },
            headers: ifMatch(shipment),
          },
          rule: RULES.others,
          outcomes: change(office, shipment, { ...fieldsOf(shipment), weightG: 78 }, 'open'),
        }
      },
    },
    taken: {
      check: 'C4',
      cases: ['PUT', 'PATCH', 'PUT', 'PATCH'],
      plan(office, method: string, at) {
        const shipment = readOne(office, at)
        const other = at.pick(all(office).filter((one) => one !== shipment))
        if (!shipment || !other) return undefined
        const { ref } = other
        return method === 'PATCH'
          ? patching(office, shipment, { ref, note: 'not kept' }, RULES.taken)
          : putting(office, shipment, { ...fieldsOf(shipment), ref, note: 'not kept' }, RULES.taken)
      },
    },
    delete: {
      check: 'C4',
      plain: [0],
      weight: 4,
      cases: times(8),
      plan(office, _: number, at) {
        const shipment = spare(office, at)
        return shipment && deleting(office, shipment, ifMatch(shipment), RULES.delete)
      },
    },
    afterDelete: {
      check: 'C4',
      cases: ['GET', 'HEAD', ...WRITES, 'GET scans', 'POST scans'],
      plan(office, what: string, at) {
        const gone = at.pick(office.gone.filter(({ etag }) => etag !== undefined))
        return gone && nothing(what, pathOf(gone), gone.etag!, RULES.delete)
      },
    },
  }

  /** A request for an id that no shipment has. */
  function nothing(what: string, path: string, tag: string, rule: string, ...more: number[]): Step {
    const [method = '', scans] = what.split(' ')
    const fields = { ref: 'NIL-1', weightG: 5, status: 'new', depot: 'Vigo', note: null }
    const json = {
      PUT: JSON.stringify(fields),
      PATCH: '{"weightG":5}',
      POST: '{"kind":"arrived","depot":"Vigo"}',
    }[method]
    const isWrite = WRITES.includes(method)
    return {
      request: {
        ...{ method, path: scans ? `${path}/scans` : path, json },
        headers: isWrite ? { 'If-Match': tag } : undefined,
      },
      rule,
      outcomes: [refused(404, ...(isWrite ? [412] : []), ...more)],
    }
  }

  // ------------------------------------------------------------ C5

  const WAYS = ['GET', 'GET', 'HEAD', ...WRITES, 'GET scans', 'POST scans']
  const isForm = (id: string) => /^[0-9]{1,18}$/.test(id) || id === '9223372036854775807'
  const oddIds: Record<string, Operation<Office>> = {
    oddId: {
      check: 'C5',
      cases: ODD_IDS.flatMap((id, index) =>
        [0, 1].map((turn) => ({ id, way: WAYS[(index * 3 + turn * 5) % WAYS.length]! })),
      ),
      plan({ shipments }, { id, way }: { id: string; way: string }) {
        if (shipments.has(id)) return undefined
        const rule = isForm(id) ? RULES.noId : RULES.oddId
        const more = isForm(id) ? [] : [400, 422]
        return nothing(way, `/shipments/${encodeURIComponent(id)}`, '"1"', rule, ...more)
      },
    },
    blindToNothing: {
      check: 'C5',
      cases: WRITES,
      plan(_, method: string) {
        const { request, rule } = nothing(method, '/shipments/999999999', '"1"', RULES.noId)
        return { request: { ...request, headers: undefined }, rule, outcomes: [refused(404, 428)] }
      },
    },
    otherSpelling: {
      check: 'C5',
      optional: true,
      cases: otherSpellings('7').flatMap((_, index) => [
        { index, way: 'GET' },
        { index, way: [...WRITES, 'GET scans', 'POST scans'][index % 5]! },
      ]),
      plan(office, { index, way }: { index: number; way: string }, at) {
        const shipment = readOne(office, at)
        const id = shipment && otherSpellings(shipment.id)[index]
        if (id === undefined || office.shipments.has(decodeURIComponent(id))) return undefined
        // 01 is no number that JSON knows, but some take it for the form of an id.
        return nothing(way, `/shipments/${id}`, shipment!.etag!, RULES.oddId, 400, 422)
      },
    },
  }

  // ------------------------------------------------------------ C6

  const heads: Record<string, Operation<Office>> = {
    head: {
      check: 'C6',
      cases: times(9),
      plan(office, index: number, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        const path = [pathOf(shipment), '/shipments', `${pathOf(shipment)}/scans`][index % 3]!
        return {
          request: { method: 'HEAD', path },
          rule: '`HEAD`, where there is `GET` | as `GET`, without the body',
          outcomes: [
            {
              status: 200,
              json: true,
              also(answer) {
                const tag = tagOf(answer)
                if (index % 3 !== 0 || tag === shipment.etag) return undefined
                return `the ETag must be that of GET, ${shipment.etag}, came ${tag ?? 'none'}`
              },
            },
          ],
        }
      },
    },
    jsonType: {
      check: 'C6',
      cases: JSON_TYPES,
      plan(office, type: string, at) {
        const own = { ref: numbered(at), weightG: 5, depot: 'Vigo' }
        return {
          request: {
            ...{ method: 'POST', path: '/shipments', json: JSON.stringify(own) },
            headers: { 'Content-Type': type },
          },
          rule: 'JSON with a charset, or in capitals | as JSON',
          outcomes: post(office, { json: '', ok: 'yes', keeps: own, what: '' }, at),
        }
      },
    },
  }

  // ------------------------------------------------------------ C8

  const ODD_FILTERS = [
    ...[
      'status=lost',
      'status=NEW',
      'status=',
      'status=new%20',
      'status=new,moving',
      'status=toString',
    ],
    ...[
      'depot=',
      'depot=%25',
      'depot=_igo',
      'depot=vigo',
      'depot=Vig',
      'depot=Vigo%20',
      "depot='%20or%20'1'='1",
    ],
    ...['depot=*', 'depot=null', 'depot=V%25', 'depot=pier%207%20%26%208'],
  ]
  const filtering: Record<string, Operation<Office>> = {
    filter: {
      check: 'C8',
      // Seldom there is none of a status for so long that a case is given up.
      optional: true,
      cases: STATUSES.flatMap((status) => [
        ...[{ status }, { status }, { status, depot: 'of one' }, { status, depot: 'Vigo' }],
        ...[
          { depot: 'of one' },
          { depot: 'of one' },
          { depot: depot.plain[STATUSES.indexOf(status)]!.keeps as string },
        ],
      ]),
      plan(office, asked: { status?: Status; depot?: string }, at) {
        const fitting = all(office).filter(({ status }) => !asked.status || status === asked.status)
        const one = asked.depot === 'of one' ? at.pick(fitting) : undefined
        if (asked.depot === 'of one' && !one) return undefined
        const depot = one ? String(one.depot) : asked.depot
        const query = new URLSearchParams({
          ...(asked.status && { status: asked.status }),
          ...(depot !== undefined && { depot }),
        })
        const wanted = fitting.filter((each) => depot === undefined || each.depot === depot)
        return {
          request: { path: `/shipments?${query}` },
          rule: depot === undefined ? RULES.byStatus : RULES.byDepot,
          outcomes: [{ status: 200, body: byNumber(wanted).map(shown) }],
        }
      },
    },
    oddFilter: {
      check: 'C8',
      cases: ODD_FILTERS,
      plan(office, query: string) {
        const isDepot = query.startsWith('depot')
        const name = decodeURIComponent(query.slice(6))
        if (isDepot && all(office).some(({ depot }) => depot === name)) return undefined
        // Some take a query for JSON, or trim it.
        const trimmed = all(office).filter(
          ({ depot, status }) => (isDepot ? depot : status) === name.trim(),
        )
        const outcomes: Outcome[] = [{ status: 200, body: [] }]
        if (name !== name.trim()) outcomes.push({ status: 200, body: byNumber(trimmed).map(shown) })
        if (!isDepot || name === '') outcomes.push(refused(400, 422))
        return {
          request: { path: `/shipments?${query}` },
          rule: isDepot ? RULES.byDepot : RULES.byStatus,
          outcomes,
        }
      },
    },
  }

  // ------------------------------------------------------------ C9

  const kind = oneOf(fresh, { values: ['arrived', 'departed', 'damaged'], rule: RULES.kind })
  const scanDepot = text(fresh, { min: 1, max: 60, rule: RULES.scanDepot })
  const forScan = bodies(fresh, { kind, depot: scanDepot })
  const shownScan = ({ id, kind, depot, at }: Scan) => ({
    ...{ id: sameId(id), kind, depot, at: instant(new Date(at)) },
  })

  function scanning(shipment: Shipment, body: Body, rule?: string): Step {
    const isCancelled = shipment.status === 'cancelled'
    const accepted: Outcome = {
      status: 201,
      body: { id: someId, kind: body.keeps.kind, depot: body.keeps.depot, at: aboutNow() },
      becomes: ({ body: made }) => void shipment.scans.push({ ...made, id: String(made.id) }),
    }
    return {
      request: { method: 'POST', path: `${pathOf(shipment)}/scans`, json: body.json },
      rule: rule ?? (isCancelled ? RULES.cancelled : body.ok === 'yes' ? RULES.scan : body.rule!),
      outcomes: [
        ...(body.ok === 'no' ? [] : [isCancelled ? refused(409) : accepted]),
        ...(body.ok === 'yes' ? [] : [refused(400, 422)]),
        ...(isCancelled && body.ok === 'no' ? [refused(409)] : []),
      ],
    }
  }

  const scans: Record<string, Operation<Office>> = {
    scan: {
      check: 'C9',
      plain: forScan.plain,
      cases: [...forScan.plain, ...forScan.edges],
      plan(office, body: Body, at) {
        const shipment =
          body.ok === 'yes'
            ? any(office, at)
            : at.pick(all(office).filter((one) => one.status !== 'cancelled'))
        return shipment && scanning(shipment, body)
      },
    },
    scanOf: {
      check: 'C9',
      // Seldom there is none of a status for so long that a case is given up.
      optional: true,
      cases: [...STATUSES, ...STATUSES],
      plan(office, status: Status, at) {
        const shipment = at.pick(all(office).filter((one) => one.status === status))
        return shipment && scanning(shipment, forScan.plain[0]!)
      },
    },
    scansOf: {
      check: 'C9',
      cases: times(16),
      plan(office, _: number, at) {
        const most = all(office).filter((one) => one.scans.length > 0)
        const shipment = at.pick(most.length > 0 ? most : all(office))
        if (!shipment) return undefined
        return {
          request: { path: `${pathOf(shipment)}/scans` },
          rule: RULES.scans,
          outcomes: [{ status: 200, body: shipment.scans.map(shownScan) }],
        }
      },
    },
    readScanned: {
      check: 'C9',
      cases: times(6),
      plan(office, _: number, at) {
        const shipment = readOne(office, at, (one) => one.scans.length > 0)
        if (!shipment) return undefined
        const step = reading(shipment, {}, 'A scan changes neither the shipment nor its `ETag`')
        const { also: _tag, ...outcome } = step.outcomes[0]!
        const also = (answer: Answer) => tagComplaint(shipment, answer)
        return { ...step, outcomes: [{ ...outcome, also }] }
      },
    },
    noScans: {
      check: 'C9',
      cases: ['GET scans', 'POST scans'],
      plan: (_, what: string) => nothing(what, '/shipments/999999999', '', RULES.noId),
    },
  }

  // ------------------------------------------------------------ C10

  const finesse: Record<string, Operation<Office>> = {
    oneOfSeveral: {
      check: 'C10',
      cases: [...WRITES, ...WRITES].map((method, index) => ({ method, index })),
      plan(office, { method, index }: { method: string; index: number }, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        const { etag } = shipment
        const header = [`"a", ${etag}`, `${etag}, "b"`, `"a",${etag},"c"`][index % 3]!
        return writing(office, method, shipment, header, RULES.commas)
      },
    },
    noneOfSeveral: {
      check: 'C10',
      cases: WRITES,
      plan(office, method: string, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        return {
          request: { ...write(method, shipment), headers: { 'If-Match': '"a", "b"' } },
          rule: RULES.commas,
          outcomes: [refused(412)],
        }
      },
    },
    anyTag: {
      check: 'C10',
      cases: [...WRITES, ...WRITES],
      plan(office, method: string, at) {
        const shipment = readOne(office, at)
        return shipment && writing(office, method, shipment, '*', RULES.star)
      },
    },
    knownAmong: {
      check: 'C10',
      cases: ['*', 'first', 'last', 'middle', 'W/', 'W/ last', '*', 'W/'],
      plan(office, where: string, at) {
        const shipment = readOne(office, at)
        if (!shipment) return undefined
        const etag = shipment.etag!
        // Compared weakly, both spellings are one tag.
        const other = etag.startsWith('W/') ? etag.slice(2) : `W/${etag}`
        const headers: Record<string, string> = {
          '*': '*',
          first: `${etag}, "b"`,
          last: `"a", ${etag}`,
          middle: `"a",${etag},W/"c"`,
          'W/': other,
          'W/ last': `"a", ${other}`,
        }
        const rule = where === '*' ? RULES.star : where.startsWith('W/') ? RULES.weak : RULES.commas
        return {
          request: { path: pathOf(shipment), headers: { 'If-None-Match': headers[where]! } },
          rule,
          outcomes: [notModified(shipment)],
        }
      },
    },
    knownInNone: {
      check: 'C10',
      cases: ['"a", "b"', 'W/"a"', '"a","b",W/"c"'],
      plan(office, tags: string, at) {
        const shipment = readOne(office, at)
        return shipment && reading(shipment, { headers: { 'If-None-Match': tags } }, RULES.commas)
      },
    },
  }

  const one = (office: Office, at: At) => {
    const shipment = readOne(office, at)
    return shipment && pathOf(shipment)
  }
  const find = ({ shipments }: Office, path: string) =>
    shipments.get(decodeURIComponent(path.split('/')[2]!))!

  let servers: ServerSubject[] | undefined
  const model: ServerModel<Office> & { last?: Office } = {
    async open() {
      // They keep nothing in memory, so those of the last program will do, unless they have died or hold locks.
      const isFit = servers?.every(({ process }) => !process.exit) ?? true
      if (isFit) servers ??= await world.copies()
      else servers = await world.startTwo()
      await world.empty().catch(async (error) => {
        if (!model.last) throw error
        await Promise.all(servers!.map((server) => server.kill()))
        servers = await world.startTwo()
        await world.empty()
      })
      const state: Office = { shipments: new Map(), gone: [] }
      model.last = state
      return { servers, state, async close() {} }
    },
    // PUT, PATCH and two kinds of POST have hundreds of cases.
    ordinary: 2,
    operations: {
      ...creating,
      ...moving,
      ...tagging,
      ...changing,
      ...oddIds,
      ...heads,
      ...filtering,
      ...scans,
      ...finesse,
      ...houseRules<Office>({
        routes: {
          all: {
            path: () => '/shipments',
            methods: ['GET', 'HEAD', 'POST'],
            get: ({ shipments }) => [
              { status: 200, body: byNumber(shipments.values()).map(shown) },
            ],
            bodies: { POST: '{"ref":"HSE-1","weightG":5,"depot":"Vigo"}' },
          },
          one: {
            path: one,
            methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
            get: (office, path) => [{ status: 200, body: shown(find(office, path)) }],
            bodies: {
              PUT: '{"ref":"HSE-1","weightG":5,"depot":"Vigo","status":"new","note":null}',
              PATCH: '{"weightG":5}',
            },
            headers: (office, path) => ifMatch(find(office, path)),
          },
          scans: {
            path: (office, at) => {
              const path = one(office, at)
              return path && `${path}/scans`
            },
            methods: ['GET', 'HEAD', 'POST'],
            get: (office, path) => [{ status: 200, body: find(office, path).scans.map(shownScan) }],
            bodies: { POST: '{"kind":"arrived","depot":"Vigo"}' },
          },
        },
        checks: {
          unknownPath: 'C6',
          otherMethod: 'C6',
          query: 'C6',
          otherCase: 'C6',
          trailingSlash: 'C6',
          escapes: 'C6',
          malformed: 'C6',
          noObject: 'C6',
          emptyBody: 'C6',
          contentType: 'C6',
        },
        words: { otherMethod: RULES.method, contentType: RULES.type },
        statuses: { contentType: [415] },
      }),
    },
    observe: ({ shipments }) => [
      {
        request: { path: '/shipments' },
        rule: RULES.list,
        outcomes: [
          {
            status: 200,
            body: allById(new Map([...shipments].map(([id, each]) => [id, shown(each)]))),
          },
        ],
      },
      // What has changed is read, so that its tag is known to the requests that come.
      ...[...shipments.values()]
        .filter(({ etag }) => etag === undefined)
        .map((shipment) => ({ ...reading(shipment), tells: true })),
    ],
  }
  return model
}
