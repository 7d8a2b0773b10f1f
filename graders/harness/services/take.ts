import { ahead } from '../ahead.ts'
import type { ServiceName } from '../exercise.ts'
import { cleanup, currentRun, freshName, requireService, shared } from '../submission.ts'
import { isRunning, type Opened, type RunningService } from './types.ts'

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

/** How many are made ahead: a test that fails is shown while the next ones are made. */
const STOCK = 2

/**
 * The same for what is always made alike: where there is time before the first test, some are made
 * ahead.
 */
export function stocked<T>(
  service: ServiceName,
  hint: string,
  open: (service: RunningService, name: string) => Promise<Opened<T>>,
): () => Promise<T> {
  const stock: (() => Promise<Opened<T>>)[] = []
  ahead(async () => {
    const running = currentRun().services[service]
    while (isRunning(running) && stock.length < STOCK) {
      // Given back with the file, whoever takes it.
      const made = shared(async () => {
        const opened = await open(running, freshName(hint))
        cleanup(opened.close)
        return opened
      })
      await made()
      stock.push(made)
    }
  })
  return async () => {
    const made = stock.shift()
    if (!made) return take(service, hint, open)
    requireService(service)
    return (await made()).database
  }
}
