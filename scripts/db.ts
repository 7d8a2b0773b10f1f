import { spawn } from 'node:child_process'
import { styleText } from 'node:util'
import { Redis } from 'ioredis'
import type { Exercise, ServiceName } from '../graders/harness/exercise.ts'
import type { OpenRun } from '../graders/harness/open-run.ts'
import { uniqueName } from '../graders/harness/run.ts'
import { openMariaDb } from '../graders/harness/services/mariadb-database.ts'
import { openMemcached } from '../graders/harness/services/memcached-database.ts'
import { openMongoDb } from '../graders/harness/services/mongodb-database.ts'
import { openPostgres } from '../graders/harness/services/postgres-database.ts'
import { openRedis } from '../graders/harness/services/redis-database.ts'
import {
  isRunning,
  type Opened,
  type RunningService,
  TITLES,
} from '../graders/harness/services/types.ts'
import { readCatalogue } from './lib/catalogue.ts'
import { defineCommand, seedNumber } from './lib/command.ts'
import { findClient } from './lib/db/clients.ts'
import { fillPublished, readDatabaseModule, type SqlDatabase } from './lib/db/fill.ts'
import { type EngineEvent, withEngine } from './lib/engine/engine.ts'
import { EXIT } from './lib/exit.ts'
import { openProgress, tellProgress } from './lib/progress.ts'
import { selectOne } from './lib/select.ts'
import { EnvironmentError, UsageError } from './lib/usage.ts'

type Options = { seed?: number }

type Database = { url: string } & Partial<SqlDatabase>

type Open = (service: RunningService, name: string, run: OpenRun) => Promise<Opened<Database>>

const OPEN: Partial<Record<ServiceName, Open>> = {
  postgres: (service, name) => openPostgres(service, name),
  mariadb: openMariaDb,
  mongodb: openMongoDb,
  redis: openRedis,
  memcached: (service, _, run) => openMemcached(service, run),
}

/** Puts the exercise's rows into a database. @returns what is in it, in words */
async function fill(db: Database, exercise: Exercise, seed?: number): Promise<string> {
  if (!db.query) return 'empty'
  if (seed !== undefined) {
    await (await readDatabaseModule(exercise))!.fillUnseen(db as SqlDatabase, exercise, seed)
    return `with the rows that are drawn from seed ${seed}`
  }
  return fillPublished(db as SqlDatabase, exercise)
}

/**
 * Lets its user look on at a Redis that was started for them: MONITOR shows each command as it comes,
 * CLIENT PAUSE keeps the answers back. Programs that are graded have neither.
 */
async function letLookOn(service: RunningService, url: string): Promise<void> {
  if (service.provider === 'url') return
  const redis = new Redis(service.url)
  const user = decodeURIComponent(new URL(url).username)
  await redis.call('ACL', 'SETUSER', user, '+monitor', '+client|pause', '+client|unpause')
  redis.disconnect()
}

/** Waits until somebody is done: the client has ended, or, without one, standard input has. */
async function untilDone(run: OpenRun, name: ServiceName, url: string): Promise<void> {
  const service = run.services[name] as RunningService
  const client = await findClient(run, name, service, url, { tty: process.stdin.isTTY })
  // Ctrl-C belongs to the client, which stops a query with it.
  const ended = Promise.withResolvers<void>()
  if (!client) {
    process.stderr.write('It stays up until you press Ctrl-D or Ctrl-C.\n')
    process.on('SIGINT', () => ended.resolve())
    process.stdin.resume().once('end', () => ended.resolve())
    return ended.promise
  }
  process.on('SIGINT', () => {})
  const [program, ...args] = client.argv
  spawn(program!, args, { stdio: 'inherit', env: { ...process.env, ...client.env } })
    .once('error', ended.reject)
    .once('exit', () => ended.resolve())
  return ended.promise
}

async function main(slug: string | undefined, { seed }: Options): Promise<number> {
  const exercise = selectOne(readCatalogue(), slug, 'db')
  const names = exercise.needs.filter((name) => OPEN[name])
  if (names.length === 0) throw new UsageError(`${exercise.slug} needs no database.`)
  if (seed !== undefined && !(await readDatabaseModule(exercise))) {
    throw new UsageError(
      `${exercise.slug} keeps no rows that could be drawn again from a seed. Leave --seed out.`,
    )
  }
  const progress = openProgress()
  const onEvent = (event: EngineEvent) => tellProgress(progress, event)
  // Ctrl-C belongs to the client.
  const signals: NodeJS.Signals[] = ['SIGTERM', 'SIGHUP']
  return withEngine({ onEvent, signals, onStop: progress.done }, async ({ run, start }) => {
    await start(names)
    const opened: { name: ServiceName; url: string }[] = []
    for (const name of names) {
      const service = run.services[name]
      if (!isRunning(service)) throw new EnvironmentError(`${exercise.slug} ${service?.missing}`)
      const { database } = await OPEN[name]!(service, uniqueName(run, 'db'), run)
      if (name === 'redis') await letLookOn(service, database.url)
      const content = await fill(database, exercise, seed)
      progress.done()
      const title = `${TITLES[name]} ${service.version} (${service.provider}), ${content}:`
      process.stdout.write(`${styleText('dim', title)}\n  ${database.url}\n`)
      opened.push({ name, url: database.url })
    }
    await untilDone(run, opened[0]!.name, opened[0]!.url)
    return EXIT.passed
  }).finally(() => progress.done())
}

await defineCommand<Options>(
  'db',
  "Opens an exercise's database to try things by hand: prints its URL, keeps it up, and starts psql or the service's own client where there is one.",
  (command) =>
    command
      .argument(
        '[exercise]',
        'its name, a part of it, or a path; the one whose folder you are in by default',
      )
      .option('--seed <n>', 'with the unseen rows of a run that printed this seed', seedNumber),
  ([slug], options) => main(slug, options),
)
