import { randomUUID } from 'node:crypto'
import { realpathSync } from 'node:fs'
import path from 'node:path'
import { note } from '../evidence.ts'
import { ROOT } from '../paths.ts'
import type { Run } from '../run.ts'
import { SubjectError } from './errors.ts'
import { isFreeIn } from './free-names.ts'
import { describeExit, spawnSubject } from './process.ts'
import type { SubjectProcess } from './subject.ts'

export type EvaluateOptions = {
  /** CPU time the call may use, in seconds; 30 by default. Slow machines are not punished. */
  cpuSeconds?: number
  /** Time on the clock the call may take, in seconds; 60 by default. */
  wallSeconds?: number
}

/** A learner's module, loaded in a process of its own. `M` is the module's type. */
export type ModuleSubject<M> = {
  /**
   * Runs a function in the learner's process, as Playwright's `page.evaluate` does in a page. The
   * function gets the module and one argument; both it and its result travel as plain data, so it
   * may use nothing from around it.
   * @throws SubjectError where the code throws, ends the process, or goes over a limit
   * @throws Error where the function uses a name from around it after all: the grader's own slip
   */
  evaluate<A, R>(
    fn: (module: M, argument: A) => R | Promise<R>,
    argument: A,
    options?: EvaluateOptions,
  ): Promise<Awaited<R>>
  evaluate<R>(fn: (module: M) => R | Promise<R>): Promise<Awaited<R>>
  process: SubjectProcess
  kill(): Promise<void>
}

type Reply =
  | { id: string; ok: true; value: unknown }
  | { id: string; ok: false; error: { name: string; message: string; stack: string } }

const DRIVER = path.join(import.meta.dirname, 'driver.mjs')

/**
 * Node's permission model: a module reads the submission and the kit's packages, writes below its
 * own folders, and starts nothing. It reaches the network only where the grader names it addresses.
 */
function permissions(folder: string, preload?: string, network?: boolean): string[] {
  const packages = path.join(ROOT, 'node_modules')
  const readable = [DRIVER, folder, packages, realpathSync(packages)]
  if (preload) readable.push(path.dirname(preload))
  const reads = readable.map((file) => `--allow-fs-read=${file}`)
  return ['--permission', ...(network ? ['--allow-net'] : []), ...reads]
}

/**
 * Loads a module of the staged submission in a process of its own.
 * @throws SubjectError `syntax` where Node cannot read it or what it imports; its `evidence` is not
 *   noted yet
 */
export async function loadModule<M>(
  run: Run,
  at: {
    cwd: string
    preload?: string
    env?: Record<string, string>
    hide: { from: string; to: string }
    network?: boolean
  },
  file: string,
  onStart: (process: SubjectProcess) => void,
): Promise<ModuleSubject<M>> {
  const flags = run.inspect
    ? ['--inspect-wait=127.0.0.1:9229']
    : permissions(at.cwd, at.preload, at.network)
  const subject = spawnSubject(run, {
    argv: ['node', ...flags, DRIVER, path.join(at.cwd, file)],
    cwd: at.cwd,
    preload: at.preload,
    env: at.env,
    hide: at.hide,
    ipc: true,
  })
  onStart(subject)
  const waiting = new Map<string, (reply: Reply) => void>()
  const channel = subject.channel!
  channel.onMessage((message) => {
    const reply = message as Reply | null
    if (typeof reply !== 'object' || reply === null) return
    const settle = waiting.get(reply.id)
    waiting.delete(reply.id)
    settle?.(reply)
  })

  const ask = async (
    what: string,
    payload: Record<string, unknown>,
    limits: Required<EvaluateOptions>,
  ): Promise<unknown> => {
    const id = randomUUID()
    let stop = () => {}
    const settled = new Promise<Reply>((resolve, reject) => {
      waiting.set(id, resolve)
      void subject.exited.then((exit) => {
        const end = subject.overLimit ?? describeExit(exit)
        reject(
          new SubjectError(subject.overLimit ? 'limit' : 'crash', `${what}: the program ${end}.`),
        )
      })
      stop = watchLimits(subject, what, limits, run.inspect ?? false, reject)
      channel.send({ id, ...payload }, () => {
        reject(new SubjectError('crash', 'The program closed its channel to the grader.'))
      })
    })
    try {
      const reply = await settled
      if (reply.ok === true) return reply.value
      const { name, message, stack } = reply.error ?? {}
      const slip = name === 'ReferenceError' && (await outerName(payload.source, message))
      if (slip) {
        throw new Error(
          `A function that was sent to evaluate uses "${slip}" from around it. It must get it in its argument.`,
        )
      }
      const evidence = {
        title: `${name}: ${message}`,
        text: String(stack ?? '').replaceAll(at.hide.from, at.hide.to),
      }
      const fails = `${what} threw ${evidence.title}`
      if (payload.load && name === 'SyntaxError') throw new SubjectError('syntax', fails, evidence)
      note(evidence.title, evidence.text)
      throw new SubjectError('crash', fails)
    } finally {
      waiting.delete(id)
      stop()
    }
  }
  await ask(`Loading ${file}`, { load: true }, { cpuSeconds: 20, wallSeconds: 60 })
  return {
    async evaluate(
      fn: (module: M, argument: never) => unknown,
      argument?: unknown,
      options: EvaluateOptions = {},
    ) {
      const limits = { cpuSeconds: 30, wallSeconds: 60, ...options }
      return (await ask('The code', { source: fn.toString(), argument }, limits)) as never
    },
    process: subject,
    kill: () => subject.kill(),
  }
}

/**
 * Says which name a grader's function lacks in the subject's process. Nothing that the subject says
 * is enough for that: the name must be missing in the function's own text.
 */
async function outerName(source: unknown, message: unknown): Promise<string | undefined> {
  const [, name] = /^([\w$]+) is not defined$/.exec(String(message)) ?? []
  if (typeof source !== 'string' || !name || name in globalThis) return undefined
  return (await isFreeIn(source, name)) ? name : undefined
}

/** Kills the subject when a call goes over its limits. @returns a function that ends the watch */
function watchLimits(
  subject: SubjectProcess,
  what: string,
  limits: Required<EvaluateOptions>,
  unlimited: boolean,
  reject: (error: Error) => void,
): () => void {
  if (unlimited) return () => {}
  const begun = performance.now()
  // Read at the first look, not at the call: most calls end before it, and looking takes longer.
  let before: number | undefined
  const timer = setInterval(async () => {
    const now = await subject.cpuSeconds()
    before ??= now
    const used = now - before
    const elapsed = (performance.now() - begun) / 1000
    if (used <= limits.cpuSeconds && elapsed <= limits.wallSeconds) return
    clearInterval(timer)
    const reason =
      used > limits.cpuSeconds
        ? `used more than ${limits.cpuSeconds} s of CPU time`
        : `did not finish within ${limits.wallSeconds} s`
    reject(
      new SubjectError('limit', `${what} ${reason}. Is there an endless loop, or one too many?`),
    )
    await subject.kill()
  }, 250)
  return () => clearInterval(timer)
}
