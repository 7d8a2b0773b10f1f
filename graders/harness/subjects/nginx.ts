import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { printable } from '../evidence.ts'
import { type Run, register, uniqueName } from '../run.ts'
import { owningScope } from '../scope.ts'
import { freePort } from '../services/native.ts'
import { containerArguments, FILE_LIMIT } from '../services/nginx-server.ts'
import type { RunningService } from '../services/types.ts'
import { cleanup, currentRun, requireService, type Submission, shared } from '../submission.ts'
import { callDocker } from './container.ts'
import { SubjectError } from './errors.ts'
import { MEMORY_LIMIT } from './limits.ts'
import { OutputBuffer } from './output.ts'
import type { Exit, SubjectProcess } from './subject.ts'
import { startTool } from './tool.ts'

/** The types that an `include mime.types` of a fresh installation brings, as far as graders need them. */
const MIME_TYPES = `types {
  text/html html htm;
  text/css css;
  text/javascript js mjs;
  text/plain txt;
  application/json json;
  image/svg+xml svg;
  image/png png;
  image/jpeg jpg jpeg;
  font/woff2 woff2;
}
`

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** The configuration around the learner's; `temporary` is a folder that nginx may write to. */
const around = (temporary: string) => `worker_processes 1;
error_log stderr;
pid nginx.pid;
events {}
http {
  include mime.types;
  default_type application/octet-stream;
  access_log off;
${TEMPORARY.map((name) => `  ${name}_temp_path ${temporary}/${name};\n`).join('')}  include learner.conf;
}
`

/**
 * OpenSSL of some systems refuses old versions of TLS by itself; with these settings what a
 * configuration allows can be seen.
 */
const OPENSSL = `openssl_conf = all
[all]
ssl_conf = modules
[modules]
system_default = defaults
[defaults]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
`

/**
 * Returns how a file in a prefix is named in a configuration: by its whole path, or from the prefix
 * on where nginx would find something else in that, such as a blank.
 */
export function wordFor(folder: string, name: string): string {
  return /[\s;{}'"\\$]/.test(folder) ? name : path.join(folder, name)
}

let prefixes: (() => Promise<string>) | undefined

/**
 * Makes a folder for one nginx to start from. All of a grader's stand in one folder, which goes with the
 * file: a subject's view is made of what is there when it starts.
 */
export async function newPrefix(submission: Submission): Promise<string> {
  prefixes ??= shared(async () => submission.temporaryFolder('nginx'))
  const folder = mkdtempSync(path.join(await prefixes(), 'prefix-'))
  chmodSync(folder, 0o755)
  return folder
}

export type Nginx = {
  /** The ports it was told to listen on, by their names. */
  ports: Record<string, number>
  /** nginx itself; what it printed is shown where a test fails. */
  process: SubjectProcess
  /** Ends it, with all its workers. */
  kill(): Promise<void>
}

export type NginxOptions = {
  /** The name of the learner's file, for messages. */
  file: string
  /** Its text, with placeholders such as `${HTTP_PORT}`. */
  template: string
  /** The prefix, which relative paths start from: see `newPrefix`. */
  folder: string
  /** What stands in the place of a placeholder, by its name. */
  values: Record<string, string | number>
  /** Placeholders that stand for ports of nginx's own; free ones are found. */
  ports: string[]
  /** Placeholders that stand for folders that nginx makes and fills. */
  folders?: string[]
}

/**
 * Puts values in the place of `${NAME}` and `$NAME`, as the entrypoint of the official image does
 * with envsubst; all other names stay as they are.
 */
export function fillTemplate(template: string, values: Record<string, string | number>): string {
  return template.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => {
    const name = braced ?? bare
    return Object.hasOwn(values, name) ? String(values[name]) : whole
  })
}

/**
 * Returns what nginx says of a configuration it does not take: its own line, and the line of the
 * learner's file with a caret below it.
 * @param said what nginx printed
 */
export function explainRefusal(said: string, options: Pick<NginxOptions, 'file' | 'template'>) {
  const lines = said.split('\n')
  const line = (lines.find((one) => one.includes('[emerg]')) ?? lines.find(Boolean) ?? '').trim()
  const place = /(?:\S*\/)?learner\.conf:(\d+)/.exec(line)
  const shown = printable(line.replace(/^.*?\[emerg\]\s*(\d+#\d+:\s*)?/, 'nginx: [emerg] '), 600)
  const told = shown.replaceAll(/(\S*\/)?learner\.conf/g, options.file)
  const source = place && options.template.split(/\r?\n/)[Number(place[1]) - 1]
  if (source === undefined || source === null) return told
  // The word that nginx names, or else where the line begins.
  const word = /"([^"]+)"/.exec(shown)?.[1]
  const at = word && source.includes(word) ? source.indexOf(word) : source.search(/\S|$/)
  const number = `${place![1]} | `
  return `${told}\n${number}${printable(source, 300)}\n${' '.repeat(number.length + at)}^`
}

/**
 * Starts nginx with a learner's configuration, in the `http` block of a small one of ours. It has the
 * rights of a subject, and ends with the test. Where there is no nginx the running test is marked
 * `not run`.
 * @throws SubjectError `syntax` with nginx's own words where it does not take the configuration
 */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const service = requireService('nginx')
  for (let tries = 1; ; tries++) {
    const ports: Record<string, number> = {}
    for (const name of options.ports) ports[name] = await freePort()
    const started = await tryToStart(service, options, ports)
    if (!('refused' in started)) return { ...started, ports }
    // Somebody else took a port between our look and its start.
    const busy = /bind\(\) to \S*:(\d+) failed \(.*in use\)/i.exec(started.refused)?.[1]
    if (tries < 3 && Object.values(ports).includes(Number(busy))) continue
    throw new SubjectError('syntax', explainRefusal(started.refused, options))
  }
}

function hasNumber(file: string): boolean {
  return existsSync(file) && /\d/.test(readFileSync(file, 'utf8'))
}

async function tryToStart(
  service: RunningService,
  options: NginxOptions,
  ports: Record<string, number>,
): Promise<{ process: SubjectProcess; kill(): Promise<void> } | { refused: string }> {
  const run = currentRun()
  const { folder } = options
  const contained = service.provider === 'docker'
  const pid = path.join(folder, 'nginx.pid')
  rmSync(pid, { force: true })
  // What a container's user has made there, the user who runs the kit could not remove.
  const temporary = contained ? '/tmp' : 'temporary'
  mkdirSync(path.join(folder, 'temporary'), { recursive: true })
  const folders: Record<string, string> = {}
  for (const name of options.folders ?? []) {
    folders[name] = wordFor(contained ? '/tmp' : folder, name.toLowerCase())
  }
  const files = {
    'nginx.conf': around(temporary),
    'mime.types': MIME_TYPES,
    'openssl.cnf': OPENSSL,
    'learner.conf': fillTemplate(options.template, { ...options.values, ...ports, ...folders }),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text)
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;']
  const env = { OPENSSL_CONF: path.join(folder, 'openssl.cnf') }
  const start = { folder, args, env }
  const subject = contained
    ? spawnContained(run, service.url, start)
    : spawnHere(service.url, start)
  owningScope().subjects.add(subject)
  const deadline = Date.now() + 60_000
  // It writes its number when all its sockets listen; for a moment the file is there without it.
  while (!hasNumber(pid)) {
    if (subject.exit) {
      owningScope().subjects.delete(subject)
      if (subject.overLimit) throw new SubjectError('limit', `nginx ${subject.overLimit}.`)
      if (subject.fault) throw new Error(subject.fault)
      return { refused: subject.output() }
    }
    if (Date.now() > deadline) {
      throw new SubjectError('no-answer', 'nginx did not start within 60 s.')
    }
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  return { process: subject, kill: () => subject.kill() }
}

type Start = { folder: string; args: string[]; env: Record<string, string> }

/** The program of this machine, with a subject's rights. */
function spawnHere(program: string, { folder, args, env }: Start): SubjectProcess {
  const script = `ulimit -c 0; ulimit -f ${FILE_LIMIT / 512}; exec "$@"`
  return startTool(['sh', '-c', script, 'sh', program, ...args], { cwd: folder, env })
}

const KILLED: Exit = { code: null, signal: 'SIGKILL' }

/** The same from an image. */
function spawnContained(run: Run, image: string, { folder, args, env }: Start): SubjectProcess {
  chmodSync(folder, 0o777)
  register(run, { type: 'docker', label: `roadworks.run=${run.id}` })
  const name = uniqueName(run, 'nginx')
  const start = containerArguments({ runId: run.id, name, image, folder, memory: MEMORY_LIMIT })
  const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const flags = [...start.slice(0, -1), ...variables, image]
  const child: ChildProcess = spawn('docker', [...flags, ...args], {
    env: { ...process.env, ROADWORKS_RUN: run.id },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = new OutputBuffer()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => output.push(chunk))
  }
  let exit: Exit | undefined
  let fault: string | undefined
  const exited = new Promise<Exit>((resolve) => {
    const end = (value: Exit) => {
      exit ??= value
      // docker's own codes for "could not be started".
      if (value.code !== null && value.code >= 125) fault = `docker run: ${output.read().trim()}`
      resolve(exit)
    }
    child.once('error', (error) => {
      output.push(Buffer.from(error.message))
      end({ code: 127, signal: null })
    })
    child.once('close', (code, signal) => end({ code, signal }))
  })
  let killing: Promise<void> | undefined
  const subject: SubjectProcess = {
    get exit() {
      return exit
    },
    exited,
    overLimit: undefined,
    get fault() {
      return killing ? undefined : fault
    },
    output: () => output.read(),
    cpuSeconds: async () => 0,
    signal: (signal) => void callDocker(['kill', '--signal', signal, name]),
    kill() {
      killing ??= (async () => {
        if (exit) return
        await callDocker(['rm', '--force', '--volumes', name])
        // Its client may still be about to make it.
        child.kill('SIGKILL')
        await callDocker(['rm', '--force', '--volumes', name])
        exit ??= KILLED
        child.stdout?.destroy()
        child.stderr?.destroy()
      })()
      return killing
    },
  }
  cleanup(() => subject.kill())
  return subject
}
