import { afterAll, beforeAll, expect, type RunnerTask, type TestContext, test } from 'vitest'
import {
  currentScope,
  openScope,
  runInBackground,
  type Scope,
  setRunning,
  undoAll,
} from './scope.ts'
import { currentRun, NotRun } from './submission.ts'

/** How many run at once: each has programs of its own, and a computer has few processors. */
const AT_ONCE = 4

type Body = () => Promise<void>
type Options = {
  retry?: number
  /** ms that the file may wait for it at its place; vitest's own limit by default. */
  timeout?: number
  /** About how many seconds it waits, 0 by default; those that wait longest begin first. */
  waits?: number
}
type Early = {
  body: Body
  waits: number
  /** Set when it has begun. */
  begun?: { scope: Scope; over: Promise<void> }
}

/** By the name of the test. */
const early = new Map<string, Early>()
let waiting: Early[] = []

/**
 * A test that spends its time waiting (for an expiry, a time limit, silence): as `test`, but it begins
 * when the file begins, beside the other tests, and shows at its place in the file what came of it.
 * With many such tests the file takes as long as the slowest, not as long as all of them together.
 *
 * What it must keep to: it has a world of its own. It uses no server, database, key or other thing that
 * a test changes which may run at the same time, and nothing `sharedUntilFailure`; what is `shared` and
 * only read is fine. It measures nothing that the work of others would disturb.
 *
 * All else is as in a test: `submission.fresh` draws what it would draw anyway, what it opens ends with
 * it, and requests, output and failure are shown where it is the test that fails. It does not begin
 * early where a filter such as `--only` leaves it out, nor more than four at once; one that has not
 * begun when its turn comes begins then, and so does every further try of `retry`.
 * @param name begins with the check's id, as any test's
 * @example meanwhile('C7 ends a session after 5 s of silence', async () => { … })
 */
export function meanwhile(name: string, body: Body): void
export function meanwhile(name: string, options: Options, body: Body): void
export function meanwhile(name: string, given: Body | Options, last?: Body): void {
  const [options, body]: [Options, Body] =
    typeof given === 'function' ? [{}, given] : [given, last!]
  const { retry, timeout, waits = 0 } = options
  if (early.has(name)) throw new Error(`Two tests have the name "${name}".`)
  const one: Early = { body, waits }
  early.set(name, one)
  test(name, { retry, ...(timeout && { timeout }) }, async (context) => {
    waiting = waiting.filter((other) => other !== one)
    const { begun } = one
    one.begun = undefined
    if (!begun) return body()
    // What it did is this test's from now on: it is shown where it fails, and undone at its end.
    setRunning(begun.scope)
    try {
      await begun.over
    } catch (error) {
      if (error instanceof NotRun) context.skip(error.message)
      throw error
    }
  })
}

function testsBelow(tasks: RunnerTask[]): { name: string; mode: string; context: TestContext }[] {
  return tasks.flatMap((task) => (task.type === 'suite' ? testsBelow(task.tasks) : [task]))
}

async function runEarly({ body }: Early, scope: Scope): Promise<void> {
  try {
    await runInBackground(scope, body)
  } catch (error) {
    for (const react of scope.onFailure)
      await Promise.resolve()
        .then(react)
        .catch(() => {})
    throw error
  } finally {
    scope.ended = true
    await undoAll(scope)
  }
}

// biome-ignore lint/correctness/noEmptyPattern: vitest reads from it which fixtures the hook wants
beforeAll(({}, { tasks }) => {
  if (early.size === 0) return
  const { inspect, confinement } = currentRun()
  // A debugger looks at one program at a time; without a sandbox each test says what is missing.
  if (inspect || (confinement.kind === 'docker' && confinement.missing)) return
  const contexts = new Map<Early, TestContext>()
  for (const { name, mode, context } of testsBelow(tasks)) {
    const one = early.get(name)
    if (one && (mode === 'run' || mode === 'queued')) contexts.set(one, context)
  }
  waiting = [...contexts.keys()].sort((a, b) => b.waits - a.waits)
  const runNext = (): void => {
    const one = waiting.shift()
    if (!one) return
    const scope = openScope(contexts.get(one), true)
    const over = runEarly(one, scope)
    one.begun = { scope, over }
    // Whoever awaits it gets the error.
    over.catch(() => {}).finally(runNext)
  }
  for (let slot = 0; slot < AT_ONCE; slot++) runNext()
})

// Where the run ended early there are some that nobody has waited for.
afterAll(async () => {
  waiting = []
  for (const { begun } of early.values()) {
    if (!begun) continue
    begun.scope.ended = true
    await undoAll(begun.scope)
  }
})

// Vitest's own asks which test is running, which says nothing to one in the background.
const { poll } = expect
expect.poll = (...args) => (scopedExpect()?.poll ?? poll)(...args)

function scopedExpect(): typeof expect | undefined {
  const scope = currentScope()
  return scope.background ? scope.test?.expect : undefined
}
