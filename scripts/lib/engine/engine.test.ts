import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { plainRun } from '../../../graders/harness/open-run.ts'
import { readCatalogue } from '../catalogue.ts'
import { select } from '../select.ts'
import { buildVariant, readMistakes } from '../variants.ts'
import { followChecks } from './checks.ts'
import { type Engine, withEngine } from './engine.ts'
import type { SeenTest } from './plan.ts'

const exercise = (slug: string) => select(readCatalogue(), [slug]).exercises[0]!

/** A run on a variant of an exercise. */
async function runOn(
  engine: Engine,
  slug: string,
  variant: 'reference' | 'starter' | `W${number}`,
) {
  const one = exercise(slug)
  const root = path.join(engine.run.dir, 'variants', `${slug}-${variant}`)
  const kind = variant.startsWith('W') ? 'mistake' : (variant as 'reference' | 'starter')
  const mistake = (await readMistakes(one)).find(({ id }) => id === variant)
  buildVariant(one, { kind, name: variant, mistake }, root)
  return { ...plainRun(engine.run), submission: root, seed: 1 }
}

test('whatever happens, nothing of an engine stays', async () => {
  let dir = ''
  const broken = withEngine({ signals: [] }, async (engine) => {
    dir = engine.run.dir
    await engine.session({ workers: 1 })
    throw new Error('in the midst of it')
  })
  await expect(broken).rejects.toThrow('in the midst of it')
  expect(dir).not.toBe('')
  expect(existsSync(dir)).toBe(false)
})

test('one process grades one thing after another, and each as a new process would', async () => {
  await withEngine({ signals: [] }, async (engine) => {
    const belt = exercise('belt-and-lru')
    await engine.prepare([belt])
    const session = await engine.session({ workers: 1 })
    const variants = ['starter', 'W1', 'reference', 'W5', 'reference'] as const
    const only = ['C2', 'C5', 'C6']
    const verdicts = async (cold: boolean) => {
      const seen = []
      for (const variant of variants) {
        const run = await runOn(engine, belt.slug, variant)
        const [result] = await session.grade(run, [belt], { cold, only })
        seen.push([variant, ...result!.checks.map(({ id, status }) => `${id} ${status}`)])
      }
      return seen
    }
    const warm = await verdicts(false)
    expect(warm.at(-1)).toEqual(['reference', 'C2 passed', 'C5 passed', 'C6 passed'])
    expect(warm).toEqual(await verdicts(true))
  })
}, 600_000)

test('a grader that waits begins when it is told to, with the tests that are asked for first', async () => {
  await withEngine({ signals: [] }, async (engine) => {
    const belt = exercise('belt-and-lru')
    await engine.prepare([belt])
    const session = await engine.session({ workers: 1 })
    const run = await runOn(engine, belt.slug, 'reference')
    const names: string[] = []
    let collected: string[] = []
    const primed = session.prime(run, belt, {
      only: ['C2', 'C6'],
      onCollected: (_slug, all) => {
        collected = all
      },
      onTestStart: (_slug, name) => void names.push(name),
    })
    await expect.poll(() => collected.length, { timeout: 60_000 }).toBeGreaterThan(2)
    expect(names).toEqual([])
    const last = collected.at(-1)!
    const result = await primed.go([last])
    expect(names[0]).toBe(last)
    expect(names.toSorted()).toEqual(collected.toSorted())
    expect(result.verdict).toBe('partial')

    // What is dropped says nothing more, and the next grading is none the worse.
    const dropped = session.prime(run, belt, { only: ['C2'] })
    await dropped.drop()
    const [next] = await session.grade(run, [belt], { only: ['C2'] })
    expect(next!.checks.map(({ status }) => status)).toEqual(['passed'])
  })
}, 600_000)

test('a check has failed with its first test that fails, and passed with its last that passes', () => {
  const ended: string[] = []
  const checks = {
    C1: { level: 'core', title: 'one' },
    C2: { level: 'core', title: 'two' },
  } as const
  const { onCollected, onTest } = followChecks({ checks }, ({ id, status }) => {
    ended.push(`${id} ${status}`)
  })
  const seen = (name: string, state: SeenTest['state']): SeenTest => ({
    name,
    state,
    startedAt: 0,
    durationMs: 1,
    errors: state === 'failed' ? [{ name: 'AssertionError', message: 'no' }] : [],
    evidence: [],
    output: '',
  })
  onCollected!('slug', ['C1 a', 'C1 b', 'C2 a', 'C2 b'])
  onTest!('slug', seen('C1 a', 'passed'))
  expect(ended).toEqual([])
  onTest!('slug', seen('C2 a', 'failed'))
  onTest!('slug', seen('C2 b', 'passed'))
  onTest!('slug', seen('C1 b', 'passed'))
  expect(ended).toEqual(['C2 failed', 'C1 passed'])
})
