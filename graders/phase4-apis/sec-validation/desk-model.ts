import { isDeepStrictEqual } from 'node:util'
import type { Answer, ServerSubject, Submission } from '../../harness/index.ts'
import {
  type Complaint,
  HOUSE,
  houseRules,
  JSON_TYPES,
  type Matcher,
  matching,
  type Operation,
  type Outcome,
  otherSpellings,
  outcomesOf,
  refused,
  type ServerModel,
  type Step,
  id as sameId,
  someId,
} from '../../harness/model/index.ts'
import { documentOf, type Import, imports } from './settings.ts'
import { type Bodies, FIELD_RULES, forBooking, forProfile, type Sent, strip } from './values.ts'
import {
  type Booking,
  type Desk,
  found,
  makeDesk,
  merged,
  type Profile,
  type Settings,
  type World,
} from './world.ts'

/** The rules of the README, in its words. */
const RULES = {
  ...FIELD_RULES,
  post: '`POST /bookings` | `201` and the booking',
  get: '`GET /bookings/{id}` | `200` and the booking',
  profile: '`GET /profile` | `200` and the profile',
  patch: '`PATCH /profile` | `200` and the profile, in which the fields that were sent have changed',
  nothing: 'All of them may be missing: `{}` changes nothing.',
  settings: '`GET /settings` | `200` and all settings',
  unknown: 'any other field, in the booking or in a stop | is refused',
  foreign:
    'any other field, `id`, `role` and `balance` too | is ignored: nothing of it is stored or shown',
  inherited:
    'a name `__proto__`, `constructor` or `prototype`, anywhere in a body | is refused, without `errors` if you like, or ignored. No other request shows anything of it',
  q: '`q` | a trimmed text of 1 to 50 characters. Depots are found whose name contains it, letter by letter',
  page: '`page` | a whole number from 1 to 1000 in digits 0–9, 1 where it is missing; the answer has it as a number',
  tags: '`tags[]` | may stand there up to 5 times, each a text of 1 to 20 letters a–z; depots are found that have all of them',
  items: '`items` of the answer | 10 depots a page, ordered by `id`; beyond the end an empty list',
  others: 'anything else in them: `1e3`, `0x10`, `12abc`, an empty text | is refused',
  brackets:
    'With other brackets, as in `q[x]`, `page[]` or `tags[0]`, a parameter may be refused, ignored or read; so may `tags` without any.',
  twice: 'a parameter that stands twice | any of its values, or `400` or `422`',
  oddId:
    'an id that nothing has, in any form | `404`; where it does not have the form of an id, `400` or `422` as well',
} as const

/** Exactly this document, and no other name in it. */
const exactly = (document: Settings): Matcher =>
  matching(`exactly ${JSON.stringify(document)}`, (value) => isDeepStrictEqual(value, document))

const profileOf = ({ profile }: Desk) => ({
  ...{ id: sameId('1'), ...profile },
  birthday: profile.birthday ?? undefined,
})

const bookingOf = ({ key: _, id, ...fields }: Booking) => ({ id: sameId(id), ...fields })

/** Names that every object has, with what would show in the answers to others. */
const LEAVES = {
  ...{ express: true, note: 'of another', birthday: '2001-01-01', newsletter: false },
  ...{ language: 'pt', name: 'Mallory', page: '7', role: 'admin' },
}
const INHERITED = ['__proto__', 'constructor', 'prototype']

/** Texts of objects in which such a name stands. */
const inheriting = (): { json: string; name: string }[] => {
  const leaves = JSON.stringify(LEAVES)
  return [
    { name: '__proto__', json: `"__proto__":${leaves}` },
    { name: 'constructor', json: `"constructor":{"prototype":${leaves}}` },
    { name: 'prototype', json: `"prototype":${leaves}` },
    { name: '__proto__', json: `"__proto__":{"__proto__":${leaves}}` },
    { name: '__proto__', json: '"__proto__":null' },
    { name: '__proto__', json: '"__proto__":"x"' },
    { name: 'constructor', json: '"constructor":"x"' },
    { name: 'constructor', json: '"constructor":null' },
    { name: 'prototype', json: '"prototype":1' },
  ]
}

/** The object without such names, at any depth: what is left where they are ignored. */
function without(document: Settings): Settings {
  const kept = Object.entries(document)
    .filter(([name]) => !INHERITED.includes(name))
    .map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? without(value) : value,
    ])
  return Object.fromEntries(kept)
}

type Parameter = [name: string, value: string]
type Asked = { q: string; page?: number; tags?: string[] }

const pathOf = (parameters: Parameter[]) =>
  `/search?${parameters
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')}`

/** A page of what is found. */
const pageOf = (desk: Desk, { q, page = 1, tags }: Asked): Outcome => ({
  status: 200,
  body: {
    page,
    items: found(desk, strip(q), tags)
      .slice((page - 1) * 10, page * 10)
      .map(({ id, name, tags }) => ({ id: sameId(String(id)), name, tags })),
  },
})

/**
 * The contract of the booking desk.
 * @param always starts a server for each program, since one can be spoilt
 */
export function deskModel(
  submission: Submission,
  world: World,
  always: boolean,
): ServerModel<Desk> & { last?: Desk } {
  const { fresh } = submission
  const makeNew = makeDesk(fresh)
  const bookings = forBooking(fresh)
  const profiles = forProfile(fresh)
  const documents = imports(fresh)

  // ------------------------------------------------------------ bookings

  function posting(desk: Desk, sent: Sent, key: string): Step {
    const { json, keeps, what } = sent
    const { depot, contact, label, boxes, size, express = false } = keeps
    const stops = keeps.stops as Booking['stops']
    const fields = { depot, contact, label, boxes, size, express, stops }
    const accepted: Outcome = {
      status: 201,
      body: { id: someId, ...fields },
      also({ body: { id } }) {
        return desk.bookings.has(String(id)) ? `the id ${id} is that of another booking` : undefined
      },
      becomes({ body: { id, boxes } }) {
        desk.made = String(id)
        // Written 5.0 it is 5.
        desk.bookings.set(desk.made, { key, id: desk.made, ...fields, boxes })
      },
    }
    return {
      request: { method: 'POST', path: '/bookings', json },
      rule: sent.rule ? `${sent.rule}   (${what})` : RULES.post,
      outcomes: outcomesOf(sent, accepted),
    }
  }

  const reading = (booking: Booking): Step => ({
    request: { path: `/bookings/${encodeURIComponent(booking.id)}` },
    rule: RULES.get,
    outcomes: [{ status: 200, body: bookingOf(booking) }],
  })

  /** Nothing in it may be missing. */
  const [usual] = bookings.plain as [Sent]
  const onlyStop = { depot: 'PT-OPO-02', date: '2026-12-24' }
  const { express: _none, ...needed } = JSON.parse(usual.json)
  const bare: Sent = {
    ...usual,
    json: JSON.stringify({ ...needed, stops: [onlyStop] }),
    keeps: { ...usual.keeps, express: undefined, stops: [onlyStop] },
  }

  // ------------------------------------------------------------ the profile

  /** What a patch changes. */
  const sentOf = ({ keeps }: Sent) =>
    Object.fromEntries(
      Object.entries(keeps).filter(([, value]) => value !== undefined),
    ) as Partial<Profile>

  function patching(desk: Desk, sent: Sent, hidden: string[] = []): Step {
    const { json, what } = sent
    const patch = sentOf(sent)
    const wanted = { ...desk.profile, ...patch }
    const accepted: Outcome = {
      status: 200,
      body: profileOf({ ...desk, profile: wanted }),
      also: (answer) => shows(answer, hidden),
      becomes: () => void Object.assign(desk.profile, patch),
    }
    return {
      request: { method: 'PATCH', path: '/profile', json },
      rule: sent.rule ? `${sent.rule}   (${what})` : json === '{}' ? RULES.nothing : RULES.patch,
      outcomes: outcomesOf(sent, accepted),
    }
  }

  /** An answer has none of these fields. */
  function shows({ body }: Answer, hidden: string[]): Complaint | undefined {
    const name = hidden.find((one) => Object.hasOwn(Object(body), one))
    if (name === undefined) return undefined
    return { complaint: `the answer has the field ${name}`, rule: RULES.foreign, check: 'C3' }
  }

  const looking = (answer: Answer) => shows(answer, ['isAdmin', 'paid'])

  // ------------------------------------------------------------ settings

  function importing(desk: Desk, json: string, document: Settings, rule: string, ok: boolean) {
    const result = merged(desk.settings, document)
    const accepted: Outcome = {
      status: 200,
      body: exactly(result),
      becomes() {
        desk.settings = result
      },
    }
    const request = { method: 'POST', path: '/imports/json', json }
    return { request, rule, outcomes: ok ? [accepted] : [refused(400, 422)] }
  }

  // ------------------------------------------------------------ operations of fields

  const CHECKS = ['C1', 'C4', 'C8'] as const
  const byCheck = (
    { plain, edges }: Bodies,
    name: string,
    plan: Operation<Desk>['plan'],
  ): Record<string, Operation<Desk>> =>
    Object.fromEntries(
      CHECKS.map((check) => {
        const cases = edges.filter((one) => one.check === check)
        return [
          `${name} ${check}`,
          // Ordinary ones are in the programs of all checks once.
          check === 'C1'
            ? { check, plain, cases: [...plain, ...cases], plan }
            : { check, cases, plan },
        ]
      }),
    )

  const fields: Record<string, Operation<Desk>> = {
    ...byCheck(bookings, 'book', (desk, sent: Sent, at) => posting(desk, sent, at.key)),
    ...byCheck(profiles, 'patch', (desk, sent: Sent) => patching(desk, sent)),
    nothingNew: {
      check: 'C8',
      cases: ['{}', ' { } ', '{}'],
      plan: (desk, json: string) =>
        patching(desk, { ...profiles.plain[0]!, json, keeps: {}, rule: RULES.nothing }),
    },
    defaults: {
      check: 'C8',
      cases: [0, 1],
      plan: (desk, _: number, at) =>
        posting(desk, { ...bare, rule: RULES.express, what: 'it is missing' }, at.key),
    },
  }

  // ------------------------------------------------------------ C3: fields of others

  const surplus: Record<string, unknown> = {
    ...{ role: 'admin', balance: 1_000_000, id: 4711, paid: true, isAdmin: true, Role: 'admin' },
    ...{ price: 0, created_at: '2020-01-01', toString: 'x', hasOwnProperty: 1, ID: 4711 },
    ...{ user: { role: 'admin' }, Depot: 'ES-VGO-01', 'depot ': 'ES-VGO-01', '': 1, $set: {} },
    ...{ document: {}, note: 'x', 'stops[0].date': '2026-12-24', 'a.b': 1 },
  }
  /** Puts a field in front of those of an object, or behind them. */
  const adding = (json: string, name: string, value: unknown, isFirst: boolean): string => {
    const own = `${JSON.stringify(name)}:${JSON.stringify(value)}`
    const inner = json.slice(1, -1)
    const parts = isFirst ? [own, inner] : [inner, own]
    return `{${parts.filter(Boolean).join(',')}}`
  }
  const foreign: Record<string, Operation<Desk>> = {
    bookMore: {
      check: 'C3',
      cases: Object.keys(surplus).flatMap((name) => [true, false].map((first) => ({ name, first }))),
      plan(desk, { name, first }: { name: string; first: boolean }, at) {
        const sent = bookings.plain[0]!
        const json = adding(sent.json, name, surplus[name], first)
        const what = `the field ${JSON.stringify(name)}`
        return posting(desk, { ...sent, json, ok: 'no', what, rule: RULES.unknown }, at.key)
      },
    },
    stopMore: {
      check: 'C3',
      cases: [...Object.keys(surplus).filter((name) => name !== 'note'), 'label', 'stops'],
      plan(desk, name: string, at) {
        const sent = bookings.plain[0]!
        const { stops, ...fields } = JSON.parse(sent.json)
        const stop = adding(JSON.stringify(stops[0]), name, surplus[name] ?? 'x', false)
        const json = `{"stops":[${stop}],${JSON.stringify(fields).slice(1)}`
        const what = `the field ${JSON.stringify(name)} in a stop`
        return posting(desk, { ...sent, json, ok: 'no', what, rule: RULES.unknown }, at.key)
      },
    },
    patchMore: {
      check: 'C3',
      cases: Object.keys(surplus).flatMap((name) => [true, false].map((alone) => ({ name, alone }))),
      plan(desk, { name, alone }: { name: string; alone: boolean }) {
        const sent = alone ? { ...profiles.plain[0]!, json: '{}', keeps: {} } : profiles.plain[1]!
        const json = adding(sent.json, name, surplus[name], false)
        const what = `the field ${JSON.stringify(name)}`
        const hidden = Object.hasOwn(desk.profile, name) || name === 'id' ? [] : [name]
        return patching(desk, { ...sent, json, what, rule: RULES.foreign }, hidden)
      },
    },
    patchAll: {
      check: 'C3',
      cases: [0, 1, 2],
      plan(desk, index: number) {
        const sent = profiles.plain[index]!
        const own = JSON.parse(sent.json)
        const json = JSON.stringify({ ...own, id: 2, role: 'admin', balance: -1, isAdmin: true })
        return patching(desk, { ...sent, json, what: 'several', rule: RULES.foreign }, ['isAdmin'])
      },
    },
    wrongBeside: {
      check: 'C3',
      cases: [0, 1],
      plan(desk, index: number) {
        // What is right in a refused body changes nothing either.
        const sent = profiles.plain[1]!
        const wrong = [{ language: 'xx' }, { newsletter: 'yes' }][index]!
        const json = JSON.stringify({ ...JSON.parse(sent.json), ...wrong, role: 'admin' })
        const rule = 'whatever is refused above | gets `400` or `422`, and changes nothing'
        return patching(desk, { ...sent, json, ok: 'no', what: 'one is wrong', rule })
      },
    },
    changedElsewhere: {
      check: 'C3',
      cases: [1, 2, 3, 4],
      plan(desk, turn: number) {
        const balance = turn * 1111
        const role = turn % 2 ? 'courier' : 'customer'
        const sent = profiles.plain[turn]!
        const changed = { ...desk.profile, balance, role }
        const step = patching({ ...desk, profile: changed }, sent)
        const before = {
          what: [`another program sets the balance to ${balance} and the role to ${role}`],
          async run() {
            await world.db.query('update profiles set balance = $1, role = $2', [balance, role])
            Object.assign(desk.profile, { balance, role })
          },
        }
        // The step's own profile is a copy.
        const outcomes = step.outcomes.map((one) => ({
          ...one,
          becomes: () => void Object.assign(desk.profile, sentOf(sent)),
        }))
        return { ...step, before, outcomes }
      },
    },
  }
  // ------------------------------------------------------------ C5: merges, and names of objects

  const merges: Record<string, Operation<Desk>> = {
    import: {
      check: 'C5',
      plain: documents.plain,
      cases: [...documents.plain, ...documents.edges],
      plan: (desk, one: Import) =>
        importing(desk, one.json, documentOf(one), `${one.rule}   (${one.what})`, one.ok),
    },
    importElsewhere: {
      check: 'C5',
      cases: [0, 1, 2],
      plan(desk, index: number) {
        const settings: Settings = { theme: { colour: `of another ${index}` }, elsewhere: index }
        const json = '{"theme":{"dark":true}}'
        const rule =
          '`profiles` and `settings` have one row each, with the id 1; other programs write to all tables.'
        const step = importing({ ...desk, settings }, json, JSON.parse(json), rule, true)
        const before = {
          what: [`another program sets the settings to ${JSON.stringify(settings)}`],
          async run() {
            await world.db.query('update settings set document = $1', [JSON.stringify(settings)])
            desk.settings = settings
          },
        }
        const becomes = () => {
          desk.settings = merged(settings, JSON.parse(json))
        }
        return { ...step, before, outcomes: step.outcomes.map((one) => ({ ...one, becomes })) }
      },
    },
    importInherited: {
      check: 'C5',
      cases: inheriting().flatMap((one) =>
        ['alone', 'beside', 'inside', 'deep', 'new'].map((where) => ({ ...one, where })),
      ),
      plan(desk, { json, where }: { json: string; where: string }) {
        const texts: Record<string, string> = {
          alone: `{${json}}`,
          beside: `{"retries":4,${json}}`,
          inside: `{"theme":{${json}}}`,
          deep: `{"theme":{"print":{${json},"width":7}}}`,
          new: `{"added":{"inner":{${json}}}}`,
        }
        const text = texts[where]!
        desk.isSuspect = true
        const step = importing(desk, text, without(JSON.parse(text)), RULES.inherited, true)
        return { ...step, outcomes: [...step.outcomes, refused(400, 422)] }
      },
    },
    bookInherited: {
      check: 'C5',
      cases: inheriting().flatMap((one) => [true, false].map((inStop) => ({ ...one, inStop }))),
      plan(desk, { json, inStop }: { json: string; inStop: boolean }, at) {
        const sent = bookings.plain[0]!
        // In the first stop, or in the booking.
        const text = inStop
          ? sent.json.replace('"stops":[{', () => `"stops":[{${json},`)
          : `{${json},${sent.json.slice(1)}`
        desk.isSuspect = true
        const what = `in ${inStop ? 'a stop' : 'the booking'}`
        const odd: Sent = { ...sent, json: text, ok: 'open', what, rule: RULES.inherited }
        return posting(desk, odd, at.key)
      },
    },
    patchInherited: {
      check: 'C5',
      cases: inheriting(),
      plan(desk, { json, name }: { json: string; name: string }) {
        const sent = { ...profiles.plain[0]!, json: `{${json}}`, keeps: {}, ok: 'open' as const }
        desk.isSuspect = true
        return patching(desk, { ...sent, what: name, rule: RULES.inherited }, [name])
      },
    },
    searchInherited: {
      check: 'C5',
      cases: ['__proto__[page]', 'constructor[prototype][page]', '__proto__', 'toString', 'q[__proto__]'],
      plan(desk, name: string) {
        desk.isSuspect = true
        return {
          request: { path: pathOf([['q', 'Vigo'], [name, '7']]) },
          rule: 'a parameter that the README does not name | is ignored',
          outcomes: [pageOf(desk, { q: 'Vigo' }), refused(400, 422)],
        }
      },
    },
  }

  /** What others are answered, who send nothing odd at all. */
  function innocent(desk: Desk): Step[] {
    const step = posting(desk, bare, 'innocent')
    const [accepted] = step.outcomes as [Outcome]
    const shown = (answer: Answer): Complaint | undefined => {
      const { express, stops } = answer.body
      const isClean = express === false && (stops as Booking['stops']).every(({ note }) => note == null)
      if (isClean) return undefined
      const complaint = 'a booking without `express` and `note` is answered with those of another'
      return { complaint, rule: RULES.inherited, check: 'C5' }
    }
    const booking: Outcome = {
      ...accepted,
      body: { id: someId },
      also: (answer) => shown(answer) ?? accepted.also?.(answer),
    }
    const patch = patching(desk, { ...profiles.plain[0]!, json: '{}', keeps: {} })
    const search: Step = {
      request: { path: '/search?q=Vigo' },
      rule: RULES.inherited,
      outcomes: [pageOf(desk, { q: 'Vigo' })],
    }
    return [{ ...step, outcomes: [booking] }, patch, search]
  }

  // ------------------------------------------------------------ the search

  type Search = { what: string; parameters: Parameter[]; asked?: Asked; rule: string; open?: Asked[] }
  const q: Parameter = ['q', 'Vigo']
  const tagged = (...tags: string[]): Parameter[] => tags.map((tag) => ['tags[]', tag])
  const ok = (what: string, rule: string, parameters: Parameter[], asked: Asked): Search => ({
    ...{ what, parameters, asked, rule },
  })
  const no = (what: string, rule: string, ...parameters: Parameter[]): Search => ({
    ...{ what, parameters, rule },
  })
  /** Refused, or any of these. */
  const maybe = (rule: string, parameters: Parameter[], ...open: Asked[]): Search => ({
    ...{ what: '', parameters, open, rule },
  })
  const long = (count: number) => fresh.string(count, 'abcdefghij')
  const searches: Record<'C1' | 'C4' | 'C8', Search[]> = {
    C1: [
      ...['V', 'Vigo', 'vigo', "L'A", '100%', '%', '_', 'São', 'Sa\u0303o', '東京'].map(
        (text) => ok('a text', RULES.q, [['q', text]], { q: text }),
      ),
      ok('50 letters', RULES.q, [['q', 'a'.repeat(50)]], { q: 'a'.repeat(50) }),
      ok('50 emoji', RULES.q, [['q', '📦'.repeat(50)]], { q: '📦'.repeat(50) }),
      no('51 letters', RULES.q, ['q', 'a'.repeat(51)]),
      no('51 emoji', RULES.q, ['q', '📦'.repeat(51)]),
      no('no q', RULES.q),
      no('no q', RULES.q, ['page', '1']),
      no('an empty q', RULES.others, ['q', '']),
      no('nothing but blanks', RULES.q, ['q', '   ']),
      ...[1, 2, 3, 4, 5, 999, 1000].map((page) =>
        ok('a page', RULES.items, [q, ['page', String(page)]], { q: 'Vigo', page }),
      ),
      ...['0', '1001', '10000', '99999999999999999999'].map((page) =>
        no('beyond the pages', RULES.page, q, ['page', page]),
      ),
      ...[['night'], ['night', 'lift'], ['night', 'night'], ['nowhere'], ['ramp', 'cold', 'lift']].map(
        (tags) => ok('tags', RULES.tags, [q, ...tagged(...tags)], { q: 'Vigo', tags }),
      ),
      ok('5 tags', RULES.tags, [q, ...tagged('night', 'lift', 'ramp', 'cold', 'night')], {
        ...{ q: 'Vigo', tags: ['night', 'lift', 'ramp', 'cold'] },
      }),
      ok('20 letters', RULES.tags, [q, ...tagged(long(20))], { q: 'Vigo', tags: ['none'] }),
      no('21 letters', RULES.tags, q, ...tagged(long(21))),
      no('6 tags', RULES.tags, q, ...tagged('a', 'b', 'c', 'd', 'e', 'f')),
      no('6 times the same', RULES.tags, q, ...tagged(...new Array<string>(6).fill('night'))),
      no('an empty tag', RULES.others, q, ...tagged('')),
      no('an empty tag beside another', RULES.others, q, ...tagged('night', '')),
      ...['Night', 'NIGHT', 'night1', 'nigth-time', 'né', 'night,lift', 'night\n', ' night', '1', '{}'].map(
        (tag) => no('no tag', RULES.tags, q, ...tagged(tag)),
      ),
      no('a wrong tag behind a right one', RULES.tags, q, ...tagged('night', 'Lift')),
      ok('a page of tagged ones', RULES.items, [q, ...tagged('night'), ['page', '2']], {
        ...{ q: 'Vigo', tags: ['night'], page: 2 },
      }),
      ok('others as well', 'a parameter that the README does not name | is ignored', [q, ['sort', 'x']], {
        q: 'Vigo',
      }),
    ],
    C4: [
      ...[
        ...['1e3', '1e0', '0x10', '12abc', 'abc', '', ' 1', '1 ', '+1', '-1', '-0', '1.0', '1.5', '1,2'],
        ...['NaN', 'Infinity', 'null', 'true', 'undefined', '٣', '１', '1_0', '1n', '[1]', '{}', '1\n'],
        ...['9007199254740993', '0b1', '1/1', '1;', '--1', '1e-1', '1e309'],
      ].map((page) => no('no whole number in digits', RULES.others, q, ['page', page])),
      no('U+0000 in q', RULES.zero, ['q', 'Vi\0go']),
      maybe(RULES.twice, [q, ['q', 'Porto']], { q: 'Vigo' }, { q: 'Porto' }),
      maybe(RULES.twice, [q, ['page', '1'], ['page', '2']], { q: 'Vigo' }, { q: 'Vigo', page: 2 }),
      maybe(RULES.twice, [q, ['page', '2'], ['page', '0x1']], { q: 'Vigo', page: 2 }),
      maybe(RULES.twice, [['q', ''], q], { q: 'Vigo' }),
      maybe(RULES.brackets, [['q[]', 'Vigo']], { q: 'Vigo' }),
      maybe(RULES.brackets, [['q[x]', 'Vigo']], { q: 'Vigo' }),
      maybe(RULES.brackets, [['q[$ne]', '']]),
      maybe(RULES.brackets, [q, ['q[x]', 'Porto']], { q: 'Vigo' }, { q: 'Porto' }),
      maybe(RULES.brackets, [q, ['page[]', '2']], { q: 'Vigo' }, { q: 'Vigo', page: 2 }),
      maybe(RULES.brackets, [q, ['page[x]', '2']], { q: 'Vigo' }, { q: 'Vigo', page: 2 }),
      maybe(RULES.brackets, [q, ['page[$gt]', '']], { q: 'Vigo' }),
      ...['tags', 'tags[0]', 'tags[x]', 'tags[x][y]', 'tags[][x]', 'tags[length]'].map((name) =>
        maybe(RULES.brackets, [q, [name, 'night']], { q: 'Vigo' }, { q: 'Vigo', tags: ['night'] }),
      ),
      maybe(RULES.brackets, [q, ['tags[toString]', 'x']], { q: 'Vigo' }, { q: 'Vigo', tags: ['x'] }),
    ],
    C8: [
      ...[' Vigo', 'Vigo  ', '\tVigo\n', '  São '].map((text) =>
        ok('blanks around q', `${RULES.trimmed}\n  ${RULES.q}`, [['q', text]], { q: text }),
      ),
      ok('50 letters between blanks', RULES.q, [['q', ` ${'a'.repeat(50)} `]], { q: 'a'.repeat(50) }),
      ok('a page', RULES.page, [q, ['page', '2']], { q: 'Vigo', page: 2 }),
      ok('no page', RULES.page, [q], { q: 'Vigo' }),
    ],
  }
  const searching: Record<string, Operation<Desk>> = Object.fromEntries(
    CHECKS.map((check) => [
      `search ${check}`,
      {
        check,
        ...(check === 'C1' && { plain: searches.C1.slice(0, 1) }),
        cases: searches[check],
        plan(desk: Desk, { what, parameters, asked, open, rule }: Search): Step {
          return {
            request: { path: parameters.length > 0 ? pathOf(parameters) : '/search' },
            rule: what ? `${rule}   (${what})` : rule,
            outcomes: asked
              ? [pageOf(desk, asked)]
              : [...(open ?? []).map((one) => pageOf(desk, one)), refused(400, 422)],
          }
        },
      },
    ]),
  )

  // ------------------------------------------------------------ C7: the house rules

  const oddIds = [
    ...['999999999', '0', '-1', 'x', '1e0', '2147483648', '99999999999', '9223372036854775808'],
    ...['99999999999999999999', 'null', 'NaN', '1.0', "1'", '%20', '1%00x', '٣', 'undefined'],
  ]
  const house: Record<string, Operation<Desk>> = {
    noBooking: {
      check: 'C7',
      cases: oddIds,
      plan: (_, id: string) => ({
        request: { path: `/bookings/${id.includes('%') ? id : encodeURIComponent(id)}` },
        rule: id.includes('%00') ? HOUSE.escapes : RULES.oddId,
        outcomes: id.includes('%00')
          ? [{ status: [400, 404, 422], error: false, json: false }]
          : [id === '999999999' ? refused(404) : refused(404, 400, 422)],
      }),
    },
    jsonTypes: {
      check: 'C7',
      cases: JSON_TYPES,
      plan: (desk, type: string) => {
        const step = patching(desk, { ...profiles.plain[1]!, rule: '' })
        return { ...step, request: { ...step.request, headers: { 'Content-Type': type } } }
      },
    },
    otherId: {
      check: 'C7',
      cases: otherSpellings('7').map((_, spelling) => spelling),
      plan(desk, spelling: number, at) {
        const booking = at.pick([...desk.bookings.values()])
        if (!booking) return undefined
        const id = otherSpellings(booking.id)[spelling]
        if (id === undefined) return undefined
        return {
          request: { path: `/bookings/${id}` },
          rule: 'An id is a text or a whole number, and only its own spelling is the id.',
          outcomes: [refused(404, 400, 422)],
        }
      },
      optional: true,
    },
    ...houseRules<Desk>({
      routes: {
        bookings: {
          path: () => '/bookings',
          methods: ['POST'],
          bodies: { POST: bookings.plain[0]!.json },
        },
        booking: {
          path(desk, at) {
            const booking = at.pick([...desk.bookings.values()])
            return booking && `/bookings/${encodeURIComponent(booking.id)}`
          },
          methods: ['GET', 'HEAD'],
          get(desk, path) {
            const booking = desk.bookings.get(decodeURIComponent(path.split('/')[2] ?? ''))
            return booking && reading(booking).outcomes
          },
        },
        profile: {
          path: () => '/profile',
          methods: ['GET', 'HEAD', 'PATCH'],
          get: (desk) => [{ status: 200, body: profileOf(desk) }],
          bodies: { PATCH: '{"newsletter":true}' },
        },
        imports: {
          path: () => '/imports/json',
          methods: ['POST'],
          bodies: { POST: '{"retries":8}' },
        },
        settings: {
          path: () => '/settings',
          methods: ['GET', 'HEAD'],
          get: ({ settings }) => [{ status: 200, body: exactly(settings) }],
        },
        search: { path: () => '/search', methods: ['GET', 'HEAD'] },
      },
      checks: {
        unknownPath: 'C7',
        otherMethod: 'C7',
        otherCase: 'C7',
        trailingSlash: 'C7',
        query: 'C7',
        malformed: 'C7',
        noObject: 'C7',
        emptyBody: 'C7',
        contentType: 'C7',
        escapes: 'C7',
        head: 'C7',
      },
    }),
  }

  let server: ServerSubject | undefined
  const model: ServerModel<Desk> & { last?: Desk } = {
    async open() {
      if (always) await server?.kill()
      if (!server || always || server.process.exit) server = await world.start()
      const state = makeNew()
      await world.fill(state)
      model.last = state
      return { servers: [server], state, async close() {} }
    },
    ordinary: 1,
    mostPlays: always ? 15 : undefined,
    operations: marking({ ...fields, ...foreign, ...merges, ...searching, ...house }),
    observe(desk) {
      if (!desk.hasWritten && !desk.isSuspect) return undefined
      const booking = desk.bookings.get(desk.made ?? '')
      const looks: Step[] = [
        {
          request: { path: '/profile' },
          rule: RULES.profile,
          outcomes: [{ status: 200, body: profileOf(desk), also: looking }],
        },
        {
          request: { path: '/settings' },
          rule: RULES.settings,
          outcomes: [{ status: 200, body: exactly(desk.settings) }],
        },
        ...(booking ? [reading(booking)] : []),
      ]
      return desk.isSuspect ? [...looks, ...innocent(desk)] : looks
    },
  }
  return model
}

/** What only reads leaves nothing to look at. */
const marking = (operations: Record<string, Operation<Desk>>): Record<string, Operation<Desk>> =>
  Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      {
        ...operation,
        plan(desk, value, at) {
          desk.made = undefined
          desk.isSuspect = false
          const step = operation.plan(desk, value, at)
          desk.hasWritten = (step?.request.method ?? 'GET') !== 'GET'
          return step
        },
      },
    ]),
  )
