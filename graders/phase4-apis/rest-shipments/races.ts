import { expect } from 'vitest'
import {
  type Answer,
  nth,
  type proxy,
  type Sending,
  type ServerSubject,
  stopAt,
} from '../../harness/index.ts'
import type { World } from './world.ts'

/** Long enough for whatever another request may do meanwhile, on a slow machine. */
const PATIENCE = 15_000

/** Whether some statement waits for a lock that another transaction holds. */
async function somebodyWaits({ db }: World): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows.length > 0
}

/** Two requests of which the second comes in the midst of the first. */
export type Pair = { first: Sending; second: Sending }
export type Answers = { first: Answer; second: Answer; when: string }

/**
 * Stops a request at its nth statement, sends another through a second copy, and lets the first go on:
 * for each n in turn, until the first is over before it is stopped.
 * @param prepare empties the tables and makes the two requests, anew for each n
 */
export async function forEachGap(
  world: World,
  servers: {
    stopped: ServerSubject
    other: ServerSubject
    between: Awaited<ReturnType<typeof proxy>>
  },
  prepare: () => Promise<Pair>,
  judge: (answers: Answers) => Promise<void>,
): Promise<void> {
  const { stopped, other, between } = servers
  for (let n = 1, over = false; !over; n++) {
    const pair = await prepare()
    const { at, work, release } = await stopAt(between, nth(n), () => stopped.send(pair.first))
    const second = other.send(pair.second)
    try {
      let isSettled = false
      const settle = () => {
        isSettled = true
      }
      void second.then(settle, settle)
      const deadline = performance.now() + PATIENCE
      while (!isSettled && !(await somebodyWaits(world)) && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    } finally {
      release()
      await Promise.allSettled([work, second])
    }
    const text = at?.text.replaceAll(/\s+/g, ' ').trim().slice(0, 120)
    const meanwhile = `${pair.second.method} ${pair.second.path}`
    const when = at
      ? `where ${meanwhile} came while ${pair.first.method} ${pair.first.path} was about to run “${text}”`
      : `where ${meanwhile} came after ${pair.first.method} ${pair.first.path}`
    await judge({ first: await work, second: await second, when })
    over = at === undefined
    expect(n, `the statements of ${pair.first.method} ${pair.first.path}`).toBeLessThan(60)
  }
}
