import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../graders/harness/paths.ts'
import { type Checkout, makeCheckout, startCommand } from './test/checkout.ts'

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
})
afterAll(() => checkout.remove())

const run = (name: string, ...args: string[]) =>
  startCommand(checkout, name, args, { ROADWORKS_SERVICES: 'native' }).ended

describe.each([
  ['module', []],
  ['server', ['no alternative is in another language']],
  ['sql', []],
  ['script', []],
  ['artefact', []],
])('a new exercise of kind %s', (kind, also) => {
  const slug = `new-${kind}`

  test('runs, and lacks in verify only what must be written', { timeout: 300_000 }, async () => {
    const made = await run('new', `phase1/${slug}`, '--kind', kind)
    expect(made.stderr).toBe('')
    expect(made.code).toBe(0)
    expect(made.stdout).toContain(`npm run verify -- ${slug} --update`)
    const { stdout } = await run('verify', slug, '--seeds', '2', '--update')
    const broken = stdout.match(/(?<=✘ new-\w+: ).*/g) ?? []
    expect(broken.toSorted(), stdout).toEqual(
      ['there are 0 alternatives; 3 are the least', 'there is no blind.json', ...also].toSorted(),
    )
  })

  test('is untouched for a learner, and well formatted', async () => {
    const { stdout } = await run('check', slug)
    expect(stdout).toMatch(new RegExp(`○ ${slug} +untouched`))
    const trees = ['exercises', 'solutions', 'graders']
    const files = trees
      .map((tree) => checkout.file(tree, 'phase1-fundamentals', slug))
      .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
      .filter((file) => file.endsWith('.ts'))
    const biome = path.join(ROOT, 'node_modules', '.bin', 'biome')
    const flags = ['--config-path', path.join(ROOT, 'biome.json'), '--vcs-enabled=false']
    if (files.length > 0) execFileSync(biome, ['check', ...flags, ...files], { stdio: 'pipe' })
  })
})

test.each([
  [['phase9/x', '--kind', 'sql'], 'is no <phase>/<slug>'],
  [['phase1/Bad_Slug', '--kind', 'sql'], 'is no slug'],
  [['phase3/http-verbs', '--kind', 'sql'], 'There is a http-verbs already'],
  [['phase1/fine', '--kind', 'poem'], 'There is no kind "poem". Kinds: module, server'],
])('new %j is refused in one sentence, and nothing is made', async (args, says) => {
  const { code, stderr } = await run('new', ...args)
  expect(code).toBe(2)
  expect(stderr).toContain(says)
  expect(stderr).not.toContain('    at ')
  expect(existsSync(checkout.file('exercises', 'phase1-fundamentals', 'fine'))).toBe(false)
})
