import { expect } from 'vitest'
import type { ServerSubject, Submission } from '../../harness/index.ts'
import { houseRules, refused, type ServerModel, someId } from '../../harness/model/index.ts'
import type { World } from './world.ts'

/** Ids of jobs, and how long each took. */
type Jobs = Map<string, number>

const TAKES =
  '`POST /work` takes `ms` milliseconds, then writes one row with an `INSERT`, and then answers `201` with `id` and `ms` of that row.'
const NUMBER = '`ms` is a whole number from 0 to 60000, in digits.'
const UNNAMED = 'a parameter that the README does not name | is ignored'
const TWICE = 'a parameter that stands twice | any of its values, or `400` or `422`'

type Case = { query: string; ms: number[]; rule: string; maybe?: boolean }

const right = (ms: number): Case => ({ query: `?ms=${ms}`, ms: [ms], rule: TAKES })
const wrong = (query: string): Case => ({ query, ms: [], rule: NUMBER })
const either = (query: string, ms: number[], rule = NUMBER): Case => ({
  query,
  ms,
  rule,
  maybe: true,
})

/** More than the most; a server that takes one would be busy with it for a while. */
export const TOO_LARGE = [
  '60001',
  '100000',
  '2147483648',
  '4294967297',
  '9007199254740993',
  '18446744073709551616',
  'Infinity',
]

const WRONG = [
  '',
  '?ms=',
  '?ms',
  '?ms=abc',
  '?ms=1.5',
  '?ms=-1',
  '?ms=1e3',
  '?ms=0x10',
  '?ms=5ms',
  '?ms=1,000',
  '?ms=1_000',
  '?ms=NaN',
  '?ms=null',
  '?ms=true',
]

/**
 * The contract of one server that is ready, and of its jobs.
 * @param server one that goes on running
 * @returns the model, and a look at the rows, for the end
 */
export function workModel(
  submission: Submission,
  world: World,
  server: ServerSubject,
): { model: ServerModel<Jobs>; expectRows(): Promise<void> } {
  const { fresh } = submission
  let state: Jobs = new Map()
  let before = new Set<string>()

  const model: ServerModel<Jobs> = {
    async open() {
      before = new Set((await world.rows()).map(({ id }) => id))
      state = new Map()
      return { servers: [server], state, close: async () => {} }
    },
    operations: {
      work: {
        check: 'C9',
        plain: [right(0), right(fresh.int(1, 9))],
        cases: [
          ...[1, 2, 10, 99, 100].map(right),
          right(fresh.int(11, 60)),
          ...WRONG.map(wrong),
          either('?ms=05', [5]),
          either('?ms=%2B5', [5]),
          either('?ms=5%20', [5]),
          either('?ms=5%0A', [5]),
          either('?ms=1&ms=2', [1, 2], TWICE),
          either('?ms=5.0', [5]),
          either('?MS=5', [5]),
          either('?ms=%D9%A5', [5]), // a digit, but not one of ours
          either('?ms%5B%5D=5', [5]),
          { query: '?ms=5&x=1', ms: [5], rule: UNNAMED },
        ],
        plan: (jobs, { query, ms, rule, maybe }: Case) => ({
          request: { method: 'POST', path: `/work${query}` },
          rule,
          outcomes: [
            ...ms.map((value) => ({
              status: 201,
              body: { id: someId, ms: value },
              becomes: (answer: { body: { id: unknown } }) =>
                void jobs.set(String(answer.body.id), value),
            })),
            ...(ms.length === 0 || maybe ? [refused(400, 422)] : []),
          ],
        }),
      },
      ...houseRules<Jobs>({
        routes: {
          live: {
            path: () => '/livez',
            methods: ['GET', 'HEAD'],
            get: () => [{ status: 200 }],
          },
          ready: {
            path: () => '/readyz',
            methods: ['GET', 'HEAD'],
            // A machine that is very busy may be late for the second that the database has.
            get: () => [{ status: 200 }, { status: 503 }],
          },
          work: { path: () => '/work?ms=0', methods: ['POST'] },
          boom: { path: () => '/boom', methods: ['POST'] },
        },
        checks: {
          unknownPath: 'C9',
          otherMethod: 'C9',
          otherCase: 'C9',
          trailingSlash: 'C9',
          escapes: 'C9',
          query: 'C9',
          head: 'C9',
        },
      }),
    },
  }
  return {
    model,
    async expectRows() {
      const own = (await world.rows()).filter(({ id }) => !before.has(id))
      const shown = (rows: { id: string; ms: number }[]) =>
        rows.map(({ id, ms }) => `id ${id}, ms ${ms}`).sort()
      const wanted = [...state].map(([id, ms]) => ({ id, ms }))
      const what = `the rows of jobs after all these requests, and the ids and ms of the answers with 201\nThe rule: ${TAKES}`
      expect(shown(own), what).toEqual(shown(wanted))
    },
  }
}
