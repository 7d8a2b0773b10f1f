import pg from 'pg'
import { expect } from 'vitest'
import {
  type Answer,
  cleanup,
  type PostgresDatabase,
  postgres,
  proxy,
  requireService,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  type Submission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'

/** One of the two copies of the learner's server, and the proxy on its way to Postgres. */
export type Copy = { name: string; server: ServerSubject; way: ServiceProxy }

export type Transfer = { from: number; to: number; cents: number }

const TABLES = `
  create table lockers (
    id integer primary key,
    depot_id integer not null,
    parcel text
  );
  create table wallets (
    id integer primary key,
    cents integer not null
  );
`

/** Codes that are no answer to a statement: of a service in trouble, or of Node, such as ECONNRESET. */
const SERVICE_FAULT = /^(08|53|57P|58|F0|XX|E)/

/** What is not got within `lock_timeout`, which only `peek` sets. */
const LOCK_NOT_AVAILABLE = '55P03'

/** The database, with rows for tests to work with. */
export class World {
  readonly submission: Submission
  readonly db: PostgresDatabase
  readonly #ids = new Set<number>()

  private constructor(submission: Submission, db: PostgresDatabase) {
    this.submission = submission
    this.db = db
  }

  static async open(submission: Submission): Promise<World> {
    const db = await postgres()
    await db.query(TABLES)
    await db.query(`set statement_timeout = '30s'`)
    // Deadlocks are looked for sooner than after a second, where we may ask for that.
    await db.query('reset role')
    await db.query(`alter database "${db.name}" set deadlock_timeout = '100ms'`).catch(() => {})
    await db.query(`set role "${db.name}"`)
    return new World(submission, db)
  }

  // ------------------------------------------------------------ copies

  async copy(name: string): Promise<Copy> {
    const way = await proxy(this.db.url)
    const server = await this.submission.startServer({ env: { DATABASE_URL: way.url } })
    return { name, server, way }
  }

  async twins(): Promise<[Copy, Copy]> {
    return [await this.copy('A'), await this.copy('B')]
  }

  // ------------------------------------------------------------ rows

  /** Runs SQL beside the program. Where its changes of the tables or its locks are in the way, it failed. */
  async sql<R extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    try {
      return (await this.db.query<R>(text, values)).rows
    } catch (error) {
      const { code, message } = error as Error & { code?: string }
      if (!code || SERVICE_FAULT.test(code) || code === LOCK_NOT_AVAILABLE) throw error
      return expect.fail(`Postgres refused what the grader does itself: ${message}\n${text}`)
    }
  }

  /** An id that nothing has yet. */
  id(): number {
    const id = this.submission.fresh.int(1000, 2_000_000_000)
    if (this.#ids.has(id)) return this.id()
    this.#ids.add(id)
    return id
  }

  /** A parcel that nobody has booked. */
  parcel(): string {
    return `PEL-${this.submission.fresh.string(8, 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789')}`
  }

  parcels(count: number): string[] {
    return Array.from({ length: count }, () => this.parcel())
  }

  /** A new depot with so many free lockers. */
  async depot(lockers: number): Promise<number> {
    const depot = this.id()
    const ids = Array.from({ length: lockers }, () => this.id())
    await this.sql('insert into lockers (id, depot_id) select unnest($1::int[]), $2', [ids, depot])
    return depot
  }

  /** New wallets with these cents. */
  async wallets(...cents: number[]): Promise<number[]> {
    const ids = cents.map(() => this.id())
    await this.sql('insert into wallets (id, cents) select * from unnest($1::int[], $2::int[])', [
      ids,
      cents,
    ])
    return ids
  }

  /** Which locker of a depot holds which parcel, such as `17: PEL-1`. Free ones are left out. */
  async taken(depot: number): Promise<string[]> {
    const rows = await this.sql<{ id: string; parcel: string }>(
      `select id::text, parcel::text from lockers
       where depot_id = $1 and parcel is not null order by id`,
      [depot],
    )
    return rows.map(({ id, parcel }) => `${id}: ${parcel}`)
  }

  /** The cents of wallets, in the order of the ids given. */
  async cents(wallets: number[]): Promise<number[]> {
    const rows = await this.sql<{ cents: number }>(
      `select cents::float8 from unnest($1::int[]) with ordinality as asked (id, place)
       join wallets using (id) order by place`,
      [wallets],
    )
    return rows.map(({ cents }) => cents)
  }

  /**
   * Reads while a request is stopped; undefined where it has locked what is read, as LOCK TABLE does:
   * then nobody sees anything in that moment.
   */
  async peek<T>(read: () => Promise<T>): Promise<T | undefined> {
    await this.db.query(`set lock_timeout = '300ms'`)
    try {
      return await read()
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error
      return undefined
    } finally {
      await this.db.query('reset lock_timeout')
    }
  }

  // ------------------------------------------------------------ time

  /** Has every commit that changes a wallet take a while, until the returned function is called. */
  async slowCommits(): Promise<() => Promise<void>> {
    await this.sql(`
      create function take_a_while() returns trigger language plpgsql as
        'begin perform pg_sleep(0.5); return null; end';
      create constraint trigger take_a_while after update on wallets
        deferrable initially deferred for each row execute function take_a_while()`)
    return async () => {
      await this.sql('drop trigger take_a_while on wallets; drop function take_a_while()')
    }
  }

  /** How many commits are under way that take a while. */
  async committing(): Promise<number> {
    const [row] = await this.sql<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event = 'PgSleep'`,
    )
    return row!.count
  }

  // ------------------------------------------------------------ locks

  /** How many connections the program has, as Postgres sees it. */
  async sessions(): Promise<number> {
    const [row] = await this.sql<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
    return row!.count
  }

  /** The bookkeeper: locks the row of a wallet until `letGo`. */
  async lockWallet(id: number): Promise<{ letGo(): Promise<void> }> {
    const client = new pg.Client({ connectionString: this.db.url })
    client.on('error', () => {})
    await client.connect()
    cleanup(() => client.end())
    await client.query(`set statement_timeout = '20s'`)
    await client.query('begin')
    try {
      await client.query('select from wallets where id = $1 for update', [id])
    } catch (error) {
      if ((error as { code?: string }).code !== '57014') throw error
      expect.fail(
        `The row of wallet ${id} is locked, although no request is under way: a transaction was left open.`,
      )
    }
    return {
      async letGo() {
        await client.query('commit')
      },
    }
  }
}

/** A world that one test has to itself, which kills copies or cuts them off. */
export function ownWorld(submission: Submission): Promise<World> {
  requireService('postgres')
  return World.open(submission)
}

/**
 * Gives tests that break nothing one world and one pair of copies to share, since starting them
 * takes longer than most tests. After a test that failed the next one gets a new pair.
 */
export function sharedWorlds(submission: Submission) {
  const world = shared(() => World.open(submission))
  const pair = sharedUntilFailure(
    async () => (await world()).twins(),
    async (copies) => {
      for (const { server, way } of copies) {
        await server.kill()
        way.cut() // ends transactions that a stopped statement has left open
      }
    },
  )

  return {
    /** The shared world and its two copies, which must be left as they were. */
    async calm(): Promise<{ world: World; a: Copy; b: Copy }> {
      requireService('postgres')
      const here = await world()
      const [a, b] = await pair()
      return { world: here, a, b }
    },
  }
}

// -------------------------------------------------------------- requests

export function booking(depot: number, parcel: string): Sending {
  return { method: 'POST', path: `/depots/${depot}/bookings`, json: { parcel } }
}

export function freeing(parcel: string): Sending {
  return { method: 'DELETE', path: `/bookings/${parcel}` }
}

export function moving(transfer: Transfer): Sending {
  return { method: 'POST', path: '/transfers', json: transfer }
}

/** The locker in an answer that must be a booking's success. */
export function lockerOf(answer: Answer, when: string, ...statuses: number[]): string {
  expect(answer, when).toHaveStatus(...(statuses.length > 0 ? statuses : [200, 201]))
  expect(answer, when).toBeJson()
  const locker = answer.body?.locker
  const isId = Number.isInteger(locker) || (typeof locker === 'string' && locker !== '')
  if (!isId) expect.fail(`${when}: "locker" in ${answer.text.slice(0, 200)} is no id`)
  return String(locker)
}

/** The cents that a copy shows of a wallet. */
export async function centsAt(copy: Copy, wallet: number, when: string): Promise<number> {
  const answer = await copy.server.send({ path: `/wallets/${wallet}` })
  expect(answer, when).toHaveStatus(200)
  expect(answer, when).toBeJson()
  const { id, cents } = answer.body ?? {}
  expect(String(id), `${when}: the id in GET /wallets/${wallet}`).toBe(String(wallet))
  expect(cents, `${when}: cents in GET /wallets/${wallet}`).toSatisfy(
    Number.isInteger,
    'a whole number',
  )
  return cents
}
