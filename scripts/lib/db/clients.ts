import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ServiceName } from '../../../graders/harness/exercise.ts'
import { findProgram } from '../../../graders/harness/services/native.ts'
import type { RunningService } from '../../../graders/harness/services/types.ts'

const run = promisify(execFile)

/** A service's own command-line client, ready to be started. */
export type Client = { argv: string[]; env: Record<string, string> }

type Kind = {
  /** Its names, the best first. */
  programs: string[]
  /** Where the server listens inside of its container. */
  port: string
  /** What it is called with, and the variables that keep passwords off the command line. */
  call(url: URL): { args: string[]; env: Record<string, string> }
}

const plain = (url: URL) => ({
  user: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password),
  database: url.pathname.slice(1),
})

/** The URL without its password, which others could read in the list of processes. */
function withoutPassword(url: URL): string {
  const copy = new URL(url)
  copy.password = ''
  return copy.href
}

const KINDS: Partial<Record<ServiceName, Kind>> = {
  postgres: {
    programs: ['psql'],
    port: '5432',
    call: (url) => ({
      args: [withoutPassword(url)],
      // Graders work in UTC unless a check is about that.
      env: { PGPASSWORD: plain(url).password, PGTZ: 'UTC' },
    }),
  },
  mariadb: {
    programs: ['mariadb', 'mysql'],
    port: '3306',
    call(url) {
      const { user, password, database } = plain(url)
      const where = ['--protocol=tcp', `--host=${url.hostname}`, `--port=${url.port}`]
      return { args: [...where, `--user=${user}`, database], env: { MYSQL_PWD: password } }
    },
  },
  mongodb: {
    programs: ['mongosh'],
    port: '27017',
    // mongosh has no variable for a password.
    call: (url) => ({ args: [url.href], env: {} }),
  },
  redis: {
    programs: ['redis-cli', 'valkey-cli'],
    port: '6379',
    // With -u and a user alone, redis-cli takes the user for the password.
    call(url) {
      const { user, password, database } = plain(url)
      const where = ['-h', url.hostname, '-p', url.port, '-n', database || '0']
      const tls = url.protocol === 'rediss:' ? ['--tls'] : []
      const login = user ? ['--user', user] : []
      return {
        args: [...where, ...tls, ...login, '--no-auth-warning'],
        env: { REDISCLI_AUTH: password },
      }
    },
  },
}

/** The container that this run started for a service. */
async function containerOf(runId: string, service: ServiceName): Promise<string | undefined> {
  const labels = [`roadworks.run=${runId}`, `roadworks.service=${service}`]
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`])
  const { stdout } = await run('docker', ['ps', '--quiet', ...filters])
  return stdout.trim().split('\n')[0] || undefined
}

/**
 * Finds a client for a database: a program of this machine, or the one in the service's container.
 * @param url the database's, with user and password
 * @param options.tty whether somebody types at a terminal
 * @returns undefined where there is none
 */
export async function findClient(
  run: { id: string },
  name: ServiceName,
  service: RunningService,
  url: string,
  { tty }: { tty: boolean },
): Promise<Client | undefined> {
  const kind = KINDS[name]
  if (!kind) return undefined
  const program = findProgram(kind.programs)
  if (program) {
    const { args, env } = kind.call(new URL(url))
    return { argv: [program, ...args], env }
  }
  if (service.provider !== 'docker') return undefined
  const container = await containerOf(run.id, name)
  if (!container) return undefined
  const inside = new URL(url)
  inside.hostname = '127.0.0.1'
  inside.port = kind.port
  const { args, env } = kind.call(inside)
  const names = Object.keys(env).flatMap((variable) => ['--env', variable])
  const exec = ['exec', '--interactive', ...(tty ? ['--tty'] : []), ...names]
  return { argv: ['docker', ...exec, container, kind.programs[0]!, ...args], env }
}
