import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withLock } from './lock.ts'

test('one at a time, and a failure gives the lock back', async () => {
  const name = `test-${process.pid}`
  let inside = 0
  let most = 0
  const work = () =>
    withLock(name, async () => {
      inside += 1
      most = Math.max(most, inside)
      await pause(20)
      inside -= 1
    })
  const fails = withLock(name, async () => {
    throw new Error('no')
  })
  await expect(fails).rejects.toThrow('no')
  await Promise.all([work(), work(), work()])
  expect(most).toBe(1)
})

test('a process that died keeps nobody waiting', async () => {
  const name = `dead-${process.pid}`
  const { pid } = spawnSync(process.execPath, ['--version'])
  const file = `roadworks-lock-${process.getuid?.() ?? 0}-${name}`
  writeFileSync(path.join(os.tmpdir(), file), String(pid))
  expect(await withLock(name, async () => 'in')).toBe('in')
})
