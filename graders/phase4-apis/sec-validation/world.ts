import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import {
  type Fresh,
  type PostgresDatabase,
  postgres,
  requireService,
  type ServerSubject,
  type Submission,
  shared,
} from '../../harness/index.ts'

/** Both are off by a part of an hour, and on different sides of UTC. */
const SERVER_ZONE = 'America/St_Johns'
const DATABASE_ZONE = 'Asia/Kathmandu'

export type Stop = { depot: unknown; date: unknown; note?: unknown }
export type Booking = {
  key: string
  id: string
  depot: unknown
  contact: unknown
  label: unknown
  boxes: unknown
  size: unknown
  express: unknown
  stops: Stop[]
}
export type Profile = {
  name: unknown
  email: unknown
  birthday: unknown
  newsletter: unknown
  language: unknown
  role: string
  balance: number
}
export type Value = string | number | boolean | null | Settings
export type Settings = { [name: string]: Value }
export type Depot = { id: number; name: string; tags: string[] }

/** All that the tables hold. */
export type Desk = {
  bookings: Map<string, Booking>
  profile: Profile
  settings: Settings
  depots: Depot[]
  /** The id of the booking that the last request has made. */
  made?: string
  /** The last request may have changed something. */
  hasWritten?: boolean
  /** It held names that objects have of their own: what others are answered is looked at, too. */
  isSuspect?: boolean
}

/** The database with the tables of the exercise. */
export type World = {
  db: PostgresDatabase
  start(): Promise<ServerSubject>
  /** Gives the tables these rows. */
  fill(desk: Desk): Promise<void>
}

/** Returns what gives a test the database that all tests of the file share. */
export function openWorld(submission: Submission): () => Promise<World> {
  const database = shared(async () => {
    const db = await postgres({ timezone: DATABASE_ZONE })
    const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
    await db.query(readFileSync(schema, 'utf8'))
    await db.query("set lock_timeout = '20s'")
    return db
  })
  return async () => {
    requireService('postgres')
    const db = await database()
    return {
      db,
      start: () => submission.startServer({ env: { DATABASE_URL: db.url, TZ: SERVER_ZONE } }),
      async fill(desk) {
        await fill(db, desk).catch((error) => {
          if (error.code === '55P03') {
            expect.fail('the server has answered, but still locks rows in a transaction')
          }
          // Nobody but the program could have dropped or changed the tables.
          if (error.code === '42P01') {
            expect.fail(`the tables are not as schema.sql makes them: ${error.message}`)
          }
          throw error
        })
      },
    }
  }
}

async function fill(db: PostgresDatabase, { profile, settings, depots }: Desk): Promise<void> {
  await db.query(
    'delete from bookings; delete from profiles; delete from settings; delete from depots',
  )
  const { name, email, birthday, newsletter, language, role, balance } = profile
  await db.query(
    `insert into profiles (id, name, email, birthday, newsletter, language, role, balance)
     values (1, $1, $2, $3, $4, $5, $6, $7)`,
    [name, email, birthday, newsletter, language, role, balance],
  )
  await db.query('insert into settings (id, document) values (1, $1)', [JSON.stringify(settings)])
  for (const { id, name, tags } of depots) {
    await db.query('insert into depots (id, name, tags) values ($1, $2, $3)', [id, name, tags])
  }
}

/** Makes the rows that are there before a program begins. */
export function makeDesk(fresh: Fresh): () => Desk {
  const cities = ['Vigo', 'Porto', "L'Aquila", 'São-Bento', '100%', 'Zürich', '東京', fresh.name()]
  const tags = ['night', 'lift', 'ramp', 'cold', fresh.word()]
  const some = () => tags.filter(() => fresh.oneIn())
  const depots: Depot[] = fresh.list(46, (index) => ({
    id: index + 1,
    // The first city has three pages and more.
    name: `${index < 26 ? cities[0] : fresh.pick(cities)} ${fresh.word(2)}`,
    // Some have all.
    tags: index % 6 === 0 ? tags : some(),
  }))
  const person = {
    ...{ name: fresh.name(), email: fresh.email(), birthday: '1990-02-28', newsletter: true },
    ...{ language: 'es', role: 'customer', balance: fresh.int(100, 9_999) },
  }
  const theme = { colour: fresh.word(), dark: false, print: { width: 100, height: 50 } }
  return () => ({
    bookings: new Map(),
    profile: { ...person },
    settings: structuredClone({ theme, greeting: 'Hola', retries: 3 }),
    depots,
  })
}

/** Depots that have all these tags, and the text in their names. */
export const found = ({ depots }: Desk, q: string, tags: string[] = []): Depot[] =>
  depots.filter((one) => one.name.includes(q) && tags.every((tag) => one.tags.includes(tag)))

/** What a merge leaves: names are never assigned to, for some mean more than a name. */
export function merged(target: Settings, source: Settings): Settings {
  const result = new Map(Object.entries(target))
  for (const [name, value] of Object.entries(source)) {
    const old = result.get(name)
    if (value === null) result.delete(name)
    else if (typeof value !== 'object') result.set(name, value)
    else result.set(name, merged(typeof old === 'object' && old !== null ? old : {}, value))
  }
  return Object.fromEntries(result)
}

/** The tables hold what the answers said. */
export async function expectRows({ db }: World, desk: Desk): Promise<void> {
  const rowsOf = async (sql: string) => (await db.query(sql)).rows
  const plain = (stops: Stop[]) => stops.map((stop) => ({ ...stop, note: stop.note ?? null }))
  const bookings = await rowsOf('select * from bookings order by id')
  const wanted = [...desk.bookings.values()].sort((one, other) => Number(one.id) - Number(other.id))
  expect(
    bookings.map((row) => ({ ...row, id: String(row.id), stops: plain(row.stops) })),
    'the rows of bookings',
  ).toEqual(wanted.map(({ key: _, ...one }) => ({ ...one, stops: plain(one.stops) })))
  const profiles = await rowsOf(
    `select id, name, email, birthday::text, newsletter, language, role, balance
     from profiles order by id`,
  )
  expect(profiles, 'the rows of profiles').toEqual([
    { id: 1, ...desk.profile, birthday: desk.profile.birthday ?? null },
  ])
  const settings = await rowsOf('select id, document from settings order by id')
  expect(settings, 'the rows of settings').toEqual([{ id: 1, document: desk.settings }])
  const depots = await rowsOf('select id, name, tags from depots order by id')
  expect(depots, 'the rows of depots').toEqual(desk.depots)
}
