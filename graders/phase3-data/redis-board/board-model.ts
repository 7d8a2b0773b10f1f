import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  bad,
  bodies,
  type Complaint,
  type Copy as Copies,
  difference,
  good,
  houseRules,
  integer,
  type Operation,
  type Outcome,
  oneOf,
  outcomesOf,
  type Pool,
  pattern,
  refused,
  type ServerModel,
} from '../../harness/model/index.ts'
import { dayAfter } from './days.ts'
import { Oracle, type Standing } from './oracle.ts'
import { patient, UNSURE } from './patient.ts'
import { asking, type Copy, viewing } from './world.ts'

type Counted = { key: string; id: string; courier: string; points: number; day: string }
type Board = {
  /** What counted, in the order in which it did. */
  counted: Counted[]
  /** Courier and day of each bonus. */
  bonuses: Set<string>
  /** What to look at after the request: the day it is about; nothing after one that only reads. */
  about: string | undefined
  /** How often the state was looked at. */
  looks: number
  /** When the last delivery was answered, in ms. */
  answered: number
}

/** The rules of the README, in its words. */
const RULES = {
  courier: '`courier` | 1 to 40 characters of `a`–`z`, `0`–`9` and `-`',
  id: '`id` | a text of 1 to 64 characters of `A`–`Z`, `a`–`z`, `0`–`9` and `-`',
  points: '`points` | a whole number from 1 to 1000',
  day: '`day` | a day of the calendar in **UTC**, like `2026-03-09`',
  openDay: '`POST` takes a `day` of **today, yesterday or the day before yesterday**',
  limit: '`limit` | a whole number from 1 to 100; 10 where it is left out',
  offset: '`offset` | a whole number from 0; 0 where it is left out',
  sum: 'A courier’s score is the sum of the points of one day’s deliveries. Each day has a board of its own.',
  order:
    'The best come first. Equal scores stand in the order of the couriers’ names by ASCII code.',
  rank: 'The rank is one more than the number of couriers with a *better* score, on the whole board.',
  recent: '`/recent` shows the last 20 that counted, newest first, over all days and both copies.',
  score: '`200` `{score, rank}`; no score on that day → `404`',
  once: 'An `id` counts **once**, whichever copy hears of it, also when two hear of it at once. Again: `200`, with the score as it is now.',
  idAlone: 'The `id` alone decides.',
  bonus: '`200` the first time for this courier and day; after that `409`',
  name: 'An id is a text or a whole number, and only its own spelling is the id.',
  emptyValue:
    'a parameter with nothing behind it | is a value like any other: where an empty text breaks the rule, `400` or `422`',
  twice: 'a parameter that stands twice | any of its values, or `400` or `422`',
  huge: 'numbers of 2^63 and more | `400` or `422`; for `offset` also an empty page',
  unknown: 'a parameter that the README does not name | is ignored',
} as const

/** Who goes by the clock must see it move between two deliveries, in ms. */
const APART = 2

/** Waits until the clock has moved since the last delivery was answered; mostly it has. */
async function apart({ answered }: Board): Promise<void> {
  const left = answered + APART - performance.now()
  if (left > 0) await pause(left)
}

/** The lines of a day's board. */
function boardOf({ counted }: Board, day: string): Standing[] {
  const oracle = new Oracle()
  for (const one of counted) if (one.day === day) oracle.add(one.courier, one.points)
  return oracle.board()
}

/** Says what is wrong with a page of a board, and whose rule it is: of scores, of their order, or of ranks. */
function boardComplaint(wanted: Standing[], { body }: Answer): string | Complaint | undefined {
  const found = difference(wanted, body)
  if (!found) return undefined
  const complaint = `in the body, ${found}`
  if (!Array.isArray(body)) return complaint
  const lines = body.map((line) => Object(line))
  const names = (of: { courier: string; score: number }[]) =>
    of.map(({ courier, score }) => `${courier} ${score}`)
  const [right, given] = [names(wanted), names(lines)]
  if ([...right].sort().join() !== [...given].sort().join()) return complaint
  const rule = right.join() === given.join() ? RULES.rank : RULES.order
  return { complaint, rule, check: 'C1' }
}

/** A board, or a page of it. */
const showing = (lines: Standing[]): Outcome => ({
  status: 200,
  json: true,
  also: (answer) => boardComplaint(lines, answer),
})

/** Values that tell nothing which others do not tell of these rules as well. */
const DULL =
  /^(the name|twice|two in one|one character|a letter more|an object with fields|2\^(31|53)|a fraction at)/

const telling = (pool: Pool): Pool => ({
  ...pool,
  edges: pool.edges.filter(({ what }) => !DULL.test(what)),
})

/** What is worth a try where another route has tried the whole rule. */
const MOST_TELLING =
  /^(missing|empty|a newline at the end|other case|\d+ letters|a closed day|not written like)/

/** The same id in other capitals, where it has letters. */
const swapped = (id: string) => (id === id.toUpperCase() ? id.toLowerCase() : id.toUpperCase())

/** The contract of the board, on two copies. `pair` gives them, on an empty database. */
export function boardModel(
  { fresh }: Submission,
  today: string,
  pair: () => Promise<{ a: Copy; b: Copy }>,
): ServerModel<Board> {
  const days = [0, -1, -2].map((from) => dayAfter(today, from))
  // Few couriers and few points, so that there are ties.
  const couriers = ['a', 'a-1', 'ab', 'b', 'recent', '-', 'x'.repeat(40), fresh.unique()]
  const someCourier = telling(
    pattern(fresh, {
      pattern: /^[a-z0-9-]{1,40}$/,
      plain: ['zoe-1'],
      broken: ['a:b', 'é', 'a_b', 'a.b', 'a/b', '*'],
      rule: RULES.courier,
    }),
  )
  someCourier.edges.push(good('40 letters', 'x'.repeat(40)), bad('41 letters', 'x'.repeat(41)))
  const someId = telling(
    pattern(fresh, {
      pattern: /^[A-Za-z0-9-]{1,64}$/,
      plain: ['D-1'],
      broken: ['a:b', 'é', 'a_b', 'a.b', '*'],
      rule: RULES.id,
    }),
  )
  someId.edges.push(good('64 letters', 'Z'.repeat(64)), bad('65 letters', 'x'.repeat(65)))
  const points = telling(
    integer(fresh, { min: 1, max: 1000, plain: [1, 2, 3, 1000], rule: RULES.points }),
  )
  const openDay = telling(oneOf(fresh, { values: days, optional: true, rule: RULES.openDay }))
  const closed = [1, 2, 400, -3, -4, -400].map((from) => bad('a closed day', dayAfter(today, from)))
  const forms = [
    today.replaceAll('-', ''),
    today.replaceAll('-', '/'),
    `${today}T00:00:00Z`,
    today.slice(2),
    'today',
  ]
  const ill = forms.map((text) => bad('not written like 2026-03-09', text))
  const someDay = { ...openDay, edges: [...openDay.edges, ...closed, ...ill] }

  const forDelivery = bodies(fresh, { id: someId, courier: someCourier, points, day: someDay })
  const forBonus = bodies(fresh, {
    courier: { ...someCourier, plain: couriers.map((courier) => good('a courier', courier)) },
    day: someDay,
  })
  const oddBonuses = forBonus.edges.filter(({ what }) => MOST_TELLING.test(what))
  const dayOf = (day: unknown) => (day as string | undefined) ?? today

  /** A delivery; where its id has counted nothing changes. */
  function counting(board: Board, given: Record<string, unknown>, { key }: At): Outcome {
    const { id, courier, points } = given as Counted
    const day = dayOf(given.day)
    const known = board.counted.find((one) => one.id === id)
    const score = boardOf(board, day).find((line) => line.courier === courier)?.score ?? 0
    if (!known) {
      return {
        status: 200,
        body: { score: score + points },
        becomes() {
          board.counted.push({ key, id, courier, points, day })
          board.answered = performance.now()
        },
      }
    }
    // With another courier or day the score is not looked at.
    const isSame = known.courier === courier && known.day === day
    return { status: 200, body: isSame ? { score } : {} }
  }

  const delivering = (
    board: Board,
    given: Record<string, unknown>,
    rule: string,
    outcomes: Outcome[],
  ) => {
    board.about = dayOf(given.day)
    return {
      request: { method: 'POST', path: '/deliveries', json: JSON.stringify(given) },
      before: { what: [], run: () => apart(board) },
      rule,
      outcomes,
    }
  }

  const claiming = (check: string, cases: Body[]): Operation<Board, Body> => ({
    check,
    cases,
    plan(board, body) {
      board.about = dayOf(body.keeps.day)
      const claim = `${body.keeps.courier} ${board.about}`
      const given: Outcome = { status: 200, becomes: () => void board.bonuses.add(claim) }
      // What was answered with 503 before may have been done.
      const doneBefore: Outcome = {
        status: 409,
        becomes: () => void board.bonuses.add(claim),
        also: ({ headers }) =>
          headers[UNSURE] ? undefined : 'this courier has not had the bonus of that day yet',
      }
      const accepted = board.bonuses.has(claim) ? [refused(409)] : [given, doneBefore]
      return {
        request: { method: 'POST', path: '/bonus', json: body.json },
        rule: body.rule ?? RULES.bonus,
        outcomes: [
          ...(body.ok === 'no' ? [] : accepted),
          ...(body.ok === 'yes' ? [] : [refused(400, 422)]),
        ],
      }
    },
  })

  /** Ordinary deliveries, each with an id of its own: any, or one that looks like one that is there. */
  const ordinary = fresh.list(12, (index) => ({
    courier: couriers[index % couriers.length]!,
    points: fresh.pick([1, 2, 3, 1000]),
    day: [today, undefined, days[1], days[2]][index % 4],
    like: ['any', 'any', 'other capitals', 'one more'][index % 4]!,
  }))
  type Ordinary = (typeof ordinary)[number]
  // Ids that a server may have as names of something else.
  const named = ['recent', 'bonus', 'scores', 'leaderboard', 'deliveries', today, 'a', 'ab'].map(
    (name, index) => ({ ...ordinary[index]!, like: `name ${name}` }),
  )
  const idLike = (board: Board, like: string, at: At): string => {
    const own = `d${at.key.slice(1)}`
    const name = /^name (.*)/.exec(like)?.[1]
    if (name) return board.counted.some(({ id }) => id === name) ? own : name
    const one = like === 'any' ? undefined : at.pick(board.counted)
    if (!one || one.id.length > 60) return own
    return like === 'one more' ? `${one.id}0` : swapped(one.id)
  }

  const repeating = (check: string, rule: string, changes: Partial<Counted>[]) => ({
    check,
    cases: changes,
    plan(board: Board, change: Partial<Counted>, at: At) {
      const one = at.pick(board.counted)
      if (!one) return undefined
      const { key: _key, ...sent } = one
      const given = { ...sent, ...change }
      return delivering(board, given, rule, [counting(board, given, at)])
    },
  })

  /** A request that only reads. */
  const reading = (board: Board, path: string, rule: string, outcomes: Outcome[]) => {
    board.about = undefined
    return { request: { path }, rule, outcomes }
  }

  const query = (path: string, rule: string, queries: string[]): Operation<Board, string> => ({
    check: 'C8',
    cases: queries,
    plan: (board, text) =>
      reading(board, `${path}?${text}`, text.endsWith('=') ? RULES.emptyValue : rule, [
        refused(400, 422),
      ]),
  })

  const noDays = ['2026-02-30', '2100-02-29', '2026-13-01', '2026-3-9', ...forms, ''].map(
    (text) => `day=${encodeURIComponent(text)}`,
  )

  // Both routes read bodies in the same way, mostly: of the odd ones /bonus gets a few.
  const house = houseRules<Board>({
    routes: {
      deliveries: {
        path: () => '/deliveries',
        methods: ['POST'],
        bodies: { POST: '{"id":"H-1","courier":"house","points":1}' },
      },
      bonus: { path: () => '/bonus', methods: ['POST'], bodies: { POST: '{"courier":"house"}' } },
    },
    checks: { malformed: 'C8', noObject: 'C8', emptyBody: 'C8', contentType: 'C8' },
  })
  for (const operation of Object.values(house)) {
    const { cases = [], plan } = operation
    operation.cases = cases.filter(({ route }, index) => route === 'deliveries' || index % 4 === 0)
    operation.plan = (board, value, at) => {
      board.about = today
      return plan(board, value, at)
    }
  }

  return {
    async open(): Promise<Copies<Board>> {
      const { a, b } = await pair()
      const copies = [await patient(a), await patient(b)]
      return {
        servers: copies.map(({ target }) => target),
        state: { counted: [], bonuses: new Set(), about: undefined, looks: 0, answered: 0 },
        async close() {
          for (const { close } of copies) close()
        },
      }
    },
    // Of C8 there are some two hundred cases.
    ordinary: 1,
    leastMoves: 56,
    operations: {
      deliver: {
        check: 'C2',
        weight: 3,
        plain: ordinary,
        cases: [...ordinary, ...named],
        plan(board, { like, ...delivery }: Ordinary, at) {
          const given = { id: idLike(board, like, at), ...delivery }
          // Ids that look like one another are two ids.
          const rule = /^(any|name)/.test(like) ? RULES.sum : RULES.name
          return delivering(board, given, rule, [counting(board, given, at)])
        },
      },
      again: repeating('C2', RULES.once, [
        {},
        { courier: 'b' },
        { points: 7 },
        { courier: '0', points: 2 },
      ]),
      againForAnotherDay: repeating(
        'C12',
        RULES.idAlone,
        [...days, ...days].map((day) => ({ day })),
      ),
      courier: {
        check: 'C1',
        cases: [undefined, ...days].flatMap((day) =>
          couriers.slice(0, 4).map((courier) => ({ day, courier })),
        ),
        plan(board, { day, courier }: { day?: string; courier: string }) {
          const line = boardOf(board, dayOf(day)).find((one) => one.courier === courier)
          return reading(board, asking(courier, day).path, RULES.score, [
            line ? { status: 200, body: { score: line.score, rank: line.rank } } : refused(404),
          ])
        },
      },
      otherSpelling: {
        check: 'C1',
        cases: ['upper', 'blank', 'newline', 'more'],
        plan(board, how: string, at) {
          const one = at.pick(board.counted)
          if (!one || !/[a-z]/.test(one.courier)) return undefined
          const { courier, day } = one
          const spelled = {
            upper: courier.toUpperCase(),
            blank: `${courier} `,
            newline: `${courier}\n`,
            more: `${courier}:`,
          }[how]!
          const { path } = asking(encodeURIComponent(spelled), day)
          return reading(board, path, RULES.score, [refused(404, 400, 422)])
        },
      },
      page: {
        check: 'C1',
        cases: fresh.list(18, (index) => ({
          day: [undefined, ...days][index % 4],
          limit: [undefined, 1, 2, 3, 100][index % 5],
          offset: [undefined, 0, 1, 2, 4, 1_000_000][index % 6],
        })),
        plan(board, page: { day?: string; limit?: number; offset?: number }) {
          const { day, limit = 10, offset = 0 } = page
          return reading(board, viewing(page).path, RULES.sum, [
            showing(boardOf(board, dayOf(day)).slice(offset, offset + limit)),
          ])
        },
      },
      bonus: { ...claiming('C3', [...forBonus.plain, ...forBonus.plain]), plain: forBonus.plain },
      recent: {
        check: 'C9',
        cases: fresh.list(8, (index) => index),
        plan(board) {
          board.about = undefined
          return lookAtRecent(board)
        },
      },
      oddDelivery: {
        check: 'C8',
        cases: forDelivery.edges,
        plan(board, body: Body, at) {
          // An id that counted before would hide whether the body is taken.
          const isOfId = body.field === 'id'
          const id = `o${at.key.slice(1)}`
          const given = isOfId ? body.keeps : { ...body.keeps, id }
          const json = isOfId ? body.json : body.json.replace(/"id":"[^"]*"/, `"id":"${id}"`)
          return {
            ...delivering(board, given, body.rule!, outcomesOf(body, counting(board, given, at))),
            request: { method: 'POST', path: '/deliveries', json },
          }
        },
      },
      oddBonus: claiming('C8', oddBonuses),
      oddLimit: query('/leaderboard', RULES.limit, [
        ...['0', '-1', '101', '1.5', 'x', '5x', '', '99999999999999999999'].map(
          (text) => `limit=${text}`,
        ),
      ]),
      oddOffset: query('/leaderboard', RULES.offset, [
        ...['-1', '0.5', 'x', '1x', ''].map((text) => `offset=${text}`),
      ]),
      oddDay: query('/leaderboard', RULES.day, noDays),
      oddCourierDay: query('/couriers/a', RULES.day, noDays),
      otherQuery: {
        check: 'C8',
        cases: ['limit=1&limit=2', 'x=1&limit=2', 'day=2020-02-29', `day=${dayAfter(today, 1)}`],
        plan(board, text: string) {
          const all = boardOf(board, today)
          const isTwice = text.startsWith('limit=1')
          const lines = text.startsWith('day') ? [] : all.slice(0, 2)
          const rule = isTwice ? RULES.twice : text.startsWith('x') ? RULES.unknown : RULES.day
          const outcomes = isTwice
            ? [
                { status: 200, body: all.slice(0, 1) },
                { status: 200, body: lines },
                refused(400, 422),
              ]
            : [showing(lines)]
          return reading(board, `/leaderboard?${text}`, rule, outcomes)
        },
      },
      hugeOffset: {
        check: 'C8',
        cases: ['9223372036854775808', '99999999999999999999'],
        plan: (board, text: string) =>
          reading(board, `/leaderboard?offset=${text}`, RULES.huge, [
            { status: 200, body: [] },
            refused(400, 422),
          ]),
      },
      ...house,
    },
    observe(board) {
      const { about } = board
      if (about === undefined) return undefined
      const turn = board.looks++ % 6
      if (turn === 1 || turn === 4) return lookAtRecent(board)
      // Mostly what it is about, and now and then another day.
      const day = turn === 5 || !days.includes(about) ? days[board.looks % days.length]! : about
      return {
        request: { path: viewing({ day, limit: 100 }).path },
        rule: RULES.sum,
        outcomes: [showing(boardOf(board, day))],
      }
    },
  }
}

function lookAtRecent({ counted }: Board) {
  const newest = counted.slice(-20).toReversed()
  const wanted = newest.map(({ id, courier, points }) => ({ id, courier, points }))
  return {
    request: { path: '/recent' },
    rule: RULES.recent,
    outcomes: [
      {
        status: 200,
        json: true,
        also({ body }: Answer): Complaint | undefined {
          const found = difference(wanted, body)
          return found
            ? { complaint: `in the body, ${found}`, rule: RULES.recent, check: 'C9' }
            : undefined
        },
      },
    ],
  }
}
