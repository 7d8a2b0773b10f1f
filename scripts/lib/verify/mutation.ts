import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../../graders/harness/exercise.ts'
import { hashReference, recordSchema } from '../mutate/record.ts'
import type { Problem } from './judge.ts'

/** What is wrong with the recorded mutation score: missing, of an older reference, or not explained. */
export function mutationProblems(exercise: Exercise): Problem[] {
  const name = path.relative(process.cwd(), path.join(exercise.grader, 'mutation.json'))
  const fix = `npm run mutate -- ${exercise.slug} --update`
  if (!existsSync(name)) return [{ what: `there is no ${name}`, fix }]
  let recorded: unknown
  try {
    recorded = JSON.parse(readFileSync(name, 'utf8'))
  } catch {
    return [{ what: `${name} is not JSON`, fix }]
  }
  const result = recordSchema.safeParse(recorded)
  if (!result.success)
    return [{ what: `${name} does not have the shape of a mutation record`, fix }]
  const problems: Problem[] = []
  const { reference, survivors } = result.data
  // Where a file of the reference is missing, another rule says so.
  const whole = exercise.files.every((file) => existsSync(path.join(exercise.solution, file)))
  if (whole && reference !== hashReference(exercise)) {
    problems.push({ what: `${name} is about an older reference`, fix })
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
  return problems
}
