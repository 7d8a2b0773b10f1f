import {
  inject,
  type RunnerTask,
  type RunnerTestCase,
  type RunnerTestFile,
  TestRunner,
} from 'vitest'
import { clearAhead, workAhead } from '../../../graders/harness/ahead.ts'
import { type GraderMessage, isGraderMessage, isOf, type SeenTest, type TestPlan } from './plan.ts'

declare module 'vitest' {
  interface ProvidedContext {
    plan: TestPlan
  }
}

/** Tells the engine at once: vitest's own reports may wait for a tenth of a second. */
function tell(message: GraderMessage): void {
  process.send?.(message)
}

/** Makes what the grader needs in any case, until the engine says go. @returns which tests are first */
function gateOpens(): Promise<string[]> {
  return new Promise((resolve) => {
    let open = false
    const listen = (message: unknown) => {
      if (!isGraderMessage(message) || message.roadworks !== 'go') return
      process.off('message', listen)
      open = true
      resolve(message.order)
    }
    process.on('message', listen)
    tell({ roadworks: 'ready' })
    void workAhead(() => !open)
  })
}

/**
 * Runs the tests of a grader as a plan says. Processes stay from one grading to the next, and what
 * vitest itself takes from its configuration is fixed when a process starts; so which tests, in which
 * order and how far is decided here.
 */
// biome-ignore lint/style/noDefaultExport: vitest takes the default export for its runner
export default class PlannedRunner extends TestRunner {
  readonly #plan = inject('plan')

  override onCollectStart(file: RunnerTestFile): void {
    clearAhead()
    super.onCollectStart(file)
  }

  onCollected = async (files: RunnerTestFile[] = []): Promise<void> => {
    const { order, only, gate } = this.#plan
    for (const { filepath, tasks } of files) {
      for (const task of tasks) if (!isOf(only, task.name)) task.mode = 'skip'
      const names = tasks.filter(({ name }) => isOf(only, name)).map(({ name }) => name)
      tell({ roadworks: 'collected', file: filepath, names })
    }
    const first = gate ? await gateOpens() : order
    const rank = new Map(first.map((name, index) => [name, index]))
    const place = (task: RunnerTask) => rank.get(task.name) ?? rank.size
    for (const file of files) file.tasks.sort((a, b) => place(a) - place(b))
  }

  override async onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    await super.onBeforeRunTask(test)
    if (test.mode === 'run' || test.mode === 'queued') {
      tell({ roadworks: 'test started', file: test.file.filepath, name: test.name })
    }
  }

  override onAfterRunTask(test: RunnerTestCase): void {
    super.onAfterRunTask(test)
    tell({ roadworks: 'test ended', file: test.file.filepath, test: seen(test) })
    if (this.#plan.bail && test.result?.state === 'fail') super.cancel('test-failure')
  }
}

/** The test as plain data; what does not travel as such is left out. */
function seen({ name, result, meta }: RunnerTestCase): SeenTest {
  const states = { pass: 'passed', fail: 'failed', skip: 'skipped' } as const
  const test: SeenTest = {
    name,
    state: states[result?.state as keyof typeof states] ?? 'pending',
    startedAt: result?.startTime ?? 0,
    durationMs: result?.duration ?? 0,
    note: (result as { note?: string } | undefined)?.note,
    errors: (result?.errors ?? []).map((error) => ({
      name: error.name,
      message: error.message,
      diff: error.diff,
      ...('__vitest_error_context__' in error && { __vitest_error_context__: true }),
    })),
    evidence: meta.evidence ?? [],
    output: meta.output ?? '',
    fault: meta.fault,
  }
  return test
}
