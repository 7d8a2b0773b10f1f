// What a grader imports.

export { note } from './evidence.ts'
export { expectFacts } from './facts.ts'
export { forAll } from './for-all.ts'
export { Fresh } from './fresh.ts'
export { type Answer, type Http, type Sending, send, type Target } from './http.ts'
export { meanwhile } from './meanwhile.ts'
export type { Mistake } from './mistakes.ts'
export { dribble } from './probes/dribble.ts'
export { findLeaks, findStack, type Haystack, spellings } from './probes/leak.ts'
export { type Hold, type Proxy, proxy, type Statement } from './probes/proxy.ts'
export { race } from './probes/race.ts'
export { nth, type Stopped, stopAt } from './probes/stop.ts'
export { type Arrived, type Upstream, upstream } from './probes/upstream.ts'
export { type Reply, type ServedZone, serveZone } from './services/dns.ts'
export { type MariaDbDatabase, mariadb } from './services/mariadb.ts'
export { type Memcached, memcached } from './services/memcached.ts'
export { type MongoDatabase, mongodb } from './services/mongodb.ts'
export { type PostgresDatabase, postgres } from './services/postgres.ts'
export { promtool } from './services/prometheus.ts'
export { type RedisDatabase, redis } from './services/redis.ts'
export type { Customer, Depot, Parcel, Pelican, Scan } from './sql/pelican.ts'
export { type PelicanPools, randomPelican, usualMoments } from './sql/random.ts'
export { type Dataset, openSelects, type Query } from './sql/selects.ts'
export { ZONES } from './sql/zones.ts'
export { SubjectError } from './subjects/errors.ts'
export type { ModuleSubject } from './subjects/module.ts'
export type { ScriptResult } from './subjects/script.ts'
export type { ServerSubject } from './subjects/server.ts'
export { type QueryResult, runQuery } from './subjects/sql.ts'
export { mustRunSqlScript, runSqlScript, type SqlScriptResult } from './subjects/sql-script.ts'
export { runTool, type ToolAnswer } from './subjects/tool.ts'
export {
  cleanup,
  freshName,
  openSubmission,
  requireService,
  type Submission,
  shared,
  sharedUntilFailure,
} from './submission.ts'
