import type { ServiceName } from '../exercise.ts'
import { namePrefix, register } from '../run.ts'
import { dockerEngine } from './docker.ts'
import {
  type Mode,
  type RunningService,
  type ServiceDefinition,
  type ServiceState,
  type Services,
  TITLES,
} from './types.ts'

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
  say: (text: string) => void,
): Promise<ServiceState> {
  const { name, variable, install } = definition
  const title = TITLES[name]
  // What stands in for a service, in the kit's own CI, does so whatever the mode.
  const standsIn = definition.standIn !== undefined && process.env[definition.standIn]
  const given = variable && (mode === 'auto' || standsIn) ? process.env[variable] : undefined
  if (given && definition.connect) {
    try {
      const service = await definition.connect(given)
      register(run, {
        type: 'service',
        name,
        adminUrl: given,
        prefix: namePrefix(run),
      })
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
        failures.push(`Its container did not start: ${reasonOf(error)}`)
      }
    } else if (mode === 'docker') failures.push(engine.missing)
  }
  if (mode !== 'docker' && definition.native) {
    try {
      const service = await definition.native(run, say)
      if (service) return service
    } catch (error) {
      failures.push(`It did not start here: ${reasonOf(error)}`)
    }
  }
  const tried = failures.map((failure) => failure.replace(/\.?$/, '.'))
  // Who asked for Docker only is not helped by a program of this machine.
  const help = mode === 'docker' && tried.length > 0 ? [] : [install]
  return { missing: [`needs ${title}.`, ...help, ...tried].join(' ') }
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
 * @param options.say told what takes long, such as a download, before it begins; standard error by
 *   default
 * @returns a state for every service asked for; a missing one says why and what to do
 * @throws ServicesModeError where `ROADWORKS_SERVICES` is not a mode
 */
export async function startServices(
  needs: Iterable<ServiceName>,
  run: { id: string; dir: string },
  options: {
    onProgress?(name: ServiceName, state?: ServiceState): void
    say?(text: string): void
  } = {},
): Promise<Services> {
  const mode = servicesMode()
  const wanted = new Set(needs)
  const say = options.say ?? ((text) => void process.stderr.write(`roadworks: ${text}\n`))
  // Our own reaper removes what is left, and works where the image of theirs cannot be had.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'
  // Loaded where it is used: most commands and many runs start none.
  const { definitions } = wanted.size > 0 ? await import('./definitions.ts') : { definitions: [] }
  const entries = [...wanted].map(async (name) => {
    options.onProgress?.(name)
    const definition = definitions.find((one) => one.name === name)
    const state = definition ? await startOne(definition, mode, run, say) : await askDocker(mode)
    options.onProgress?.(name, state)
    return [name, state] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
