import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { giveBack, isClaimedBy, tryClaim } from './claim.ts'
import { withLock } from './lock.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lock-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The pid of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['--version']).pid

const lockFile = (name: string) =>
  path.join(os.tmpdir(), `roadworks-lock-${process.getuid?.() ?? 0}-${name}`)

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
  expect(existsSync(lockFile(name))).toBe(false)
})

test('a process that died keeps nobody waiting', async () => {
  const name = `dead-${process.pid}`
  writeFileSync(lockFile(name), String(deadPid()))
  expect(await withLock(name, async () => 'in')).toBe('in')
})

test('many processes that find the lock of a dead one enter one at a time', async () => {
  const folder = temporaryFolder()
  const name = `many-${process.pid}`
  const inside = path.join(folder, 'inside')
  const start = path.join(folder, 'start')
  const script = `
    import { existsSync, rmSync, writeFileSync } from 'node:fs'
    import { withLock } from ${JSON.stringify(path.join(import.meta.dirname, 'lock.ts'))}
    process.stdout.write('ready')
    while (!existsSync(${JSON.stringify(start)})) ;
    await withLock(${JSON.stringify(name)}, async () => {
      writeFileSync(${JSON.stringify(inside)}, '', { flag: 'wx' })
      await new Promise((resolve) => setTimeout(resolve, 60))
      rmSync(${JSON.stringify(inside)})
    })`
  for (let round = 0; round < 3; round++) {
    rmSync(start, { force: true })
    writeFileSync(lockFile(name), String(deadPid()))
    const children = Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script])
      let said = ''
      child.stderr.on('data', (chunk) => {
        said += chunk
      })
      const ready = new Promise((resolve) => child.stdout.once('data', resolve))
      const ended = new Promise<string>((resolve) => child.once('close', () => resolve(said)))
      return { ready, ended }
    })
    await Promise.all(children.map(({ ready }) => ready))
    writeFileSync(start, '')
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual(children.map(() => ''))
  }
})

test('a stale claim is taken over once, also by one who was late to look', () => {
  const folder = temporaryFolder()
  const file = path.join(folder, 'claim')
  expect(tryClaim(file, 'dead', () => false)).toBe(true)
  const late = tryClaim(file, 'late', (owner) => {
    // It has read the claim of the dead one. Before it goes on, another takes that over.
    expect(owner).toBe('dead')
    expect(tryClaim(file, 'other', () => true)).toBe(true)
    return true
  })
  expect(late).toBe(false)
  expect(isClaimedBy(file, 'other')).toBe(true)
  giveBack(file, 'late')
  expect(isClaimedBy(file, 'other')).toBe(true)
  giveBack(file, 'other')
  expect(readdirSync(folder)).toEqual([])
})

test('a process that died while it took a claim over keeps nobody out', () => {
  const folder = temporaryFolder()
  const file = path.join(folder, 'claim')
  tryClaim(file, 'dead', () => false)
  // It had claimed the right to remove the old one, and no more.
  const hash = createHash('sha256').update(readFileSync(file, 'utf8')).digest('hex')
  tryClaim(`${file}.${hash.slice(0, 16)}`, 'dead too', () => false)
  const isGone = (owner: string) => owner === 'dead' || owner === 'dead too'
  expect(tryClaim(file, 'me', isGone)).toBe(true)
  expect(isClaimedBy(file, 'me')).toBe(true)
  expect(readdirSync(folder)).toEqual(['claim'])
})
