import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../graders/harness/paths.ts'
import { cleanup, currentRun, freshName } from '../graders/harness/submission.ts'

/** A checkout with one command, and an npm that installs nothing and says so. */
function checkout() {
  const root = path.join(currentRun().dir, freshName('checkout'))
  for (const file of [
    'scripts/start.mjs',
    'scripts/install.mjs',
    'graders/harness/kept.mjs',
    'graders/harness/loopback.mjs',
    'graders/harness/client-options.mjs',
  ]) {
    cpSync(path.join(ROOT, file), path.join(root, file))
  }
  cleanup(() => rmSync(root, { recursive: true }))
  writeFileSync(path.join(root, 'package-lock.json'), '{}')
  writeFileSync(
    path.join(root, 'npm.cjs'),
    `const fs = require('node:fs')
fs.mkdirSync('node_modules/node/bin', { recursive: true })
if (!process.env.WITHOUT_NODE) fs.symlinkSync(${JSON.stringify(process.execPath)}, 'node_modules/node/bin/node')
console.log('npm', ...process.argv.slice(2))`,
  )
  writeFileSync(
    path.join(root, 'scripts', 'hello.ts'),
    `const code: number = 7
console.log(JSON.stringify(process.argv.slice(1)))
process.exit(code)`,
  )
  const run = (...args: string[]) => runWith({}, ...args)
  const runWith = (env: Record<string, string>, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['scripts/start.mjs', 'hello', ...args],
      {
        cwd: root,
        encoding: 'utf8',
        env: {
          PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
          npm_execpath: path.join(root, 'npm.cjs'),
          ...env,
        },
      },
    )
    return { status, stdout, stderr }
  }
  return {
    root,
    run,
    runWith,
    argv: JSON.stringify([path.join(root, 'scripts', 'hello.ts'), 'a', '--b=c']),
  }
}

test('a command has its arguments and its exit code, after an installation and without one', () => {
  const { root, run, argv } = checkout()
  const first = run('a', '--b=c')
  expect(first.stdout).toMatch(/^npm ci /)
  expect(first.stdout).toContain(argv)
  expect(first.stderr).toContain('installing the locked packages')
  expect(first.status).toBe(7)
  expect(run('a', '--b=c')).toEqual({ status: 7, stdout: `${argv}\n`, stderr: '' })
  expect(statSync(path.join(root, '.roadworks', 'cache')).mode & 0o777).toBe(0o700)
  // Subjects pass through this one to their copies.
  expect(statSync(path.join(root, '.roadworks')).mode & 0o001).toBe(0o001)
})

test('other packages in the lockfile are installed before the command runs', () => {
  const { root, run } = checkout()
  run()
  rmSync(path.join(root, 'node_modules'), { recursive: true })
  writeFileSync(path.join(root, 'package-lock.json'), '{"other":1}')
  expect(run().stdout).toMatch(/^npm ci /)
})

test('where the installation fails the command does not run', () => {
  const { root, run } = checkout()
  writeFileSync(path.join(root, 'npm.cjs'), 'process.exit(1)')
  const { status, stdout, stderr } = run()
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
  expect(stderr).toContain('npm ci failed')
  expect(existsSync(path.join(root, '.roadworks', 'installing'))).toBe(false)
})

test('where nothing can be kept the command runs all the same', () => {
  const { root, run, argv } = checkout()
  run()
  rmSync(path.join(root, '.roadworks', 'cache'), { recursive: true })
  // A file in its place; who is root may write to any folder.
  mkdirSync(path.join(root, '.roadworks'), { recursive: true })
  writeFileSync(path.join(root, '.roadworks', 'cache'), '')
  expect(run('a', '--b=c')).toEqual({ status: 7, stdout: `${argv}\n`, stderr: '' })
})

test('an installation that was stopped is begun again at once', () => {
  const { root, run } = checkout()
  const turn = path.join(root, '.roadworks', 'installing')
  mkdirSync(turn, { recursive: true })
  const { pid } = spawnSync(process.execPath, ['--version'])
  writeFileSync(path.join(turn, 'owner'), String(pid))
  const begun = Date.now()
  const { status, stderr } = run()
  expect(status).toBe(7)
  expect(stderr).not.toContain('waiting')
  expect(Date.now() - begun).toBeLessThan(60_000)
})

test('all packages are installed where the environment is one of production', () => {
  expect(checkout().runWith({ NODE_ENV: 'production' }).stdout).toMatch(/^npm ci --include=dev /)
})

test('where scripts of packages do not run, one sentence says what to do', () => {
  const { runWith } = checkout()
  const { status, stderr } = runWith({ WITHOUT_NODE: '1' })
  expect(status).toBe(3)
  expect(stderr).toMatch(/Node 26, .* Run once: npm ci --ignore-scripts=false\n$/)
})

test('another Node hands over to the one that everything is graded on', () => {
  const { root, run, argv } = checkout()
  run()
  // As by `node --run`, whatever Node that is: here the same under another name.
  const other = path.join(root, 'other-node')
  cpSync(process.execPath, other)
  const env = { PATH: process.env.PATH, npm_execpath: path.join(root, 'npm.cjs') }
  const { stdout } = spawnSync(other, ['scripts/start.mjs', 'hello', 'a', '--b=c'], {
    cwd: root,
    encoding: 'utf8',
    env,
  })
  expect(stdout).toBe(`${argv}\n`)
})

test('requests to this machine go through no proxy', () => {
  const { root, runWith } = checkout()
  writeFileSync(
    path.join(root, 'scripts', 'hello.ts'),
    `import { createServer } from 'node:http'
const server = createServer((_, response) => response.end('fine')).listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as { port: number }
  console.log(await (await fetch('http://127.0.0.1:' + port)).text(), process.env.NO_PROXY)
  process.exit()
})`,
  )
  const proxy = 'http://127.0.0.1:9'
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: 'a.test' }
  expect(runWith(env).stdout).toContain('fine a.test,localhost,127.0.0.1')
  // Without an installation before it, too.
  expect(runWith(env).stdout).toContain('fine a.test,localhost,127.0.0.1')
})

test('what would change every connection to PostgreSQL is left out of the environment', () => {
  const { root, runWith } = checkout()
  writeFileSync(
    path.join(root, 'scripts', 'hello.ts'),
    'console.log(process.env.PGOPTIONS, process.env.PGPASSWORD, process.env.ROADWORKS_FORGOTTEN)',
  )
  const env = { PGOPTIONS: '-c search_path=mine', PGPASSWORD: 'kept' }
  expect(runWith(env).stdout).toContain('undefined kept PGOPTIONS')
  expect(runWith(env).stdout).toBe('undefined kept PGOPTIONS\n')
})

test('a package that a learner adds is no reason to install all again', () => {
  const { root, run, argv } = checkout()
  run()
  const packages = {
    '': { name: 'roadworks' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/for-windows': { version: '1.0.0', optional: true },
  }
  const lock = (file: string, versions: object) =>
    writeFileSync(path.join(root, file), JSON.stringify({ packages: versions }))
  lock('package-lock.json', packages)
  lock('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } })
  expect(run('a', '--b=c')).toEqual({ status: 7, stdout: `${argv}\n`, stderr: '' })
  lock('package-lock.json', { ...packages, 'node_modules/a': { version: '2.0.0' } })
  expect(run().stderr).toContain('installing the locked packages')
})

test.each(['a#b', 'a?b', 'a%20b', 'a:b'])(
  'a checkout at %j is to be moved, before anything is started',
  (name) => {
    const { root } = checkout()
    const moved = path.join(path.dirname(root), freshName('odd') + name)
    cpSync(root, moved, { recursive: true })
    cleanup(() => rmSync(moved, { recursive: true }))
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/start.mjs', 'hello'], {
      cwd: moved,
      encoding: 'utf8',
    })
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' })
    expect(stderr).toMatch(/^roadworks: move the checkout: its path has a [#?%:], .*\n$/)
  },
)

test('a checkout below blanks and letters of other alphabets works', () => {
  const { root } = checkout()
  const moved = path.join(path.dirname(root), `${freshName('odd')} Größe é`)
  cpSync(root, moved, { recursive: true })
  cleanup(() => rmSync(moved, { recursive: true }))
  const env = { PATH: process.env.PATH, npm_execpath: path.join(moved, 'npm.cjs') }
  const options = { cwd: moved, encoding: 'utf8', env } as const
  expect(spawnSync(process.execPath, ['scripts/start.mjs', 'hello'], options).status).toBe(7)
})
