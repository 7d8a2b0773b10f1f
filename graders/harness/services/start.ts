import type { ServiceName } from '../exercise.ts'
import { register } from '../run.ts'
import { dockerEngine } from './docker.ts'
import { postgresService } from './postgres-server.ts'
import { redisService } from './redis-server.ts'
import type { Mode, RunningService, ServiceDefinition, ServiceState, Services } from './types.ts'

/** Services that a server is started for. Docker itself is asked, not started. */
export const definitions: ServiceDefinition[] = [postgresService, redisService]

/** Thrown for a value of ROADWORKS_SERVICES that means nothing. */
export class ServicesModeError extends Error {
  override name = 'ServicesModeError'
}

/**
 * Reads `ROADWORKS_SERVICES`; `auto` by default.
 * @throws ServicesModeError for any other word than auto, docker, native
 */
export function servicesMode(value = process.env.ROADWORKS_SERVICES): Mode {
  if (!value) return 'auto'
  if (value === 'auto' || value === 'docker' || value === 'native') return value
  throw new ServicesModeError(
    `ROADWORKS_SERVICES is "${value}"; it must be auto, docker or native.`,
  )
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 300) || 'no reason given'
}

async function startOne(
  definition: ServiceDefinition,
  mode: Mode,
  run: { id: string; dir: string },
): Promise<ServiceState> {
  const { title, variable, install } = definition
  const given = variable && mode === 'auto' ? process.env[variable] : undefined
  if (given && definition.connect) {
    try {
      const service = await definition.connect(given)
      const prefix = `rw_${run.id.replace('-', '_')}_`
      if (definition.name === 'postgres' || definition.name === 'redis') {
        register(run, { type: definition.name, adminUrl: given, prefix })
      }
      return service
    } catch (error) {
      // Somebody said which server to use: another one in its place would surprise them.
      return { missing: `${title} at ${variable} does not answer: ${reasonOf(error)}` }
    }
  }
  const failures: string[] = []
  if (mode !== 'native' && definition.container) {
    const engine = await dockerEngine()
    if ('version' in engine) {
      try {
        register(run, { type: 'docker', label: `roadworks.run=${run.id}` })
        return await definition.container(run)
      } catch (error) {
        failures.push(`its container did not start: ${reasonOf(error)}`)
      }
    } else if (mode === 'docker') failures.push(engine.missing)
  }
  if (mode !== 'docker' && definition.native) {
    try {
      const service = await definition.native(run)
      if (service) return service
    } catch (error) {
      failures.push(`it did not start here: ${reasonOf(error)}`)
    }
  }
  return { missing: `needs ${title}. ${failures.length > 0 ? failures.join('; ') : install}` }
}

async function askDocker(mode: Mode): Promise<ServiceState> {
  if (mode === 'native') {
    return { missing: 'needs a Docker engine, and ROADWORKS_SERVICES=native leaves Docker out.' }
  }
  const engine = await dockerEngine()
  if ('missing' in engine) return { missing: `needs a Docker engine. ${engine.missing}` }
  return { provider: 'docker', url: 'docker', version: engine.version } satisfies RunningService
}

/**
 * Starts what the selected exercises need, all at once.
 * @param needs the services wanted; each is started once
 * @param options.onProgress told when a service begins to start, and when it is there or missing
 * @returns a state for every service asked for; a missing one says why and what to do
 * @throws ServicesModeError where `ROADWORKS_SERVICES` is not a mode
 */
export async function startServices(
  needs: Iterable<ServiceName>,
  run: { id: string; dir: string },
  options: { onProgress?(name: ServiceName, state?: ServiceState): void } = {},
): Promise<Services> {
  const mode = servicesMode()
  // Our own reaper removes what is left, and works where the image of theirs cannot be had.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
  const entries = [...new Set(needs)].map(async (name) => {
    options.onProgress?.(name)
    const definition = definitions.find((one) => one.name === name)
    const state = definition ? await startOne(definition, mode, run) : await askDocker(mode)
    options.onProgress?.(name, state)
    return [name, state] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
