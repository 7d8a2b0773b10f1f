import { expect } from 'vitest'
import {
  type Answer,
  Fresh,
  type ServerSubject,
  SubjectError,
  type Submission,
  shared,
} from '../../harness/index.ts'
import {
  type At,
  allById,
  difference,
  inAnyOrder,
  matching,
  type Operation,
  type Outcome,
  refused,
  type ServerModel,
  type Step,
  id as sameId,
} from '../../harness/model/index.ts'
import { type Depot as FilledDepot, type Parcel as FilledParcel, maker } from './rows.ts'
import type { Copy, World as Database, sharedWorld } from './world.ts'

type Scan = { kind: string; at?: string }
/** @property isRaised a move may have raised `version`; the next list tells */
type Parcel = Omit<FilledParcel, 'scans'> & { key: string; scans: Scan[]; isRaised: boolean }
type Depot = Omit<FilledDepot, 'parcels'> & { key: string; parcels: Parcel[] }
type Tag = { key: string; name: string }

/** What the tables must hold. */
type World = {
  depots: Depot[]
  tags: Map<string, Tag>
  /** Tags that came with parcels that were refused, and the body they came in. */
  leftOut: Map<string, Tag & { body: string; mayComeAgain: boolean }>
  /** The last request was one that writes. */
  isWritten: boolean
  /** Where it did so. */
  touched?: Depot
}

/** The rules of the README, in its words. */
const RULES = {
  all: 'a depot without parcels has `"parcels": []`; the same goes for scans and tags',
  deleted:
    'they are in no list and no number, and can be neither moved nor changed; but their code stays taken.',
  limit: 'counts depots: a whole number in digits from 1 to 100; 20 where it is missing',
  offset: 'counts depots: a whole number in digits from 0; 0 where it is missing.',
  sort: '`name`, `-name`, `city` or `-city`; the minus means descending',
  equal: 'by `id`, *ascending*; so are all where `sort` is missing',
  other: '`400` or `422`, also where nothing stands behind the `=`',
  twice: 'a parameter that stands twice | any of its values, or `400` or `422`',
  numbers: '`weightKg`, `priceCents` and `version` are JSON numbers, as are those of `stats`.',
  openedOn: '`YYYY-MM-DD`, the day in the table, whatever zone server and database are in.',
  at: 'an ISO 8601 time with `Z` or an offset',
  stats:
    '`parcels` and `scans` are counted, `revenueCents` is the sum of `price_cents`; each is `0` where there are none.',
  noStats: '`200` and `{parcels, scans, revenueCents}`; `404` for an unknown depot',
  move: '`200`; they are at depot `to`, and each has one more scan, of kind `moved`',
  moveBad: 'one of `codes` is unknown, deleted, or at another depot | `409`',
  moveFrom: 'no depot `{id}` | `404` or `409`',
  moveTo: 'no depot `to` | `400`, `404`, `409` or `422`',
  change: '`200`; the fields that were sent are stored, and `version` is one higher',
  stale: '`version` is another | `409`, nothing changes',
  noVersion: 'no `version` | `400` or `422`, nothing changes',
  noParcel: 'unknown or deleted code | `404`',
  otherFields:
    'other fields in the body, such as `depotId` or `code` | ignore them, or answer `400` or `422`: these columns do not change',
  create: 'Tags that exist are used, others are made. `status` is `registered`, `version` is 1.',
  tag: 'Each has 1 to 30 characters',
  taken: 'the code is taken | `409`',
  noDepot: 'no depot `depotId` | `400`, `404`, `409` or `422`',
  longTag: 'a tag of more than 30 characters (the table refuses it) | `400` or `422`',
} as const

// ---------------------------------------------------------------- what an answer must show

/** A number, also as a text: which of the two is the matter of C7. */
const numeric = (wanted: number) =>
  matching(String(wanted), (value) => value !== '' && value !== null && Number(value) === wanted)

const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$/

/** @param wanted in UTC; undefined for a moment that the server has chosen */
const time = (wanted: string | undefined) =>
  matching(wanted ?? 'an ISO 8601 time with Z or an offset', (value) => {
    if (typeof value !== 'string' || !ZONED.test(value)) return false
    // Date wants minutes in an offset.
    const at = new Date(value.replace(/([+-]\d\d)$/, '$1:00')).getTime()
    return wanted === undefined ? !Number.isNaN(at) : at === new Date(wanted).getTime()
  })

const atLeast = (wanted: number) =>
  matching(`${wanted}, or more where a move raises it`, (value) => Number(value) >= wanted)

/** @param isExact days, times and the types of numbers are looked at as well */
function shownParcel(parcel: Parcel, isExact: boolean) {
  const { code, status, weightKg, priceCents, version, isRaised, scans, tags } = parcel
  const number = (value: number) => (isExact ? value : numeric(value))
  return {
    code,
    status,
    weightKg: number(weightKg),
    priceCents: number(priceCents),
    version: isRaised ? atLeast(version) : number(version),
    scans: inAnyOrder(
      ...scans.map(({ kind, at }) => (isExact ? { kind, at: time(at) } : { kind })),
    ),
    tags: inAnyOrder(...tags),
  }
}

const there = ({ parcels }: Depot) => parcels.filter(({ deleted }) => !deleted)

function shownDepot(depot: Depot, isExact: boolean) {
  const { id, name, city, openedOn } = depot
  const parcels = new Map(there(depot).map((one) => [one.code, shownParcel(one, isExact)]))
  const day = isExact ? { openedOn } : {}
  return { id: sameId(String(id)), name, city, ...day, parcels: allById(parcels, 'code') }
}

const showing = (depots: Depot[], isExact = false): Outcome => ({
  status: 200,
  body: { depots: depots.map((depot) => shownDepot(depot, isExact)) },
})

/** Takes the versions of parcels that were moved from a list. */
function learnVersions({ depots }: World, { body }: Answer): void {
  const shown = new Map<string, number>(
    (body.depots as { parcels: { code: string; version: unknown }[] }[])
      .flatMap(({ parcels }) => parcels)
      .map(({ code, version }) => [code, Number(version)]),
  )
  for (const parcel of depots.flatMap(({ parcels }) => parcels)) {
    const version = shown.get(parcel.code)
    if (!parcel.isRaised || version === undefined) continue
    parcel.version = version
    parcel.isRaised = false
  }
}

/** The depots in the order that `sort` asks for. */
function sorted(depots: Depot[], sort?: string): Depot[] {
  const column = sort?.replace('-', '') as 'name' | 'city' | undefined
  const sign = sort?.startsWith('-') ? -1 : 1
  return depots.toSorted((one, other) => {
    if (!column || one[column] === other[column]) return one.id - other.id
    return one[column] < other[column] ? -sign : sign
  })
}

function statsOf(depot: Depot) {
  const parcels = there(depot)
  return {
    parcels: parcels.length,
    scans: parcels.reduce((sum, { scans }) => sum + scans.length, 0),
    revenueCents: parcels.reduce((sum, { priceCents }) => sum + priceCents, 0),
  }
}

// ---------------------------------------------------------------- what is in the tables at first

const DAYS = ['1998-12-31', '2005-03-01', '2010-07-15', '2013-01-01', '2024-02-29', '2026-06-30']

/** Depots with parcels of every kind, some without any. */
function fewDepots(fresh: Fresh): FilledDepot[] {
  const make = maker(fresh)
  const scans = [make.at(), make.at()].map((at) => ({ kind: 'loaded', at }))
  const busy = () => make.parcel({ scans: [...scans, ...make.scans(2)], tags: make.tags(3) })
  const deleted = () => make.parcel({ deleted: true, scans: make.scans(1), tags: make.tags(1) })
  const large = [
    make.parcel({ priceCents: 3_000_000_000 + fresh.int(0, 10 ** 9), scans: make.scans(1) }),
    make.parcel({ weightKg: 0.1, priceCents: 0 }),
    make.parcel({ weightKg: 99_999.999, tags: make.tags(1) }),
  ]
  const inside = [
    [busy(), busy(), deleted(), busy()],
    [make.parcel(), make.parcel({ scans: make.scans(2) }), make.parcel({ tags: make.tags(2) })],
    [],
    [deleted(), ...large],
    [deleted()],
    make.parcels(2),
  ]
  const days = fresh.shuffle(DAYS)
  return inside.map((parcels, index) => make.depot(parcels, { openedOn: days[index]! }))
}

const MANY = 104
/** More depots than the longest page has, of which several have the same name, and many the same city. */
function manyDepots(fresh: Fresh): FilledDepot[] {
  const make = maker(fresh)
  const names = fresh.list(6, () => fresh.name())
  return fresh.list(MANY, (index) =>
    make.depot(index % 6 === 0 ? make.parcels(2) : [], { name: fresh.pick(names) }),
  )
}

/** A depot with so many parcels that a move of all of them is a long one. */
const fullDepot = (fresh: Fresh): FilledDepot => {
  const make = maker(fresh)
  // Ids beyond those of the other makers.
  const parcels = fresh.list(24, (index) => make.parcel({ id: 5_000_000_000 + index }))
  return make.depot(parcels, { id: 9000 })
}

function worldOf(depots: FilledDepot[]): World {
  const tags = new Set(depots.flatMap(({ parcels }) => parcels.flatMap(({ tags }) => tags)))
  return {
    depots: depots.map((depot) => ({
      ...depot,
      key: `depot ${depot.id}`,
      parcels: depot.parcels.map((parcel) => ({
        ...parcel,
        key: parcel.code,
        scans: [...parcel.scans],
        isRaised: false,
      })),
    })),
    tags: new Map([...tags].map((name) => [name, { key: name, name }])),
    leftOut: new Map(),
    isWritten: false,
  }
}

/** Ids that no depot has. */
const NOWHERE = [987_654, 1_999_999_999]

// ---------------------------------------------------------------- cases

type Page = { limit?: number; offset?: number; sort?: string }

const SORTS = [undefined, 'name', '-name', 'city', '-city']
const PAGES: Page[] = [
  ...SORTS.flatMap((sort) => [
    { sort },
    { sort, limit: 7, offset: 7 },
    { sort, limit: 100, offset: 3 },
  ]),
  { limit: 1 },
  { limit: 1, offset: MANY - 1 },
  { limit: 10, offset: 10 },
  { limit: 100 },
  { offset: 3 },
  { offset: MANY - 2 },
  { offset: MANY },
  { limit: 2, offset: 1_000_000 },
  { limit: 100, offset: 999_999_999 },
]
/** Offsets that not every database or language can count to. */
const FAR = ['1000000000', '2147483648', '9223372036854775808', '99999999999999999999']
const OTHER_SORTS = [
  ...[
    '',
    'Name',
    'NAME',
    'name ',
    '-',
    '--name',
    'name,city',
    'name,name',
    'name desc',
    'namecity',
  ],
  ...['1', 'id', '-id', 'price', 'opened_on', 'openedOn', 'depots.name', 'null', 'x'],
  ...['toString', 'constructor', '__proto__', '-constructor'],
  ...['(select max(code) from parcels)', 'city, (select 1)', 'name) --', "name'", 'name"'],
  ...['name;drop table scans', 'name; delete from scans; --', 'name\n'],
]
const OTHER_LIMITS = [
  ...['', '0', '101', '-1', 'ten', '2.5', '2x', 'NaN', 'null', '1000', '1 or 1', '5;'],
  '99999999999999999999',
]
const OTHER_OFFSETS = ['', '-1', 'ten', '1.5', '7x', 'NaN', 'null', '1 or 1']

type Change = Partial<Pick<Parcel, 'status' | 'weightKg' | 'priceCents'>>

const TEXTS: Change[] = [
  { status: 'lost' },
  { status: '' },
  { status: ' lost ' },
  { status: `"lost" \\ 'o''x' {a,b} %` },
  { status: 'café 東京 📦' },
  { status: '📦'.repeat(30) },
]
/** The least ones first, then ordinary ones, then large ones. */
const NUMBERS: Change[] = [
  { weightKg: 0 },
  { priceCents: 0 },
  { weightKg: 0.001 },
  { weightKg: 12.5 },
  { weightKg: 99_999.999 },
  { priceCents: 2_147_483_648 },
  { priceCents: 1_000_000_000_000 },
]
const SEVERAL: Change[] = [
  { status: 'found', weightKg: 7.125 },
  { status: 'sold', priceCents: 4_294_967_296 },
  { weightKg: 3, priceCents: 250 },
  { status: 'weighed', weightKg: 41.007, priceCents: 999 },
  { status: '', weightKg: 0, priceCents: 0 },
]

/** Columns that no change may reach, as a client may call them. */
const OTHER_FIELDS = ['depotId', 'depot_id', 'code', 'id', 'deletedAt', 'deleted_at', 'tags']

/** How many parcels are moved; what is wrong with one, and whether that is the first. */
type Bad = 'unknown' | 'deleted' | 'elsewhere' | 'there already'
type Moving = { count: number; bad?: Bad; isFirst?: boolean }

const MOVES: Moving[] = [{ count: 1 }, { count: 2 }, { count: 3 }, { count: 50 }]
const BAD: Bad[] = ['unknown', 'deleted', 'elsewhere', 'there already']
const BAD_MOVES: Moving[] = BAD.flatMap((bad) => [
  { count: 0, bad },
  { count: 2, bad },
  { count: 2, bad, isFirst: true },
])

/** Tags of a new parcel: so many that are there, and new ones. */
type Tagging = { known: number; fresh: ((name: string) => string)[] }

const plainly = (name: string) => name
const TAGGINGS: Tagging[] = [
  { known: 0, fresh: [] },
  { known: 0, fresh: [plainly] },
  { known: 2, fresh: [] },
  { known: 1, fresh: [plainly, (name) => `${name} b`] },
  { known: 3, fresh: [(name) => name.toUpperCase(), plainly] },
  { known: 0, fresh: [(name) => name.padStart(30, 'x'), (name) => name.padStart(29, 'x')] },
  { known: 1, fresh: [(name) => `📦🚚${name}`] },
  { known: 0, fresh: [(name) => `${'📦'.repeat(30 - name.length)}${name}`] },
  { known: 0, fresh: [(name) => `${'ü'.repeat(30 - name.length)}${name}`] },
  { known: 0, fresh: [(name) => `é${name}`, (name) => `e\u0301${name}`] },
  { known: 1, fresh: [(name) => `"${name}", {x}`, (name) => `${name}\\'`, (name) => ` ${name} `] },
]
const TOO_LONG: ((name: string) => string)[] = [
  (name) => name.padStart(31, 'x'),
  (name) => `${'📦'.repeat(31 - name.length)}${name}`,
  (name) => name.padStart(200, 'x'),
]

// ---------------------------------------------------------------- the model

/** Sees to it that a server answers: a program before this one may have ended it. */
async function revive(copy: Copy): Promise<ServerSubject> {
  try {
    await copy.server.send({ path: '/depots?limit=1' })
  } catch (error) {
    if (!(error instanceof SubjectError)) throw error
    copy.server = await shared(() => copy.server.restart())()
  }
  return copy.server
}

/**
 * The contract of the depots.
 * @param calm gives the copies and the database that all programs share
 * @param check decides what is in the tables at first
 */
export function depotsModel(
  submission: Submission,
  calm: ReturnType<typeof sharedWorld>['calm'],
  check: string,
) {
  const { fresh } = submission
  /** Pages are of many depots, which nobody needs to change. */
  const isOfPages = ['C3', 'C6'].includes(check)
  let last: { database: Database; state: World } | undefined

  async function open() {
    // The same rows for each try to find a shorter program.
    const rows = new Fresh(submission.seed, `orm-depots: rows of ${check}`)
    const depots = isOfPages ? manyDepots(rows) : fewDepots(rows)
    if (check === 'C4') depots.push(fullDepot(rows))
    const { world: database, a, twin } = await calm(depots)
    const servers: ServerSubject[] = []
    for (const copy of [a, await twin()]) servers.push(await revive(copy))
    const state = worldOf(depots)
    last = { database, state }
    return { servers, state, close: async () => {} }
  }

  const alive = ({ depots }: World) => depots.flatMap(there)
  const dead = ({ depots }: World) =>
    depots.flatMap(({ parcels }) => parcels.filter(({ deleted }) => deleted))

  /** So many of the items, or as many as there are. */
  function some<T extends { key: string }>(at: At, items: T[], count: number): T[] {
    const chosen: T[] = []
    for (let left = items; chosen.length < count && left.length > 0; ) {
      const one = at.pick(left)
      if (!one) break
      chosen.push(one)
      left = left.filter((other) => other !== one)
    }
    return chosen
  }

  // ------------------------------------------------------------ requests

  function listing(world: World, page: Page, isExact = false): Step {
    const { limit, offset, sort } = page
    const depots = sorted(world.depots, sort).slice(offset ?? 0, (offset ?? 0) + (limit ?? 20))
    const query = Object.entries(page)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${value}`)
      .join('&')
    const rule = sort ? RULES.sort : offset !== undefined ? RULES.offset : RULES.limit
    return {
      request: { path: `/depots${query && `?${query}`}` },
      rule: isExact ? RULES.numbers : query ? rule : RULES.all,
      outcomes: [showing(depots, isExact)],
    }
  }

  const counting = (depot: Depot): Step => ({
    request: { path: `/depots/${depot.id}/stats` },
    rule: RULES.stats,
    outcomes: [{ status: 200, body: statsOf(depot) }],
  })

  /** The numbers once more, after a request that another check is about. */
  const recounting = (depot: Depot): Step => ({
    ...counting(depot),
    outcomes: [
      {
        status: 200,
        also({ body }) {
          const complaint = difference(statsOf(depot), body)
          return complaint && { complaint, check: 'C9', rule: RULES.stats }
        },
      },
    ],
  })

  const writing = (world: World, step: Step): Step => {
    world.isWritten = true
    return step
  }

  function change(
    world: World,
    parcel: Parcel,
    fields: Record<string, unknown>,
    { rule = RULES.change as string, mayRefuse = false, isSame = false } = {},
  ): Step {
    const { code, version } = parcel
    world.touched = world.depots.find(({ parcels }) => parcels.includes(parcel))
    const raised = isSame
      ? matching(
          `${version} or ${version + 1}`,
          (value) => value === version || value === version + 1,
        )
      : version + 1
    const done: Outcome = {
      status: 200,
      body: { code, version: raised },
      becomes({ body }) {
        const { status, weightKg, priceCents } = { ...parcel, ...fields } as Parcel
        Object.assign(parcel, { status, weightKg, priceCents, version: body.version })
      },
    }
    return writing(world, {
      request: {
        method: 'PATCH',
        path: `/parcels/${code}`,
        json: JSON.stringify({ version, ...fields }),
      },
      rule,
      outcomes: [done, ...(mayRefuse ? [refused(400, 422)] : [])],
    })
  }

  /** A change that must be refused. */
  const noChange = (
    world: World,
    code: string,
    body: object,
    rule: string,
    ...statuses: number[]
  ): Step => {
    world.touched = world.depots.find(({ parcels }) => parcels.some((one) => one.code === code))
    return writing(world, {
      request: { method: 'PATCH', path: `/parcels/${code}`, json: JSON.stringify(body) },
      rule,
      outcomes: [refused(...statuses)],
    })
  }

  const moveOf = (from: number, to: number, codes: string[]) => ({
    method: 'POST',
    path: `/depots/${from}/move`,
    json: JSON.stringify({ to, codes }),
  })

  function move(world: World, at: At, { count, bad, isFirst }: Moving): Step | undefined {
    const full = world.depots.filter((depot) => there(depot).length >= Math.min(count, 4))
    // Where a parcel is both deleted and elsewhere, nobody knows for which of the two it is refused.
    const withDeleted = full.filter(({ parcels }) => parcels.some(({ deleted }) => deleted))
    const from = at.pick(bad === 'deleted' && withDeleted.length > 0 ? withDeleted : full)
    const to = from && at.pick(world.depots.filter((depot) => depot !== from))
    if (!from || !to) return undefined
    const parcels = some(at, there(from), count)
    const codes = parcels.map(({ code }) => code)
    world.touched = to
    if (bad) {
      const others = {
        unknown: [],
        deleted: dead(world).filter((one) => from.parcels.includes(one)),
        elsewhere: alive(world).filter((one) => !from.parcels.includes(one)),
        'there already': there(to),
      }[bad]
      const code = bad === 'unknown' ? `NO-${at.key.slice(1)}` : at.pick(others)?.code
      if (!code) return undefined
      codes.splice(isFirst ? 0 : codes.length, 0, code)
      const outcomes = [refused(409)]
      return writing(world, {
        request: moveOf(from.id, to.id, codes),
        rule: RULES.moveBad,
        outcomes,
      })
    }
    return writing(world, {
      request: moveOf(from.id, to.id, codes),
      rule: RULES.move,
      outcomes: [
        {
          status: 200,
          body: { moved: codes.length },
          becomes() {
            from.parcels = from.parcels.filter((one) => !parcels.includes(one))
            to.parcels.push(...parcels)
            for (const parcel of parcels) {
              parcel.scans.push({ kind: 'moved' })
              parcel.isRaised = true
            }
          },
        },
      ],
    })
  }

  type Wish = { tagging: Tagging; weightKg: number; priceCents: number }

  /** @param problem what is wrong with the parcel, where it must be refused */
  function create(
    world: World,
    at: At,
    { tagging, weightKg, priceCents }: Wish,
    problem?: { code?: string; depotId?: number; tag?: string; rule: string; statuses: number[] },
  ): Step | undefined {
    const depot = at.pick(world.depots)
    if (!depot) return undefined
    world.touched = depot
    const number = at.key.slice(1)
    const spelled = tagging.fresh.map((spell) => spell(`t${number}`))
    // Who was refused tries again, with one of the two new tags; the other one must never be there.
    const refusedTags = [...world.leftOut.values()].filter(({ mayComeAgain }) => mayComeAgain)
    const again = problem ? undefined : at.pick(refusedTags)
    const made = [...spelled, ...(again ? [again.name] : [])].filter(
      (name) => !world.tags.has(name),
    )
    const known = some(at, [...world.tags.values()], tagging.known).map(({ name }) => name)
    // The new ones stand on both sides of those that are there.
    const tags = [...made.slice(0, 1), ...known, ...made.slice(1)]
    if (problem?.tag) tags.push(problem.tag)
    const code = problem?.code ?? `NEW-${number}`
    const depotId = problem?.depotId ?? depot.id
    const request = {
      method: 'POST',
      path: '/parcels',
      json: JSON.stringify({ code, depotId, weightKg, priceCents, tags }),
    }
    if (problem) {
      for (const name of made) {
        const mayComeAgain = name !== made[0] && !problem.tag
        const key = `${at.key} ${name}`
        world.leftOut.set(name, { key, name, body: request.json, mayComeAgain })
      }
      const { rule, statuses } = problem
      return writing(world, { request, rule, outcomes: [refused(...statuses)] })
    }
    const isLong = made.some((name) => [...name].length > 28)
    return writing(world, {
      request,
      rule: isLong ? RULES.tag : RULES.create,
      outcomes: [
        {
          status: 201,
          body: { code, version: 1 },
          becomes() {
            for (const name of made) {
              world.tags.set(name, { key: `${at.key} ${name}`, name })
              world.leftOut.delete(name)
            }
            depot.parcels.push({
              id: 0,
              key: at.key,
              code,
              status: 'registered',
              weightKg,
              priceCents,
              version: 1,
              deleted: false,
              scans: [],
              tags,
              isRaised: false,
            })
          },
        },
      ],
    })
  }

  // ------------------------------------------------------------ operations

  const wishes: Wish[] = TAGGINGS.map((tagging, index) => ({
    tagging,
    weightKg: [1.5, 0, 99_999.999, 0.001][index % 4]!,
    priceCents: [700, 1_000_000_000_000, 0, 2_147_483_648][(index + 1) % 4]!,
  }))
  const wish = wishes[3]!

  const operations: Record<string, Operation<World>> = {
    // C1
    list: {
      check: 'C1',
      cases: fresh.list(8, () => ({})),
      plan: (world, page: Page) => listing(world, page),
    },

    // C3
    page: { check: 'C3', cases: PAGES, plan: (world, page: Page) => listing(world, page) },
    far: {
      check: 'C3',
      cases: FAR,
      plan: (_, offset: string) => ({
        request: { path: `/depots?offset=${offset}` },
        rule: RULES.offset,
        outcomes: [{ status: 200, body: { depots: [] } }, refused(400, 422)],
      }),
    },

    // C4
    move: {
      check: 'C4',
      plain: MOVES.slice(0, 3),
      cases: MOVES,
      plan: (world, moving: Moving, at) => move(world, at, moving),
    },
    badMove: {
      check: 'C4',
      cases: BAD_MOVES,
      plan: (world, moving: Moving, at) => move(world, at, moving),
    },
    moveNowhere: {
      check: 'C4',
      cases: NOWHERE.flatMap((id) => [
        { id, isFrom: true },
        { id, isFrom: false },
      ]),
      plan(world, { id, isFrom }: { id: number; isFrom: boolean }, at) {
        const from = at.pick(world.depots.filter((depot) => there(depot).length > 0))
        if (!from) return undefined
        const codes = some(at, there(from), 2).map(({ code }) => code)
        const to = world.depots.find((depot) => depot !== from)!
        return writing(world, {
          request: isFrom ? moveOf(id, to.id, codes) : moveOf(from.id, id, codes),
          rule: isFrom ? RULES.moveFrom : RULES.moveTo,
          outcomes: [refused(...(isFrom ? [404, 409] : [400, 404, 409, 422]))],
        })
      },
    },

    // C5
    change: {
      check: 'C5',
      plain: [TEXTS[0]!, ...NUMBERS.slice(3, 6), ...SEVERAL.slice(0, 4)],
      cases: [...TEXTS, ...NUMBERS, ...SEVERAL],
      plan(world, fields: Change, at) {
        const parcel = at.pick(alive(world))
        if (!parcel) return undefined
        const isSame = Object.entries(fields).every(
          ([name, value]) => parcel[name as keyof Change] === value,
        )
        return change(world, parcel, fields, { isSame })
      },
    },
    changeToTheSame: {
      check: 'C5',
      cases: ['status', 'weightKg', 'priceCents'] as const,
      plan(world, name: keyof Change, at) {
        const parcel = at.pick(alive(world))
        return parcel && change(world, parcel, { [name]: parcel[name] }, { isSame: true })
      },
    },
    changeOther: {
      check: 'C5',
      cases: OTHER_FIELDS,
      plan(world, name: string, at) {
        const parcel = at.pick(alive(world))
        if (!parcel) return undefined
        const other = world.depots.find(({ parcels }) => !parcels.includes(parcel))!
        const values: Record<string, unknown> = {
          code: `NO-${at.key.slice(1)}`,
          id: 1,
          deletedAt: '2026-01-01T00:00:00Z',
          deleted_at: '2026-01-01T00:00:00Z',
          tags: [],
        }
        const fields = { status: 'elsewhere', [name]: values[name] ?? other.id }
        const isSame = parcel.status === fields.status
        return change(world, parcel, fields, { rule: RULES.otherFields, mayRefuse: true, isSame })
      },
    },
    stale: {
      check: 'C5',
      cases: [-1, 1, 1000],
      plan(world, away: number, at) {
        const old = alive(world).filter(({ version }) => version + away >= 1)
        const parcel = at.pick(old)
        if (!parcel) return undefined
        const body = { version: parcel.version + away, status: 'stale', weightKg: 1 }
        return noChange(world, parcel.code, body, RULES.stale, 409)
      },
    },
    noVersion: {
      check: 'C5',
      cases: [{ status: 'lost' }, { weightKg: 2 }, { priceCents: 5, status: 'lost' }],
      plan(world, fields: Change, at) {
        const parcel = at.pick(alive(world))
        return parcel && noChange(world, parcel.code, fields, RULES.noVersion, 400, 422)
      },
    },
    changeNobody: {
      check: 'C5',
      cases: ['NOBODY', 'deleted', 'lower case'],
      plan(world, which: string, at) {
        const parcel = at.pick(which === 'deleted' ? dead(world) : alive(world))
        if (!parcel) return undefined
        const { code, version } = parcel
        const body = { version, status: 'lost' }
        if (which === 'lower case') {
          return noChange(world, code.toLowerCase(), body, RULES.noParcel, 404, 400, 422)
        }
        return noChange(world, which === 'deleted' ? code : which, body, RULES.noParcel, 404)
      },
    },

    // C6
    other: {
      check: 'C6',
      cases: [
        ...OTHER_SORTS.map((text) => `sort=${encodeURIComponent(text)}`),
        ...OTHER_LIMITS.map((text) => `limit=${encodeURIComponent(text)}`),
        ...OTHER_OFFSETS.map((text) => `offset=${encodeURIComponent(text)}`),
        'limit=5&offset=-1',
        'limit=0&sort=name',
        'sort=price&limit=5',
      ],
      plan: (_, query: string) => ({
        request: { path: `/depots?${query}` },
        rule: RULES.other,
        outcomes: [refused(400, 422)],
      }),
    },
    twice: {
      check: 'C6',
      cases: [
        { query: 'limit=2&limit=3', pages: [{ limit: 2 }, { limit: 3 }] },
        { query: 'offset=2&offset=3', pages: [{ offset: 2 }, { offset: 3 }] },
        { query: 'sort=name&sort=-city', pages: [{ sort: 'name' }, { sort: '-city' }] },
      ],
      plan: (world, { query, pages }: { query: string; pages: Page[] }) => ({
        request: { path: `/depots?${query}` },
        rule: RULES.twice,
        outcomes: [...pages.flatMap((page) => listing(world, page).outcomes), refused(400, 422)],
      }),
    },
    rightAllTheSame: {
      check: 'C6',
      cases: [
        { limit: 1, offset: 0 },
        { limit: 100, offset: 25 },
        { sort: '-city', limit: 100 },
      ],
      plan: (world, page: Page) => listing(world, page),
    },

    // C7
    listExactly: {
      check: 'C7',
      cases: fresh.list(5, () => ({ limit: 100 })),
      plan: (world, page: Page) => listing(world, page, true),
    },
    changeExactly: {
      check: 'C7',
      cases: NUMBERS.slice(3),
      plan: (world, fields: Change, at) => operations.change!.plan(world, fields, at),
    },

    // C9
    stats: {
      check: 'C9',
      cases: fresh.list(12, (index) => index),
      plan: ({ depots }, index: number) => counting(depots[index % depots.length]!),
    },
    statsNowhere: {
      check: 'C9',
      cases: NOWHERE,
      plan: (_, id: number) => ({
        request: { path: `/depots/${id}/stats` },
        rule: RULES.noStats,
        outcomes: [refused(404)],
      }),
    },

    // C10
    create: {
      check: 'C10',
      plain: [wishes[0]!, wish],
      cases: wishes,
      plan: (world, wanted: Wish, at) => create(world, at, wanted),
    },
    createTaken: {
      check: 'C10',
      cases: [true, false, true],
      plan(world, isDeleted: boolean, at) {
        const code = at.pick(isDeleted ? dead(world) : alive(world))?.code
        const problem = code && { code, rule: RULES.taken, statuses: [409] }
        return problem ? create(world, at, wish, problem) : undefined
      },
    },
    createNowhere: {
      check: 'C10',
      cases: [...NOWHERE, 876_543],
      plan(world, depotId: number, at) {
        const problem = { depotId, rule: RULES.noDepot, statuses: [400, 404, 409, 422] }
        return create(world, at, wish, problem)
      },
    },
    createTooLong: {
      check: 'C10',
      cases: TOO_LONG,
      plan(world, spell: (name: string) => string, at) {
        const tag = spell(`t${at.key.slice(1)}`)
        return create(world, at, wish, { tag, rule: RULES.longTag, statuses: [400, 422] })
      },
    },
  }

  const model: ServerModel<World> = {
    open,
    operations: isOfPages
      ? Object.fromEntries(
          Object.entries(operations).map(([name, { plain, ...one }]) => [name, one]),
        )
      : operations,
    ordinary: 1,
    leastMoves: 12,
    // Only a request that writes can have changed something, and most of all where it wrote.
    observe(world) {
      const { isWritten, touched } = world
      world.isWritten = false
      world.touched = undefined
      if (!isWritten) return undefined
      // One depot is cheaper to list than all of them; what a request does elsewhere is in the tables.
      const place = touched && check !== 'C1' ? sorted(world.depots).indexOf(touched) : -1
      const look = listing(world, place < 0 ? { limit: 100 } : { limit: 1, offset: place })
      const outcomes = look.outcomes.map((outcome) => ({
        ...outcome,
        becomes: (answer: Answer) => learnVersions(world, answer),
      }))
      const list = { ...look, rule: RULES.all, outcomes }
      return check === 'C9' && touched ? [list, recounting(touched)] : list
    },
  }

  /** Expects of the tables what the last program must have left there; not all of it is in a list. */
  async function expectTables(): Promise<void> {
    const { database, state } = last!
    await database.expectShape()
    const { parcels, tags } = await database.contents()
    const came = tags.filter((name) => !state.tags.has(name))
    const left = came.map((name) => state.leftOut.get(name)).find((tag) => tag !== undefined)
    if (left) {
      expect.fail(
        `A parcel that is refused leaves nothing, and the tag ${JSON.stringify(left.name)} is in the table: it came with POST /parcels\n${left.body}`,
      )
    }
    expect(came, 'tags in the table that came with no parcel').toEqual([])
    const wanted = state.depots.flatMap(({ id, parcels }) =>
      parcels.map((parcel) => {
        const { code, status, weightKg, priceCents, version, deleted, scans, tags } = parcel
        const kinds = scans.map(({ kind }) => kind).sort()
        const row = { code, depotId: id, status, weightKg, priceCents, version, deleted }
        return { ...row, kinds, tags: tags.toSorted() }
      }),
    )
    const rows = new Map(parcels.map((parcel) => [parcel.code, parcel]))
    for (const parcel of wanted) {
      expect(rows.get(parcel.code), `the row of ${parcel.code} in parcels`).toEqual(parcel)
      rows.delete(parcel.code)
    }
    expect([...rows.keys()], 'codes in parcels that must not be there').toEqual([])
  }

  return { model, expectTables }
}
