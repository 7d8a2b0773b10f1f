import { createHash, type Hash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { SERVICES } from '../../graders/harness/names.ts'
import { GRADERS, ROOT } from '../../graders/harness/paths.ts'
import { isSmallEnough, submissionCommands } from '../../graders/harness/subjects/stage.ts'
import { listFiles } from './tree.ts'

/** Files beside a grader, and beside the harness, that no verdict rests on. */
const NO_PART =
  /(^(starter|alternatives)\/)|(^(mistakes\.ts|(mutation|blind|verified)\.json)$)|\.test\.ts$|\.md$/

const HARNESS = path.join(GRADERS, 'harness')

/** Adds a file's name and content to a hash. */
export function addFile(into: Hash, name: string, content: string | Buffer): void {
  into.update(`${name}\0${content.length}\0`).update(content).update('\0')
}

const texts = new Map<string, string>()
function textOf(file: string): string {
  const text = texts.get(file) ?? readFileSync(file, 'utf8')
  texts.set(file, text)
  return text
}

let harnessFiles: string[] | undefined

/** Imports that are types alone leave nothing behind. */
const TYPES = /^(import|export) type [^;]*?from '[^']+'$/gm

/**
 * The harness's files that these ones use, all the way down. What is named in a text counts as used:
 * an import, or a file beside that is started or read, such as driver.mjs. Of `index.ts` only what
 * is imported by name is followed.
 * @param files absolute
 */
function usedOf(files: string[], needs: string[]): string[] {
  harnessFiles ??= listFiles(HARNESS)
    .filter((name) => !NO_PART.test(name))
    .map((name) => path.join(HARNESS, name))
  const index = path.join(HARNESS, 'index.ts')
  const used = new Set<string>()
  const queue = [...files]
  const follow = (file: string) => {
    // Services are loaded by their names; which ones an exercise needs its README says.
    const service = /^services\/(\w+)-(database|server)\.ts$|^services\/(\w+)\.ts$/.exec(
      path.relative(HARNESS, file),
    )
    const name = service?.[1] ?? service?.[3]
    // Docker's own file serves them all.
    const isService = name !== 'docker' && SERVICES.some((one) => one === name)
    if (isService && !needs.includes(name!)) return
    if (!used.has(file)) queue.push(file)
    used.add(file)
  }
  for (let file = queue.pop(); file; file = queue.pop()) {
    const text = textOf(file).replaceAll(TYPES, '')
    if (file === index) continue
    for (const [, names] of text.matchAll(
      /(?:import|export) \{([^}]*)\} from '[./]*harness\/index\.ts'/g,
    )) {
      for (const name of names!.split(',').map((one) => one.trim().replace(/^type /, ''))) {
        const from = sourceOfExport(name.split(/\s/)[0]!)
        if (from) follow(from)
      }
    }
    for (const [, literal] of text.matchAll(/'([^'\n]*\.(?:ts|mts|mjs)|Dockerfile)'/g)) {
      const beside = path.resolve(path.dirname(file), literal!)
      const found = harnessFiles.filter(
        (one) => one === beside || (!literal!.includes('/') && path.basename(one) === literal),
      )
      for (const one of found) if (one !== index) follow(one)
    }
  }
  return [...used].sort()
}

let exportsOfIndex: Map<string, string> | undefined

/** The file that a name of the harness's index comes from. */
function sourceOfExport(name: string): string | undefined {
  if (!exportsOfIndex) {
    exportsOfIndex = new Map()
    const index = textOf(path.join(HARNESS, 'index.ts'))
    for (const [, names, from] of index.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
      for (const one of names!.split(','))
        exportsOfIndex.set(
          one
            .trim()
            .replace(/^type /, '')
            .split(' as ')
            .at(-1)!,
          path.join(HARNESS, from!),
        )
    }
  }
  return exportsOfIndex.get(name)
}

let kit: string | undefined

/** What every verdict rests on, whatever the exercise: the libraries and the Node that runs them. */
function kitHash(): string {
  kit ??= createHash('sha256')
    .update(`${process.version} ${process.platform} ${process.arch}`)
    .update(readFileSync(path.join(ROOT, 'package-lock.json')))
    .digest('hex')
  return kit
}

const graders = new Map<string, string>()

/**
 * Returns a hash of all that a verdict on an exercise rests on, but for the submission: the grader,
 * what of the harness it uses, the exercise's own data, the libraries. Texts, tests and records have
 * no part in it. Two calls in one process give the same answer, whatever has changed meanwhile.
 */
export function graderHash(exercise: Exercise): string {
  const known = graders.get(exercise.grader)
  if (known) return known
  const {
    readme: _1,
    folder,
    solution: _2,
    grader,
    title: _3,
    topics: _4,
    minutes: _5,
    ...front
  } = exercise
  const hash = createHash('sha256').update(kitHash()).update(JSON.stringify(front))
  const own = listFiles(grader).filter((name) => !NO_PART.test(name) || /\.test\.ts$/.test(name))
  for (const name of own) addFile(hash, name, textOf(path.join(grader, name)))
  const sources = own.filter((name) => /\.m?ts$/.test(name)).map((name) => path.join(grader, name))
  // What runs every grader is loaded by no grader by name.
  const always = ['submission.ts', 'global-setup.ts'].map((name) => path.join(HARNESS, name))
  for (const file of usedOf([...sources, ...always], exercise.needs))
    addFile(hash, path.relative(HARNESS, file), textOf(file))
  // Data that an exercise gives and graders read: schema.sql, sample.sql.
  for (const name of listFiles(folder)) {
    if (exercise.files.includes(name) || /\.md$/.test(name)) continue
    addFile(hash, name, readFileSync(path.join(folder, name)))
  }
  const value = hash.digest('hex')
  graders.set(grader, value)
  return value
}

/**
 * Returns a hash of a submission's exercise folder, and of how it is started.
 * @returns undefined where the folder is too large to be read, or is not there
 */
export function submissionHash(folder: string, start?: string[]): string | undefined {
  if (!existsSync(folder) || !isSmallEnough(folder)) return undefined
  const hash = createHash('sha256').update(
    JSON.stringify([start ?? null, submissionCommands(folder) ?? null]),
  )
  for (const name of listFiles(folder)) {
    if (/^(README|HINTS|NOTES)\.md$/.test(name)) continue
    addFile(hash, name, readFileSync(path.join(folder, name)))
  }
  return hash.digest('hex')
}

/** Returns one key of several things that something rests on. */
export function keyOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Returns a hash of files of the kit itself. @param names relative to the checkout's root */
export function filesHash(names: string[]): string {
  const hash = createHash('sha256')
  for (const name of names.toSorted()) addFile(hash, name, readFileSync(path.join(ROOT, name)))
  return hash.digest('hex')
}
