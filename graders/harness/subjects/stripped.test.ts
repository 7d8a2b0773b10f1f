import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { KEPT } from '../kept.mjs'
import { cleanup, currentRun, freshName } from '../submission.ts'
import { giveToSubject } from './confine.ts'
import { loadModule } from './module.ts'
import { runScript } from './script.ts'
import { openStripped } from './stripped.ts'

/** Stages files as a submission is staged. `text` is new in each run, so that none is kept of it. */
function staged(files: Record<string, string>) {
  const name = freshName('staged')
  const own = path.join(currentRun().dir, name)
  const folder = path.join(own, 'exercise')
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), `${text}\n// ${name} ${file}`)
  }
  giveToSubject(currentRun(), own)
  const stripped = openStripped(own)!
  cleanup(() => {
    stripped.remove()
    rmSync(own, { recursive: true })
  })
  return { own, folder, stripped }
}

/** Runs `main.ts`, with what was stripped or without. */
async function output(folder: string, hook?: string): Promise<string> {
  const argv = ['node', 'main.ts']
  const options = { argv, cwd: folder, preload: hook, hide: { from: folder, to: 'here' } }
  return (await runScript(currentRun(), options, () => {})).output
}

test('a program is given what was stripped, from its second start on', async () => {
  const { folder, stripped } = staged({ 'main.ts': 'const n: number = 1; console.log(n)' })
  expect(await output(folder, stripped.hook)).toBe('1\n')
  stripped.strip()
  const file = path.join(stripped.folder, 'exercise', 'main.ts')
  expect(readFileSync(file, 'utf8')).toMatch(/^const n {9}= 1; console.log\(n\)\n/)
  // Put in its place, another text is what runs: Node has not stripped the file itself.
  const { mtime } = statSync(file)
  writeFileSync(file, 'console.log("stripped before")')
  execFileSync('touch', ['-d', mtime.toISOString(), file])
  expect(await output(folder, stripped.hook)).toBe('stripped before\n')
})

test('what was stripped once is there for the first start of the next', async () => {
  const text = 'console.log("same" as string)'
  const first = staged({ 'main.ts': text })
  first.stripped.strip()
  const main = path.join(first.folder, 'main.ts')
  const again = path.join(first.own, '..', `${freshName('staged')}`)
  mkdirSync(again)
  writeFileSync(path.join(again, 'main.ts'), readFileSync(main))
  const second = openStripped(again)!
  cleanup(() => {
    second.remove()
    rmSync(again, { recursive: true })
  })
  expect(readdirSync(second.folder).sort()).toEqual(['hook.mjs', 'main.ts'])
})

test('a program sees and prints the same as without', async () => {
  const { folder, stripped } = staged({
    'main.ts': `
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import express, { Router } from 'express'
import pg from 'pg'
import { helper, type Thing } from './deep/helper.ts'
const thing: Thing = { a: 1 }
const require = createRequire(import.meta.url)
console.log(import.meta.main, import.meta.filename, process.argv[1], typeof express, typeof Router)
console.log(typeof pg.Pool, helper(thing), require('./deep/helper.ts').helper === helper)
console.log(readFileSync(import.meta.filename, 'utf8').includes('type Thing }'))
console.log((await import('./lazy.ts?x=1')).default)
for (const name of ['enum', 'syntax', 'nowhere', 'no-export', 'common']) {
  try {
    console.log(await import(\`./\${name}.ts\`))
  } catch (error: any) {
    console.log(error.name, error.code, error.message)
  }
}
function    fails(a: number): never { throw new Error('fails ' + a) }
try { fails(1) } catch (error: any) { console.log(error.stack) }
helper(null as any)`,
    'deep/helper.ts':
      'export type Thing = { a: number }\nexport function helper(thing: Thing): number {\n  return thing.a\n}',
    'lazy.ts': 'const z: string = "łódź 📦"; export default z',
    'enum.ts': 'export enum Size { S }',
    'syntax.ts': 'export const a: = 1',
    'no-export.ts': 'import { nothing } from "./deep/helper.ts"; nothing()',
    'common.ts': 'const n: number = 1; module.exports = { n }',
  })
  const plain = await output(folder)
  stripped.strip()
  expect(await output(folder, stripped.hook)).toBe(plain)
  expect(plain).toContain('at fails (file://here/main.ts:20:')
  expect(plain).toContain('at helper (file://here/deep/helper.ts:3:')
})

test('a file that a program has changed runs as it is now', async () => {
  const { folder, stripped } = staged({ 'main.ts': 'console.log(1 as number)' })
  stripped.strip()
  writeFileSync(path.join(folder, 'main.ts'), 'console.log(2 as number)')
  expect(await output(folder, stripped.hook)).toBe('2\n')
})

test('a module is given it under the permission model', async () => {
  const { folder, stripped } = staged({ 'main.ts': 'export const n: number = 1' })
  stripped.strip()
  const file = path.join(stripped.folder, 'exercise', 'main.ts')
  const { mtime } = statSync(file)
  writeFileSync(file, 'export const n = 7')
  execFileSync('touch', ['-d', mtime.toISOString(), file])
  const at = { cwd: folder, preload: stripped.hook, hide: { from: folder, to: 'here' } }
  const module = await loadModule<{ n: number }>(currentRun(), at, 'main.ts', (process) =>
    cleanup(() => process.kill()),
  )
  expect(await module.evaluate(({ n }) => n)).toBe(7)
})

test('programs may not write where it stands, nor read what is kept', async (context) => {
  if (currentRun().confinement.kind !== 'user') context.skip()
  const { folder, stripped } = staged({
    'main.ts': `
import { readdirSync, writeFileSync } from 'node:fs'
for (const attempt of [
  () => writeFileSync(${JSON.stringify('HOOK')}, ''),
  () => writeFileSync(${JSON.stringify('HOOK')} + '.new', ''),
  () => readdirSync(${JSON.stringify(KEPT)}),
]) try { attempt(); console.log('done') } catch (error: any) { console.log(error.code) }`,
  })
  const main = path.join(folder, 'main.ts')
  writeFileSync(main, readFileSync(main, 'utf8').replaceAll('HOOK', stripped.hook))
  expect(await output(folder, stripped.hook)).toMatch(/^EACCES\nEACCES\n(EACCES|ENOENT)\n$/)
})

test('where nothing is to be stripped there is nothing', () => {
  const own = path.join(currentRun().dir, freshName('staged'))
  mkdirSync(own)
  cleanup(() => rmSync(own, { recursive: true }))
  writeFileSync(path.join(own, 'server.py'), '')
  expect(openStripped(own)).toBeUndefined()
})
