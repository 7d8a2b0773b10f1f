import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { uniqueName } from '../run.ts'
import { mount } from '../subjects/container.ts'
import { dockerEngine } from './docker.ts'
import { findProgram, freePort, patiently } from './native.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

// nginx is not started for a run but for each configuration: what the run finds out is which program
// or image to start it from. `url` is the program's path, or the image's name.

const run = promisify(execFile)

/** The image a container is started from. */
const IMAGE = process.env.ROADWORKS_NGINX_IMAGE ?? 'nginx:1'

const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin']

/** What a file that nginx writes may have at most, in bytes: its logs have no other limit. */
export const FILE_LIMIT = 64 * 1024 ** 2

/**
 * Returns the arguments of `docker run` for an nginx that has a subject's rights: it is the user who
 * runs the kit, or nobody in root's place, and may write to one folder and to a /tmp in memory. It
 * shares the machine's network, so that a configuration means the same as without a container.
 */
export function containerArguments(options: {
  runId: string
  name: string
  image: string
  /** The prefix: nginx finds it, and everything in it, by the same path. */
  folder: string
  /** In bytes. */
  memory: number
}): string[] {
  const user = process.getuid?.() || 65_534
  const group = process.getuid?.() ? process.getgid!() : 65_534
  return [
    'run',
    '--rm',
    ...['--name', options.name, '--label', `roadworks.run=${options.runId}`],
    ...['--network', 'host', '--read-only', '--tmpfs', '/tmp:rw,size=256m,mode=1777'],
    ...['--user', `${user}:${group}`, '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--memory', String(options.memory), '--pids-limit', '64'],
    ...['--ulimit', 'core=0', '--ulimit', `fsize=${FILE_LIMIT}`],
    ...mount(options.folder, options.folder, { writable: true }),
    ...['--workdir', options.folder, '--entrypoint', 'nginx'],
    options.image,
  ]
}

/** nginx prints its version to standard error. @throws where it cannot be run */
async function versionFrom(program: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await run(program, args, { timeout: 120_000 })
  return /nginx\/(\S+)/.exec(stdout + stderr)?.[1] ?? 'unknown'
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(void socket.destroy()))
    socket.once('error', reject)
  })
}

/** Starts nginx in a container once. @throws where it cannot be reached from here */
async function tryContainer(owner: { id: string; dir: string }): Promise<void> {
  const folder = path.join(owner.dir, `nginx-trial-${process.pid}`)
  mkdirSync(folder)
  // The container's user may be another one.
  chmodSync(folder, 0o777)
  const port = await freePort()
  const conf = `pid ${JSON.stringify(path.join(folder, 'nginx.pid'))};\nevents {}\nhttp { access_log off; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s; server { listen 127.0.0.1:${port}; return 204; } }\n`
  writeFileSync(path.join(folder, 'nginx.conf'), conf, { mode: 0o644 })
  const name = uniqueName(owner, 'nginx')
  const options = { runId: owner.id, name, image: IMAGE, folder, memory: 256 * 1024 ** 2 }
  const args = containerArguments(options)
  const child = execFile('docker', [
    ...args,
    ...['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off;'],
  ])
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-2000)
  })
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`exited with ${code}. ${said.trim()}`)))
  })
  ended.catch(() => {})
  try {
    const started = patiently(async () => {
      if (!existsSync(path.join(folder, 'nginx.pid'))) throw new Error('it does not start')
    }, 60)
    await Promise.race([started, ended])
    await patiently(() => answers(port), 5).catch(() => {
      throw new Error(
        'it cannot be reached on 127.0.0.1. In Docker Desktop, turn on host networking (Settings, Resources, Network)',
      )
    })
  } finally {
    await run('docker', ['rm', '--force', '--volumes', name]).catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  }
}

async function findContainer(owner: { id: string; dir: string }): Promise<RunningService> {
  const known = await run('docker', ['image', 'inspect', IMAGE]).catch(() => undefined)
  if (!known) await run('docker', ['pull', '--quiet', IMAGE], { timeout: 600_000 })
  await tryContainer(owner)
  const bare = ['run', '--rm', '--network', 'none', '--entrypoint', 'nginx', IMAGE, '-v']
  return { provider: 'docker', url: IMAGE, version: await versionFrom('docker', bare) }
}

async function findNative(): Promise<RunningService | undefined> {
  const program = findProgram(['nginx'], FOLDERS)
  if (!program) return undefined
  return { provider: 'native', url: program, version: await versionFrom(program, ['-v']) }
}

/** Asked when a test fails: is it still there? */
async function askAgain(url: string): Promise<RunningService> {
  if (path.isAbsolute(url)) {
    return { provider: 'native', url, version: await versionFrom(url, ['-v']) }
  }
  const engine = await dockerEngine({ again: true })
  if ('missing' in engine) throw new Error(engine.missing)
  return { provider: 'docker', url, version: 'unknown' }
}

export const nginxService: ServiceDefinition = {
  name: 'nginx',
  install:
    'Start Docker, or install nginx: sudo apt install nginx-light (macOS: brew install nginx).',
  connect: askAgain,
  container: findContainer,
  native: findNative,
}
