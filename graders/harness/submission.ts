import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  inject,
  onTestFailed,
  type TestContext,
} from 'vitest'
import { wrongEncoding } from './encoding.ts'
import { note, printable } from './evidence.ts'
import { type Exercise, readExercise, type ServiceName, starterOf } from './exercise.ts'
import { Fresh } from './fresh.ts'
import { waitForAnswersPatiently } from './http.ts'
import { GRADERS } from './paths.ts'
import { type Run, uniqueName } from './run.ts'
import {
  type Cleanup,
  currentScope,
  fileScope,
  openScope,
  owningScope,
  runForFile,
  type Scope,
  setRunning,
  undoAll,
} from './scope.ts'
import { dockerEngine } from './services/docker.ts'
import { isRunning, type RunningService, TITLES } from './services/types.ts'
import { BUILD_SECONDS, buildStaged, MissingToolchain } from './subjects/build.ts'
import { endSubjects, giveToSubject, returnUsers } from './subjects/confine.ts'
import { containerFault, endContainers } from './subjects/container.ts'
import { SubjectError } from './subjects/errors.ts'
import { loadModule, type ModuleSubject } from './subjects/module.ts'
import { removeHomes } from './subjects/process.ts'
import { runsSubjects } from './subjects/sandbox.ts'
import { runScript, type ScriptResult } from './subjects/script.ts'
import { type ServerOptions, type ServerSubject, startServer } from './subjects/server.ts'
import { copySubmission, isPlainFile, missingFiles, submissionCommands } from './subjects/stage.ts'
import { openStripped, type Stripped } from './subjects/stripped.ts'
import type { SubjectProcess } from './subjects/subject.ts'
import { toJavaScript } from './subjects/typescript.ts'
import './matchers.ts'

/** The state of the grader file that runs in this worker; vitest gives each file its own. */
const state: {
  run?: Run
  /** Asked when a test fails: a service that no longer answers is to blame then. */
  probes: Map<string, () => Promise<void>>
  /** The service that did not answer when it was asked last. */
  fault?: { title: string; text: string }
} = { probes: new Map() }

/**
 * Has something undone: at the end of the running test, or of the file where it was made outside a
 * test or inside `shared`. The last made is undone first.
 */
export function cleanup(undo: Cleanup): void {
  const scope = owningScope()
  scope.cleanups.push(undo)
  if (scope.ended) void undoAll(scope)
}

/**
 * Makes something at its first use and keeps it for all tests of the file; it is cleaned up when
 * the file ends. A failure is kept too, and shown by each test that asks.
 * @example const image = shared(() => buildImage())  // then, in a test: (await image()).id
 */
export function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= runForFile(make)
    return made
  }
}

/**
 * As `shared`, but after a test that failed the next one that asks makes another: for programs that
 * a test may leave in the midst of something.
 * @param end ends what the failed test had, at once
 */
export function sharedUntilFailure<T>(
  make: () => Promise<T>,
  end: (value: T) => Promise<void>,
): () => Promise<T> {
  let made: (() => Promise<T>) | undefined
  return () => {
    made ??= shared(make)
    const current = made
    onFailure(async () => {
      made = undefined
      // Where it could not be made there is nothing to end, and the test has said so.
      const [value] = await Promise.allSettled([current()])
      if (value.status === 'fulfilled') await end(value.value)
    })
    return current()
  }
}

function onFailure(react: Cleanup): void {
  const scope = currentScope()
  if (scope.background) scope.onFailure.push(react)
  else onTestFailed(react)
}

/** The run this grader belongs to. */
export function currentRun(): Run {
  state.run ??= inject('roadworks')
  return state.run
}

/** A name for something in a service, unique on the machine and known to the run's cleaning. */
export function freshName(hint: string): string {
  return uniqueName(currentRun(), hint)
}

/**
 * Gives a running service, or marks the running test `not run` with the reason.
 * Call it first in a test that needs the service, before anything `shared`.
 * @throws where the service stopped answering in an earlier test
 */
export function requireService(name: ServiceName): RunningService {
  const service = currentRun().services[name]
  if (isRunning(service)) {
    // Else each test would wait for what is gone, and for programs that wait for it.
    if (state.fault?.title === TITLES[name]) throw new Error(state.fault.text)
    blameService(TITLES[name], () => ask(name, service))
    return service
  }
  return skipRunningTest(service?.missing ?? `${name} is not in the "needs" of this exercise.`)
}

/** Ends a test in the background that is then marked `not run`, with this as the reason. */
export class NotRun extends Error {}

/** Marks the running test `not run`, with what it would have needed. */
export function skipRunningTest(missing: string): never {
  const { test, background } = currentScope()
  if (!test || background) throw new NotRun(`not run: ${missing}`)
  return test.skip(`not run: ${missing}`) as never
}

/** @throws where a service that ran does not answer any more */
async function ask(name: ServiceName, { url }: RunningService): Promise<void> {
  if (name === 'docker') {
    const engine = await dockerEngine({ again: true })
    if ('missing' in engine) throw new Error(engine.missing)
    return
  }
  // Loaded where it is used: it brings the clients of all services with it.
  const { definitions } = await import('./services/definitions.ts')
  await definitions.find((one) => one.name === name)!.connect!(url)
}

/** Marks the running test `not run` where subjects are to run in containers that cannot be had. */
function requireSandbox(test: TestContext): void {
  const { confinement } = currentRun()
  if (confinement.kind !== 'docker') return
  if (confinement.missing) test.skip(`not run: ${confinement.missing}`)
  blameService('The Docker engine', async () => {
    const fault = containerFault()
    if (fault) throw new Error(`a container did not start: ${fault}`)
  })
}

/** Has a service asked whether it still answers, when a test fails. `ask` rejects where it does not. */
export function blameService(title: string, ask: () => Promise<void>): void {
  state.probes.set(title, ask)
}

async function faultOf(): Promise<typeof state.fault> {
  for (const [title, ask] of state.probes) {
    try {
      // Twice, for a machine under load may be late once.
      await ask().catch(ask)
    } catch (error) {
      const text = `${title} stopped answering during the run: ${(error as Error).message}`
      return { title, text }
    }
  }
  return undefined
}

async function keepEvidence(scope: Scope, context: TestContext): Promise<void> {
  const { meta } = context.task
  meta.evidence = scope.evidence.slice(-3)
  // A test in the background has programs of its own.
  const subjects = [...(scope.background ? [] : fileScope.subjects), ...scope.subjects]
  const outputs = subjects.map((subject) => subject.output().trim()).filter(Boolean)
  meta.output = printable(outputs.join('\n— another process —\n'), 12_000)
  state.fault = await faultOf()
  meta.fault = state.fault?.text
  // The commands print these from the report; a bare vitest shows what a test logs.
  for (const { title, text } of meta.evidence) console.log(`${title}\n${text}`)
  if (meta.output) console.log(`The program printed:\n${meta.output}`)
}

beforeEach(async (context) => {
  setRunning(openScope(context))
  // It may be back.
  if (state.fault) state.fault = await faultOf()
})
afterEach(async (context) => {
  const scope = currentScope()
  if (context.task.result?.state === 'fail' || context.task.result?.errors?.length) {
    await keepEvidence(scope, context)
  }
  scope.ended = scope.background
  await undoAll(scope)
  for (const subject of fileScope.subjects) if (subject.exit) fileScope.subjects.delete(subject)
  setRunning(undefined)
})
afterAll(async () => {
  await undoAll(fileScope)
  await endSubjects()
  await endContainers()
  removeHomes()
  returnUsers()
})

/** What a learner handed in for one exercise, and the ways to put it to the test. */
export type Submission = {
  exercise: Exercise
  /** Fixtures for the running test; the same seed gives the same ones whatever tests run. */
  readonly fresh: Fresh
  /** The seed of the run. */
  readonly seed: number
  /** Starts the learner's server; it ends with the test. @throws SubjectError where it does not come up */
  startServer(options?: ServerOptions): Promise<ServerSubject>
  /**
   * Loads a module of the learner's in a process of its own; it ends with the test.
   * @param options.services addresses on this machine, by the variables that `evaluate` finds them in:
   *   `process.env.SMTP_URL`. With them the module may use the network, and in a container it reaches them
   * @param options.network lets it use UDP and TCP to any server of the grader's on 127.0.0.1; not at
   *   all by default. In a container there is no such network: the test is marked `not run`
   */
  loadModule<M>(
    file: string,
    options?: { services?: Record<string, string>; network?: boolean },
  ): Promise<ModuleSubject<M>>
  /** Runs a script of the learner's to its end. `argv` holds paths as `file()` gives them. */
  runScript(options: {
    argv: string[]
    cwd: string
    env?: Record<string, string>
    /** Time on the clock; 60 by default. */
    seconds?: number
  }): Promise<ScriptResult>
  /** The absolute path of a file in the staged copy. @throws SubjectError `missing` */
  file(name: string): string
  /**
   * The text of one of the learner's files, without the byte order mark that some editors put first.
   * @throws SubjectError `missing`, or `limit` over 1 MiB
   */
  readText(name: string): string
  /** Copies the whole submission to a folder. */
  copyTo(folder: string): void
  /** A new empty folder that goes with the test. */
  temporaryFolder(hint?: string): string
}

const NO_NETWORK =
  'its program talks to servers of the grader, and has no network in a container. Leave out --sandbox=docker.'

let folders = 0

/**
 * Opens the submission that this grader grades. Call it once at the top of a grader file.
 * @param meta the grader's `import.meta`
 */
export function openSubmission(meta: ImportMeta): Submission {
  const [phase, slug] = path.relative(GRADERS, path.dirname(meta.filename)).split(path.sep)
  const exercise = readExercise(phase!, slug!)
  let staged: string | undefined
  let stripped: Stripped | undefined
  let refused: SubjectError | undefined
  let everStarted = false
  /** What the submission is built with and this machine lacks, in words. */
  let toolchain: string | undefined
  /** Whether the copy holds JavaScript in place of TypeScript that Node cannot run as it is. */
  let transformed = false

  beforeEach((context) => {
    if (runsSubjects(exercise)) requireSandbox(context)
    if (toolchain) context.skip(`not run: ${toolchain}`)
  })

  const build = async (): Promise<void> => {
    const argv = exercise.kind === 'server' && !currentRun().inspect ? buildOf() : undefined
    if (!argv || !existsSync(source())) return
    try {
      const { cwd, hide } = at()
      await buildStaged(currentRun(), { argv, cwd, hide, source: source() }, onBuild)
    } catch (error) {
      if (error instanceof MissingToolchain) toolchain = error.message
      else if (error instanceof SubjectError) refused = error
      else throw error
    }
  }
  let built: Promise<void> | undefined
  // Before the first test, whose time limit a compiler would not keep.
  beforeAll(
    () => {
      built ??= build()
      return built
    },
    BUILD_SECONDS * 1000 + 60_000,
  )
  const onBuild = (subject: SubjectProcess) => cleanup(() => subject.kill())

  const source = () => path.join(currentRun().submission, phase!, slug!)
  const stage = (): string => {
    if (staged) return staged
    const missing = existsSync(source()) ? missingFiles(source(), neededFiles()) : exercise.files
    if (missing.length > 0) {
      throw new SubjectError(
        'missing',
        `${missing.join(', ')} is missing from exercises/${phase}/${slug}. npm run reset ${slug} brings the starter back.`,
      )
    }
    if (currentRun().inspect) {
      // Breakpoints stand in the learner's own files.
      waitForAnswersPatiently()
      staged = source()
      return staged
    }
    // Several copies of one exercise may be graded at once.
    const own = submission.temporaryFolder('staged')
    const folder = path.join(own, slug!)
    copySubmission(source(), folder, transformed ? transform : undefined)
    giveToSubject(currentRun(), own)
    // A second copy, where Node could not read the first, has its own; both are gone at the end.
    const texts = currentRun().confinement.kind === 'docker' ? undefined : openStripped(own)
    stripped = texts
    fileScope.cleanups.unshift(() => {
      texts?.remove()
      rmSync(own, { recursive: true, force: true, maxRetries: 3 })
    })
    staged = folder
    return folder
  }
  // A README that names another language is the learner's own: the reference goes without one.
  const starter = starterOf(exercise)
  // A server in another language does not need the file the README names.
  const neededFiles = () => (argvOf() === exercise.start ? exercise.files : [])
  const argvOf = (): string[] | undefined => {
    const asked = currentRun().start ?? submissionCommands(source())?.start ?? starter.start
    return asked && JSON.stringify(asked) === JSON.stringify(exercise.start)
      ? exercise.start
      : asked
  }
  const buildOf = (): string[] | undefined => {
    const own = submissionCommands(source())
    return own ? own.build : starter.build
  }
  const at = () => ({
    cwd: stage(),
    preload: stripped?.hook,
    hide: { from: stage(), to: `exercises/${phase}/${slug}` },
    // Stack traces name the lines of what the learner wrote.
    env: transformed ? { NODE_OPTIONS: '--enable-source-maps' } : undefined,
  })
  const transform = (bytes: Buffer, file: string): Buffer => {
    if (!/\.[cm]?ts$/.test(file)) return bytes
    const config = path.join(source(), 'tsconfig.json')
    const tsconfig = isPlainFile(config) ? readFileSync(config, 'utf8') : undefined
    return Buffer.from(toJavaScript(bytes.toString('utf8'), path.basename(file), tsconfig))
  }
  /**
   * Starts a program, and where Node could not read it, once more from a copy in which all is
   * JavaScript that Node cannot make so by leaving types out, such as enums.
   */
  const startReadable = async <T>(
    start: (onStart: (subject: SubjectProcess) => void) => Promise<T>,
  ): Promise<T> => {
    const asItIs = !transformed && !currentRun().inspect
    const unreadable = new Set<SubjectProcess>()
    try {
      return await start((subject) => {
        unreadable.add(subject)
        onStart(subject)
      })
    } catch (error) {
      if (!(error instanceof SubjectError) || error.fault !== 'syntax') throw error
      if (asItIs) {
        // A new copy: the program may have done anything to the old one.
        if (!transformed) staged = undefined
        transformed = true
        for (const subject of unreadable) {
          await subject.kill()
          owningScope().subjects.delete(subject)
        }
        return startReadable(start)
      }
      if (error.evidence) note(error.evidence.title, error.evidence.text)
      throw error
    }
  }
  const onStart = (subject: SubjectProcess): void => {
    owningScope().subjects.add(subject)
    cleanup(() => subject.kill())
    stripped?.strip()
  }

  const submission: Submission = {
    exercise,
    get seed() {
      return currentRun().seed
    },
    get fresh() {
      const scope = currentScope()
      const label = `${slug}:${scope.test?.task.name ?? 'file'}`
      scope.fresh ??= new Fresh(currentRun().seed, label)
      return scope.fresh
    },
    async startServer(options = {}) {
      // Tests that wait together begin before the first one does.
      built ??= build()
      await built
      if (toolchain) throw new SubjectError('crash', toolchain)
      // A server that never listens would cost its time-out again in every test of the file.
      if (refused) {
        if (refused.fault === 'build') note(refused.evidence!.title, refused.evidence!.text)
        throw refused
      }
      try {
        const server = await startReadable((onStart) =>
          startServer(currentRun(), { argv: argvOf()!, ...at() }, options, onStart),
        )
        everStarted = true
        return server
      } catch (error) {
        const never = error instanceof SubjectError && error.fault === 'no-answer' && !everStarted
        if (never) refused = error
        throw error
      }
    },
    async loadModule(file, { services, network } = {}) {
      if (network && currentRun().confinement.kind === 'docker') skipRunningTest(NO_NETWORK)
      submission.file(file)
      if (refused) throw refused
      try {
        return await startReadable((onStart) => {
          const where = at()
          const env = { ...where.env, ...services }
          const reach = { env, network: network || services !== undefined }
          return loadModule(currentRun(), { ...where, ...reach }, file, onStart)
        })
      } catch (error) {
        if (error instanceof SubjectError && error.fault === 'limit') refused = error
        throw error
      }
    },
    runScript(options) {
      const { hide, preload } = at()
      return runScript(currentRun(), { ...options, hide, preload }, onStart)
    },
    file(name) {
      const full = path.join(stage(), name)
      if (!existsSync(full)) throw new SubjectError('missing', `${name} is missing.`)
      return full
    },
    readText(name) {
      const full = submission.file(name)
      if (lstatSync(full).size > 1024 ** 2) {
        throw new SubjectError('limit', `${name} is larger than 1 MiB.`)
      }
      const wrong = wrongEncoding(full)
      if (wrong) throw new SubjectError('syntax', `${name} ${wrong}`)
      return readFileSync(full, 'utf8').replace(/^\ufeff/, '')
    },
    copyTo(folder) {
      cpSync(stage(), folder, { recursive: true })
    },
    temporaryFolder(hint = 'tmp') {
      folders += 1
      const folder = path.join(currentRun().dir, `${hint}-${process.pid}-${folders}`)
      mkdirSync(folder, { recursive: true })
      giveToSubject(currentRun(), folder)
      if (hint !== 'staged')
        cleanup(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
      return folder
    },
  }
  return submission
}
