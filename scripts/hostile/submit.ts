import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../graders/harness/paths.ts'
import { dockerEngine } from '../../graders/harness/services/docker.ts'
import { readCatalogue } from '../lib/catalogue.ts'
import { filesHash, graderHash, keyOf, submissionHash } from '../lib/content.ts'
import { openProven } from '../lib/proven.ts'
import { type Report, reportSchema } from '../lib/report.ts'
import { copyFiles, listFiles, putFile } from '../lib/tree.ts'
import { type Checkout, type Ended, makeCheckout, runCheck } from '../test/checkout.ts'
import { leftOf, processesNamed } from '../test/leftovers.ts'
import type { Place, Row, Slug } from './row.ts'

/** How subjects are confined: as the machine allows it, or in containers. */
type Mode = 'auto' | 'docker'

/** A check that the reference passes quickly, whatever ran before it. */
const HONEST: Record<Slug, string> = {
  'belt-and-lru': 'C2',
  'http-verbs': 'C1,C2',
  'git-first-branch': 'C1,C2',
  'sql-joins': 'C1',
  'auth-jwt': 'C1,C2',
  'cache-redis': 'C1,C2',
  'docker-image': 'C1',
}

const isRoot = process.getuid?.() === 0
const outcomes: { row: number; name: string; mode: Mode; outcome: string }[] = []

/** What grades a submission, beside the harness and the exercise's own grader. */
const GRADING = /^scripts\/(?!lib\/(verify|mutate)\/|test\/|.*\.test\.ts$|.*\.md$)/

/**
 * What a row's outcome rests on: nothing need be tried again while it is the same.
 * @param mode as `submit` has it
 */
function keyOfRow(row: Row, mode: Mode): string {
  const exercise = readCatalogue().exercises.find((one) => one.slug === row.slug)!
  const scripts = listFiles(path.join(ROOT, 'scripts')).map((name) => `scripts/${name}`)
  const own = [exercise.folder, exercise.solution].map((folder) => submissionHash(folder))
  const commands = filesHash(scripts.filter((name) => GRADING.test(name)))
  return keyOf('row', row.row, row.name, mode, isRoot, commands, graderHash(exercise), own)
}

let checkout: Checkout
let temporary: string
let place: Place

function prepare(): void {
  checkout = makeCheckout()
  temporary = mkdtempSync(path.join(os.tmpdir(), 'hostile-'))
  chmodSync(temporary, 0o755)
  const home = mkdtempSync(path.join(os.tmpdir(), 'hostile-home-'))
  place = { root: checkout.root, home, token: `hostile-${randomBytes(6).toString('hex')}` }
  mkdirSync(path.join(home, '.docker'))
  mkdirSync(path.join(home, '.ssh'))
  writeFileSync(path.join(home, '.npmrc'), '//registry.example/:_authToken=canary-npm\n')
  writeFileSync(path.join(home, '.env'), 'SECRET=canary-env-file\n')
  writeFileSync(path.join(home, '.ssh', 'id_rsa'), 'canary-key\n')
  writeFileSync(
    path.join(home, '.docker', 'config.json'),
    JSON.stringify({ auths: { 'registry.example': { auth: 'Y2FuYXJ5OmNhbmFyeQ==' } } }),
  )
}

function tidy(): void {
  checkout.remove()
  for (const folder of [temporary, place.home]) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Makes a submission in the copy. @returns its root */
function build(row: Pick<Row, 'slug' | 'base' | 'files' | 'make'>, name: string): string {
  const { phase } = readCatalogue().exercises.find(({ slug }) => slug === row.slug)!
  const root = checkout.file('.roadworks', 'sub', name)
  rmSync(root, { recursive: true, force: true })
  const folder = path.join(root, phase, row.slug)
  mkdirSync(folder, { recursive: true })
  for (const from of ['exercises', ...(row.base === 'reference' ? ['solutions'] : [])]) {
    const source = checkout.file(from, phase, row.slug)
    copyFiles(source, folder, listFiles(source))
  }
  for (const [file, change] of Object.entries(row.files ?? {})) {
    const full = path.join(folder, file)
    const old = existsSync(full) ? readFileSync(full, 'utf8') : ''
    const text = typeof change === 'string' ? change : change(old)
    if (text === old) throw new Error(`${row.slug}: the change of ${file} changes nothing`)
    putFile(folder, file, text.replaceAll('TOKEN', place.token))
  }
  row.make?.(folder, place)
  return root
}

function grade(
  slug: Slug,
  submission: string,
  mode: Mode,
  { only, env }: Pick<Row, 'only' | 'env'>,
): Promise<Ended> {
  const args = [slug, '--submission', submission, '--force', '--seed', '7']
  if (only) args.push('--only', only)
  if (mode === 'docker') args.push('--sandbox=docker')
  return runCheck(checkout, args, {
    ROADWORKS_SERVICES: slug === 'docker-image' ? 'auto' : 'native',
    TMPDIR: temporary,
    HOME: place.home,
    CANARY_TOKEN: 'canary-environment',
    ...env,
  })
}

function readReport(): Report {
  return reportSchema.parse(
    JSON.parse(readFileSync(checkout.file('.roadworks', 'report.json'), 'utf8')),
  )
}

async function expectNothingLeft(): Promise<void> {
  const left = async () => [
    ...(await leftOf(checkout.root, temporary)),
    ...(await processesNamed(place.token)),
  ]
  await expect.poll(left, { timeout: 30_000, interval: 100 }).toEqual([])
  expect(existsSync('/tmp/harmed'), 'a file that a service wrote for a subject').toBe(false)
}

/** Runs one hostile submission, looks for harm, and then an honest one. @returns its verdict */
async function survive(row: Row, mode: Mode): Promise<string> {
  rmSync(checkout.file('.roadworks', 'report.json'), { recursive: true, force: true })
  const { code, stdout, stderr } = await grade(row.slug, build(row, 'hostile'), mode, row)
  const { exercises } = readReport()
  expect(exercises.map(({ slug }) => slug)).toEqual([row.slug])
  const { verdict } = exercises[0]!
  expect(row.verdicts, `the verdict; the run printed:\n${stdout}${stderr}`).toContain(verdict)
  const passed = verdict === 'passed' || verdict === 'mastered'
  // With `--only`, what was run may have passed, and is called partial.
  const codes = passed ? [0] : verdict === 'failed' ? [1] : [0, 3]
  expect(codes, 'the exit code').toContain(code)
  if (row.says) expect(stdout).toMatch(row.says)
  // The map is what a learner and an instructor believe.
  const first = stdout.split('\n', 2).join('\n')
  expect(first).toContain(passed ? '1 of 1 passed' : '0 of 1 passed')
  expect(first).toContain(row.slug)
  const told = `${stdout}${stderr}${readFileSync(checkout.file('.roadworks', 'report.json'), 'utf8')}`
  expect(told).not.toMatch(/\u001b|\u202e|canary-(npm|env-file|key|environment|superuser|docker)/)
  await row.after?.(place)
  await expectNothingLeft()

  const honest = build({ slug: row.slug, base: 'reference' }, 'honest')
  const next = await grade(row.slug, honest, mode, { only: HONEST[row.slug] })
  expect(next.code, `an honest submission right after; the run printed:\n${next.stdout}`).toBe(0)
  await expectNothingLeft()
  return verdict
}

/** Defines a test for each row. Rows are spread over several files, which run side by side. */
export function submit(title: string, rows: Row[], mode: Mode = 'auto'): void {
  const kept = openProven('survived')
  describe.runIf(process.platform === 'linux')(`${title} (${mode})`, () => {
    beforeAll(prepare)
    afterAll(() => {
      tidy()
      const lines = outcomes
        .splice(0)
        .map(
          ({ row, name, outcome }) =>
            `${String(row).padStart(2)}  ${mode}  ${outcome.padEnd(9)} ${name}`,
        )
      console.log(`row mode  outcome   submission\n${lines.join('\n')}`)
      // What is removed may be large, and the disk be busy.
    }, 300_000)
    test.for(rows)('$row: $name', { timeout: 300_000 }, async (row, { skip }) => {
      const entry = { row: row.row, name: row.name, mode, outcome: 'HARMED' }
      outcomes.push(entry)
      const without = (reason: string): never => {
        entry.outcome = `not run: ${reason}`
        return skip(reason)
      }
      if (row.needsUser && !isRoot && mode === 'auto')
        without('needs root, which lends subjects a user')
      const key = keyOfRow(row, mode)
      if (kept.has(key)) without('nothing has changed since it was survived')
      if (row.slug === 'docker-image' && 'missing' in (await dockerEngine())) {
        without('needs a Docker engine')
      }
      entry.outcome = await survive(row, mode)
      kept.add(key)
    })
  })
}
