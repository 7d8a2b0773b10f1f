import type { ServiceName } from '../exercise.ts'

/** Who runs a service: a URL from the environment, a container, or a program of this machine. */
export type Provider = 'url' | 'docker' | 'native'

/** A service that answers. `url` gives full rights and is for the grader only. */
export type RunningService = { provider: Provider; url: string; version: string }

/** A service that cannot be had, with the reason and the next step in one line. */
export type MissingService = { missing: string }

export type ServiceState = RunningService | MissingService

/** The state of each service that the run was asked for. */
export type Services = Partial<Record<ServiceName, ServiceState>>

/** `ROADWORKS_SERVICES`: force one kind of provider, or take the first that works. */
export type Mode = 'auto' | 'docker' | 'native'

/** What each service module offers; tried in the order url, docker, native. */
export type ServiceDefinition = {
  name: ServiceName
  /** How a learner reads it. */
  title: string
  /** The environment variable with a URL of a running server. */
  variable?: string
  /** Connects to a server somebody else runs. @throws where it does not answer */
  connect?(url: string): Promise<RunningService>
  /** Starts a container. @throws where the engine cannot */
  container?(run: { id: string; dir: string }): Promise<RunningService>
  /** Starts a program of this machine; undefined where it is not installed. */
  native?(run: { id: string; dir: string }): Promise<RunningService | undefined>
  /** How to install what `native` needs. */
  install: string
}

export function isRunning(state: ServiceState | undefined): state is RunningService {
  return state !== undefined && 'url' in state
}
