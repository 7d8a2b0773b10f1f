import type { Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  bad,
  bodies,
  type Complaint,
  converted,
  difference,
  good,
  HOUSE,
  houseRules,
  JSON_TYPES,
  type Operation,
  type Outcome,
  oneOfThese,
  otherSpellings,
  type Pool,
  refused,
  type Sample,
  type ServerModel,
  type Step,
  sample,
  text,
} from '../../harness/model/index.ts'
import {
  dayAfter,
  dayOf,
  days,
  found,
  newestOf,
  type Stored,
  timeline,
  within,
} from './matchers.ts'
import {
  type Copy,
  dailyPath,
  type Event,
  inPath,
  parcelPath,
  searchPath,
  sendAll,
  type World,
} from './world.ts'

/** The rules of the README, in its words. */
const RULES = {
  text: '`code`, `eventId`, `kind`, `depot` | any text of 1 to 100 characters; `$ne`, `$$ROOT` and `Łódź 2.0` are texts like any other',
  at: '`at`, `after` | an instant, as a text: day, `T`, time with seconds, up to three more digits, `Z` or an offset: `2026-03-01T23:30:00.25-05:00`',
  day: '`from`, `to` | a day, `YYYY-MM-DD`',
  calendar: '`2026-02-30` in any of them | is refused: the calendar has no such day',
  limit: '`limit` | 1 to 100; 20 where it is left out',
  operator:
    '`{"$ne":null}` and the like in place of a text | `400` or `422`, and nothing is stored',
  brackets:
    '`kind[$ne]=x` and the like | never an operator: a parameter of that very name, to be ignored, or `400` or `422`',
  added:
    'an `eventId` that is new to this parcel | `201`; the event is in the timeline from now on, on both copies',
  again:
    'one that this parcel has already | `200`; nothing changes, whatever else a valid body says',
  foreign: 'one that another parcel has | is new here',
  unknown: '`GET` of a parcel without events | `404`',
  newest: '`events` | the newest 100 by `at`, oldest first, in whatever order they came',
  total: '`total` | counts **all that were ever added**',
  forgotten:
    'Older events may be forgotten: `daily` and `search` may show them or not, and their `eventId` may count as new.',
  daily: '`daily` looks at the events at exactly this depot.',
  utc: 'A day is a day in UTC, whatever `TZ` says and in whatever offset an event came.',
  ends: '`from` is included. `to` is not.',
  search: '`search` finds events with that kind **and** that depot, both in one event.',
  otherType:
    'Where another JSON type is sent, it is refused, or taken for the value it reads as if that is a right one.',
  charset: 'JSON with a charset, or in capitals | as JSON',
  required: '`kind` and `depot` are both required.',
  newestFirst: 'The newest comes first.',
  after: 'With `after`, only *later* events count.',
} as const

type Parcel = {
  key: string
  code: string
  /** All that were ever added; what was added again is there once. */
  events: Stored[]
  total: number
}

export type Office = {
  parcels: Map<string, Parcel>
  /** What the next look asks for: the parcels that the last request was about. */
  touched: string[]
  /** An event whose odd text is to be found by the search, too. */
  sought?: Stored
  /** By day, too. */
  seeksDay?: boolean
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The same instant, as a clock so many minutes east of UTC shows it. */
function spelled(at: number, offset: number): string {
  const local = new Date(at + offset * MINUTE).toISOString().replace('.000Z', 'Z').replace('Z', '')
  if (offset === 0) return `${local}Z`
  const two = (number: number) => String(Math.trunc(number)).padStart(2, '0')
  const minutes = Math.abs(offset)
  return `${local}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** In minutes; some lead to another day than UTC's. */
const OFFSETS = [0, -300, 345, -210, 840, 0, 60, -720]

const times = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Texts that a language of queries, of patterns or of objects might take for more. */
const TELLING_TEXTS = [
  ...[
    '$ne',
    '$$ROOT',
    '$depot',
    '$',
    '$where',
    'a.b.c',
    '$events.kind',
    '.*',
    '^',
    '%',
    '*',
    'null',
  ],
  ...['{"$ne":null}', '[object Object]', '0', 'true', 'events', '_id', "' || '1'=='1", 'x'],
]
const OPERATORS = [
  { $ne: null },
  { $gt: '' },
  { $exists: true },
  { $regex: '.' },
  { $in: ['e', 'x'] },
  { $literal: 'x' },
  { $date: '2026-03-01T10:00:00Z' },
  { $oid: '65f0c0c0c0c0c0c0c0c0c0c0' },
]

/** The values of a pool that tell most. */
const TELLING =
  /^(missing|null|empty|one blank|blanks at|a newline|an accent in two|a text that reads like|the name (toString|__proto__)|(51|100|101) (letters|emoji)$|a number$|an object|a list of)/
const FEW = /^(missing|empty|one blank|an accent in two|100 emoji|101 letters|a number$|an object$)/

/**
 * A text of 1 to 100 characters, and what is none.
 * @param most all of the pool, or a few of each kind: of three fields that mostly share their code
 */
function texts(submission: Submission, plain: string[], most: boolean): Pool {
  const pool = text(submission.fresh, { min: 1, max: 100, plain, rule: RULES.text })
  const operators = OPERATORS.map((value) => bad('an operator', value))
  const telling = TELLING_TEXTS.map((value) => good('a text that looks like more', value))
  const edges = pool.edges.filter(({ what }) => (most ? TELLING : FEW).test(what))
  const [some, others] = most ? [telling, operators.slice(0, 2)] : [telling.slice(0, 5), operators]
  return { ...pool, edges: [...edges, ...some, ...others] }
}

const instantOf = (what: string, value: string): Sample =>
  sample(what, JSON.stringify(value), 'yes', Date.parse(value))

/** Instants, and what is none. */
function instants(): Pool {
  const right = [
    ...['2026-03-01T23:30:00-05:00', '2026-03-01T23:30:00.25-05:00', '2026-03-01T00:10:00+05:45'],
    ...['2026-03-01T09:00:00Z', '2026-03-01T09:00:00.5Z', '2026-03-01T09:00:00.007Z'],
    ...['2026-03-01T09:00:00.999+00:00', '2026-03-01T13:00:00+14:00', '2026-03-01T13:00:00-12:00'],
    ...['2024-02-29T12:00:00Z', '2000-02-29T23:59:59Z', '2026-12-31T23:30:00-03:30'],
    ...['1969-12-31T23:59:59.001Z', '1999-12-31T23:59:59Z', '2038-01-19T03:14:08Z'],
    ...['2026-01-01T00:00:00Z', '2026-03-29T02:30:00+01:00', '2099-12-31T23:59:59Z'],
  ]
  const wrong = [
    ...['', ' ', 'soon', 'null', 'now', '{"$ne":null}', '$$NOW', '2026', '1772323200'],
    ...[
      '2026-03-01',
      '2026-03-01T10:00:00',
      '2026-03-01 10:00:00Z',
      'March 1, 2026 10:00:00 UTC',
      '10:00:00Z',
    ],
    ...['2026-03-01T25:00:00Z', '2026-03-01T10:60:00Z', '2026-00-10T10:00:00Z'],
  ]
  const never = [
    ...['2026-02-30T10:00:00Z', '2025-02-29T10:00:00Z', '2026-04-31T23:30:00-05:00'],
    ...['2026-13-01T10:00:00Z', '2026-03-32T10:00:00Z', '2100-02-29T10:00:00Z'],
  ]
  return {
    rule: RULES.at,
    plain: right.slice(0, 4).map((value) => instantOf('an instant', value)),
    edges: [
      ...[sample('missing', undefined, 'no'), bad('null', null)],
      ...right.map((value) => instantOf('an instant', value)),
      ...wrong.map((value) => bad('no instant', value)),
      ...never.map((value) => bad('no day of the calendar', value)),
      ...OPERATORS.slice(0, 2).map((value) => bad('an operator', value)),
      bad('a date of extended JSON', { $date: '2026-03-01T10:00:00Z' }),
      ...[{}, [], true, 1_772_323_200_000, ['2026-03-01T10:00:00Z', 'x']].map((value) =>
        bad('another type', value),
      ),
      converted('a list of one', '["2026-03-01T10:00:00Z"]', Date.UTC(2026, 2, 1, 10)),
    ],
  }
}

/** Values of one field of a query string, and what they are instead. */
const NO_DAYS = [
  ...['yesterday', '', '2026-13-01', '2026-00-01', '2026-3-1', '20260301', '2026-03-01T00:00:00Z'],
  ...['{"$ne":null}', '1772323200000', '2026-03', 'null', '2026-03-01x'],
]
const NEVER_DAYS = ['2026-02-30', '2025-02-29', '2026-04-31', '2026-06-31']
const NO_LIMITS = [
  ...['0', '-1', '101', '1.5', 'many', '', '99999999999999999999', '-20', 'NaN', 'Infinity'],
  ...['1000', '5;', '{"$gt":1}'],
]

type Draft = { code: string; kind: string; depot: string; at: number; offset: number }

/**
 * The contract.
 * @param copies the two that the programs are played on
 */
export function eventModel(
  submission: Submission,
  world: World,
  check: string,
): ServerModel<Office> & { last?: Office } {
  const { fresh } = submission
  const base = Date.UTC(2026, fresh.int(0, 10), fresh.int(2, 26))
  let copies: readonly Copy[] = []
  const looksAtAll = !['C4', 'C8'].includes(check)

  // ------------------------------------------------------------ ordinary events

  const codes = ['PEL-1001', 'PEL-1002', 'Łódź 2.0', fresh.unique('$')]
  // The first ones are frequent, the others like them.
  const depots = ['Vigo', 'Vigo', 'Porto', 'vigo', 'Vigo 2']
  const kinds = ['sorted', 'sorted', 'Sorted', 'unsorted', 'sorted twice']
  /** Around midnights in UTC, mostly, and some at the same instant. */
  const moments = [
    ...times(5).flatMap((day) => [
      day * DAY,
      day * DAY - 1,
      day * DAY + HOUR,
      day * DAY - 2 * HOUR,
    ]),
    ...fresh.list(8, () => fresh.int(0, 5 * 24 * 60) * MINUTE),
  ].map((offset) => base + offset)
  const drafts: Draft[] = [
    { code: codes[0]!, kind: 'sorted', depot: 'Vigo', at: base + 9 * HOUR, offset: 0 },
    ...fresh.list(31, (index) => ({
      ...{ code: fresh.pick(codes), kind: fresh.pick(kinds), depot: fresh.pick(depots) },
      ...{ at: fresh.pick(moments), offset: OFFSETS[index % OFFSETS.length]! },
    })),
  ]

  const parcelOf = (office: Office, code: string, at: At): Parcel => {
    const known = office.parcels.get(code)
    if (known) return known
    const parcel = { key: at.key, code, events: [], total: 0 }
    office.parcels.set(code, parcel)
    return parcel
  }
  const all = ({ parcels }: Office) => [...parcels.values()]
  /** Those that no server may have forgotten. */
  const sureOf = ({ events }: Parcel) =>
    newestOf(events).surely.filter(({ eventId }) => typeof eventId === 'string')
  const sure = (office: Office) => all(office).flatMap(sureOf)
  const maybe = (office: Office) =>
    all(office).flatMap(({ events }) => {
      const { maybe, older } = newestOf(events)
      return [...maybe, ...older]
    })

  type Posting = { code: string; json: string; ok: Sample['ok']; stored: Stored; rule: string }

  /** Sends an event, and has the parcel it belongs to looked at. */
  function post(office: Office, at: At, { code, json, ok, stored, rule }: Posting): Step {
    const parcel = office.parcels.get(code)
    const known = parcel?.events.find(({ eventId }) => eventId === stored.eventId)
    const isSure = known !== undefined && newestOf(parcel!.events).surely.includes(known)
    // Elsewhere an event shows in what the check is about.
    office.touched = looksAtAll || ok !== 'yes' ? [code] : []
    office.sought = undefined
    const added: Outcome = {
      status: 201,
      json: true,
      becomes() {
        const here = parcelOf(office, code, at)
        // One that was forgotten, and counts as new.
        here.events = [...here.events.filter((one) => one !== known), stored]
        here.total += 1
      },
    }
    const again: Outcome = { status: 200, json: true }
    const taken = known === undefined ? [added] : isSure ? [again] : [again, added]
    const outcomes = [...(ok === 'no' ? [] : taken), ...(ok === 'yes' ? [] : [refused(400, 422)])]
    return { request: { method: 'POST', path: `${parcelPath(code)}/events`, json }, rule, outcomes }
  }

  /** The same event again. */
  const draftOf = ({ code, eventId, kind, depot, at }: Stored): Draft & { eventId: string } => ({
    ...{ code, eventId: String(eventId), kind: String(kind), depot: String(depot), at, offset: 0 },
  })

  const postEvent = (
    office: Office,
    at: At,
    { eventId, ...draft }: Draft & { eventId: string },
    rule = office.parcels.has(draft.code) ? `${RULES.added}; and ${RULES.newest}` : RULES.added,
  ): Step => {
    const { code, kind, depot, at: instant, offset } = draft
    return post(office, at, {
      code,
      json: JSON.stringify({ eventId, kind, depot, at: spelled(instant, offset) }),
      ok: 'yes',
      stored: { key: at.key, code, eventId, kind, depot, at: instant },
      rule,
    })
  }

  const reading = (office: Office, code: string, rule: string): Step => {
    const parcel = office.parcels.get(code)
    const outcome: Outcome = parcel
      ? { status: 200, body: { code, events: timeline(parcel.events), total: parcel.total } }
      : refused(404)
    return { request: { path: parcelPath(code) }, rule, outcomes: [outcome] }
  }

  // ------------------------------------------------------------ C1

  const again = ['the same', 'kind', 'depot', 'at', 'all', 'all']
  const appending: Record<string, Operation<Office>> = {
    append: {
      check: 'C1',
      plain: drafts,
      cases: drafts.slice(0, 14),
      weight: 6,
      plan: (office, draft: Draft, at) =>
        postEvent(office, at, { ...draft, eventId: `e-${at.key.slice(1)}` }),
    },
    again: {
      check: 'C1',
      plain: ['the same'],
      cases: again,
      plan(office, what: string, at) {
        const event = at.pick(sure(office))
        if (!event) return undefined
        const other = (field: string) => what === 'all' || what === field
        const changed = {
          ...(other('kind') && { kind: 'another kind' }),
          ...(other('depot') && { depot: 'another depot' }),
          ...(other('at') && { at: event.at + 90 * MINUTE }),
        }
        return postEvent(office, at, { ...draftOf(event), ...changed }, RULES.again)
      },
    },
    foreign: {
      check: 'C1',
      cases: times(4),
      plan(office, index: number, at) {
        const event = at.pick(sure(office))
        if (!event) return undefined
        const others = [...codes, `new ${at.key}`].filter(
          (code) =>
            code !== event.code &&
            !office.parcels.get(code)?.events.some(({ eventId }) => eventId === event.eventId),
        )
        const code = others[index % others.length]!
        return postEvent(office, at, { ...draftOf(event), code }, RULES.foreign)
      },
    },
    alike: {
      check: 'C1',
      cases: times(6),
      plan(office, index: number, at) {
        const parcel = at.pick(all(office))
        const event = parcel && at.pick(sureOf(parcel))
        if (!event) return undefined
        const id = String(event.eventId)
        const like = [id.toUpperCase(), `${id} `, ` ${id}`, `${id}\u0301`, `0${id}`, `${id}\n`]
        const eventId = like[index % like.length]!
        if (parcel.events.some((one) => one.eventId === eventId)) return undefined
        return postEvent(office, at, { ...draftOf(event), eventId })
      },
    },
    unknown: {
      check: 'C1',
      cases: times(12).map((index) => index * 7),
      plan(office, index: number, at) {
        const parcel = at.pick(all(office))
        if (!parcel) return undefined
        const paths = otherSpellings(parcel.code)
        const path = paths[index % paths.length]!
        if (office.parcels.has(decodeURIComponent(path))) return undefined
        return {
          request: { path: `/parcels/${path}` },
          rule: RULES.unknown,
          outcomes: [refused(404)],
        }
      },
    },
  }

  // ------------------------------------------------------------ C3

  const full = (office: Office, at: At, fits: (count: number) => boolean) =>
    at.pick(all(office).filter(({ events }) => fits(events.length)))
  /** A place beside those that a full parcel has, in the order of the events. */
  const placeOf = (where: string, events: Stored[]): number => {
    const kept = events.toSorted((one, other) => one.at - other.at).slice(-100)
    if (where === 'older') return events.reduce((least, { at }) => Math.min(least, at), base) - HOUR
    if (where === 'newer') return kept.at(-1)!.at + MINUTE
    if (where === 'as the oldest') return kept[0]!.at
    return kept[50]!.at + 20_000
  }
  const places = ['newer', 'older', 'between', 'as the oldest', 'older', 'newer', 'between']
  const bounding: Record<string, Operation<Office>> = {
    fill: {
      check: 'C3',
      cases: [98],
      plan(office, count: number, at) {
        const code = `FULL-${at.key.slice(1)}`
        const start = base + HOUR
        const order = times(count).map((index) => (index * 37) % count)
        const events: [string, Event][] = order.map((index) => [
          code,
          {
            ...{ eventId: `f-${index}`, kind: 'sorted', depot: 'Full' },
            at: spelled(start + index * MINUTE, 0),
          },
        ])
        const stored = events.map(([, event], index) => ({
          ...{ ...event, key: `${at.key}.${index}`, code, at: Date.parse(event.at) },
        }))
        office.touched = []
        return {
          before: {
            what: [
              `${count} events are sent to ${parcelPath(code)}/events, in a mixed order, f-0 to f-${count - 1}:`,
              `all "sorted" at "Full", a minute from each to the next, from ${spelled(start, 0)} on`,
            ],
            run: () => sendAll(copies, events),
          },
          request: { path: parcelPath(code) },
          rule: RULES.newest,
          outcomes: [
            {
              status: 200,
              body: { code, events: timeline(stored), total: count },
              becomes: () =>
                void office.parcels.set(code, { key: at.key, code, events: stored, total: count }),
            },
          ],
        }
      },
    },
    overflow: {
      check: 'C3',
      cases: places,
      plan(office, where: string, at) {
        const parcel = full(office, at, (count) => count > 90)
        if (!parcel) return undefined
        const { code, events } = parcel
        const draft = { code, kind: 'sorted', depot: 'Full', at: placeOf(where, events), offset: 0 }
        const rule = parcel.total >= 100 ? RULES.newest : RULES.added
        return postEvent(office, at, { ...draft, eventId: `o-${at.key.slice(1)}` }, rule)
      },
    },
    againFull: {
      check: 'C3',
      cases: times(2),
      plan(office, _: number, at) {
        const parcel = full(office, at, (count) => count > 100)
        const event = parcel && at.pick(sureOf(parcel))
        return event && postEvent(office, at, draftOf(event), RULES.again)
      },
    },
    forgotten: {
      check: 'C3',
      cases: times(2),
      plan(office, _: number, at) {
        const parcel = full(office, at, (count) => count > 100)
        const event = parcel && at.pick(newestOf(parcel.events).older)
        return event && postEvent(office, at, draftOf(event), RULES.forgotten)
      },
    },
    askFull: {
      check: 'C3',
      cases: ['days', 'search'],
      plan(office, what: string, at) {
        if (!full(office, at, (count) => count > 100)) return undefined
        const step =
          what === 'days'
            ? asDays(office, 'Full', dayAfter(base, -2), dayAfter(base, 3))
            : asSearch(office, { kind: 'sorted', depot: 'Full', limit: 100 })
        return { ...step, rule: `${step.rule} ${RULES.forgotten}` }
      },
    },
  }

  // ------------------------------------------------------------ C4

  function asDays(office: Office, depot: string, from: string, to: string): Step {
    const isAsked = (event: Stored) => event.depot === depot && within(from, to)(event)
    office.touched = []
    const body = days(sureIn(office, isAsked), maybe(office).filter(isAsked))
    return {
      request: { path: dailyPath(depot, from, to) },
      rule: RULES.daily,
      outcomes: [{ status: 200, body }, ...(from > to ? [refused(400, 422)] : [])],
    }
  }
  /** All that no server may have forgotten, whatever its texts are. */
  const sureIn = (office: Office, fits: (event: Stored) => boolean) =>
    all(office).flatMap(({ events }) => newestOf(events).surely.filter(fits))

  const ranges = [
    ...[
      [-2, 6],
      [-2, 6],
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [0, 5],
      [1, 4],
      [-9, 0],
      [4, 9],
      [0, 2],
    ],
    ...[
      [2, 5],
      [-1, 1],
      [3, 5],
      [1, 1],
      [3, 1],
      [-400, 400],
      [4, 5],
      [-1, 0],
    ],
  ] as [number, number][]
  const counting: Record<string, Operation<Office>> = {
    daily: {
      check: 'C4',
      plain: [{ depot: 'Vigo', range: [-2, 6] }],
      cases: ranges.flatMap((range, index) => [
        { depot: 'Vigo', range },
        ...(index % 4 === 1 ? [{ depot: depots[index % depots.length], range }] : []),
      ]),
      plan(office, { depot, range }: { depot: string; range: [number, number] }) {
        const [from, to] = range.map((day) => dayAfter(base, day)) as [string, string]
        const step = asDays(office, depot, from, to)
        const entry = step.outcomes[0]!.body as unknown[]
        return { ...step, rule: entry.length > 0 ? `${RULES.utc} ${RULES.ends}` : RULES.daily }
      },
    },
    noDays: {
      check: 'C4',
      cases: [
        ...[...NO_DAYS, ...NEVER_DAYS].map((value, index) =>
          index % 2 ? { from: value, to: '2026-12-31' } : { from: '2025-01-01', to: value },
        ),
        { from: '2026-02-30', to: '2026-12-31' },
        { from: '2025-01-01' },
        { to: '2026-12-31' },
      ],
      plan(office, { from, to }: { from?: string; to?: string }) {
        office.touched = []
        const parts = Object.entries({ from, to }).flatMap(([name, value]) =>
          value === undefined ? [] : [`${name}=${inPath(value)}`],
        )
        const never = NEVER_DAYS.includes(from ?? '') || NEVER_DAYS.includes(to ?? '')
        return {
          request: { path: `/depots/Vigo/daily?${parts.join('&')}` },
          rule: never ? RULES.calendar : RULES.day,
          outcomes: [refused(400, 422)],
        }
      },
    },
  }

  // ------------------------------------------------------------ C5 and C7: what is in a body

  const word = fresh.word()
  const pools = {
    eventId: texts(submission, [`e ${word}`], false),
    kind: texts(submission, ['sorted', 'loaded'], true),
    depot: texts(submission, ['Porto', 'São-Bento'], false),
    at: instants(),
  }
  const inBody = bodies(fresh, pools).edges

  function postBody(office: Office, body: Body, at: At): Step {
    const { eventId, kind, depot, at: instant } = body.keeps
    // A parcel of its own, so that no other event has this eventId.
    const code = `PEL-${at.key.slice(1)}`
    const stored = { key: at.key, code, eventId, kind, depot, at: Number(instant) }
    const isOperator = body.what === 'an operator'
    const isNever = body.what === 'no day of the calendar'
    const rule = isOperator
      ? RULES.operator
      : isNever
        ? RULES.calendar
        : body.ok === 'open'
          ? RULES.otherType
          : body.rule!
    const { json, ok } = body
    const step = post(office, at, { code, json, ok, stored, rule })
    const seeks = ok === 'yes' && (body.field === 'kind' || body.field === 'depot')
    office.sought = seeks ? stored : undefined
    office.seeksDay = body.field === 'depot'
    return step
  }

  /** Texts for paths: those that any router takes, and what is too long. */
  const forPaths = texts(submission, ['x'], true).edges.flatMap(({ json, ok }) => {
    const value = json?.startsWith('"') ? (JSON.parse(json) as string) : ''
    const isPath = value !== '' && !value.includes('/') && !/^\.{1,2}$/.test(value)
    return isPath && (ok === 'no' || value.length <= 100) ? [{ value, ok }] : []
  })
  const isForPath = (value: string) => forPaths.some((one) => one.value === value)

  const inBodies: Record<string, Operation<Office>> = {
    texts: {
      check: 'C5',
      cases: inBody.filter(({ field }) => field !== 'at'),
      plan: postBody,
    },
    instants: {
      check: 'C7',
      cases: inBody.filter(({ field }) => field === 'at'),
      plan: postBody,
    },
    types: {
      check: 'C5',
      cases: JSON_TYPES,
      plan(office, type: string, at) {
        const draft = { code: codes[0]!, kind: 'sorted', depot: 'Vigo', at: base, offset: 0 }
        const eventId = `t-${at.key.slice(1)}`
        const step = postEvent(office, at, { ...draft, eventId }, RULES.charset)
        return { ...step, request: { ...step.request, headers: { 'Content-Type': type } } }
      },
    },
    codes: {
      check: 'C5',
      cases: forPaths,
      plan(office, { value, ok }: { value: string; ok: Sample['ok'] }, at) {
        const eventId = `e-${at.key.slice(1)}`
        const draft = { code: value, kind: 'sorted', depot: 'Vigo', at: base, offset: 0, eventId }
        if (ok === 'yes') return postEvent(office, at, draft, RULES.text)
        const step = postEvent(office, at, draft, RULES.text)
        // Some routers have a limit of their own.
        office.touched = []
        return {
          ...step,
          outcomes: [{ ...refused(400, 422, 404, 414), error: false, json: false }],
        }
      },
    },
  }

  // ------------------------------------------------------------ C5: queries

  const query = (parameters: Record<string, string>) =>
    Object.entries(parameters)
      .map(([name, value]) => `${name}=${inPath(value)}`)
      .join('&')
  /** `{kind}`, `{depot}` stand for those of an event that is there. */
  const REFUSED = [
    '/search?kind[$ne]=x&{depot}',
    '/search?{kind}&depot[$ne]=x',
    '/search?kind[$regex]=.&depot[$regex]=.',
    '/search?kind%5B%24ne%5D=x&{depot}',
    '/search?kind[$gt]=&{depot}',
    '/search?{kind}&depot[$exists]=true',
    '/search?kind.$ne=x&{depot}',
    '/search?{kind}&depot[$in][]=Vigo&depot[$in][]=Porto',
    '/depots/Vigo/daily?from[$gt]=2000-01-01&to=2026-12-31',
    '/depots/Vigo/daily?from=2026-01-01&to[$ne]=x',
  ]
  const IGNORED = [
    '/search?{kind}&{depot}&kind[$ne]=x',
    '/search?{kind}&{depot}&depot[$ne]=x',
    '/search?{kind}&{depot}&after[$gt]=2000-01-01T00:00:00Z',
    '/search?{kind}&{depot}&limit[$gt]=1',
    '/search?{kind}&{depot}&$where=1',
    '/search?{kind}&{depot}&eventId[$ne]=x',
  ]
  const TEXTS_IN_QUERIES = ['{"$ne":null}', '{"$gt":""}', '[$ne]', '.*', '$ne', '/./', '.+']
  const inQueries: Record<string, Operation<Office>> = {
    operators: {
      check: 'C5',
      cases: [...REFUSED, ...IGNORED],
      plan(office, pathOf: string, at) {
        const event = at.pick(sure(office))
        if (!event) return undefined
        const [kind, depot] = [String(event.kind), String(event.depot)]
        const path = pathOf.replace('{kind}', query({ kind })).replace('{depot}', query({ depot }))
        const step = asSearch(office, { kind, depot })
        const outcomes = REFUSED.includes(pathOf) ? [] : step.outcomes
        return {
          request: { path },
          rule: RULES.brackets,
          outcomes: [...outcomes, refused(400, 422)],
        }
      },
    },
    unnamed: {
      check: 'C5',
      cases: ['search', 'daily'],
      plan(office, what: string, at) {
        const event = at.pick(sure(office))
        if (!event) return undefined
        const [kind, depot] = [String(event.kind), 'Vigo']
        const step =
          what === 'daily'
            ? asDays(office, depot, dayAfter(base, -2), dayAfter(base, 6))
            : asSearch(office, { kind, depot })
        const path = `${step.request.path}&page=2&x=1`
        return { ...step, request: { path }, rule: HOUSE.query }
      },
    },
    textsInQueries: {
      check: 'C5',
      cases: TEXTS_IN_QUERIES.flatMap((value, index) => [
        { value, of: ['kind', 'depot', 'both'][index % 3]! },
        ...(index < 5 ? [{ value, of: index % 2 ? 'days' : 'code' }] : []),
      ]),
      plan(office, { value, of }: { value: string; of: string }, at) {
        const event = at.pick(sure(office))
        if (!event) return undefined
        office.touched = []
        if ((of === 'days' || of === 'code') && value.includes('/'))
          return asSearch(office, { kind: value, depot: value })
        const step =
          of === 'days'
            ? asDays(office, value, dayAfter(base, -2), dayAfter(base, 6))
            : of === 'code'
              ? reading(office, value, RULES.text)
              : asSearch(office, {
                  kind: of === 'depot' ? String(event.kind) : value,
                  depot: of === 'kind' ? String(event.depot) : value,
                })
        return { ...step, rule: RULES.text }
      },
    },
    twice: {
      check: 'C5',
      cases: times(4),
      plan(office, index: number, at) {
        const event = at.pick(sure(office))
        if (!event) return undefined
        const [kind, depot] = [String(event.kind), String(event.depot)]
        const other = ['unsorted', 'Porto', 'nothing', 'nowhere'][index]!
        const asked = [{ kind, depot }, index % 2 ? { kind, depot: other } : { kind: other, depot }]
        const bodies = asked.map((each) => asSearch(office, each).outcomes[0]!.body)
        const [first, second] = index % 2 ? [asked[0]!.depot, other] : [kind, other]
        const path =
          index % 2
            ? `/search?${query({ kind, depot: first })}&${query({ depot: second })}`
            : `/search?${query({ kind: first })}&${query({ kind: second, depot })}`
        return {
          request: { path },
          rule: 'a parameter that stands twice | any of its values, or `400` or `422`',
          outcomes: [{ status: 200, body: oneOfThese(...bodies) }, refused(400, 422)],
        }
      },
    },
  }

  // ------------------------------------------------------------ C8

  type Asked = { kind: string; depot: string; after?: string; limit?: number }

  function asSearch(office: Office, { kind, depot, after, limit }: Asked): Step {
    const least = after === undefined ? Number.NEGATIVE_INFINITY : Date.parse(after)
    const fits = (event: Stored) => event.kind === kind && event.depot === depot && event.at > least
    office.touched = []
    office.sought = undefined
    return {
      request: { path: searchPath({ kind, depot, after, limit }) },
      rule: RULES.search,
      outcomes: [
        {
          status: 200,
          body: found(sureIn(office, fits), maybe(office).filter(fits), limit ?? 20),
        },
      ],
    }
  }

  /** As `asSearch`, with the rule that its answer breaks. */
  function judgedSearch(office: Office, asked: Asked): Step {
    const step = asSearch(office, asked)
    return { ...step, outcomes: [judged(asked, step.outcomes[0]!.body)] }
  }

  const judged = (asked: Asked, wanted: unknown): Outcome => ({
    status: 200,
    json: true,
    also({ body }): Complaint | undefined {
      const wrong = difference(wanted, body)
      if (!wrong) return undefined
      return { complaint: `in the body, ${wrong}`, rule: brokenBySearch(asked, body), check: 'C8' }
    },
  })

  function brokenBySearch({ kind, depot, after, limit }: Asked, body: unknown): string {
    if (!Array.isArray(body)) return RULES.search
    if (body.some((item) => item?.kind !== kind || item?.depot !== depot)) return RULES.search
    const moments = body.map(({ at }) => Date.parse(at))
    if (body.length > (limit ?? 20)) return RULES.limit
    if (after !== undefined && moments.some((at) => at <= Date.parse(after))) return RULES.after
    const isFull = body.length === (limit ?? 20)
    const isInOrder = moments.every((at, index) => index === 0 || at <= moments[index - 1]!)
    if (isFull || !isInOrder) return RULES.newestFirst
    return after === undefined ? RULES.search : RULES.after
  }

  // At an edge no limit must hide the event in question.
  const searches: { after: string; limit?: number }[] = [
    ...[undefined, 1, 2, 3, 5, 20, 100].map((limit) => ({ after: 'none', limit })),
    ...[100, 100, undefined].map((limit) => ({ after: 'itself', limit })),
    ...[100, 20].map((limit) => ({ after: 'itself, another offset', limit })),
    ...[100, 100].map((limit) => ({ after: 'just before', limit })),
    ...[undefined, 3].map((limit) => ({ after: 'long ago', limit })),
  ]
  const searching: Record<string, Operation<Office>> = {
    search: {
      check: 'C8',
      plain: [{ after: 'none', limit: undefined }],
      cases: searches,
      plan(office, { after, limit }: { after: string; limit?: number }, at) {
        // Within a second there is a moment before it.
        const isFit = ({ at }: Stored) => after !== 'just before' || at % 1000 !== 0
        const event = at.pick(sure(office).filter(isFit))
        if (!event) return undefined
        const [kind, depot] = [String(event.kind), String(event.depot)]
        const text = {
          itself: spelled(event.at, 0),
          'itself, another offset': spelled(event.at, 345),
          'just before': spelled(event.at - 1, 0),
          'long ago': '1999-12-31T23:59:59-05:00',
        }[after]
        return judgedSearch(office, { kind, depot, after: text, limit })
      },
    },
    crossed: {
      check: 'C8',
      cases: times(6),
      plan(office, _: number, at) {
        // Of that kind there is one event in the parcel, and at that depot another one.
        const parcel = at.pick(all(office).filter(({ events }) => events.length > 1))
        const one = parcel && at.pick(sureOf(parcel))
        const other = one && at.pick(sureOf(parcel))
        return other && judgedSearch(office, { kind: String(one.kind), depot: String(other.depot) })
      },
    },
    crowd: {
      check: 'C8',
      cases: [26],
      plan(office, count: number, at) {
        const depot = `Crowd ${at.key.slice(1)}`
        const code = (index: number) => `CROWD-${at.key.slice(1)}-${index % 3}`
        const start = base + 2 * HOUR
        // No whole seconds, so that each event has something just before it within its own second.
        const apart = 7 * MINUTE + 37
        const events = times(count).map((index): [string, Event] => {
          const nth = (index * 11) % count
          const like = { kind: 'sorted', depot, at: spelled(start + nth * apart, 0) }
          return [code(nth), { ...like, eventId: `c-${nth}` }]
        })
        // In the same parcels, of a kind or at a depot that is nearly the same.
        const beside = [
          ...['loaded', 'unsorted', 'Sorted', 'sorted twice', 'sort'].map((kind) => ({
            kind,
            depot,
          })),
          ...['Elsewhere', `${depot} 2`, depot.toLowerCase()].map((other) => ({
            ...{ kind: 'sorted', depot: other },
          })),
        ].map((like, index): [string, Event] => [
          code(index),
          { ...like, eventId: `d-${index}`, at: spelled(start + HOUR + index * 11 * MINUTE, 0) },
        ])
        const stored = [...events, ...beside].map(([code, event], index) => ({
          ...{ ...event, key: `${at.key}.${index}`, code, at: Date.parse(event.at) },
        }))
        const become = () => {
          for (const one of stored) {
            const parcel = parcelOf(office, one.code, at)
            parcel.key = `${at.key}.${one.code}`
            parcel.events.push(one)
            parcel.total += 1
          }
        }
        office.touched = []
        const wanted = stored.filter((one) => one.kind === 'sorted' && one.depot === depot)
        return {
          before: {
            what: [
              `${count} events, c-0 to c-${count - 1}, are sent: "sorted" at ${JSON.stringify(depot)}, to the parcels ${code(0)}, ${code(1)} and ${code(2)} in turn,`,
              `7 minutes and 37 ms from each to the next, from ${spelled(start, 0)} on; and a few of other kinds there, and of that kind at other depots`,
            ],
            run: () => sendAll(copies, [...events, ...beside]),
          },
          request: { path: searchPath({ kind: 'sorted', depot }) },
          rule: RULES.search,
          outcomes: [
            { ...judged({ kind: 'sorted', depot }, found(wanted, [], 20)), becomes: become },
          ],
        }
      },
    },
    noSearch: {
      check: 'C8',
      cases: [
        ...NO_LIMITS.map((limit) => ({ kind: 'sorted', depot: 'Vigo', limit, rule: RULES.limit })),
        ...['soon', '', '2026-03-01', '1772323200', '{"$ne":null}'].map((after) => ({
          ...{ kind: 'sorted', depot: 'Vigo', after, rule: RULES.at },
        })),
        { kind: 'sorted', depot: 'Vigo', after: '2026-02-30T10:00:00Z', rule: RULES.calendar },
        { kind: 'sorted', rule: RULES.required },
        { depot: 'Vigo', rule: RULES.required },
        { rule: RULES.required },
        { kind: '', depot: 'Vigo', rule: RULES.text },
        { kind: 'sorted', depot: '', rule: RULES.text },
        { kind: 'a'.repeat(101), depot: 'Vigo', rule: RULES.text },
        { kind: 'sorted', depot: 'a'.repeat(101), rule: RULES.text },
      ],
      plan(office, { rule, ...parameters }: { rule: string } & Record<string, string>) {
        office.touched = []
        return {
          request: { path: searchPath(parameters) },
          rule,
          outcomes: [refused(400, 422)],
        }
      },
    },
  }

  // ------------------------------------------------------------ all of it

  const model: ServerModel<Office> & { last?: Office } = {
    async open() {
      copies = await world.copies()
      await world.empty()
      const state: Office = { parcels: new Map(), touched: [] }
      model.last = state
      return { servers: copies.map(({ server }) => server), state, async close() {} }
    },
    ordinary: { C1: 2, C4: 3, C8: 2 }[check] ?? 1,
    leastMoves: check === 'C3' ? 16 : 50,
    mostPlays: check === 'C3' ? 16 : 24,
    operations: {
      ...appending,
      ...bounding,
      ...counting,
      ...inBodies,
      ...inQueries,
      ...searching,
      ...houseRules<Office>({
        routes: {
          events: {
            path: () => '/parcels/HSE-1/events',
            methods: ['POST'],
            bodies: {
              POST: '{"eventId":"h","kind":"sorted","depot":"Vigo","at":"2026-03-01T09:00:00Z"}',
            },
          },
          parcel: {
            path: (office, at) => {
              const parcel = at.pick(all(office))
              return parcel && parcelPath(parcel.code)
            },
            methods: [],
            get: (office, path) =>
              reading(office, decodeURIComponent(path.split('/')[2]!), HOUSE.query).outcomes,
          },
        },
        checks: {
          malformed: 'C5',
          noObject: 'C5',
          emptyBody: 'C5',
          contentType: 'C5',
          query: 'C5',
        },
      }),
    },
    observe(office) {
      const { touched, sought, seeksDay } = office
      const looks = touched.map((code) => reading(office, code, RULES.newest))
      if (sought && office.parcels.has(sought.code)) {
        const [kind, depot] = [String(sought.kind), String(sought.depot)]
        looks.push(asSearch(office, { kind, depot, limit: 100 }))
        const day = dayOf(sought.at)
        if (seeksDay && isForPath(depot))
          looks.push(asDays(office, depot, day, dayAfter(sought.at, 1)))
      }
      office.sought = undefined
      office.touched = []
      return looks
    },
  }
  return model
}
