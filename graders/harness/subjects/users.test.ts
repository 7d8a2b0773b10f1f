import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openRun } from '../open-run.ts'
import { listProcesses } from '../processes.ts'
import { subjectUser } from './confine.ts'
import { claimUser, hasUser, returnUser } from './users.ts'

/** A run's folder, of this process or of another. */
function runFolder(pid: number = process.pid): string {
  const base = mkdtempSync(path.join(os.tmpdir(), 'users-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const dir = path.join(base, `${pid}-test`)
  mkdirSync(dir)
  return dir
}

/** Numbers that only this test draws from. */
const range = (count: number, first = 70_000 + (process.pid % 1_000) * 10) => ({ first, count })

function claim(dir: string, from: ReturnType<typeof range>): number {
  const uid = claimUser(dir, from)
  onTestFinished(() => returnUser(uid, dir))
  return uid
}

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'users for subjects (needs root, which lends them)',
  () => {
    test('graders whose pids would give the same number get two', () => {
      const [one, two] = [runFolder(), runFolder()]
      const from = range(2)
      const uids = [claim(one, from), claim(two, from)]
      expect(uids.toSorted()).toEqual([from.first, from.first + 1])
      expect(() => claimUser(runFolder(), from)).toThrow(/All 2 users .* are lent/)
      returnUser(uids[0]!, two) // another's
      expect(hasUser(uids[0]!, one)).toBe(true)
      returnUser(uids[0]!, one)
      expect(claim(runFolder(), from)).toBe(uids[0])
    })

    test('what a run that is over had is lent again', () => {
      const from = range(1)
      const dead = runFolder(spawnSync('true').pid)
      expect(claim(dead, from)).toBe(from.first)
      const next = runFolder()
      expect(claim(next, from)).toBe(from.first)
      expect(hasUser(from.first, dead)).toBe(false)
      rmSync(next, { recursive: true })
      expect(claim(runFolder(), from)).toBe(from.first)
    })

    test('a number that a process or an account has is not lent', async () => {
      const from = range(2)
      const uid = claim(runFolder(), from)
      returnUser(uid, runFolder())
      const other = from.first + (uid === from.first ? 1 : 0)
      const child = spawn('sleep', ['1000'], { uid: other })
      onTestFinished(() => void child.kill('SIGKILL'))
      await new Promise((resolve) => child.once('spawn', resolve))
      expect(() => claimUser(runFolder(), from)).toThrow(/are lent/)
      // nobody
      expect(() => claimUser(runFolder(), range(1, 65_534))).toThrow(/are lent/)
    })

    test('a run that ends gives its users back', async () => {
      const run = openRun({ seed: 1 })
      const uid = subjectUser(run)
      expect(subjectUser(run)).toBe(uid)
      expect(hasUser(uid, run.dir)).toBe(true)
      await run.close()
      expect(hasUser(uid, run.dir)).toBe(false)
    })

    test('a run that is killed gives its users back, and its subjects are ended first', async () => {
      const script = `
        import { spawn } from 'node:child_process'
        import { openRun } from ${JSON.stringify(path.join(import.meta.dirname, '..', 'open-run.ts'))}
        import { subjectUser } from ${JSON.stringify(path.join(import.meta.dirname, 'confine.ts'))}
        const run = openRun({ seed: 1 })
        const uid = subjectUser(run)
        const { pid } = spawn('sleep', ['1000'], { uid, detached: true, stdio: 'ignore' })
        console.log(JSON.stringify({ dir: run.dir, uid, pid }))
        setInterval(() => {}, 1000)`
      const args = ['--input-type=module-typescript', '--eval', script]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const line = await new Promise((resolve) => child.stdout.once('data', resolve))
      const { dir, uid, pid } = JSON.parse(String(line))
      expect(hasUser(uid, dir)).toBe(true)
      child.kill('SIGKILL')
      await expect.poll(() => hasUser(uid, dir), { timeout: 30_000 }).toBe(false)
      expect((await listProcesses()).some((row) => row.pid === pid)).toBe(false)
      await expect.poll(() => existsSync(dir), { timeout: 30_000 }).toBe(false)
    })
  },
)
