import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { KEPT } from '../kept.mjs'
import { openRun } from '../open-run.ts'
import { buildStaged, MissingToolchain } from './build.ts'
import { endSubjects, giveToSubject, returnUsers } from './confine.ts'
import { SubjectError } from './errors.ts'
import type { SubjectProcess } from './subject.ts'

const run = openRun({ seed: 1 })
const started: SubjectProcess[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((subject) => subject.kill()))
})
afterAll(async () => {
  await endSubjects()
  returnUsers()
  await run.close()
})

/** Stages a program that builds `out`, counting in its home how often it was built there. */
function stage(script: string): string {
  const folder = mkdtempSync(path.join(run.dir, 'staged-'))
  writeFileSync(path.join(folder, 'build.mjs'), script)
  giveToSubject(run, folder)
  return folder
}
const build = (cwd: string, options: { argv?: string[]; source?: string } = {}) =>
  buildStaged(
    run,
    {
      argv: options.argv ?? ['node', 'build.mjs'],
      cwd,
      source: options.source ?? cwd,
      hide: { from: cwd, to: 'exercises/x' },
    },
    (subject) => void started.push(subject),
  )
/** No other test, and no other run of this one, has built the same. */
const unlike = () => `// ${run.id} ${Math.random()}\n`

test('a submission is built once; the same files are taken from there, with their modes', async () => {
  const script = `${unlike()}
    import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
    mkdirSync('out')
    writeFileSync('out/server', String(Math.random()))
    chmodSync('out/server', 0o755)`
  const first = stage(script)
  const second = stage(script)
  await build(first)
  await build(second)
  const read = (folder: string) => readFileSync(path.join(folder, 'out', 'server'), 'utf8')
  expect(started).toHaveLength(1)
  expect(read(second)).toBe(read(first))
  const other = stage(`${unlike()}${script}`)
  await build(other)
  expect(read(other)).not.toBe(read(first))
})

test('what does not build is a failure with the compiler’s own words, and is not kept', async () => {
  const script = `${unlike()}console.error('server.go:3:1: syntax error'); process.exit(2)`
  for (const folder of [stage(script), stage(script)]) {
    const error = await build(folder).then(
      () => undefined,
      (reason) => reason,
    )
    expect(error).toBeInstanceOf(SubjectError)
    expect(error.fault).toBe('build')
    expect(error.message).toBe('It does not build: node build.mjs exited with code 2.')
    expect(error.evidence.text).toContain('server.go:3:1: syntax error')
  }
})

test('a toolchain that is missing is named, with the next step', async () => {
  const folder = stage(unlike())
  const error = await build(folder, { argv: ['no-such-compiler', '.'] }).catch((reason) => reason)
  expect(error).toBeInstanceOf(MissingToolchain)
  expect(error.message).toMatch(/^Needs no-such-compiler, .*"no-such-compiler \."\. Install it/)
})

test('a compiler finds its caches again, and those of no other submission', async () => {
  const script = `
    import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
    appendFileSync(process.env.HOME + '/cache', 'x')
    writeFileSync('seen', readFileSync(process.env.HOME + '/cache'))`
  const source = mkdtempSync(path.join(path.dirname(KEPT), 'source-'))
  const built = async (from: string) => {
    const folder = stage(`${unlike()}${script}`)
    await build(folder, { source: from })
    return readFileSync(path.join(folder, 'seen'), 'utf8')
  }
  try {
    expect(await built(source)).toBe('x')
    expect(await built(source)).toBe('xx')
    expect(await built(`${source}-of-somebody-else`)).toBe('x')
  } finally {
    rmSync(source, { recursive: true })
  }
})

test('links that a build leaves are kept as links, and nothing behind them is copied', async () => {
  const secret = path.join(run.dir, 'secret')
  writeFileSync(secret, 'hidden')
  const script = `${unlike()}
    import { symlinkSync } from 'node:fs'
    symlinkSync(${JSON.stringify(secret)}, 'link')`
  await build(stage(script))
  rmSync(secret)
  const second = stage(script)
  await build(second)
  expect(started).toHaveLength(1)
  expect(existsSync(path.join(second, 'link'))).toBe(false)
})

test.runIf(run.confinement.kind === 'user')(
  'a build runs as the subject’s user, and does not reach what the kit keeps',
  async () => {
    mkdirSync(KEPT, { recursive: true, mode: 0o700 })
    const folder = stage(`${unlike()}
      import { readdirSync, writeFileSync } from 'node:fs'
      let seen = 'nothing'
      try { seen = readdirSync(${JSON.stringify(KEPT)}).join() } catch {}
      writeFileSync('seen', seen + ' ' + process.getuid())`)
    await build(folder)
    expect(readFileSync(path.join(folder, 'seen'), 'utf8')).toMatch(/^nothing [1-9]\d*$/)
  },
)
