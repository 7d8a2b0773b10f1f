import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../paths.ts'
import { TRIAL_USER } from './users.ts'
import { findView, inView } from './view.ts'

const view = findView()
const uid = view === 'root' ? TRIAL_USER : undefined

/** A run's folder, with a name that must be quoted everywhere. */
function openRun(): { dir: string; own: string } {
  const base = mkdtempSync(path.join(os.tmpdir(), 'view-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  chmodSync(base, 0o755)
  const dir = path.join(base, "a run's Größe #1\\x")
  const own = path.join(dir, 'staged-1')
  mkdirSync(own, { recursive: true })
  chmodSync(own, 0o777)
  mkdirSync(path.join(dir, 'staged-2'))
  return { dir, own }
}

/** Runs a shell script as a subject would. */
function run({ dir, own }: ReturnType<typeof openRun>, script: string, env = {}) {
  const argv = ['sh', '-c', script]
  const { file, args } = inView({ dir }, argv, { view: view!, uid, told: [own] })
  const options = { cwd: own, encoding: 'utf8', env: { ...process.env, ...env } } as const
  const { stdout, stderr } = spawnSync(file, args, options)
  return `${stdout}${stderr}`.trim()
}

describe.runIf(view)('what a subject sees', () => {
  test('its own folder, in which it can write, whatever the name', () => {
    const made = openRun()
    expect(run(made, 'pwd; echo here > file; cat file')).toBe(`${made.own}\nhere`)
    expect(existsSync(path.join(made.own, 'file'))).toBe(true)
    expect(run(made, 'ls ..')).toBe('staged-1')
  })

  test('of the checkout the packages, and no solution, grader or history', () => {
    const seen = run(openRun(), `ls -A ${ROOT}; ls ${ROOT}/node_modules/express/package.json`)
    expect(seen.split('\n').toSorted()).toEqual(
      ['graders', 'node_modules', 'package.json', `${ROOT}/node_modules/express/package.json`]
        .filter((name) => name !== 'graders' || existsSync(path.join(ROOT, name)))
        .toSorted(),
    )
    expect(run(openRun(), `find ${ROOT}/graders -type f`)).toBe(
      `${ROOT}/graders/harness/subjects/driver.mjs`,
    )
  })

  test('temporary files of its submission, and of nobody else', () => {
    const made = openRun()
    const name = `left-${process.pid}-${Math.random()}`
    run(made, `echo mine > /tmp/${name}; echo mine > /dev/shm/${name}`)
    expect(run(made, `cat /tmp/${name}`)).toBe('mine')
    expect(run(openRun(), `cat /tmp/${name} 2>&1`)).toMatch(/No such file/)
    expect(existsSync(path.join('/tmp', name))).toBe(false)
    expect(existsSync(path.join('/dev/shm', name))).toBe(false)
  })

  test('nothing that it could uncover', () => {
    const seen = run(openRun(), `umount ${ROOT} 2>&1; umount -l ${ROOT} 2>&1; ls ${ROOT}/solutions`)
    expect(seen).toMatch(/(No such file|cannot access)/)
  })

  test.runIf(view === 'root')('no program on PATH that only root may run', () => {
    const folder = mkdtempSync('/opt/only-root-')
    onTestFinished(() => rmSync(folder, { recursive: true }))
    // As pyenv's below /root: a script that the kernel would begin, and its shell may not read.
    writeFileSync(path.join(folder, 'id'), '#!/bin/sh\necho mine\n', { mode: 0o755 })
    const made = openRun()
    const { file, args } = inView({ dir: made.dir }, ['id', '-u'], {
      view: view!,
      uid,
      told: [made.own],
    })
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
    chmodSync(folder, 0o700)
    const { stdout } = spawnSync(file, args, { cwd: made.own, encoding: 'utf8', env })
    expect(stdout.trim()).toBe(String(uid))
  })

  test.runIf(view === 'root')('no process but its own', () => {
    expect(run(openRun(), 'cat /proc/1/cmdline 2>&1')).toMatch(/No such file/)
  })
})
