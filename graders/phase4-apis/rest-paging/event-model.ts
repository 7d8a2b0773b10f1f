import type { Answer, ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  houseRules,
  type Operation,
  type Outcome,
  refused,
  type ServerModel,
  type Step,
} from '../../harness/model/index.ts'
import { CHANGES, type Change } from './changes.ts'
import { bent, GARBAGE, nonsensical } from './cursors.ts'
import { type Event, following, insert, KIND_NAMES, remove } from './events.ts'
import { type Asked, bodyOf, FIELDS, pageComplaint } from './page.ts'
import { RULES } from './rules.ts'
import type { Cursor, Events } from './state.ts'
import type { World } from './world.ts'

/** What a request asks for; what is not sent is undefined. */
type Query = { sort?: string; kind?: string; limit?: string; fields?: string; cursor?: string }

const MOST_CURSORS = 12
const DEFAULT_LIMIT = 20
const MOST = 100

/** `/events` with parameters, percent-encoded. */
export function pathOf(query: Query): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value!)}`)
  return parts.length === 0 ? '/events' : `/events?${parts.join('&')}`
}

const askedOf = ({ sort, kind, limit, fields }: Query, cursor?: Cursor): Asked => ({
  sort: sort === '-at' ? '-at' : 'at',
  kind: kind ?? null,
  limit: Math.min(Number(limit ?? DEFAULT_LIMIT), MOST),
  fields: fields?.split(','),
  after: cursor?.after,
  given: cursor?.given,
})

/** The query of a cursor, as a client sends it again. */
const queryOf = ({ sort, kind, text }: Cursor): Query => ({
  sort: sort === 'at' ? undefined : sort,
  kind: kind ?? undefined,
  cursor: text,
})

const orderRule = ({ sort }: Query) => (sort === '-at' ? RULES.descending : RULES.ascending)

/** The contract of the events. */
export function eventModel(
  submission: Submission,
  world: World,
  makeEvents: () => Event[],
  copies = 1,
): ServerModel<Events> {
  const { fresh } = submission
  const phones = new Set<string>()

  // ------------------------------------------------------------ pages

  /** A page that is answered. */
  function page(
    state: Events,
    query: Query,
    at: At | undefined,
    order: { check: string; rule: string },
    cursor?: Cursor,
  ): Outcome {
    const asked = askedOf(query, cursor)
    return {
      status: 200,
      json: true,
      also(answer) {
        const phone = answer.text.match(/\+34-600-\d+/)?.[0]
        if (phone && phones.has(phone)) {
          const complaint = `the answer shows ${phone}, a courier's phone`
          return { complaint, rule: RULES.phone, check: 'C7' }
        }
        return pageComplaint(state.events.values(), asked, answer, order)
      },
      becomes(answer) {
        if (at) keepCursor(state, asked, answer, at)
      },
    }
  }

  function keepCursor(state: Events, asked: Asked, answer: Answer, { key }: At): void {
    const body = bodyOf(answer)
    if (body.next === null) return
    const { sort, kind, limit, after, given } = asked
    // Which event was the last: the one shown, or counted where ids are not.
    const shown = body.items.at(-1)?.id
    const all = following(state.events.values(), asked, after)
    const last =
      state.events.get(String(shown)) ??
      (given === state.changes || !after ? all[limit - 1] : undefined)
    if (!last) return
    const cursor = { key, text: body.next, sort, kind, after: last, given: state.changes }
    state.cursors = [...state.cursors, cursor].slice(-MOST_CURSORS)
  }

  const get = (
    state: Events,
    query: Query,
    at: At,
    check: string,
    rule: string,
    cursor?: Cursor,
  ): Step => ({
    request: { path: pathOf(query) },
    rule,
    outcomes: [page(state, query, at, { check, rule }, cursor)],
  })

  const anyCursor = ({ cursors }: Events, at: At) => at.pick(cursors)

  /** Sends a first page for each query. */
  const first = (check: string, rule?: string) => (state: Events, query: Query, at: At) =>
    get(state, query, at, check, rule ?? orderRule(query))

  /** Sends a cursor with the query it belongs to, and other parameters. */
  const next = (check: string, rule?: string) => (state: Events, more: Query, at: At) => {
    const cursor = anyCursor(state, at)
    if (!cursor) return undefined
    const query = { ...queryOf(cursor), ...more }
    return get(state, query, at, check, rule ?? RULES.cursor, cursor)
  }

  const LIMITS = ['1', '2', '3', '5', '7', '19', '50', '99', '100', undefined]
  const queries = (limits: (string | undefined)[]): Query[] =>
    ['at', '-at', undefined].flatMap((sort) =>
      limits.flatMap((limit) => [undefined, 'arrived'].map((kind) => ({ sort, limit, kind }))),
    )
  const walking: Record<string, Operation<Events>> = {
    first: {
      check: 'C1',
      plain: [
        { limit: '5' },
        { limit: '3', sort: '-at' },
        {},
        { kind: 'arrived', limit: '2' },
        { kind: 'busy', sort: '-at' },
      ],
      cases: queries(LIMITS),
      plan: first('C1'),
    },
    next: {
      check: 'C1',
      plain: [{ limit: '3' }, { limit: '7' }, { limit: '20' }, {}],
      cases: [...LIMITS, ...LIMITS, ...LIMITS].map((limit) => ({ limit })),
      weight: 2,
      plan: next('C1'),
    },
  }

  // ------------------------------------------------------------ the last page

  const ending: Record<string, Operation<Events>> = {
    'last page': {
      check: 'C3',
      cases: KIND_NAMES.flatMap((kind, index) =>
        [-1, 0, 1].map((more) => ({ kind, more, sort: index % 2 ? 'at' : '-at' })),
      ),
      plan(state, { kind, more, sort }, at) {
        const count = following(state.events.values(), { sort, kind }).length + more
        if (count < 1 || count > MOST) return first('C3', RULES.last)(state, { kind, sort }, at)
        return first('C3', RULES.last)(state, { kind, sort, limit: String(count) }, at)
      },
    },
    'a full page, and more': {
      check: 'C3',
      cases: ['100', '99', '1', undefined].flatMap((limit) => [{ limit }, { limit, sort: '-at' }]),
      plan: first('C3', RULES.next),
    },
    'last page by a cursor': {
      check: 'C3',
      cases: [-1, 0, 0, 0, 1, -1, 0, 0, 0, 1, -1, 0],
      optional: true,
      plan(state, more: number, at) {
        const left = (cursor: Cursor) =>
          following(state.events.values(), cursor, cursor.after).length + more
        const cursor = at.pick(state.cursors.filter((one) => left(one) >= 1 && left(one) <= MOST))
        if (!cursor) return undefined
        const query = { ...queryOf(cursor), limit: String(left(cursor)) }
        return get(state, query, at, 'C3', RULES.last, cursor)
      },
    },
  }

  // ------------------------------------------------------------ other programs

  /** Changes the table, then asks for a page. */
  const changing: Record<string, Operation<Events>> = {
    change: {
      check: 'C2',
      // Where programs before it have left too few events, or too many, one of the changes may find no state.
      optional: true,
      cases: CHANGES.flatMap((change) => [change, change]),
      plan(state, { name, make, limit }: Change, at) {
        const cursor = anyCursor(state, at)
        if (!cursor) return undefined
        const made = make(state, cursor, Number(at.key.slice(1)))
        if (!made) return undefined
        const { added, gone, what } = made
        state.changes += 1
        for (const event of added) state.events.set(event.id, { ...event, born: state.changes })
        for (const { phone } of added) phones.add(phone)
        for (const { id } of gone) state.events.delete(id)
        const query = { ...queryOf(cursor), limit }
        const rule =
          name === 'all that follow go'
            ? RULES.emptied
            : gone.length > 0
              ? RULES.once
              : RULES.follow
        return {
          ...get(state, query, at, 'C2', rule, cursor),
          before: {
            what,
            async run() {
              if (gone.length > 0) await remove(world.db, gone)
              if (added.length > 0) await insert(world.db, added)
            },
          },
        }
      },
    },
  }

  // ------------------------------------------------------------ cursors that are refused

  /** The same page as the cursor's is right, too, where a decoder skips what was changed. */
  const refusing = (
    state: Events,
    query: Query,
    cursor: Cursor,
    rule: string,
    check: string,
  ): Step => ({
    request: { path: pathOf(query) },
    rule,
    outcomes: [
      refused(400, 422),
      {
        ...page(state, query, undefined, { check, rule }, cursor),
        also: (answer) =>
          pageComplaint(state.events.values(), askedOf(query, cursor), answer, { check, rule }) && {
            complaint:
              'expected 400 or 422, came a page that is not that of the cursor as it was given',
            rule,
            check,
          },
      },
    ],
  })

  const foreign: { sort?: 'other' | 'explicit'; kind?: string | null }[] = [
    { sort: 'other' },
    { kind: 'damaged' },
    { kind: 'Arrived' },
    { kind: 'nobody' },
    { kind: null },
    { kind: 'arrived' },
    { sort: 'other', kind: 'busy' },
    { sort: 'other', kind: null },
  ]
  const cursors: Record<string, Operation<Events>> = {
    garbage: {
      check: 'C4',
      cases: GARBAGE.map((cursor, index) =>
        index % 3 ? { cursor } : { cursor, sort: '-at', kind: 'arrived' },
      ),
      plan: (_, query: Query) => ({
        request: { path: pathOf(query) },
        rule: RULES.garbage,
        outcomes: [refused(400, 422)],
      }),
    },
    'of another query': {
      check: 'C4',
      cases: [...foreign, ...foreign, ...foreign],
      plan(state, { sort, kind }: (typeof foreign)[number], at) {
        const cursor = at.pick(
          state.cursors.filter((one) => kind === undefined || one.kind !== kind),
        )
        if (!cursor) return undefined
        const query = queryOf(cursor)
        if (sort === 'other') query.sort = cursor.sort === 'at' ? '-at' : 'at'
        if (kind !== undefined) query.kind = kind ?? undefined
        return {
          request: { path: pathOf(query) },
          rule: RULES.foreign,
          outcomes: [refused(400, 422)],
        }
      },
    },
    'sort spelled out': {
      check: 'C4',
      cases: [1, 2, 3, 4],
      plan(state, _, at) {
        const cursor = at.pick(state.cursors.filter(({ sort }) => sort === 'at'))
        if (!cursor) return undefined
        return get(state, { ...queryOf(cursor), sort: 'at' }, at, 'C4', RULES.same, cursor)
      },
    },
    nonsense: {
      check: 'C4',
      cases: fresh.list(40, (index) => index),
      // Not every cursor is Base64 of JSON.
      optional: true,
      plan(state, index: number, at) {
        const cursor = anyCursor(state, at)
        const texts = cursor ? nonsensical(cursor.text) : []
        if (!cursor || texts.length === 0) return undefined
        const query = { ...queryOf(cursor), cursor: texts[index % texts.length] }
        return refusing(state, query, cursor, RULES.nonsense, 'C4')
      },
    },
    changed: {
      check: 'C8',
      cases: fresh.list(80, (index) => index),
      plan(state, index: number, at) {
        const cursor = anyCursor(state, at)
        const other = at.pick(state.cursors)
        if (!cursor || !other) return undefined
        const texts = bent(cursor.text, other.text)
        const text = texts[(index * 7) % texts.length]!
        if (state.cursors.some((one) => one.text === text)) return undefined
        return refusing(state, { ...queryOf(cursor), cursor: text }, cursor, RULES.changed, 'C8')
      },
    },
  }

  // ------------------------------------------------------------ parameters

  /** The sample must be refused, or is open: then it is refused, or taken for the other query. */
  type Odd = { query: Query; rule: string; takenFor?: Query }
  const odd = (check: string, cases: Odd[]): Operation<Events> => ({
    check,
    cases,
    plan: (state, { query, rule, takenFor }: Odd) => ({
      request: { path: pathOf(query) },
      rule,
      outcomes: [
        refused(400, 422),
        ...(takenFor ? [page(state, takenFor, undefined, { check, rule })] : []),
      ],
    }),
  })

  const subsets = [
    ...FIELDS.map((name) => [name]),
    ['id', 'at'],
    ['note', 'kind', 'id'],
    [...FIELDS].reverse(),
  ]
  const fieldLists = subsets.map((names) => names.join(','))
  const parameters: Record<string, Operation<Events>> = {
    limits: {
      check: 'C6',
      cases: ['1', '2', '20', '21', '99', '100', undefined].flatMap((limit) => [
        { limit },
        { limit, kind: 'busy', sort: '-at' },
      ]),
      plan: first('C6', RULES.limit),
    },
    'odd limits': odd('C6', [
      ...[
        '101',
        '150',
        '1000',
        '1000000',
        '2147483648',
        '4294967297',
        '9223372036854775808',
        '9'.repeat(30),
      ].map((limit) => ({ query: { limit }, rule: RULES.high, takenFor: { limit: '100' } })),
      ...[
        '0',
        '-1',
        '-20',
        '2.5',
        '0.5',
        '1e1',
        '0x10',
        '5_0',
        '5abc',
        'abc',
        'ten',
        '',
        '٣',
        'NaN',
        'Infinity',
      ].map((limit) => ({ query: { limit }, rule: RULES.otherLimit })),
      ...[
        '-Infinity',
        'null',
        'true',
        '1,5',
        '5;',
        "5'",
        '[5]',
        '1 or 1=1',
        '00',
        '-100',
        '99.5',
        'all',
      ].map((limit) => ({ query: { limit }, rule: RULES.otherLimit })),
      // The digits of 5, with something that many take away.
      ...['05', '+5', ' 5', '5 ', '5.0'].map((limit) => ({
        ...{ query: { limit }, rule: RULES.limit, takenFor: { limit: '5' } },
      })),
    ]),
    kinds: {
      check: 'C6',
      cases: [
        ...KIND_NAMES,
        'ARRIVED',
        'arrived%',
        'arr',
        'nobody',
        ' ',
        'são',
        'undefined',
        'toString',
        'a  b',
      ].flatMap((kind) => [{ kind }, { kind, sort: '-at', limit: '2' }]),
      plan: first('C6', RULES.kind),
    },
    'an empty kind': odd('C6', [
      { query: { kind: '' }, rule: RULES.emptyKind, takenFor: { kind: '' } },
    ]),
    fields: {
      check: 'C6',
      cases: fieldLists.flatMap((fields) => [{ fields }, { fields, sort: '-at', limit: '4' }]),
      plan: first('C6', RULES.fields),
    },
    'fields later': {
      check: 'C6',
      cases: [...fieldLists, ...fieldLists].map((fields, index) => ({
        fields,
        limit: index % 2 ? '3' : undefined,
      })),
      plan: next('C6', RULES.differ),
    },
    'after few fields': {
      check: 'C6',
      cases: fresh.list(20, () => ({})),
      plan: next('C6', RULES.differ),
    },
    'odd fields': odd('C6', [
      ...[
        '',
        'ID',
        'At',
        'type',
        'id;at',
        'id|at',
        'id at',
        'parcelCode',
        'name',
        'id,at,when',
        'items',
        'next',
        'id.at',
      ].map((fields) => ({ query: { fields }, rule: RULES.otherField })),
      { query: { fields: 'id,id' }, rule: RULES.fields, takenFor: { fields: 'id' } },
      { query: { fields: 'id, at' }, rule: RULES.fields, takenFor: { fields: 'id,at' } },
    ]),
    'odd sorts': odd(
      'C7',
      [
        ...[
          '',
          'id',
          '-id',
          'kind',
          'phone',
          'AT',
          '-AT',
          '--at',
          'at,id',
          'at,-at',
          'asc',
          'desc',
          '-',
          '1',
          'null',
        ],
        ...[
          'at desc',
          'at asc',
          '-at desc',
          'at; select 1',
          "at'",
          'at"',
          'random()',
          '(select phone)',
          'events.at',
        ],
        ...[
          'at--',
          '-at--',
          'at/**/',
          'toString',
          '__proto__',
          'constructor',
          'at nulls first',
          'created_at',
          'at:desc',
        ],
      ].map((sort) => ({ query: { sort }, rule: RULES.otherSort })),
    ),
    'private fields': odd(
      'C7',
      [
        ...[
          'phone',
          'id,phone',
          'phone,id',
          'PHONE',
          'parcel_code',
          '*',
          'events',
          'id as at',
          '"id"',
          'id--',
          "id'",
        ],
        ...[
          'count(*)',
          'version()',
          '(select phone)',
          'id,(select 1)',
          'phone as note',
          'toString',
          '__proto__',
          'hasOwnProperty',
        ],
        ...[
          'ctid',
          'xmin',
          'constructor',
          'id;select 1',
          'e.phone',
          'id,at,kind,parcel,depot,note,phone',
        ],
      ].map((fields) => ({
        query: { fields },
        rule: fields.toLowerCase().includes('phone') ? RULES.phone : RULES.otherField,
      })),
    ),
    'kinds with quotes': {
      check: 'C7',
      cases: [
        "'",
        "''",
        "' or '1'='1",
        "arrived' --",
        "o'clock",
        "o''clock",
        'arrived"',
        '\\',
        "\\'",
        '$1',
        '%',
        '_',
        'a%',
        ';select 1',
      ].map((kind) => ({ kind })),
      plan: first('C7', RULES.kind),
    },
  }

  // ------------------------------------------------------------ the house rules

  const twice: { path: string; queries: Query[] }[] = [
    { path: '/events?limit=3&limit=4', queries: [{ limit: '3' }, { limit: '4' }] },
    { path: '/events?kind=busy&kind=damaged', queries: [{ kind: 'busy' }, { kind: 'damaged' }] },
    { path: '/events?sort=at&sort=-at', queries: [{ sort: 'at' }, { sort: '-at' }] },
    { path: '/events?fields=id&fields=at', queries: [{ fields: 'id' }, { fields: 'at' }] },
  ]
  const house: Record<string, Operation<Events>> = {
    'parameters that stand twice': {
      check: 'C9',
      cases: twice,
      plan: (state, { path, queries }: (typeof twice)[number]) => {
        const order = { check: 'C9', rule: RULES.twice }
        const pages = queries.map((query) => page(state, query, undefined, order))
        return { request: { path }, rule: RULES.twice, outcomes: [refused(400, 422), ...pages] }
      },
    },
    'parameters that nobody knows': {
      check: 'C9',
      cases: [
        'x=1',
        'offset=5',
        'page=2',
        'Limit=1',
        'order=desc',
        'depot=Vigo',
        'id=1',
        'q=',
        'limit2=1&x',
        'next=abc',
      ],
      plan(state, query: string) {
        const rule = 'a parameter that the README does not name | is ignored'
        return {
          request: { path: `/events?${query}` },
          rule,
          outcomes: [page(state, {}, undefined, { check: 'C9', rule })],
        }
      },
    },
    ...houseRules<Events>({
      routes: {
        events: {
          path: () => '/events',
          methods: ['GET', 'HEAD'],
          get: (state) => [page(state, {}, undefined, { check: 'C9', rule: RULES.page })],
        },
      },
      checks: {
        ...{ unknownPath: 'C9', otherMethod: 'C9', query: 'C9', otherCase: 'C9' },
        ...{ trailingSlash: 'C9', escapes: 'C9', head: 'C9' },
      },
    }),
  }

  const shared: Record<string, Operation<Events>> = {
    'on another copy': {
      check: 'C10',
      cases: fresh.list(30, (index) => ({ limit: LIMITS[index % LIMITS.length] })),
      plan: next('C10', RULES.again),
    },
  }

  return {
    // There are some hundred cases.
    ordinary: 1,
    leastMoves: 50,
    async open() {
      const servers: ServerSubject[] = (await world.copies()).slice(0, copies)
      await world.empty()
      const events = makeEvents()
      await insert(world.db, events)
      for (const { phone } of events) phones.add(phone)
      const state: Events = {
        events: new Map(events.map((one) => [one.id, one])),
        cursors: [],
        changes: 0,
      }
      return { servers, state, async close() {} }
    },
    operations: {
      ...walking,
      ...ending,
      ...changing,
      ...cursors,
      ...parameters,
      ...house,
      ...shared,
    },
  }
}
