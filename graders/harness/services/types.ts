import type { ServiceName } from '../exercise.ts'

/** Who runs a service: a URL from the environment, a container, or a program of this machine. */
export type Provider = 'url' | 'docker' | 'native'

/** A service that answers. `url` gives full rights and is for the grader only. */
export type RunningService = {
  provider: Provider
  url: string
  version: string
  /** Set where another program stands in for the service, in the kit's own CI alone: its name. */
  standIn?: string
}

/** A service that cannot be had, with the reason and the next step in one line. */
export type MissingService = { missing: string }

export type ServiceState = RunningService | MissingService

/** The state of each service that the run was asked for. */
export type Services = Partial<Record<ServiceName, ServiceState>>

/** `ROADWORKS_SERVICES`: force one kind of provider, or take the first that works. */
export type Mode = 'auto' | 'docker' | 'native'

/** A part of a service that was taken for somebody, and how it is given back. */
export type Opened<T> = { database: T; close(): Promise<void> }

/** How a learner reads the names of services. */
export const TITLES: Record<ServiceName, string> = {
  postgres: 'PostgreSQL',
  redis: 'Redis',
  memcached: 'memcached',
  mariadb: 'MariaDB',
  mongodb: 'MongoDB',
  nginx: 'nginx',
  dns: 'BIND',
  prometheus: 'promtool',
  docker: 'The Docker engine',
}

/** What each service module offers; tried in the order url, docker, native. */
export type ServiceDefinition = {
  name: ServiceName
  /** The environment variable with a URL of a running server. */
  variable?: string
  /** The variable that names another program that stands in for the service at that URL. */
  standIn?: string
  /** Connects to a server somebody else runs. @throws where it does not answer */
  connect?(url: string): Promise<RunningService>
  /** Starts a container. @throws where the engine cannot */
  container?(run: { id: string; dir: string }): Promise<RunningService>
  /**
   * Starts a program of this machine; undefined where it is not installed.
   * @param say told of what takes long, such as a download, before it begins
   */
  native?(
    run: { id: string; dir: string },
    say: (text: string) => void,
  ): Promise<RunningService | undefined>
  /** How to install what `native` needs. */
  install: string
  /**
   * Removes what runs have made on a server that goes on running after them.
   * @param prefix how the names of it all begin
   */
  release?(adminUrl: string, prefix: string): Promise<void>
  /** What a run has left on a server: a line each. */
  leftovers?(adminUrl: string, prefix: string): Promise<string[]>
}

export function isRunning(state: ServiceState | undefined): state is RunningService {
  return state !== undefined && 'url' in state
}
