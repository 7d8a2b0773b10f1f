import type { Proxy as ServiceProxy, Statement } from './proxy.ts'

/** Some work of a program, stopped at one of its statements. */
export type Stopped<T> = {
  /** What it was stopped at, which the service has not got yet; undefined where the work was over before. */
  at: Statement | undefined
  /** The outcome, which may never come while the work is stopped. */
  work: Promise<T>
  /** Lets it go on. Without it, work that was over before is stopped should it go on by itself. */
  release(): void
}

/** Long enough for all work that ends: a request, and the run of a script, have a limit of their own. */
const PATIENCE = 60_000

/**
 * P-STOP: begins some work and waits until it is stopped at a statement, or over.
 * @param matches the statement to stop at, such as `nth(3)`
 * @param begin what makes the program work, such as `() => server.send(request)`
 * @throws SubjectError where there is neither statement nor end within 60 s
 */
export async function stopAt<T>(
  between: ServiceProxy,
  matches: (statement: Statement) => boolean,
  begin: () => Promise<T>,
): Promise<Stopped<T>> {
  const hold = between.hold(matches)
  const work = begin()
  const over = work.then(
    () => undefined,
    () => undefined, // whoever awaits the work gets the error
  )
  const at = await Promise.race([hold.caught(PATIENCE), over])
  return { at, work, release: () => hold.release() }
}

/**
 * Matches the nth statement from now on, counted from 1.
 * @param counts which statements count; all by default
 */
export function nth(
  n: number,
  counts: (statement: Statement) => boolean = () => true,
): (statement: Statement) => boolean {
  let seen = 0
  return (statement) => counts(statement) && ++seen === n
}
