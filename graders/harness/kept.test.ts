import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { commandsOf, readExercise } from './exercise.ts'
import { KEPT, keepCompiled } from './kept.mjs'
import { runScript } from './subjects/script.ts'
import { cleanup, currentRun, freshName } from './submission.ts'

test('compiled code is kept where no other user may look, and no subject is told where', async () => {
  keepCompiled()
  expect(process.env.NODE_COMPILE_CACHE).toBe(path.join(KEPT, 'node'))
  expect(statSync(KEPT).mode & 0o077).toBe(0)
  const cwd = path.join(currentRun().dir, freshName('env'))
  mkdirSync(cwd)
  cleanup(() => rmSync(cwd, { recursive: true }))
  const show = 'console.log(JSON.stringify(process.env))'
  const ran = await runScript(currentRun(), { argv: ['node', '-e', show], cwd }, () => {})
  const environment = JSON.parse(ran.output)
  expect(environment).toHaveProperty('ROADWORKS_SUBJECT')
  expect(environment).not.toHaveProperty('NODE_COMPILE_CACHE')
  expect(ran.output).not.toContain(KEPT)
})

const PHASE = 'phase1-fundamentals'

/** An exercise in a tree of its own. @param title new in each run, so that nothing is kept of it yet */
function readme(title: string) {
  const root = path.join(currentRun().dir, freshName('tree'))
  const folder = path.join(root, PHASE, 'parcels')
  mkdirSync(folder, { recursive: true })
  cleanup(() => rmSync(root, { recursive: true }))
  const file = path.join(folder, 'README.md')
  const write = (text: string) => writeFileSync(file, text)
  const text = `---
slug: parcels
title: ${title}
phase: ${PHASE}
order: 1
kind: server
topics: [HTTP]
minutes: 10
needs: []
start: [node, server.ts]
files: [server.ts]
checks:
  C1: { level: core, title: answers }
---
# Body
`
  write(text)
  return { text, write, read: () => readExercise(PHASE, 'parcels', root) }
}

const frontmatters = () => readdirSync(path.join(KEPT, 'frontmatter'))
const newest = () =>
  frontmatters()
    .map((name) => path.join(KEPT, 'frontmatter', name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0]!

test('a frontmatter is kept by its text: read again it is the same, changed it is another', () => {
  const { text, write, read } = readme(freshName('title'))
  const first = read()
  const count = frontmatters().length
  expect(read()).toEqual(first)
  expect(first).toMatchObject({ static: false, readme: '# Body\n', checks: { C1: {} } })
  write(text.replace('# Body', '# Another'))
  expect(read()).toEqual({ ...first, readme: '# Another\n' })
  expect(frontmatters()).toHaveLength(count)
  write(text.replace('minutes: 10', 'minutes: 20'))
  expect(read()).toEqual({ ...first, minutes: 20 })
  rmSync(newest())
})

test('a frontmatter that is wrong is refused each time', () => {
  const { text, write, read } = readme(freshName('title'))
  write(text.replace('minutes: 10', 'minutes: ten'))
  expect(read).toThrow('minutes')
  expect(read).toThrow('minutes')
})

test('where what was kept is damaged, the README is read again', () => {
  const { read } = readme(freshName('title'))
  const first = read()
  truncateSync(newest(), 20)
  expect(read()).toEqual(first)
  rmSync(newest())
})

test('the start of a submission is read whether or not the frontmatter is known', () => {
  const { text, read } = readme(freshName('title'))
  read()
  expect(commandsOf(text)).toEqual({ start: ['node', 'server.ts'] })
  expect(commandsOf('---\nstart: [python3, server.py]\nmore: 1\n---\n')).toEqual({
    start: ['python3', 'server.py'],
  })
  expect(commandsOf('---\nbuild: [make]\nstart: [./server]\n---\n')).toEqual({
    build: ['make'],
    start: ['./server'],
  })
  expect(commandsOf('---\nstart: python3\n---\n')).toBeUndefined()
  expect(commandsOf('---\nstart: [\n---\n')).toBeUndefined()
  expect(commandsOf('# No frontmatter')).toBeUndefined()
  rmSync(newest())
})
