import { connect } from 'node:net'
import { type Answer, type Http, httpClient, type Sending, send, type Target } from '../http.ts'
import type { Run } from '../run.ts'
import { freePort } from '../services/native.ts'
import { SubjectError } from './errors.ts'
import { adviceOf, neverListens } from './listening.ts'
import { describeExit, spawnSubject } from './process.ts'
import type { Exit, SubjectProcess } from './subject.ts'

/** The contract gives a server 15 s to listen; a loaded machine gets twice that. */
const LISTEN_TIMEOUT = 30_000

/** Some frameworks read thousands of files before they listen: 30 s, and twice that on such a machine. */
const LISTEN_TIMEOUT_OTHERS = 60_000

export type ServerOptions = {
  /** Variables beside PORT, such as DATABASE_URL. */
  env?: Record<string, string>
  /** A port to use again; a free one by default. */
  port?: number
  /** Gets what it writes to standard output, whole and as it comes; `output()` cleans and shortens. */
  onStdout?(chunk: Buffer): void
}

/** A learner's server that runs and has answered a request. */
export type ServerSubject = Target & {
  port: number
  /** Supertest, aimed at this server. */
  http: Http
  /** Sends one request with full say over the wire. */
  send(sending: Sending): Promise<Answer>
  process: SubjectProcess
  /** What it printed so far. */
  output(): string
  /** SIGKILL, for it and all it started. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL after `graceMs` (5000 by default). @returns how it ended, and in how many ms */
  stop(graceMs?: number): Promise<Exit & { ms: number }>
  /** P-RESTART: SIGKILL, then a new process with the same port and environment. */
  restart(env?: Record<string, string>): Promise<ServerSubject>
}

async function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.setTimeout(1000)
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

function why(process: SubjectProcess): string | undefined {
  if (process.overLimit) return `${process.overLimit} and was stopped`
  return process.exit && describeExit(process.exit)
}

/**
 * Starts a learner's server and waits until it answers HTTP.
 * @param at argv and folder of the staged submission
 * @throws SubjectError `crash` where it ends before it listens, `syntax` where that is because Node
 *   cannot read it, `no-answer` where it never listens
 *   on PORT or never answers
 */
export async function startServer(
  run: Run,
  at: {
    argv: string[]
    cwd: string
    preload?: string
    env?: Record<string, string>
    hide: { from: string; to: string }
  },
  options: ServerOptions,
  onStart: (process: SubjectProcess) => void,
): Promise<ServerSubject> {
  const port = options.port ?? (await freePort())
  const argv = run.inspect ? inspected(at.argv) : at.argv
  const subject = spawnSubject(run, {
    ...at,
    argv,
    env: { ...at.env, ...options.env, PORT: String(port) },
    onStdout: options.onStdout,
  })
  onStart(subject)
  const shown = at.argv.join(' ')
  const patience = at.argv[0] === 'node' ? LISTEN_TIMEOUT : LISTEN_TIMEOUT_OTHERS
  const deadline = Date.now() + (run.inspect ? 3_600_000 : patience)
  let pause = 4
  const target: Target = {
    url: `http://127.0.0.1:${port}`,
    async explain() {
      await subject.settled?.()
      return why(subject)
    },
  }
  while (!((await listens(port)) && (await firstAnswer(target)))) {
    if (subject.exit) {
      // Another program took the port between our look and its start.
      if (
        options.port === undefined &&
        /EADDRINUSE|address already in use/i.test(subject.output())
      ) {
        if (subject.output().includes(String(port))) {
          await subject.kill()
          return startServer(run, at, { ...options, port: await freePort() }, onStart)
        }
      }
      const fault = /^SyntaxError\b/m.test(subject.output()) ? 'syntax' : 'crash'
      const advice = subject.exit.code === 0 && neverListens(at.cwd, at.argv)
      throw new SubjectError(
        fault,
        `${shown} ${why(subject)} before it listened on PORT.${advice ? ` ${advice}` : ''}`,
      )
    }
    if (Date.now() > deadline) {
      const advice = adviceOf(shown, port, (await subject.listening?.()) ?? [])
      await subject.kill()
      throw new SubjectError(
        'no-answer',
        `${shown} runs, but nothing listened on 127.0.0.1 at the port in PORT within ${patience / 1000} s. ${advice}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
    // A look costs a fifth of a millisecond; a grader's dozen starts would wait for each long pause.
    pause = Math.min(pause * 1.5, 12)
  }
  return {
    ...target,
    port,
    http: await httpClient(target),
    send: (sending) => send(target, sending),
    process: subject,
    output: () => subject.output(),
    kill: () => subject.kill(),
    async stop(graceMs = 5000) {
      const begun = performance.now()
      subject.signal('SIGTERM')
      const timer = setTimeout(() => void subject.kill(), graceMs)
      const exit = await subject.exited
      clearTimeout(timer)
      await subject.kill()
      return { ...exit, ms: performance.now() - begun }
    },
    async restart(env) {
      await subject.kill()
      return startServer(run, at, { ...options, port, env: { ...options.env, ...env } }, onStart)
    },
  }
}

/**
 * Ready means: it has answered a request, with any status.
 * @returns false where nobody listens any more: it was somebody else's port a moment ago
 */
async function firstAnswer(target: Target): Promise<boolean> {
  let refused = false
  const response = await fetch(target.url, {
    redirect: 'manual',
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(20_000),
  }).catch(async (error: Error & { cause?: Error & { code?: string } }) => {
    await new Promise((resolve) => setTimeout(resolve, 60))
    const death = await target.explain?.()
    if (death) throw new SubjectError('crash', `The server ${death} at its first request.`)
    if (error.name === 'TimeoutError') {
      throw new SubjectError(
        'no-answer',
        'The server listens, but did not answer GET / within 20 s.',
      )
    }
    // A connection closed without an answer counts as ready: what it means is a check's business.
    refused = error.cause?.code === 'ECONNREFUSED'
    return undefined
  })
  await response?.body?.cancel().catch(() => {})
  return !refused
}

function inspected(argv: string[]): string[] {
  if (argv[0] !== 'node') {
    throw new SubjectError('crash', '--inspect is for subjects that start with "node".')
  }
  return ['node', '--inspect-wait=127.0.0.1:9229', ...argv.slice(1)]
}
