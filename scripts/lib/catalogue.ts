import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import {
  type Exercise,
  FrontmatterError,
  PHASES,
  readExercise,
} from '../../graders/harness/exercise.ts'
import { EXERCISES } from '../../graders/harness/paths.ts'
import { UsageError } from './usage.ts'

/** An exercise whose README cannot be used; the rest of the map is printed all the same. */
export type Broken = { phase: string; slug: string; message: string }

export type Catalogue = { exercises: Exercise[]; broken: Broken[] }

/** A phase as people say it, such as `Phase 3 · Data`. */
export function phaseTitle(phase: string): string {
  const [, number, name] = /^phase(\d)-(.+)$/.exec(phase) ?? []
  const titles: Record<string, string> = { apis: 'APIs and architecture' }
  const text = titles[name!] ?? `${name![0]!.toUpperCase()}${name!.slice(1)}`
  return `Phase ${number} · ${text}`
}

/** Reads every exercise of the kit, phase by phase, in the order of the map. */
export function readCatalogue(exercises = EXERCISES): Catalogue {
  const catalogue: Catalogue = { exercises: [], broken: [] }
  for (const phase of PHASES) {
    const folder = path.join(exercises, phase)
    if (!existsSync(folder)) continue
    const found: Exercise[] = []
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      try {
        found.push(readExercise(phase, entry.name, exercises))
      } catch (error) {
        if (!(error instanceof FrontmatterError)) throw error
        catalogue.broken.push({ phase, slug: entry.name, message: error.message })
      }
    }
    found.sort((a, b) => a.order - b.order || (a.slug < b.slug ? -1 : 1))
    catalogue.exercises.push(...found)
  }
  return withoutTwins(catalogue)
}

/** Counts exercises of one slug as broken: commands, results and caches tell exercises by it. */
function withoutTwins({ exercises, broken }: Catalogue): Catalogue {
  const bySlug = Object.groupBy([...exercises, ...broken], ({ slug }) => slug)
  const isTwin = ({ slug }: { slug: string }) => bySlug[slug]!.length > 1
  const twins = Object.values(bySlug).flatMap((same): Broken[] => {
    if (same!.length === 1) return []
    const folders = same!.map(({ phase, slug }) => `exercises/${phase}/${slug}`).join(' and ')
    const message = `${folders} have the same slug. Rename one: a slug exists once in all phases.`
    return same!.map(({ phase, slug }) => ({ phase, slug, message }))
  })
  return {
    exercises: exercises.filter((one) => !isTwin(one)),
    broken: [...broken.filter((one) => !isTwin(one)), ...twins],
  }
}

function phaseOf(name: string): string | undefined {
  const match = /^(?:phase)?-?(\d)$/.exec(name)
  return PHASES.find((phase) => phase === name || (match && phase.startsWith(`phase${match[1]}-`)))
}

/**
 * Picks exercises by phases (`phase3`, `3`, `phase3-data`), slugs, and prefixes of slugs; all where
 * no name is given.
 * @throws UsageError for a name that fits nothing, with the nearest one that does
 */
export function select(catalogue: Catalogue, names: string[]): Catalogue {
  if (names.length === 0) return catalogue
  const all = [...catalogue.exercises, ...catalogue.broken]
  const wanted = new Set<string>()
  for (const raw of names) {
    // A path, as a shell completes it, names its last folder.
    const name = raw.replace(/\/+$/, '').split('/').at(-1)!.toLowerCase()
    const phase = phaseOf(name)
    const exact = all.filter((one) => one.slug === name)
    const fitting = phase
      ? all.filter((one) => one.phase === phase)
      : exact.length > 0
        ? exact
        : all.filter((one) => one.slug.startsWith(name))
    if (fitting.length === 0) throw new UsageError(unknownName(raw, name, phase, all))
    for (const one of fitting) wanted.add(one.slug)
  }
  return {
    exercises: catalogue.exercises.filter((one) => wanted.has(one.slug)),
    broken: catalogue.broken.filter((one) => wanted.has(one.slug)),
  }
}

function unknownName(
  raw: string,
  name: string,
  phase: string | undefined,
  all: { slug: string }[],
): string {
  if (phase) return `${phase} has no exercises yet. npm run list shows all there are.`
  const names = [...all.map((one) => one.slug), ...PHASES.map((one) => one.split('-')[0]!)]
  if (names.length === 0) return 'There are no exercises below exercises/.'
  const near = closest(name, names)
  const close = distance(name, near) <= Math.max(2, name.length / 2)
  const hint = close ? ` Did you mean ${near}?` : ''
  return `There is no exercise or phase "${raw}".${hint} npm run list shows all.`
}

/** Exactly one exercise. @throws UsageError where the name fits none, several, or a broken one */
export function selectOne(
  catalogue: Catalogue,
  name: string | undefined,
  command: string,
): Exercise {
  if (!name) throw new UsageError(`Which exercise? npm run ${command} <slug>`)
  const { exercises, broken } = select(catalogue, [name])
  if (broken[0]) throw new UsageError(broken[0].message)
  if (exercises.length > 1) {
    const slugs = exercises.map((one) => one.slug).join(', ')
    throw new UsageError(`"${name}" fits several exercises: ${slugs}. Say which.`)
  }
  return exercises[0]!
}
