import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../graders/harness/paths.ts'
import { type Checkout, makeCheckout } from './test/checkout.ts'

// What Classroom 50 runs, as it runs it: in the submission's folder, with these variables.

let checkout: Checkout
let submission: string
beforeAll(() => {
  checkout = makeCheckout()
  submission = checkout.file('submissions', 'ada')
  const own = path.join(submission, 'exercises', 'phase1-fundamentals', 'belt-and-lru')
  mkdirSync(own, { recursive: true })
  cpSync(
    checkout.file('solutions', 'phase1-fundamentals', 'belt-and-lru', 'shelf.ts'),
    `${own}/shelf.ts`,
  )
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-C', submission, '-c', 'user.name=Ada', '-c', 'user.email=a@b.test', ...args],
      {
        env: { ...process.env, GIT_COMMITTER_DATE: '2026-03-01T12:00:00Z' },
      },
    )
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'belt')
})
afterAll(() => checkout.remove())

function grade(names: string): Promise<{ code: number; stderr: string }> {
  const url = 'https://github.com/school/phase1-ada'
  const env = {
    ...process.env,
    ROADWORKS_DIR: checkout.root,
    ROADWORKS_NAMES: names,
    CLASSROOM: 'autumn',
    ASSIGNMENT: 'phase1',
    SUBMISSION_TAG: 'submit/1',
    COMMIT_URL: `${url}/commit/1`,
    RELEASE_URL: `${url}/releases/1`,
    CI: 'true',
  }
  const script = path.join(ROOT, '.github', 'classroom50', 'autograder.py')
  return new Promise((resolve) => {
    execFile('python3', [script], { cwd: submission, env }, (error, _stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stderr }),
    )
  })
}

test('Classroom 50 gets a test for each check, and the map for the release', async () => {
  expect(await grade('lru http-verbs')).toMatchObject({ code: 0 })
  const result = JSON.parse(readFileSync(path.join(submission, 'result.json'), 'utf8'))
  expect(result).toMatchObject({
    schema: 'classroom50/result/v1',
    classroom: 'autumn',
    datetime: '2026-03-01T12:00:00Z',
    score: 12,
    'max-score': 20,
  })
  expect(result.tests).toHaveLength(20)
  expect(result.tests[0]).toMatchObject({ passed: false, score: 0, 'max-score': 1 })
  const body = readFileSync(path.join(submission, 'release-body.md'), 'utf8')
  expect(body).toContain('★ mastered | belt-and-lru')
})

test('what the machine is to blame for is no score', async () => {
  rmSync(path.join(submission, 'result.json'))
  const { code, stderr } = await grade('no-such-exercise')
  expect(code).toBe(1)
  expect(stderr).toMatch(/could not grade this submission \(exit code 2\)/)
  expect(existsSync(path.join(submission, 'result.json'))).toBe(false)
})
