import { expect } from 'vitest'
import {
  type Answer,
  nth,
  type Sending,
  type Statement,
  SubjectError,
  stopAt,
} from '../../harness/index.ts'
import type { Copy, World } from './world.ts'

/** A statement that changes rows. `select … for update` only locks them. */
function isWrite({ text }: { text: string }): boolean {
  return /\b(insert|update|delete|merge)\b/i.test(
    text.replaceAll(/\bfor\s+(no\s+key\s+)?update\b/gi, ''),
  )
}

const isCommit = ({ text }: { text: string }) => /^\s*(commit|end)\b/i.test(text)

const shortened = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 60 ? `${line.slice(0, 60)} …` : line
}

/** Resolves once a promise is settled, whichever way. */
const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => true,
    () => true,
  )

/** Long enough for whatever another request may do meanwhile, on a slow machine. */
const PATIENCE = 15_000

/**
 * Stops a request before one of its statements, does something else meanwhile, and lets it go on.
 * What is done meanwhile is either over by then, or waits for a lock that the stopped request holds.
 * A request that never sends such a statement is answered before the other thing begins.
 * @param at which statement to stop at
 * @returns both answers, and the statement it was stopped at, shortened; undefined where it never came
 */
export async function overlapping<T>(
  world: World,
  { copy, sending }: { copy: Copy; sending: Sending },
  meanwhile: () => Promise<T>,
  at: (statement: Statement) => boolean,
): Promise<[Answer, T, string | undefined]> {
  const {
    at: stopped,
    work: first,
    release,
  } = await stopAt(copy.between, at, () => copy.server.send(sending))
  let second: Promise<T> | undefined
  try {
    second = meanwhile()
    let over = false
    void settled(second).then(() => {
      over = true
    })
    const deadline = performance.now() + PATIENCE
    while (!over && (await world.db.waiting()) === 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  } finally {
    release()
    await Promise.all([settled(first), second && settled(second)])
  }
  const text = stopped && JSON.stringify(shortened(stopped.text))
  return [await first, await second!, text]
}

/**
 * Starts a server, and kills it when all of a request is done but the last statement that changes
 * rows or commits.
 * @param rehearse the same request with other data, which tells how many such statements there are
 */
export async function killedAtTheEnd(
  world: World,
  rehearse: Sending,
  sending: Sending,
): Promise<void> {
  const isStep = (statement: { text: string }) => isWrite(statement) || isCommit(statement)
  const others = new Set(await world.sessions())
  const { server, between } = await world.copy('C')
  const statements = await between.during(async () => {
    expect(await server.send(rehearse)).toHaveStatus(200, 201)
  })
  const steps = statements.filter(isStep).length
  const { work, release } = await stopAt(between, nth(steps, isStep), () =>
    server.send(sending).catch((error) => {
      if (!(error instanceof SubjectError)) throw error
    }),
  )
  await server.kill()
  between.cut() // what is held must not run any more
  release()
  await work
  const left = async () => (await world.sessions()).filter((pid) => !others.has(pid))
  const message = 'sessions in the database that outlive the server'
  await expect.poll(left, { timeout: 20_000, interval: 10, message }).toEqual([])
}
