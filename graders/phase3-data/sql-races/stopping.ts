import { setTimeout as pause } from 'node:timers/promises'
import {
  type Answer,
  nth,
  type Sending,
  type Statement,
  type Stopped,
  stopAt,
} from '../../harness/index.ts'
import type { Copy, World } from './world.ts'

/** No correct program needs as many statements for a request; more are not tried. */
const MOST_STATEMENTS = 12

/** How long a program may neither answer nor wait for a lock until it is believed to wait otherwise. */
const OTHERWISE_MS = 2500

/**
 * Sends a request and stops it at a statement, counted from 1: Postgres may know the statement's text
 * by then and have taken its snapshot, but has not run it. A program that needs fewer statements has
 * answered by then, and is stopped should it send one more. Whoever calls this lets it go on.
 */
export function stopped(copy: Copy, sending: Sending, statement: number): Promise<Stopped<Answer>> {
  return stopAt(copy.way, nth(statement), () => copy.server.send(sending))
}

/** A statement as a learner may want to read it. */
export function shortened({ text }: Statement): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 100 ? `${line.slice(0, 100)}…` : line
}

/**
 * Waits until something is over, or until it waits for locks that are not given back yet. Where it
 * does neither, such as a program that tries again and again, it waits for a while.
 * @param waiters how many connections must wait
 */
export async function overOrWaiting(
  world: World,
  work: Promise<unknown>,
  waiters = 1,
): Promise<void> {
  let over = false
  const end = () => {
    over = true
  }
  work.then(end, end)
  const deadline = performance.now() + OTHERWISE_MS
  while (!over && performance.now() < deadline) {
    if ((await world.db.waiting()) >= waiters) return
    await Promise.race([work.catch(() => {}), pause(5)])
  }
}

export type Scene<T> = {
  /** What A is asked for. */
  first: Sending
  /** What B does while A is stopped. */
  meanwhile(b: Copy): Promise<T>
  /**
   * Looks at the database while A is stopped.
   * @param told what A has answered all the same, before that statement has run
   */
  look?(when: string, told: Answer | undefined): Promise<void>
  /** Judges the outcome. */
  judge(first: Answer, second: T, when: string): Promise<void>
}

/**
 * Plays a scene once for each statement of A's request: A is stopped at it, B does its work, or
 * waits for A; then A goes on. So each gap between two statements is wide open once.
 * @param what B's work in words, for messages
 */
export async function inEachGap<T>(
  world: World,
  [a, b]: [Copy, Copy],
  what: string,
  scene: () => Promise<Scene<T>>,
): Promise<void> {
  for (let place = 1; place <= MOST_STATEMENTS; place++) {
    const { first, meanwhile, look, judge } = await scene()
    const { at, work, release } = await stopped(a, first, place)
    const when = at
      ? `${what}, while A was stopped at its statement ${place} (${shortened(at)})`
      : `${what}, after A had answered`
    let told: Answer | undefined
    work.then(
      (answer) => {
        told = answer
      },
      () => {},
    )
    const second = meanwhile(b)
    second.catch(() => {})
    try {
      if (at) await overOrWaiting(world, second)
      await look?.(when, told)
    } finally {
      release()
    }
    await judge(await work, await second, when)
    if (!at) return
  }
}
