import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '')

/** Where learners work, where the references are and where the graders are. */
export const EXERCISES = path.join(ROOT, 'exercises')
export const SOLUTIONS = path.join(ROOT, 'solutions')
export const GRADERS = path.join(ROOT, 'graders')

/** Everything a run writes: reports, the cache of verdicts, temporary copies. Ignored by git. */
export const STATE = path.join(ROOT, '.roadworks')
