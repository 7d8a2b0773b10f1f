import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import {
  type Exercise,
  FrontmatterError,
  PHASES,
  readExercise,
} from '../../graders/harness/exercise.ts'
import { EXERCISES } from '../../graders/harness/paths.ts'

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
