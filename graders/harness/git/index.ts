// What a grader of Git exercises imports beside the harness.

export { git, mustGit, scriptEnv } from './git.ts'
export { History, type Person } from './history.ts'
export { Outcome } from './outcome.ts'
