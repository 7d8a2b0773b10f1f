import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { findProgram, freePort, serviceFolder, startNative } from './native.ts'
import { DATABASES, databaseLock } from './redis-database.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

/** The image a container is started from. */
const IMAGE = process.env.ROADWORKS_REDIS_IMAGE ?? 'redis:8'

/** Subjects share the server: one of them must not fill the memory, nor hold it with a script. */
const SETTINGS = {
  save: '""',
  appendonly: 'no',
  databases: String(DATABASES),
  maxmemory: '768mb',
  'lua-time-limit': '500',
}

/** A subject finds the server's port; without a password it would be its administrator. */
const newPassword = () => randomBytes(16).toString('hex')

async function withClient<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  // Loaded where it is used: most runs have nothing to do with it.
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 5000,
    retryStrategy: () => null,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}

function versionOf(url: string): Promise<string> {
  return withClient(url, async (redis) => {
    const info = await redis.info('server')
    return /(?:valkey|redis)_version:(\S+)/.exec(info)?.[1] ?? 'unknown'
  })
}

async function startNativeRedis(owner: {
  id: string
  dir: string
}): Promise<RunningService | undefined> {
  const program = findProgram(
    ['redis-server', 'valkey-server'],
    ['/opt/homebrew/bin', '/usr/local/bin'],
  )
  if (!program) return undefined
  const dir = serviceFolder(owner, 'redis')
  const port = await freePort()
  const password = newPassword()
  const url = `redis://:${password}@127.0.0.1:${port}`
  const settings = { ...SETTINGS, port, bind: '127.0.0.1', dir: `"${dir}"`, requirepass: password }
  let version = ''
  await startNative(owner, [program, '-'], {
    cwd: dir,
    input: Object.entries(settings)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
    ready: async () => {
      version = await versionOf(url)
    },
  })
  return { provider: 'native', url, version }
}

async function startContainer(owner: { id: string }): Promise<RunningService> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = newPassword()
  const settings = { ...SETTINGS, save: '', requirepass: password }
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(6379)
    .withLabels({ 'roadworks.run': owner.id, 'roadworks.service': 'redis' })
    .withCommand(['redis-server', ...flags])
    .withWaitStrategy(Wait.forListeningPorts())
    .start()
  const url = `redis://:${password}@${container.getHost()}:${container.getMappedPort(6379)}`
  return { provider: 'docker', url, version: await versionOf(url) }
}

/** Users whose names begin so, and the logical databases that they have taken. */
async function named(redis: Redis, prefix: string) {
  const users = ((await redis.call('ACL', 'USERS').catch(() => [])) as string[]).filter((name) =>
    name.startsWith(prefix),
  )
  const databases: number[] = []
  for (let index = 1; index < DATABASES; index++) {
    const owner = await redis.get(databaseLock(index))
    if (owner?.startsWith(prefix)) databases.push(index)
  }
  return { users, databases }
}

async function release(adminUrl: string, prefix: string): Promise<void> {
  await withClient(adminUrl, async (redis) => {
    const { users, databases } = await named(redis, prefix)
    for (const index of databases) {
      await redis.select(index)
      await redis.flushdb()
      await redis.select(0)
      await redis.del(databaseLock(index))
    }
    for (const name of users) await redis.call('ACL', 'DELUSER', name)
  })
}

async function leftovers(adminUrl: string, prefix: string): Promise<string[]> {
  const { users, databases } = await withClient(adminUrl, (redis) => named(redis, prefix))
  return [
    ...users.map((name) => `Redis user ${name}`),
    ...databases.map((index) => `Redis database ${index}`),
  ]
}

export const redisService: ServiceDefinition = {
  name: 'redis',
  variable: 'ROADWORKS_REDIS_URL',
  install:
    'Start Docker, or install Redis: sudo apt install redis-server (macOS: brew install redis).',
  connect: async (url) => ({ provider: 'url', url, version: await versionOf(url) }),
  container: startContainer,
  native: startNativeRedis,
  release,
  leftovers,
}
