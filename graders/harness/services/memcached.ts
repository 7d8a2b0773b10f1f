import { proxy } from '../probes/proxy.ts'
import { cleanup, currentRun, requireService } from '../submission.ts'
import { type Memcached, openMemcached } from './memcached-database.ts'

export type { Memcached } from './memcached-database.ts'

/**
 * Starts a memcached of the grader's own; it ends with the test, or with the file where it was made outside a
 * test. Where memcached is missing the running test is marked `not run`.
 */
export async function memcached(): Promise<Memcached> {
  const service = requireService('memcached')
  const { database, close } = await openMemcached(service, currentRun())
  cleanup(close)
  if (service.provider !== 'url') return database
  // One that goes on after the run cannot be stopped: the way to it is cut, and it is emptied.
  await database.flush()
  const between = await proxy(database.url)
  return {
    ...database,
    url: between.url,
    stop: async () => between.cut(),
    async start() {
      await database.flush()
      between.heal()
    },
  }
}
