import type { ServerSubject, Submission } from '../../harness/index.ts'
import {
  type At,
  type Body,
  bodies,
  type Copy as Copies,
  integer,
  type Operation,
  type Outcome,
  oneOf,
  pattern,
  refused,
  type ServerModel,
} from '../../harness/model/index.ts'
import { dayAfter, utcDay } from './days.ts'
import { Oracle } from './oracle.ts'
import { asking, type Copy, send, viewing, type World } from './world.ts'

type Counted = { key: string; id: string; courier: string; points: number; day: string }
type Board = {
  /** What counted, in the order in which it did. */
  counted: Counted[]
  bonuses: Set<string>
  looks: number
}

/** The rules of the README, in its words. */
const RULES = {
  courier: '1 to 40 characters of `a`–`z`, `0`–`9` and `-`',
  id: 'a text of 1 to 64 characters of `A`–`Z`, `a`–`z`, `0`–`9` and `-`; made by the courier’s scanner',
  points: 'a whole number from 1 to 1000',
  day: '`POST` takes a `day` of **today, yesterday or the day before yesterday**',
  limit: 'a whole number from 1 to 100; 10 where it is left out',
  offset: 'a whole number from 0; 0 where it is left out',
  board:
    'A courier’s score is the sum of the points of one day’s deliveries. Each day has a board of its own.',
  recent: '`/recent` shows the last 20 that counted, newest first, over all days and both copies.',
  score: '`200` `{score, rank}`; no score on that day → `404`',
  deliver: '`POST /deliveries` `{id, courier, points, day}` | `200` `{score}`',
  once: 'The `id` alone decides.',
  bonus: '`200` the first time for this courier and day; after that `409`',
} as const

/** The lines of a day's board. */
function boardOf({ counted }: Board, day: string) {
  const oracle = new Oracle()
  for (const one of counted) if (one.day === day) oracle.add(one.courier, one.points)
  return oracle.board()
}

/** Sends again what is answered with 503, as the README says that the grader does. */
function patient(copy: Copy): ServerSubject {
  return new Proxy(copy.server, {
    get(server, name) {
      if (name === 'send')
        return (sending: Parameters<ServerSubject['send']>[0]) => send(copy, sending)
      const value = Reflect.get(server, name)
      return typeof value === 'function' ? value.bind(server) : value
    },
  })
}

/** The contract of the board, on both copies. */
export function boardModel(
  submission: Submission,
  calm: () => Promise<{ world: World; a: Copy; b: Copy }>,
): ServerModel<Board> {
  const { fresh } = submission
  const days = [0, -1, -2].map((from) => utcDay(from))
  // A program of many moves, and few couriers: so they have ties.
  const couriers = ['a', 'a-1', 'ab', 'b', '0', '-', 'x'.repeat(40), fresh.unique()]
  const courier = pattern(fresh, {
    pattern: /^[a-z0-9-]{1,40}$/,
    plain: couriers,
    broken: ['x'.repeat(41), 'a:b', 'é', 'a_b', 'a.b', 'a/b'],
    rule: RULES.courier,
  })
  const id = pattern(fresh, {
    pattern: /^[A-Za-z0-9-]{1,64}$/,
    plain: ['D-1', 'd', '0', '-', 'Z'.repeat(64)],
    broken: ['x'.repeat(65), 'a:b', 'é', 'a_b', 'a.b'],
    rule: RULES.id,
  })
  const points = integer(fresh, { min: 1, max: 1000, plain: [1, 2, 3, 1000], rule: RULES.points })
  const today = days[0]!
  const day = oneOf(fresh, { values: days, optional: true, rule: RULES.day })
  const otherDays = [1, 2, 400, -3, -4, -400].map((from) => dayAfter(today, from))
  const strangeDays = ['2026-02-30', '2026-13-01', '20260309', '2026-3-9', `${today}T00:00:00Z`]
  const wrongDays = [...otherDays, ...strangeDays, `${today}\n`].map((value) => ({
    what: 'another day',
    json: JSON.stringify(value),
    ok: 'no' as const,
    keeps: undefined,
  }))
  const dayPool = { ...day, edges: [...day.edges, ...wrongDays] }
  const forDelivery = bodies(fresh, { id, courier, points, day: dayPool })
  const forBonus = bodies(fresh, { courier, day: dayPool })

  const dayOf = ({ keeps }: Body) => (keeps.day as string | undefined) ?? today
  const outcomesOf = ({ ok }: Body, accepted: Outcome[]): Outcome[] => [
    ...(ok === 'no' ? [] : accepted),
    ...(ok === 'yes' ? [] : [refused(400, 422)]),
  ]

  /** A body whose odd field may be taken for something that the model cannot know is only tried where it is clear. */
  const isClear = ({ ok }: Body) => ok !== 'open'

  /** A delivery; where its id has counted nothing changes. */
  function delivered(board: Board, body: Body, at: At): Outcome[] {
    const { id, courier, points } = body.keeps as Counted
    const day = dayOf(body)
    const known = board.counted.find((one) => one.id === id)
    const before = boardOf(board, day).find((line) => line.courier === courier)?.score ?? 0
    if (known) {
      const same = known.courier === courier && known.day === day
      return outcomesOf(body, [{ status: 200, body: same ? { score: before } : {} }])
    }
    return outcomesOf(body, [
      {
        status: 200,
        body: { score: before + points },
        becomes: () => void board.counted.push({ key: at.key, id, courier, points, day }),
      },
    ])
  }

  const delivering = (cases: Body[], check: string): Operation<Board> => ({
    check,
    cases,
    plan: (board, body: Body, at) => ({
      request: { method: 'POST', path: '/deliveries', json: body.json },
      rule: body.rule ?? RULES.deliver,
      outcomes: delivered(board, body, at),
    }),
  })
  const claiming = (cases: Body[], check: string): Operation<Board> => ({
    check,
    cases,
    plan(board, body: Body) {
      const claim = `${body.keeps.courier} ${dayOf(body)}`
      const accepted: Outcome = board.bonuses.has(claim)
        ? refused(409)
        : { status: 200, becomes: () => void board.bonuses.add(claim) }
      return {
        request: { method: 'POST', path: '/bonus', json: body.json },
        rule: body.rule ?? RULES.bonus,
        outcomes: outcomesOf(body, [accepted]),
      }
    },
  })

  /** The ordinary bodies with ids of their own, and some that differ in capitals only. */
  const named = forDelivery.plain.flatMap((body, index) =>
    [`r-${index}`, `R-${index}`, `r-${index}0`].map((id): Body => {
      const json = JSON.stringify({ ...JSON.parse(body.json), id })
      return { ...body, json, keeps: { ...body.keeps, id } }
    }),
  )
  const query = (path: string, name: string, rule: string, values: string[]): Operation<Board> => ({
    check: 'C8',
    cases: values,
    plan: (_board, value: string) => ({
      request: { path: `${path}?${name}=${encodeURIComponent(value)}` },
      rule,
      outcomes: [refused(400, 422)],
    }),
  })

  return {
    async open(): Promise<Copies<Board>> {
      const { a, b } = await calm()
      return {
        servers: [patient(a), patient(b)],
        state: { counted: [], bonuses: new Set(), looks: 0 },
        // The pair is shared; after a failure it is another one.
        close: async () => {},
      }
    },
    operations: {
      deliver: { ...delivering(named, 'C2'), plain: named },
      again: {
        check: 'C2',
        cases: fresh.list(12, (index) => index),
        plan(board, kind: number, at) {
          const one = at.pick(board.counted)
          if (!one) return undefined
          const { key: _key, ...sent } = one
          const changed = [{}, { courier: 'b' }, { points: 7 }, { day: days[kind % 3] }][kind % 4]
          const keeps = { ...sent, ...changed }
          const body: Body = { json: JSON.stringify(keeps), ok: 'yes', keeps, what: 'again' }
          return {
            request: { method: 'POST', path: '/deliveries', json: body.json },
            rule: RULES.once,
            outcomes: delivered(board, body, at),
          }
        },
      },
      courier: {
        check: 'C1',
        cases: days.flatMap((day) => couriers.slice(0, 6).map((courier) => ({ day, courier }))),
        plan(board, { day, courier }: { day: string; courier: string }) {
          const line = boardOf(board, day).find((one) => one.courier === courier)
          return {
            request: { path: asking(courier, day).path },
            rule: RULES.score,
            outcomes: line
              ? [{ status: 200, body: { score: line.score, rank: line.rank } }]
              : [refused(404)],
          }
        },
      },
      page: {
        check: 'C1',
        cases: fresh.list(12, (index) => ({
          day: days[index % 3]!,
          limit: 1 + (index % 4),
          offset: index % 5,
        })),
        plan(board, page: { day: string; limit: number; offset: number }) {
          const { day, limit, offset } = page
          return {
            request: { path: viewing(page).path },
            rule: RULES.board,
            outcomes: [{ status: 200, body: boardOf(board, day).slice(offset, offset + limit) }],
          }
        },
      },
      bonus: { ...claiming(forBonus.plain, 'C3'), plain: forBonus.plain },
      oddDelivery: delivering(forDelivery.edges.filter(isClear), 'C8'),
      oddBonus: claiming(forBonus.edges.filter(isClear), 'C8'),
      oddLimit: query('/leaderboard', 'limit', RULES.limit, ['0', '-1', '101', '1.5', 'x', '5x']),
      oddOffset: query('/leaderboard', 'offset', RULES.offset, ['-1', '0.5', 'x', '1x']),
      oddDay: query('/leaderboard', 'day', RULES.day, [...strangeDays, 'today', '9']),
      oddCourierDay: query('/couriers/a', 'day', RULES.day, [...strangeDays, 'today']),
    },
    observe(board) {
      const turn = board.looks++ % 4
      if (turn === 3) {
        const newest = board.counted.slice(-20).toReversed()
        const body = newest.map(({ id, courier, points }) => ({ id, courier, points }))
        return {
          request: { path: '/recent' },
          rule: RULES.recent,
          outcomes: [{ status: 200, body }],
        }
      }
      const day = days[turn]!
      return {
        request: { path: viewing({ day, limit: 100 }).path },
        rule: RULES.board,
        outcomes: [{ status: 200, body: boardOf(board, day) }],
      }
    },
  }
}
