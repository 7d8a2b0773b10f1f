import { randomBytes } from 'node:crypto'
import type { MongoClient } from 'mongodb'
import { findProgram, freePort, patiently, serviceFolder, startNative } from './native.ts'
import type { RunningService, ServiceDefinition } from './types.ts'

/** The image a container is started from. */
const IMAGE = process.env.ROADWORKS_MONGODB_IMAGE ?? 'mongo:8'

/** What is downloaded where neither a container nor a program can be had. */
const DOWNLOAD = process.env.ROADWORKS_MONGODB_DOWNLOAD ?? '8.0.4'

/** Names what stands in for MongoDB where it cannot be had: in the kit's own CI, never for learners. */
const STAND_IN = 'ROADWORKS_MONGODB_STANDIN'

/** What the kit's own administrator is called on servers that it starts. */
const ADMIN = 'roadworks'

/**
 * Opens a connection for as long as `use` takes.
 * @param url with the rights of an administrator
 */
async function withClient<T>(url: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  // Loaded where it is used: most runs have nothing to do with it.
  const { MongoClient } = await import('mongodb')
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 3000, directConnection: true })
  try {
    await client.connect()
    return await use(client)
  } finally {
    await client.close()
  }
}

function versionOf(url: string): Promise<string> {
  return withClient(url, async (client) => {
    const { version } = await client.db('admin').command({ buildInfo: 1 })
    return String(version)
  })
}

/** Somebody else's server, or, in the kit's own CI alone, what stands in for one. */
async function connect(url: string): Promise<RunningService> {
  const version = await versionOf(url)
  const standIn = process.env[STAND_IN]
  if (!standIn) return { provider: 'url', url, version }
  return { provider: 'url', url, version: `${standIn}, standing in for MongoDB`, standIn }
}

/** The downloaded program; it is kept in the user's cache for all later runs. */
async function download(say: (text: string) => void): Promise<string | undefined> {
  if (process.env.MONGOMS_RUNTIME_DOWNLOAD === 'false') return undefined
  const { DryMongoBinary, MongoBinary } = await import('mongodb-memory-server-core')
  const options = await DryMongoBinary.generateOptions({ version: DOWNLOAD })
  const known = await DryMongoBinary.locateBinary(options)
  if (known) return known
  say(
    `downloading MongoDB ${DOWNLOAD}, once, to ${options.downloadDir}; MONGOMS_RUNTIME_DOWNLOAD=false keeps it from that …`,
  )
  return MongoBinary.getPath(options)
}

async function startNativeMongo(
  owner: { id: string; dir: string },
  say: (text: string) => void,
): Promise<RunningService | undefined> {
  const folders = ['/opt/homebrew/opt/mongodb-community/bin', '/usr/local/bin']
  const program = findProgram(['mongod'], folders) ?? (await download(say))
  if (!program) return undefined
  const dir = serviceFolder(owner, 'mongodb')
  const port = await freePort()
  const password = randomBytes(16).toString('hex')
  const settings = ['--dbpath', dir, '--port', String(port), '--bind_ip', '127.0.0.1']
  const small = ['--wiredTigerCacheSizeGB', '0.25', '--nounixsocket', '--quiet']
  const open = `mongodb://127.0.0.1:${port}/`
  const url = `mongodb://${ADMIN}:${password}@127.0.0.1:${port}/?authSource=admin`
  let version = ''
  await startNative(owner, [program, ...settings, ...small, '--auth'], {
    cwd: dir,
    ready: async () => {
      version = await versionOf(open)
    },
  })
  // As long as there is no user, the first may be made from this machine; no subject runs yet.
  await withClient(open, (client) =>
    client.db('admin').command({ createUser: ADMIN, pwd: password, roles: ['root'] }),
  )
  return { provider: 'native', url, version }
}

async function startContainer(owner: { id: string }): Promise<RunningService> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = randomBytes(16).toString('hex')
  const container = await new GenericContainer(IMAGE)
    .withExposedPorts(27_017)
    .withEnvironment({ MONGO_INITDB_ROOT_USERNAME: ADMIN, MONGO_INITDB_ROOT_PASSWORD: password })
    .withLabels({ 'roadworks.run': owner.id, 'roadworks.service': 'mongodb' })
    .withTmpFs({ '/data/db': 'rw' })
    .withCommand(['--wiredTigerCacheSizeGB', '0.25'])
    .withWaitStrategy(Wait.forListeningPorts())
    .start()
  const address = `${container.getHost()}:${container.getMappedPort(27_017)}`
  const url = `mongodb://${ADMIN}:${password}@${address}/?authSource=admin`
  return { provider: 'docker', url, version: await patiently(() => versionOf(url), 60) }
}

/** Databases whose names begin so; their users go with them. */
async function named(client: MongoClient, prefix: string): Promise<string[]> {
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true })
  return databases.map(({ name }) => name).filter((name) => name.startsWith(prefix))
}

async function release(adminUrl: string, prefix: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    for (const name of await named(client, prefix)) {
      await client
        .db(name)
        .command({ dropAllUsersFromDatabase: 1 })
        .catch(() => {})
      await client.db(name).dropDatabase()
    }
  })
}

async function leftovers(adminUrl: string, prefix: string): Promise<string[]> {
  const names = await withClient(adminUrl, (client) => named(client, prefix))
  return names.map((name) => `MongoDB database ${name}`)
}

export const mongodbService: ServiceDefinition = {
  name: 'mongodb',
  variable: 'ROADWORKS_MONGODB_URL',
  standIn: STAND_IN,
  install: 'Start Docker, or install mongod: https://www.mongodb.com/docs/manual/installation/',
  connect,
  container: startContainer,
  native: startNativeMongo,
  release,
  leftovers,
}
