import { inject, type RunnerTestFile, TestRunner } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Names of tests, in the order in which they are to run; others follow. */
    order: string[]
  }
}

/** Runs the tests first that are likely to fail: after the first failure the run ends. */
// biome-ignore lint/style/noDefaultExport: vitest takes the default export for its runner
export default class OrderedRunner extends TestRunner {
  onCollected = (files: RunnerTestFile[] = []): void => {
    const order = new Map(inject('order').map((name, index) => [name, index]))
    const place = (name: string) => order.get(name) ?? order.size
    for (const file of files) file.tasks.sort((a, b) => place(a.name) - place(b.name))
  }
}
