import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { distance } from 'fastest-levenshtein'
import { type Exercise, PHASES } from '../../graders/harness/exercise.ts'
import { ROOT } from '../../graders/harness/paths.ts'
import { type Broken, type Catalogue, phaseTitle } from './catalogue.ts'
import { UsageError } from './usage.ts'

type Entry = Exercise | Broken

/** What a command's help says of its names. */
export const NAMES =
  'phases (3, data), exercises, or parts of their names (sql, lru); all by default'

/** The names in an option's value, such as "phase1 sql-joins". */
export const namesIn = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean)

/** The trees in which each exercise has a folder. */
const TREES = ['exercises', 'solutions', 'graders']

/** The folder in which the command was called; npm itself goes to the checkout's root. */
export function calledIn(): string {
  return process.env.INIT_CWD ?? process.cwd()
}

/** A list of names as people say it: `a`, `a or b`, `a, b or c`. */
function either(names: string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

/** What a phase may be called: `3`, `phase3`, `phase-3`, `data`, `phase3-data`, words of its title. */
function wordsOf(phase: string): string[] {
  const [head = '', name = ''] = phase.split(/-(.*)/)
  const number = head.replace('phase', '')
  const title = phaseTitle(phase)
    .replace(/^.* · /, '')
    .toLowerCase()
  const words = title.split(' ').filter((word) => word !== 'and')
  return [phase, head, `phase-${number}`, number, name, title, title.replaceAll(' ', '-'), ...words]
}

/** Names as they are looked up: lower case, and `phase 3` as one. */
function joined(names: string[]): string[] {
  return names.flatMap((name, index) => {
    if (/^phase$/i.test(name) && /^\d$/.test(names[index + 1] ?? '')) return []
    if (/^\d$/.test(name) && /^phase$/i.test(names[index - 1] ?? '')) return [`phase${name}`]
    return [name]
  })
}

/** The exercises below a place in the checkout; undefined where it belongs to none. */
function below(place: string, all: Entry[]): Entry[] | undefined {
  const [tree, phase, slug] = path.relative(ROOT, place).split(path.sep)
  if (!tree) return all
  if (!TREES.includes(tree)) return undefined
  if (!phase) return all
  const found = all.filter((one) => one.phase === phase && (!slug || one.slug === slug))
  return found.length > 0 ? found : undefined
}

/** The exercises that a path means: a file or a folder, from where the command was called. */
function atPath(raw: string, all: Entry[]): Entry[] | undefined {
  const full = path.resolve(calledIn(), raw)
  if (existsSync(full)) {
    const real = realpathSync(full)
    if (path.relative(ROOT, real).startsWith('..')) {
      throw new UsageError(
        `${raw} is not in this checkout. Another checkout is graded by npm run check -- --submission <its folder> <exercise>.`,
      )
    }
    const found = below(real, all)
    if (!found) throw new UsageError(`${raw} belongs to no exercise. npm run list shows all.`)
    return found
  }
  // A part of a path, or a file that is not there any more.
  const parts = raw
    .toLowerCase()
    .split(/[\\/]+/)
    .filter(Boolean)
  const found = all.filter(({ slug }) => parts.includes(slug))
  const last = all.filter(({ phase }) => phase === parts.at(-1))
  return [found, last].find((some) => some.length > 0)
}

/**
 * The exercises that one name means, the closest way of naming first.
 * @throws UsageError where it fits none, or several that have nothing in common
 */
function fitting(raw: string, all: Entry[]): Entry[] {
  if (/[\\/]|^\.\.?$/.test(raw)) {
    const found = atPath(raw, all)
    if (found) return found
    throw new UsageError(unknownName(raw, all))
  }
  const name = raw.toLowerCase()
  const ways: ((one: Entry) => boolean)[] = [
    ({ slug }) => slug === name,
    ({ phase }) => wordsOf(phase).includes(name),
    ({ slug }) => slug.startsWith(name),
    ({ slug }) => slug.split('-').includes(name),
  ]
  for (const way of ways) {
    const found = all.filter(way)
    if (found.length > 0) return found
  }
  const part = name.length > 1 ? all.filter(({ slug }) => slug.includes(name)) : []
  if (part.length > 1) {
    throw new UsageError(
      `"${raw}" is a part of several names: ${part.map(({ slug }) => slug).join(', ')}. Say which.`,
    )
  }
  if (part.length === 1) return part
  if (existsSync(path.resolve(calledIn(), raw))) return atPath(raw, all)!
  throw new UsageError(unknownName(raw, all))
}

function unknownName(raw: string, all: Entry[]): string {
  if (all.length === 0) return 'There are no exercises below exercises/.'
  const name = raw.split(/[\\/]/).filter(Boolean).at(-1)!.toLowerCase()
  const phase = PHASES.find((one) => wordsOf(one).includes(name))
  if (phase) return `${phaseTitle(phase)} has no exercises yet. npm run list shows all there are.`
  if (/^(phase-?)?\d+$/.test(name)) {
    const phases = PHASES.map((one) => one.replace(/^phase(\d)-/, '$1 '))
    return `There is no phase "${raw}". Phases: ${phases.join(', ')}.`
  }
  const known = [
    ...all.flatMap(({ slug }) => [slug, ...slug.split('-')].map((word) => ({ word, slug }))),
    ...PHASES.flatMap((one) => {
      const [head = '', word = ''] = one.split('-')
      return [head, word].map((text) => ({ word: text, slug: head }))
    }),
  ].map(({ word, slug }) => ({ slug, away: distance(word, name), length: word.length }))
  const near = known.filter(({ away, length }) => away <= Math.max(1, Math.min(3, length / 2)))
  const least = Math.min(...near.map(({ away }) => away))
  const slugs = new Set(near.filter(({ away }) => away === least).map(({ slug }) => slug))
  const hint = slugs.size > 0 ? ` Did you mean ${either([...slugs])}?` : ''
  return `There is no exercise or phase "${raw}".${hint} npm run list shows all.`
}

/** The exercises in whose folder the command was called; undefined elsewhere. */
function hereOf(all: Entry[]): Entry[] | undefined {
  const folder = calledIn()
  if (!existsSync(folder)) return undefined
  const real = realpathSync(folder)
  const isPlace = !path.relative(ROOT, real).startsWith('..') && path.relative(ROOT, real) !== ''
  return isPlace ? below(real, all) : undefined
}

/**
 * Picks exercises by phases (`3`, `phase3`, `data`), slugs, beginnings and words of slugs (`sql`,
 * `lru`), and paths of files and folders.
 * @param options.here without names, what the command was called in the folder of; otherwise all
 * @throws UsageError for a name that fits nothing, with the nearest ones that do
 */
export function select(catalogue: Catalogue, names: string[], { here = false } = {}): Catalogue {
  const all = [...catalogue.exercises, ...catalogue.broken]
  const found =
    names.length > 0 ? joined(names).flatMap((name) => fitting(name, all)) : here && hereOf(all)
  if (!found) return catalogue
  const wanted = new Set(found.map(({ slug }) => slug))
  return {
    exercises: catalogue.exercises.filter((one) => wanted.has(one.slug)),
    broken: catalogue.broken.filter((one) => wanted.has(one.slug)),
  }
}

/**
 * Exactly one exercise; without a name, the one whose folder the command was called in.
 * @throws UsageError where the name fits none, several, or a broken one
 */
export function selectOne(
  catalogue: Catalogue,
  name: string | undefined,
  command: string,
): Exercise {
  const which = `npm run ${command} <exercise>. npm run list shows all.`
  const selected = select(catalogue, name ? [name] : [], { here: true })
  if (selected === catalogue) throw new UsageError(`Which exercise? ${which}`)
  const { exercises, broken } = selected
  const found = [...exercises, ...broken]
  if (found.length > 1) {
    const slugs = found.map((one) => one.slug).join(', ')
    throw new UsageError(
      `${name ? `"${name}"` : 'This folder'} has several exercises: ${slugs}. Say which: ${which}`,
    )
  }
  if (broken[0]) throw new UsageError(broken[0].message)
  return exercises[0]!
}
