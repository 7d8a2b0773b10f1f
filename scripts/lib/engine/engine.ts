import type { Exercise, ServiceName } from '../../../graders/harness/exercise.ts'
import { type OpenRun, openRun } from '../../../graders/harness/open-run.ts'
import { killTree, killUser } from '../../../graders/harness/processes.ts'
import { registered } from '../../../graders/harness/run.ts'
import { startServices } from '../../../graders/harness/services/start.ts'
import { isRunning, type ServiceState } from '../../../graders/harness/services/types.ts'
import { readySandbox, runsSubjects } from '../../../graders/harness/subjects/sandbox.ts'
import { EnvironmentError } from '../usage.ts'
import type { Session } from './session.ts'

/** What an engine tells while it works, for a terminal, a page or a worker to show. */
export type EngineEvent =
  /** `state` is missing while the service starts. */
  | { type: 'service'; name: ServiceName; state?: ServiceState }
  /** Something takes a while: an image is built, a program downloaded. */
  | { type: 'notice'; text: string }

export type EngineOptions = NonNullable<Parameters<typeof openRun>[0]> & {
  onEvent?(event: EngineEvent): void
  /** Told of Ctrl-C or SIGTERM before anything is closed: what was found so far can be saved. */
  onStop?(): void
  /** The signals that end it all; SIGINT, SIGTERM and SIGHUP by default. */
  signals?: NodeJS.Signals[]
}

/** Everything that grading needs, opened once: a run, services, the sandbox, warm graders. */
export type Engine = {
  readonly run: OpenRun
  /** Starts services that are not up yet, all at once. */
  start(names: readonly ServiceName[]): Promise<void>
  /**
   * Starts what these exercises need and what is not up yet: services, all at once, and the sandbox.
   * What cannot be had is in `run.services` and `run.confinement`, with the reason.
   */
  prepare(exercises: Exercise[]): Promise<void>
  /** Returns why an exercise cannot be graded here, in one line; undefined where it can. */
  missing(exercise: Exercise): string | undefined
  /** Opens a session that ends with the engine; a caller who is done earlier closes it. */
  session(options?: { unlimited?: boolean; workers?: number }): Promise<Session>
  /**
   * Works off a queue with several sessions at once.
   * @param lanes how many; a lane takes the next job when it is done with one
   */
  each<J>(
    queue: J[],
    lanes: number,
    work: (session: Session, job: J) => Promise<void>,
  ): Promise<void>
  /** Kills every program of a learner's that still runs: after a grading that was broken off. */
  killSubjects(): Promise<void>
}

/**
 * Opens an engine, works with it, and closes it whatever happens: at the end, after an error, and
 * where a signal comes. A second Ctrl-C ends at once; the run's reaper then cleans up.
 * @returns what `work` returns
 */
export async function withEngine<T>(
  options: EngineOptions,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const {
    onEvent = () => {},
    onStop = () => {},
    signals = ['SIGINT', 'SIGTERM', 'SIGHUP'],
    ...about
  } = options
  const run = openRun(about)
  const sessions = new Set<Session>()
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    const code = signal === 'SIGINT' ? 130 : signal === 'SIGHUP' ? 129 : 143
    if (stopping) process.exit(code)
    stopping = true
    process.stderr.write('\nStopping; cleaning up …\n')
    onStop()
    void run.interrupt().finally(() => process.exit(code))
  }
  for (const signal of signals) process.on(signal, stop)

  const engine: Engine = {
    run,
    async start(names) {
      const fresh = [...new Set(names)].filter((name) => !run.services[name])
      const services = await startServices(fresh, run, {
        onProgress: (name, state) => onEvent({ type: 'service', name, state }),
        say: (text) => onEvent({ type: 'notice', text }),
      })
      run.services = { ...run.services, ...services }
    },
    async prepare(exercises) {
      const [confinement] = await Promise.all([
        exercises.some(runsSubjects)
          ? readySandbox(run, (text) => onEvent({ type: 'notice', text }))
          : run.confinement,
        engine.start(exercises.flatMap((exercise) => exercise.needs)),
      ])
      run.confinement = confinement
    },
    missing(exercise) {
      const { confinement, services } = run
      if (confinement.kind === 'docker' && confinement.missing && runsSubjects(exercise))
        return confinement.missing
      if (exercise.static) return undefined
      const state = exercise.needs.map((name) => services[name]).find((one) => !isRunning(one))
      return state && !isRunning(state) ? state.missing : undefined
    },
    async session(asked) {
      // Loaded where something is graded: vitest is most of what a short command would load.
      const { openSession } = await import('./session.ts')
      const session = await openSession(asked)
      const { close } = session
      session.close = async () => {
        sessions.delete(session)
        await close()
      }
      sessions.add(session)
      return session
    },
    async each(queue, lanes, job) {
      const lane = async () => {
        const session = await engine.session({ workers: 1 })
        try {
          for (let next = queue.shift(); next !== undefined; next = queue.shift())
            await job(session, next)
        } finally {
          await session.close()
        }
      }
      await Promise.all(Array.from({ length: Math.min(lanes, queue.length) }, lane))
    },
    async killSubjects() {
      for (const { thing } of registered(run.dir)) {
        if (thing.type === 'process' && thing.marker) await killTree(thing.pid, thing.marker)
        else if (thing.type === 'user') await killUser(thing.uid)
      }
    },
  }
  try {
    return await work(engine)
  } finally {
    for (const signal of signals) process.off(signal, stop)
    if (!stopping) {
      await Promise.all([...sessions].map((session) => session.close().catch(() => {})))
      await run.close()
    }
  }
}

/**
 * The same for commands to which a sandbox that cannot be had is a fault: graders that are not run
 * prove nothing.
 * @throws EnvironmentError with the reason
 */
export async function prepareAll(engine: Engine, exercises: Exercise[]): Promise<void> {
  await engine.prepare(exercises)
  const { confinement } = engine.run
  if (confinement.kind === 'docker' && confinement.missing && exercises.some(runsSubjects))
    throw new EnvironmentError(confinement.missing)
}
