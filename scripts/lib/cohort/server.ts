import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { closedFolder, ROOT, STATE } from '../../../graders/harness/paths.ts'
import { isAlive } from '../../../graders/harness/processes.ts'
import type { Run } from '../../../graders/harness/run.ts'
import { freePort, startNative } from '../../../graders/harness/services/native.ts'
import { embeddedBinaries } from '../../../graders/harness/services/postgres-server.ts'
import { keyOf } from '../content.ts'
import { EnvironmentError, UsageError } from '../usage.ts'

const run = promisify(execFile)
const ADMIN = 'roadworks'

/**
 * Where the queue's data stands: below `.roadworks`, or, where root runs the kit in a folder that others may
 * not enter, in the system's folder for what outlives a restart: PostgreSQL does not run as root.
 */
function homeOf(user: { uid?: number }): string {
  const folder = path.join(STATE, 'cohort')
  mkdirSync(folder, { recursive: true })
  if (user.uid === undefined || closedFolder(folder) === undefined) return folder
  return path.join('/var/tmp', `roadworks-cohort-${keyOf(ROOT).slice(0, 12)}`)
}

/**
 * Starts the PostgreSQL that holds the queue and the ledger. It is none of the graders': its data stays
 * from one run to the next, and what is committed survives whatever kills it.
 * @returns its URL
 * @throws UsageError where another run has it; EnvironmentError where it cannot be started
 */
export async function startQueueServer(owner: Pick<Run, 'id' | 'dir'>): Promise<string> {
  const binaries = await embeddedBinaries()
  if (!binaries)
    throw new EnvironmentError(
      'There is no PostgreSQL for this machine in the packages. Name one: ROADWORKS_QUEUE_URL=postgres://…',
    )
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const home = homeOf(user)
  const data = path.join(home, 'postgres')
  const secret = path.join(STATE, 'cohort', 'password')
  const give = (file: string) => user.uid !== undefined && chownSync(file, user.uid, user.gid!)
  mkdirSync(home, { recursive: true })
  const env = { PATH: process.env.PATH, LC_ALL: 'C', HOME: home }
  if (!existsSync(path.join(data, 'PG_VERSION')) || !existsSync(secret)) {
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { mode: 0o700 })
    give(data)
    const password = randomBytes(16).toString('hex')
    const file = path.join(home, 'password-once')
    writeFileSync(file, password, { mode: 0o600 })
    give(file)
    const args = ['-D', data, '--pwfile', file, '-U', ADMIN, '-A', 'scram-sha-256', '-E', 'UTF8']
    await run(binaries.initdb, [...args, '--no-instructions'], { cwd: home, env, ...user })
    rmSync(file)
    writeFileSync(secret, password, { mode: 0o600 })
  }
  refuseSecond(path.join(data, 'postmaster.pid'))
  const port = await freePort()
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=']
  const argv = [binaries.postgres, '-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const password = readFileSync(secret, 'utf8')
  const url = `postgres://${ADMIN}:${password}@127.0.0.1:${port}/postgres?sslmode=disable`
  await startNative(owner, argv, {
    cwd: home,
    ...user,
    ready: async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.end()
    },
  })
  return url
}

/** One run at a time has the ledger of a checkout. */
function refuseSecond(file: string): void {
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  // A server that was killed leaves its file; the next one to start sees to it.
  if (pid > 0 && isAlive(pid) && isPostgres(pid))
    throw new UsageError(
      'Another npm run cohort is under way in this checkout. Wait for it, or stop it.',
    )
}

function isPostgres(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')
  } catch {
    return process.platform !== 'linux'
  }
}
