import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { originOf } from './origin.ts'

let checkout: string
const git = (...args: string[]) => execFileSync('git', ['-C', checkout, ...args], { stdio: 'pipe' })
beforeEach(() => {
  checkout = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'origin-')))
  mkdirSync(path.join(checkout, 'exercises', 'phase1-fundamentals'), { recursive: true })
})
afterEach(() => rmSync(checkout, { recursive: true, force: true }))

function commit(): void {
  git('init', '--quiet')
  const who = ['-c', 'user.name=Ada L', '-c', 'user.email=ada@example.test']
  git(...who, 'commit', '--quiet', '--allow-empty', '--message', 'author Eve <eve@x> 1 +0000')
}

test('a checkout says its commit, whose it is, and when it was made', () => {
  commit()
  const folder = path.join(checkout, 'exercises')
  const origin = originOf(folder)
  expect(origin).toMatchObject({ folder, author: 'Ada L <ada@example.test>' })
  expect(origin.commit).toMatch(/^[0-9a-f]{40}$/)
  expect(Math.abs(Date.now() - Date.parse(origin.committedAt!))).toBeLessThan(600_000)
})

test('a folder without a repository, and one deep in somebody else’s, say the folder alone', () => {
  const folder = path.join(checkout, 'exercises')
  expect(originOf(folder)).toEqual({ folder })
  commit()
  const copy = path.join(folder, 'copy')
  mkdirSync(copy)
  expect(originOf(copy)).toEqual({ folder: copy })
})

test('no program that a repository’s settings name is run', () => {
  commit()
  const ran = path.join(checkout, 'ran')
  for (const name of ['core.fsmonitor', 'core.pager', 'gpg.program', 'core.sshCommand']) {
    git('config', name, `touch ${ran}; false`)
  }
  git('config', 'log.showSignature', 'true')
  expect(originOf(path.join(checkout, 'exercises')).author).toContain('Ada')
  expect(existsSync(ran)).toBe(false)
})
