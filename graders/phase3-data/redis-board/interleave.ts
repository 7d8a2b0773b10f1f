import { type Answer, nth, type Sending, type Statement, stopAt } from '../../harness/index.ts'
import type { Copy } from './world.ts'

/** More commands than any server sends for one request. */
const MOST_COMMANDS = 24

/** How often a program may answer 503 when it is asked at one moment. */
const MOST_TRIES = 5

/**
 * A server that makes writers wait for each other keeps the second one waiting, for as long as the
 * first one stands. So we wait for it ever less, in ms.
 */
let patience = 1500
const LEAST_PATIENCE = 200

/** True where the promise has settled within `ms`. */
async function settles(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const over = promise.then(
    () => true,
    () => true,
  )
  return Promise.race([over, late]).finally(() => clearTimeout(timer))
}

/** What a client says about its connection does nothing to the data. */
const GREETINGS = new Set([
  'HELLO',
  'AUTH',
  'SELECT',
  'CLIENT',
  'PING',
  'READONLY',
  'INFO',
  'COMMAND',
])

const nameOf = ({ text }: Statement) => text.split(' ', 1)[0]!

/**
 * Tells the moments at which it matters that a program stands still: before each command that does
 * or reads something. What is queued in a transaction happens with its EXEC.
 */
function telling(): (statement: Statement) => boolean {
  const inTransaction = new Set<number>()
  return (statement) => {
    const { connection } = statement
    const name = nameOf(statement)
    if (GREETINGS.has(name)) return false
    if (name === 'MULTI') inTransaction.add(connection)
    if (name === 'EXEC' || name === 'DISCARD') inTransaction.delete(connection)
    return !inTransaction.has(connection)
  }
}

/**
 * Sends a request, and stops it before its nth command to Redis.
 * @returns `before`: that command's name; undefined where the request was answered without it
 */
export async function stopped(copy: Copy, sending: Sending, command: number) {
  const begin = () => copy.server.send(sending)
  const { at, work, release } = await stopAt(copy.redis, nth(command, telling()), begin)
  if (!at) release()
  return { before: at && nameOf(at), answer: work, release }
}

/**
 * Plays two requests on two copies against each other: the first one is stopped before each of its
 * commands in turn, and meanwhile the second one runs from its beginning to its end.
 * @param act one round: the two requests, and what must be true after both are answered; `when`
 *   tells where the first one stood
 */
export async function interleaved(
  [first, second]: [Copy, Copy],
  act: () => {
    one: Sending
    other: Sending
    check(answers: [Answer, Answer], when: string): Promise<void>
  },
): Promise<void> {
  await eachCommand(async (command) => {
    const { one, other, check } = act()
    const { before, answer, release } = await stopped(first, one, command)
    const answerOfOther = second.server.send(other)
    const isOver = await settles(answerOfOther, patience)
    release()
    const when = before
      ? `where ${second.name} did its work while ${first.name} stood before ${before}, its command ${command}`
      : `where ${second.name} did its work after ${first.name}`
    const answers: [Answer, Answer] = [await answer, await answerOfOther]
    await check(answers, when)
    const waited = !isOver || answers[1].status === 503
    const mayBeSlow = waited && patience > LEAST_PATIENCE
    if (mayBeSlow) patience = Math.max(LEAST_PATIENCE, patience / 2)
    if (mayBeSlow || answers[0].status === 503) return 'again'
    return before ? 'next' : 'over'
  })
}

/**
 * Sends one request, and lets another copy do a request before each of its commands, so that whoever
 * looks first and writes later is too late again and again.
 * @param next makes the other copy's requests
 * @returns the answer to the first one, and those to the others in turn
 */
export async function disturbed(
  [first, second]: [Copy, Copy],
  one: Sending,
  next: () => Sending,
): Promise<[Answer, Answer[]]> {
  const others: Promise<Answer>[] = []
  let { at, work, release } = await stopAt(first.redis, nth(1, telling()), () =>
    first.server.send(one),
  )
  while (at && others.length < MOST_COMMANDS) {
    const other = second.server.send(next())
    other.catch(() => {}) // whoever waits for it hears of it
    others.push(other)
    if (!(await settles(other, patience))) patience = Math.max(LEAST_PATIENCE, patience / 2)
    const before = release
    // Whatever comes after this command is caught again.
    const standing = stopAt(first.redis, nth(1, telling()), () => {
      before()
      return work
    })
    ;({ at, release } = await standing)
  }
  release()
  return [await work, await Promise.all(others)]
}

/**
 * Calls `act` with 1, 2, 3 … until a request is over before it sends so many commands.
 * @param act `again`: the program was not asked at the moment that was meant
 */
export async function eachCommand(
  act: (command: number) => Promise<'next' | 'again' | 'over'>,
): Promise<void> {
  for (let command = 1, tries = 1; command <= MOST_COMMANDS; ) {
    const result = await act(command)
    if (result === 'over') return
    if (result === 'again' && tries < MOST_TRIES) {
      tries += 1
      await new Promise((resolve) => setTimeout(resolve, 50))
    } else {
      tries = 1
      command += 1
    }
  }
}
