// What a grader imports.
export { Fresh } from './fresh.ts'
export { type Answer, type Http, type Sending, send, type Target } from './http.ts'
export { note } from './evidence.ts'
export { dribble } from './probes/dribble.ts'
export { race } from './probes/race.ts'
export { SubjectError } from './subjects/errors.ts'
export type { ModuleSubject } from './subjects/module.ts'
export type { ScriptResult } from './subjects/script.ts'
export type { ServerSubject } from './subjects/server.ts'
export {
  cleanup,
  freshName,
  openSubmission,
  requireService,
  shared,
  type Submission,
} from './submission.ts'
export { findLeaks, findStack, type Haystack, spellings } from './probes/leak.ts'
export { type Hold, proxy, type Proxy, type Statement } from './probes/proxy.ts'
export { postgres, type PostgresDatabase } from './services/postgres.ts'
export { redis, type RedisDatabase } from './services/redis.ts'
export type { Mistake } from './mistakes.ts'
