import path from 'node:path'
import type { TestModule, TestRunResult, TestSpecification, Vitest } from 'vitest/node'
import { createVitest } from 'vitest/node'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { ROOT } from '../../../graders/harness/paths.ts'
import type { Run } from '../../../graders/harness/run.ts'
import type { ExerciseResult } from '../report.ts'
import type { GraderMessage, SeenTest, TestPlan } from './plan.ts'
import { resultOf } from './results.ts'
import { warmPool } from './warm-pool.ts'

export type GradeOptions = Partial<Pick<TestPlan, 'only' | 'bail' | 'order'>> & {
  /** Every grader begins in a new process. */
  cold?: boolean
  /** Told of the tests that a grader has, before the first begins. */
  onCollected?(slug: string, names: string[]): void
  /** Told when a test begins. */
  onTestStart?(slug: string, name: string): void
  /** Told when a test has ended. */
  onTest?(slug: string, test: SeenTest): void
  /** Told when an exercise has its verdict. */
  onExercise?(result: ExerciseResult): void
}

/** A grader that is loaded and waits to begin. */
export type Primed = {
  /** Runs the tests. @param order names of those to run first */
  go(order?: string[]): Promise<ExerciseResult>
  /** Ends it, where it waits or in the middle of a test; nothing that it says counts any more. */
  drop(): Promise<void>
}

/** A vitest with warm processes, which grades one thing after another. Not for two calls at once. */
export type Session = {
  /**
   * Runs the graders of these exercises on the run's submission. What ends in an error, in a process
   * that was used before, is graded again in a new one: the fault may lie in what was left there.
   */
  grade(run: Run, exercises: Exercise[], options?: GradeOptions): Promise<ExerciseResult[]>
  /** Loads the grader of one exercise and stops before its first test, until `go` is called. */
  prime(run: Run, exercise: Exercise, options?: GradeOptions): Primed
  close(): Promise<void>
}

/** Vitest exits a millisecond after a signal; the engine has to clean up first. */
async function withoutSignals<T>(make: () => Promise<T>): Promise<T> {
  const signals = ['SIGINT', 'SIGTERM', 'exit'] as const
  const before = signals.map((signal) => process.listeners(signal as 'SIGINT'))
  const made = await make()
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal as 'SIGINT'))
      if (!before[index]!.includes(listener)) process.off(signal, listener)
  }
  return made
}

const slugOf = (file: string) => path.basename(path.dirname(file))

/**
 * Opens a session; `grade` then costs little more than the tests.
 * @param options.unlimited no time limit for tests: somebody debugs
 * @param options.workers how many graders run at once; vitest.config.ts says by default
 */
export async function openSession(
  options: { unlimited?: boolean; workers?: number } = {},
): Promise<Session> {
  let told: GradeOptions = {}
  let exercises: Exercise[] = []
  let ready = Promise.withResolvers<void>()
  const pool = warmPool((message: GraderMessage) => {
    switch (message.roadworks) {
      case 'ready':
        return ready.resolve()
      case 'collected':
        return told.onCollected?.(slugOf(message.file), message.names)
      case 'test started':
        return told.onTestStart?.(slugOf(message.file), message.name)
      case 'test ended':
        return told.onTest?.(slugOf(message.file), message.test)
    }
  })
  const vitest: Vitest = await withoutSignals(() =>
    createVitest('test', {
      root: ROOT,
      config: path.join(ROOT, 'vitest.config.ts'),
      watch: false,
      ...(options.workers && { maxWorkers: options.workers }),
      ...(options.unlimited && { testTimeout: 0, hookTimeout: 0 }),
      // The caller opens the run; an empty one here keeps the global setup from opening its own.
      provide: { roadworks: {} as Run },
      reporters: [
        {
          onTestModuleEnd(module: TestModule) {
            const exercise = exercises.find((one) => one.slug === slugOf(module.moduleId))
            if (exercise) told.onExercise?.(resultOf(exercise, module, told.only))
          },
        },
      ],
    }),
  )
  // The configuration's file has the last word on a pool that is passed above.
  for (const { config } of vitest.projects) {
    config.pool = pool.name as typeof config.pool
    config.poolRunner = pool
    config.runner = path.join(import.meta.dirname, 'runner.ts')
  }
  // Vitest finds a file's project through its globs, once.
  const specifications = await vitest.globTestSpecifications()

  const start = (run: Run, wanted: Exercise[], given: GradeOptions, gate: boolean) => {
    const { only, bail, order = [] } = given
    told = given
    exercises = wanted
    const plan: TestPlan = { only, bail, order, gate }
    for (const project of vitest.projects) {
      project.provide('roadworks', run)
      project.provide('plan', plan)
    }
    vitest.state.clearErrors()
    const specs = wanted.flatMap((exercise): TestSpecification[] => {
      const file = path.join(exercise.grader, `${exercise.slug}.test.ts`)
      return specifications.filter((spec) => spec.moduleId === file)
    })
    return vitest.runTestSpecifications(specs, false)
  }
  const read = (ran: TestRunResult, wanted: Exercise[], only?: string[]): ExerciseResult[] => {
    const stray = ran.unhandledErrors.map((error) => String((error as Error).stack ?? error))
    return wanted.map((exercise) => {
      const module = ran.testModules.find((one) => slugOf(one.moduleId) === exercise.slug)
      return resultOf(exercise, module, only, stray[0])
    })
  }

  return {
    async grade(run, wanted, given = {}) {
      if (given.cold) await pool.cool()
      const before = pool.reused()
      const results = read(await start(run, wanted, given, false), wanted, given.only)
      const odd = wanted.filter((_, index) => results[index]!.verdict === 'error')
      if (odd.length === 0 || pool.reused() === before) return results
      await pool.cool()
      const again = read(await start(run, odd, given, false), odd, given.only)
      return results.map((one) => again.find(({ slug }) => slug === one.slug) ?? one)
    },
    prime(run, exercise, given = {}) {
      ready = Promise.withResolvers()
      let dropped = false
      const ran = start(run, [exercise], given, true)
      // A grader that cannot be loaded never comes to the gate.
      const over = ran.then(
        () => {},
        () => {},
      )
      return {
        async go(order = given.order ?? []) {
          await Promise.race([ready.promise, over])
          pool.openGate(order)
          return read(await ran, [exercise], given.only)[0]!
        },
        async drop() {
          if (dropped) return
          dropped = true
          told = {}
          pool.kill()
          // Its process may be about to start only.
          const again = setInterval(pool.kill, 20)
          await over
          clearInterval(again)
        },
      }
    },
    async close() {
      await vitest.close()
      await pool.close()
    },
  }
}
