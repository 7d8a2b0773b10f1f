import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { KEPT } from '../kept.mjs'
import { cleanup, currentRun } from '../submission.ts'
import { startFromTemplate, type Template } from './template.ts'

const name = `test${process.pid}`
const kept = path.join(KEPT, 'data')
const archives = () => readdirSync(kept).filter((file) => file.startsWith(`${name}-`))
const archive = () => path.join(kept, archives().find((file) => file.endsWith('.tar'))!)

let folder = ''
let made = 0
let runs = 0

beforeEach(() => {
  folder = path.join(currentRun().dir, name)
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'program'), 'version 1')
  made = 0
  cleanup(() => {
    rmSync(folder, { recursive: true })
    for (const file of archives()) rmSync(path.join(kept, file))
  })
})

/** Starts a "server" that reads its folder. @returns what it found there and was told */
function start(options: Partial<Template> = {}, works = () => true): Promise<string> {
  const data = options.data ?? path.join(folder, `data-${runs++}`)
  const template: Template = {
    name,
    programs: [path.join(folder, 'program')],
    settings: ['a'],
    data,
    user: {},
    async make() {
      made += 1
      mkdirSync(path.join(data, 'deep'), { recursive: true })
      writeFileSync(path.join(data, 'deep', 'file'), `made ${made}`)
      return `password ${made}`
    },
    ...options,
  }
  return startFromTemplate(template, async (known) => {
    if (!works()) throw new Error('it does not start')
    return `${readFileSync(path.join(data, 'deep', 'file'), 'utf8')}, ${known}`
  })
}

test('it is made once, and copied after that', async () => {
  expect(await start()).toBe('made 1, password 1')
  expect(await start()).toBe('made 1, password 1')
  expect(made).toBe(1)
})

test('those who come at once wait for the one that makes it', async () => {
  expect(new Set(await Promise.all([start(), start(), start()]))).toHaveLength(1)
  expect(made).toBe(1)
})

test('another program, or other settings, make another, and the old one goes', async () => {
  await start()
  expect(await start({ settings: ['b'] })).toBe('made 2, password 2')
  writeFileSync(path.join(folder, 'program'), 'version 2.0')
  expect(await start({ settings: ['b'] })).toBe('made 3, password 3')
  expect(archives()).toHaveLength(2)
})

test.each([
  ['cut off', () => truncateSync(archive(), 512)],
  ['overwritten', () => writeFileSync(archive(), Buffer.alloc(statSync(archive()).size))],
  ['without its label', () => rmSync(`${archive()}.json`)],
  ['with half a label', () => truncateSync(`${archive()}.json`, 9)],
  ['gone', () => rmSync(archive())],
])('an archive that is %s is made anew', async (_, damage) => {
  await start()
  damage()
  expect(await start()).toBe('made 2, password 2')
  expect(await start()).toBe('made 2, password 2')
})

test('where a server does not start on a copy, the template is made anew', async () => {
  await start()
  let tries = 0
  expect(await start({}, () => ++tries > 1)).toBe('made 2, password 2')
  expect(await start()).toBe('made 2, password 2')
})

test('where it does not start on what was made either, that is told', async () => {
  await expect(start({}, () => false)).rejects.toThrow('it does not start')
})

test('nobody but the owner of the kit may read it', async () => {
  await start()
  expect(statSync(KEPT).mode & 0o077).toBe(0)
  expect(statSync(`${archive()}.json`).mode & 0o077).toBe(0)
})

test('what a run does to its copy does not reach the template', async () => {
  await start()
  const data = path.join(folder, 'mine')
  await start({ data })
  writeFileSync(path.join(data, 'deep', 'file'), 'changed')
  expect(await start()).toBe('made 1, password 1')
})
