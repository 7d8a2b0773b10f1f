import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../graders/harness/paths.ts'
import { cleanup, currentRun, freshName } from '../graders/harness/submission.ts'

/** A checkout with one command, and an npm that installs nothing and says so. */
function checkout() {
  const root = path.join(currentRun().dir, freshName('checkout'))
  for (const file of ['scripts/start.mjs', 'scripts/install.mjs', 'graders/harness/kept.mjs']) {
    cpSync(path.join(ROOT, file), path.join(root, file))
  }
  cleanup(() => rmSync(root, { recursive: true }))
  writeFileSync(path.join(root, 'package-lock.json'), '{}')
  writeFileSync(
    path.join(root, 'npm.cjs'),
    "require('node:fs').mkdirSync('node_modules'); console.log('npm', ...process.argv.slice(2))",
  )
  writeFileSync(
    path.join(root, 'scripts', 'hello.ts'),
    `const code: number = 7
console.log(JSON.stringify(process.argv.slice(1)))
process.exit(code)`,
  )
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['scripts/start.mjs', 'hello', ...args],
      {
        cwd: root,
        encoding: 'utf8',
        env: {
          PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
          npm_execpath: path.join(root, 'npm.cjs'),
        },
      },
    )
    return { status, stdout, stderr }
  }
  return { root, run, argv: JSON.stringify([path.join(root, 'scripts', 'hello.ts'), 'a', '--b=c']) }
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
