import type { ServiceName } from '../exercise.ts'
import { cleanup, freshName, requireService } from '../submission.ts'
import type { Opened, RunningService } from './types.ts'

/**
 * Takes a part of a service for the running test, or for the file outside a test; it is given back
 * with it. Where the service is missing the running test is marked `not run`.
 * @param hint part of its name, such as `db`
 */
export async function take<T>(
  service: ServiceName,
  hint: string,
  open: (service: RunningService, name: string) => Promise<Opened<T>>,
): Promise<T> {
  const running = requireService(service)
  const { database, close } = await open(running, freshName(hint))
  cleanup(close)
  return database
}
