import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { EXERCISES } from '../../graders/harness/paths.ts'
import { listFiles, putFile, writeWhole } from './tree.ts'
import { EnvironmentError, UsageError } from './usage.ts'

// A kit is a first program in another language or framework: `exercises/languages/<kit>/`. Its files are
// copied into an exercise, and the exercise's README then says how they are built and started.

const argv = z.array(z.string().min(1)).min(1)

const kitSchema = z.strictObject({
  title: z.string(),
  language: z.string(),
  /** What must be on PATH: how it tells its version, the least one, and where to get it. */
  toolchain: z
    .array(
      z.strictObject({
        version: argv,
        least: z.string().regex(/^\d+(\.\d+)*$/),
        get: z.string(),
      }),
    )
    .min(1),
  build: argv.optional(),
  start: argv,
  /** What a learner edits first. */
  edit: z.string(),
  /** What an exercise's services add: files that other exercises do not get, and lines of files. */
  services: z
    .record(
      z.string(),
      z.strictObject({
        files: z.array(z.string()).default([]),
        insert: z
          .array(
            z.strictObject({ file: z.string(), before: z.string().optional(), text: z.string() }),
          )
          .default([]),
      }),
    )
    .default({}),
})

/** A first program in another language or framework. */
export type Kit = z.output<typeof kitSchema> & { name: string; folder: string }

const KITS = path.join(EXERCISES, 'languages')

/** Reads all kits, in the order of their names. @throws Error where a `kit.yaml` is not right */
export function readKits(folder = KITS): Kit[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const own = path.join(folder, name)
      const read = kitSchema.safeParse(parse(readFileSync(path.join(own, 'kit.yaml'), 'utf8')))
      if (!read.success) throw new Error(`${own}/kit.yaml: ${z.prettifyError(read.error)}`)
      return { ...read.data, name, folder: own }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A program that a kit needs, and what this machine has of it. */
export type Tool = {
  program: string
  /** The version that it tells; undefined where it is missing, or does not run. */
  version?: string
  well: boolean
  /** What is missing, and how to get it. */
  next?: string
}

function isLess(version: string, least: string): boolean {
  const [one, other] = [version, least].map((text) => text.split('.').map(Number))
  for (const [at, number] of other!.entries()) {
    const own = one![at] ?? 0
    if (own !== number) return own < number
  }
  return false
}

/** What programs have told of their version in this process: kits of one language ask the same. */
const told = new Map<string, string | undefined>()

function versionOf([program, ...args]: string[]): string | undefined {
  const asked = JSON.stringify([program, args])
  if (!told.has(asked)) {
    const ran = spawnSync(program!, args, { encoding: 'utf8', timeout: 30_000 })
    const version = ran.status === 0 && /\d+(\.\d+)+/.exec(ran.stdout + ran.stderr)?.[0]
    told.set(asked, version || undefined)
  }
  return told.get(asked)
}

/** Runs each program of a kit for its version. */
export function toolsOf(kit: Pick<Kit, 'toolchain'>): Tool[] {
  return kit.toolchain.map(({ version: argv, least, get }) => {
    const program = argv[0]!
    const version = versionOf(argv)
    if (!version) return { program, well: false, next: `${program} is missing. ${get}` }
    if (isLess(version, least)) {
      const next = `${program} is ${version}; it must be ${least} or newer. ${get}`
      return { program, version, well: false, next }
    }
    return { program, version, well: true }
  })
}

/** Whether this machine has what a kit needs, and in words what it has, or lacks. */
export function toolchainOf(kit: Kit): { well: boolean; about: string } {
  const tools = toolsOf(kit)
  const missing = tools.flatMap(({ next }) => next ?? [])
  if (missing.length > 0) return { well: false, about: missing.join(' ') }
  return { well: true, about: tools.map((one) => `${one.program} ${one.version}`).join(', ') }
}

/** The files of a kit that an exercise gets, as relative names. */
export function filesOf(kit: Kit, exercise: Pick<Exercise, 'needs'>): string[] {
  const others = Object.entries(kit.services)
    .filter(([service]) => !(exercise.needs as string[]).includes(service))
    .flatMap(([, { files }]) => files)
  return listFiles(kit.folder).filter((name) => name !== 'kit.yaml' && !others.includes(name))
}

function inserted(text: string, before: string | undefined, lines: string): string {
  if (before === undefined) return `${text.trimEnd()}\n${lines}`
  const at = text.indexOf(before)
  if (at < 0) throw new Error(`there is no ${before}`)
  const start = text.lastIndexOf('\n', at) + 1
  return text.slice(0, start) + lines + text.slice(start)
}

/** The text of each file that an exercise gets. */
function textsOf(kit: Kit, exercise: Exercise): Map<string, string> {
  const texts = new Map<string, string>()
  for (const name of filesOf(kit, exercise)) {
    texts.set(name, readFileSync(path.join(kit.folder, name), 'utf8'))
  }
  for (const service of exercise.needs) {
    for (const { file, before, text } of kit.services[service]?.insert ?? []) {
      texts.set(file, inserted(texts.get(file)!, before, text))
    }
  }
  return texts
}

/** A value as it stands on one line of a frontmatter: `[node, server.ts]`. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value === 'string') return stringify(value, { lineWidth: 0 }).trim()
  const entries = Object.entries(value as object).filter(([, one]) => one !== undefined)
  return `{ ${entries.map(([key, one]) => `${key}: ${inline(one)}`).join(', ')} }`
}

/**
 * Returns the README with other values in its frontmatter, and everything else as it stands, to the
 * letter. A key that is not there yet goes after `start`; one whose value is undefined, away.
 */
function withValues(readme: string, values: Record<string, unknown>): string {
  const lines = readme.split('\n')
  const end = lines.findIndex((line, at) => at > 0 && /^---\s*$/.test(line))
  const front = lines.slice(0, end)
  const find = (key: string) => front.findIndex((line) => line.startsWith(`${key}:`))
  for (const [key, value] of Object.entries(values)) {
    const at = find(key)
    const line = value === undefined ? [] : [`${key}: ${inline(value)}`]
    if (at < 0) front.splice(find('start') + 1, 0, ...line)
    else {
      // A list may stand below its key, a line for each word.
      const after = front.findIndex((text, index) => index > at && /^[\w#]/.test(text))
      front.splice(at, (after < 0 ? front.length : after) - at, ...line)
    }
  }
  return [...front, ...lines.slice(end)].join('\n')
}

/**
 * Lays a kit into an exercise that nobody has begun: its files, and the commands in the README's
 * frontmatter. The starter's programs go, and its style sheets and the like stay; `npm run reset` brings
 * all back.
 * @returns the names of the files that were written
 * @throws UsageError where something of the learner's stands in the way
 */
export function layKit(kit: Kit, exercise: Exercise): string[] {
  const texts = textsOf(kit, exercise)
  const there = [...texts.keys()].filter(
    (name) => existsSync(path.join(exercise.folder, name)) && !exercise.files.includes(name),
  )
  if (there.length > 0) {
    throw new UsageError(
      `${there.join(', ')} ${there.length === 1 ? 'is' : 'are'} there already. npm run reset ${exercise.slug} keeps a copy and brings the starter back.`,
    )
  }
  const programs = exercise.files.filter((name) => /\.[cm]?[jt]s$/.test(name))
  for (const name of programs) rmSync(path.join(exercise.folder, name), { force: true })
  for (const [name, text] of texts) putFile(exercise.folder, name, text)
  const { start, build, files } = exercise
  changeReadme(exercise, {
    build: kit.build,
    start: kit.start,
    files: [kit.edit, ...exercise.files.filter((name) => !programs.includes(name))],
    starter: { start, build, files },
    kit: kit.name,
  })
  return [...texts.keys()]
}

/**
 * Takes a kit out of an exercise again: the files it brought, whatever stands in them now, and its
 * commands. Nothing happens where there is none.
 */
export function liftKit(exercise: Exercise): void {
  if (!exercise.starter) return
  const kit = readKits().find(({ name }) => name === exercise.kit)
  for (const name of kit ? filesOf(kit, exercise) : exercise.files) {
    rmSync(path.join(exercise.folder, name), { force: true })
  }
  changeReadme(exercise, {
    build: undefined,
    ...exercise.starter,
    starter: undefined,
    kit: undefined,
  })
}

function changeReadme(exercise: Exercise, values: Record<string, unknown>): void {
  const file = path.join(exercise.folder, 'README.md')
  writeWhole(file, withValues(readFileSync(file, 'utf8'), values))
}

/** The kit of this name. @throws UsageError with all names where there is none */
export function kitNamed(name: string | undefined, kits: Kit[]): Kit {
  const kit = kits.find((one) => one.name === name?.toLowerCase())
  if (kit) return kit
  const all = kits.map((one) => one.name).join(', ')
  throw new UsageError(name ? `There is no kit ${name}. There are: ${all}` : `Name a kit: ${all}`)
}

/** @throws EnvironmentError where the machine lacks what a kit needs */
export function requireTools(kit: Kit): void {
  const missing = toolsOf(kit).filter(({ well }) => !well)
  if (missing.length > 0) throw new EnvironmentError(missing.map(({ next }) => next).join('\n'))
}
