/**
 * What a grader will need whatever the submission is: databases, their rows. Where a grader is
 * loaded before there is something to grade, as `watch` does between two saves, it is made then; in
 * every other run it is made when a test asks.
 */

type Work = () => Promise<unknown>

/** The runner that waits and the grader that asks have each loaded this file for themselves. */
const KEY = Symbol.for('roadworks.ahead')
const registry = globalThis as unknown as Record<symbol, Work[] | undefined>

/**
 * Has something made ahead, where there is time. Give it what `shared` returned: a failure is then
 * shown by the test that asks.
 */
export function ahead(work: Work): void {
  registry[KEY] ??= []
  registry[KEY].push(work)
}

/** Forgets what an earlier grader of this process asked for. */
export function clearAhead(): void {
  registry[KEY] = []
}

/** Does what was asked for, one thing after another. @param goOn asked before each */
export async function workAhead(goOn: () => boolean): Promise<void> {
  const list = registry[KEY] ?? []
  for (let work = list.shift(); work && goOn(); work = list.shift()) await work().catch(() => {})
}
