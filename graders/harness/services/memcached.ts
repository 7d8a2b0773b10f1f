import { proxy } from '../probes/proxy.ts'
import { cleanup, currentRun, requireService, skipRunningTest } from '../submission.ts'
import { type Memcached, openMemcached } from './memcached-database.ts'

export type { Memcached } from './memcached-database.ts'

let hasTheOnlyOne = false

/**
 * Starts a memcached of the grader's own; it ends with the test, or with the file where it was made outside a
 * test. Where memcached is missing the running test is marked `not run`, and so is one that needs a second
 * while `ROADWORKS_MEMCACHED_URL` names the only one there is.
 */
export async function memcached(): Promise<Memcached> {
  const service = requireService('memcached')
  const isTheOnlyOne = service.provider === 'url'
  if (isTheOnlyOne && hasTheOnlyOne) {
    skipRunningTest(
      'it needs several memcached servers of its own, and ROADWORKS_MEMCACHED_URL names one. Leave it out, and the kit starts them.',
    )
  }
  hasTheOnlyOne = isTheOnlyOne
  const { database, close } = await openMemcached(service, currentRun())
  cleanup(async () => {
    await close()
    if (isTheOnlyOne) hasTheOnlyOne = false
  })
  if (!isTheOnlyOne) return database
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
