import { openRedis, type RedisDatabase } from './redis-database.ts'
import { take } from './take.ts'

export type { RedisDatabase } from './redis-database.ts'

/**
 * Takes a free logical database of Redis; it is emptied and given back with the test, or with the
 * file where it was made outside a test. Where there is no Redis the running test is marked
 * `not run`.
 */
export function redis(): Promise<RedisDatabase> {
  return take('redis', 'user', openRedis)
}
