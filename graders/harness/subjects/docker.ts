import { spawn } from 'node:child_process'
import { expect } from 'vitest'
import { note } from '../evidence.ts'
import { send } from '../http.ts'
import { register } from '../run.ts'
import { cleanup, currentRun } from '../submission.ts'

/** How a call of the `docker` program ended. */
export type DockerCall = { code: number; stdout: string; stderr: string }

const MOST_OUTPUT = 4 * 1024 ** 2

/**
 * Runs the `docker` program.
 * @param options.input for its standard input
 * @param options.seconds time on the clock, after which it is ended with code 124; 120 by default
 */
export function docker(
  args: string[],
  options: { input?: string; seconds?: number } = {},
): Promise<DockerCall> {
  return new Promise((resolve) => {
    const child = spawn('docker', args, {
      // Either builder's plain log, without colours and advertisements.
      env: { ...process.env, BUILDKIT_PROGRESS: 'plain', NO_COLOR: '1', DOCKER_CLI_HINTS: 'false' },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const seconds = options.seconds ?? 120
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGINT') // tells the engine to give up as well
      setTimeout(() => child.kill('SIGKILL'), 5000).unref()
    }, seconds * 1000)
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        output[name] = (output[name] + chunk).slice(-MOST_OUTPUT)
      })
    }
    child.stdin.on('error', () => {})
    child.stdin.end(options.input)
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ code: 127, stdout: '', stderr: error.message })
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      if (late) output.stderr += `\ndocker ${args[0]} did not end within ${seconds} s`
      resolve({ code: late ? 124 : (code ?? 1), ...output })
    })
  })
}

/** The same, for calls that only a broken engine can fail. @throws Error with docker's own words */
export async function dockerOk(args: string[], input?: string): Promise<string> {
  const call = await docker(args, { input })
  if (call.code !== 0) throw new Error(`docker ${args.join(' ')}: ${call.stderr.trim()}`)
  return call.stdout.trim()
}

let label: string | undefined

/** Marks containers and images as this run's, so that they go with it even if it is killed. */
export function runLabel(): string[] {
  if (!label) {
    label = `roadworks.run=${currentRun().id}`
    register(currentRun(), { type: 'docker', label })
  }
  return ['--label', label]
}

/** A running or ended container of the learner's image. */
export type Container = {
  id: string
  /** Where the app answers from here. */
  url: string
  /** What the app printed so far. */
  logs(): Promise<string>
  /** One of Docker's templates, such as `{{.State.Status}}`. */
  inspect(template: string): Promise<string>
  /** A request to the app. @throws SubjectError where it does not answer */
  send(sending: Parameters<typeof send>[1]): ReturnType<typeof send>
}

/** Ports are published on this machine only, unless the engine is another one. */
function engineHost(): { publish: string; reach: string } {
  const { protocol, hostname } = new URL(process.env.DOCKER_HOST || 'unix:///')
  return protocol === 'tcp:'
    ? { publish: '0.0.0.0', reach: hostname }
    : { publish: '127.0.0.1', reach: '127.0.0.1' }
}

/**
 * Starts a container of an image; it is removed with the test.
 * @param options.env the app's settings; PORT among them is published
 * @param options.flags further flags of `docker run`
 */
export async function startContainer(
  image: string,
  options: { env: Record<string, string>; flags?: string[] },
): Promise<Container> {
  const { publish, reach } = engineHost()
  const port = options.env.PORT
  const flags = options.flags ?? []
  // Only what is a port can be published; the app must refuse the rest.
  const published = Number(port) >= 1 && Number(port) <= 65_535 ? ['-p', `${publish}::${port}`] : []
  const env = Object.entries(options.env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const limits = ['--memory', '512m', '--pids-limit', '256']
  note('docker run', ['docker', 'run', ...flags, ...env, 'your-image'].join(' '))
  const all = [...runLabel(), ...limits, ...published, ...flags, ...env]
  const call = await docker(['run', '-d', ...all, image])
  const id = call.stdout.trim()
  if (id) cleanup(async () => void (await docker(['rm', '-fv', id])))
  if (call.code !== 0) expect.fail(`docker run failed: ${call.stderr.trim()}`)
  const inspect = (template: string) => dockerOk(['inspect', '--format', template, id])
  const logs = async () => {
    const { stdout, stderr } = await docker(['logs', id])
    return `${stdout}${stderr}`
  }
  // A container that has ended already has no port any more.
  const address = published.length > 0 ? (await docker(['port', id, port!])).stdout : ''
  const url = `http://${reach}:${address.match(/:(\d+)\s/)?.[1] ?? '0'}`
  const explain = async () => {
    const state = await inspect('{{.State.Status}} {{.State.ExitCode}}')
    return state.startsWith('exited') ? `exited with code ${state.split(' ')[1]}` : undefined
  }
  return { id, url, logs, inspect, send: (sending) => send({ url, explain }, sending) }
}

/** Waits until the app answers `GET /healthz` with 200, for up to 90 s. */
export async function untilAnswering(container: Container): Promise<void> {
  const deadline = Date.now() + 90_000
  for (;;) {
    const state = await container.inspect('{{.State.Status}} {{.State.ExitCode}}')
    const answers = await fetch(`${container.url}/healthz`, { signal: AbortSignal.timeout(5000) })
      .then((answer) => answer.status === 200)
      .catch(() => false)
    if (answers) return
    const ended = state.startsWith('exited')
    if (ended || Date.now() > deadline) {
      const what = ended
        ? `the container ended with code ${state.split(' ')[1]} instead of serving`
        : 'GET /healthz on the published $PORT did not answer 200 within 90 s'
      expect.fail(
        `${what}. It printed:\n${(await container.logs()).trim().slice(-1500) || '(nothing)'}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** One instruction of a build, and whether the builder ran it or took its result from the cache. */
export type BuildStep = { instruction: string; cached: boolean }

/** Reads the steps from a build's log, of BuildKit or of the classic builder. */
export function buildSteps(log: string): BuildStep[] {
  const lines = log.split(/\r?\n/)
  const classic = lines.flatMap((line, at): BuildStep[] => {
    const instruction = /^Step \d+\/\d+ : (.*)/.exec(line)?.[1]
    return instruction ? [{ instruction, cached: lines[at + 1] === ' ---> Using cache' }] : []
  })
  const cached = new Set(lines.flatMap((line) => /^#(\d+) CACHED/.exec(line)?.[1] ?? []))
  // #12 [build 4/6] RUN npm ci
  const buildKit = new Map<string, BuildStep>()
  for (const line of lines) {
    const [, id, instruction] = /^#(\d+) \[.*?\d+\/\d+\] (.*)/.exec(line) ?? []
    if (id && instruction) buildKit.set(id, { instruction, cached: cached.has(id) })
  }
  return [...classic, ...buildKit.values()]
}

/** What the classic builder says of a flag that BuildKit alone knows. */
const FLAG_OF_BUILDKIT =
  /the --([a-z-]+) option requires BuildKit|Unknown flag: (link|chmod|mount|network|security|checksum|exclude|parents|keep-git-dir|unpack)\b/

/**
 * Returns what a Dockerfile asks for that the builder of this machine does not know, in words, and how to
 * get it; undefined where that is not why its build failed.
 * @param log of the failed build
 * @param dockerfile its text
 */
export function builderLacks(log: string, dockerfile: string): string | undefined {
  const flag = FLAG_OF_BUILDKIT.exec(log)
  const heredoc =
    /unknown instruction/i.test(log) &&
    /^\s*(RUN|COPY|ADD)\b.*<<-?["']?\w/im.test(dockerfile) &&
    'a here-document'
  const what = flag ? `--${flag[1] ?? flag[2]}` : heredoc
  if (!what) return undefined
  return `needs BuildKit, for the Dockerfile has ${what}, which this machine's classic builder does not know. Install buildx: https://docs.docker.com/go/buildx/`
}
