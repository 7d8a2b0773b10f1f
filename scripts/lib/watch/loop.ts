import path from 'node:path'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { plainRun } from '../../../graders/harness/open-run.ts'
import { EXERCISES } from '../../../graders/harness/paths.ts'
import { sandboxMode } from '../../../graders/harness/subjects/sandbox-mode.ts'
import { beforehand } from '../beforehand.ts'
import { openCache } from '../cache.ts'
import { submissionHash } from '../content.ts'
import { followChecks } from '../engine/checks.ts'
import type { Engine } from '../engine/engine.ts'
import { checkId } from '../engine/plan.ts'
import type { Session } from '../engine/session.ts'
import { passedOf, rememberLatest, withChange } from '../latest.ts'
import type { CheckResult, ExerciseResult } from '../report.ts'
import { openStandings } from '../standing.ts'
import { watchFiles } from './files.ts'

/** What the loop waits for: a save, a wish to see it again, or the end. */
export type Wish =
  | { kind: 'save'; file: string; at: number }
  | { kind: 'again'; at: number }
  | { kind: 'quit' }

/** The wishes of whoever watches; the last one counts. */
export type Wishes = ReturnType<typeof openWishes>

/** The last wish counts; a wish that came meanwhile is not lost. */
export function openWishes() {
  let waiting: Wish | undefined
  let wake = Promise.withResolvers<void>()
  return {
    put(wish: Wish) {
      if (waiting?.kind !== 'quit') waiting = wish
      wake.resolve()
    },
    isOver: () => waiting?.kind === 'quit',
    /** Resolves when there is one; it stays there. */
    async some(): Promise<void> {
      if (!waiting) await wake.promise
    },
    async take(): Promise<Wish> {
      if (!waiting) await wake.promise
      const wish = waiting!
      waiting = undefined
      wake = Promise.withResolvers()
      return wish
    },
  }
}

/** Where a loop shows what it does: a terminal, or a page. */
export type Watcher = {
  /** A grading begins. @param file what was saved; undefined where all was asked for */
  begin(file: string | undefined): void
  /** What could be said without running anything: untouched, or a file is missing. */
  known(result: ExerciseResult): void
  check(check: CheckResult): void
  /** @param next where to go on @param seconds since the save */
  end(result: ExerciseResult, next: Exercise | undefined, seconds: number): void
  /** Nothing runs; a save is waited for. */
  waiting(): void
}

/** Names of tests: first what failed last, with its whole check; then what is about the saved file. */
function orderOf(tests: Map<string, CheckResult['status']>, saved?: string): string[] {
  const names = [...tests.keys()]
  const failed = names.filter((name) => tests.get(name) !== 'passed')
  const ids = new Set(failed.map(checkId))
  const stem = saved && path.parse(saved).name
  const about = names.filter((name) => stem && name.split(/\W+/).includes(stem))
  return [...new Set([...failed, ...names.filter((name) => ids.has(checkId(name))), ...about])]
}

/** Keeps a verdict for the map and for the next run, as `check` does. @returns what has changed since */
function remember(exercise: Exercise, result: ExerciseResult): ExerciseResult {
  const cache = openCache(sandboxMode())
  cache.keep(exercise, EXERCISES, result)
  cache.save()
  return rememberLatest([result])[0]!
}

/**
 * Grades an exercise on each save, and on each wish, until `quit` is wished for. A newer save stops what
 * still runs for an older one.
 * @param options.only only these checks
 */
export async function watchExercise(
  { engine, session }: { engine: Engine; session: Session },
  exercise: Exercise,
  exercises: Exercise[],
  options: { only?: string[]; poll?: boolean; wishes: Wishes },
  watcher: Watcher,
): Promise<void> {
  const { wishes } = options
  const stopWatching = await watchFiles(exercise.folder, options.poll ?? false, (file) =>
    wishes.put({ kind: 'save', file, at: performance.now() }),
  )
  const run = plainRun(engine.run)
  const tests = new Map<string, CheckResult['status']>()
  let before: string[] | undefined
  let listener: (check: CheckResult) => void = () => {}
  const prime = () => {
    const follow = followChecks(exercise, (check) => listener(check))
    return session.prime(run, exercise, {
      only: options.only,
      onCollected: follow.onCollected,
      onTest(slug, test) {
        tests.set(test.name, test.state === 'passed' ? 'passed' : 'failed')
        follow.onTest?.(slug, test)
      },
    })
  }
  let primed = prime()
  wishes.put({ kind: 'again', at: performance.now() })
  try {
    for (let wish = await wishes.take(); wish.kind !== 'quit'; wish = await wishes.take()) {
      const file = wish.kind === 'save' ? wish.file : undefined
      watcher.begin(file)
      const known = beforehand(exercise, EXERCISES)
      if (known) watcher.known(known)
      else {
        const begun = wish.at
        listener = watcher.check
        const grading = primed.go(orderOf(tests, file))
        grading.catch(() => {})
        const files = submissionHash(exercise.folder)
        const result = await Promise.race([grading, wishes.some()])
        listener = () => {}
        if (result) {
          // A file may have been saved while the last test ended.
          const whole = !options.only && files === submissionHash(exercise.folder)
          const told = whole ? remember(exercise, result) : withChange(result, before)
          before = passedOf(result)
          const next = openStandings().next(exercises, exercise.slug)
          watcher.end(told, next, (performance.now() - begun) / 1000)
        } else {
          // A newer save: nothing of the older one counts any more.
          await primed.drop()
          await engine.killSubjects()
        }
        if (wishes.isOver()) break
        primed = prime()
        if (!result) continue
      }
      watcher.waiting()
    }
  } finally {
    await stopWatching()
    await primed.drop()
    await engine.killSubjects()
  }
}
