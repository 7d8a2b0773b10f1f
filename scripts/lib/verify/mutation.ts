import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { hashReference, recordSchema } from '../mutate/record.ts'
import type { Problem } from './judge.ts'

/**
 * What is wrong with the recorded mutation score. A record that is missing or about an older
 * reference only warns, for to make it takes long; what it says must be whole.
 */
export function mutationProblems(exercise: Exercise): { problems: Problem[]; warnings: Problem[] } {
  const name = path.relative(process.cwd(), path.join(exercise.grader, 'mutation.json'))
  const fix = `npm run mutate -- ${exercise.slug} --update`
  const only = (what: string) => ({ problems: [{ what, fix }], warnings: [] })
  if (!existsSync(name)) return { problems: [], warnings: [{ what: `there is no ${name}`, fix }] }
  let recorded: unknown
  try {
    recorded = JSON.parse(readFileSync(name, 'utf8'))
  } catch {
    return only(`${name} is not JSON`)
  }
  const result = recordSchema.safeParse(recorded)
  if (!result.success) return only(`${name} does not have the shape of a mutation record`)
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const { reference, survivors } = result.data
  // Where a file of the reference is missing, another rule says so.
  const whole = exercise.files.every((file) => existsSync(path.join(exercise.solution, file)))
  if (whole && reference !== hashReference(exercise)) {
    warnings.push({ what: `${name} is about an older reference`, fix })
  }
  const open = survivors.filter(({ equivalent }) => !equivalent?.trim())
  if (open.length > 0) {
    problems.push({
      what: `${open.length} ${open.length === 1 ? 'mutant lives' : 'mutants live'} without a reason`,
      fix: `Add a test that kills them, or say in ${name} why no check could.`,
      detail: open
        .map(
          ({ file, line, original, replacement }) =>
            `${file}:${line}  ${original} → ${replacement}`,
        )
        .join('\n'),
    })
  }
  return { problems, warnings }
}
