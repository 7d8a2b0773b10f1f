import { AsyncLocalStorage } from 'node:async_hooks'
import type { TestContext } from 'vitest'
import type { Evidence } from './evidence.ts'
import type { Fresh } from './fresh.ts'
import type { SubjectProcess } from './subjects/process.ts'

export type Cleanup = () => Promise<void> | void

/** What belongs to one test, or to the whole file: it is shown where the test fails, and undone with it. */
export type Scope = {
  /** Undefined for the file. */
  test?: TestContext
  /** True for a test that began before its turn: see `meanwhile`. */
  background: boolean
  /** What was noted, oldest first. */
  evidence: Evidence[]
  /** The programs that were started. */
  subjects: Set<SubjectProcess>
  /** What is to be undone at the end, the last first. */
  cleanups: Cleanup[]
  /** What is to be done should the test fail. Only for a test in the background. */
  onFailure: Cleanup[]
  /** Fixtures, made at their first use. */
  fresh?: Fresh
  /** Set when all has been undone: whatever still comes is undone at once. */
  ended: boolean
}

export function openScope(test?: TestContext, background = false): Scope {
  return {
    test,
    background,
    evidence: [],
    subjects: new Set(),
    cleanups: [],
    onFailure: [],
    ended: false,
  }
}

/** Vitest loads these files anew for each grader file, and so this is one grader's. */
export const fileScope = openScope()
let running: Scope | undefined
const background = new AsyncLocalStorage<Scope>()
const forFile = new AsyncLocalStorage<true>()

/** Says whose turn it is: the scope of a test, or none between tests. */
export function setRunning(scope: Scope | undefined): void {
  running = scope
}

/** The scope of who asks: of a test in the background, else of the running test, else of the file. */
export function currentScope(): Scope {
  return background.getStore() ?? running ?? fileScope
}

/** Runs something so that all it does, now or later, belongs to this scope, whatever else is running. */
export function runInBackground<T>(scope: Scope, action: () => T): T {
  return background.run(scope, action)
}

/** Runs something that is made for the whole file: it is undone with the file. */
export function runForFile<T>(action: () => T): T {
  return forFile.run(true, action)
}

/** Who owns what is made now. */
export function owningScope(): Scope {
  return forFile.getStore() ? fileScope : currentScope()
}

/** Undoes all that was made; one thing that cannot be undone does not keep the others. */
export async function undoAll(scope: Scope): Promise<void> {
  for (const undo of scope.cleanups.splice(0).reverse()) {
    // The run's registry has what is left.
    await Promise.resolve()
      .then(undo)
      .catch(() => {})
  }
}
