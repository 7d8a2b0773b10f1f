import { expect } from 'vitest'
import {
  type Answer,
  Fresh,
  type PostgresDatabase,
  postgres,
  proxy,
  type RedisDatabase,
  redis,
  requireService,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  type Submission,
} from '../../harness/index.ts'
import { Jar } from './cookies.ts'

export type Credentials = { email: string; password: string }

/** A copy of the server, and what stands between it and its services. */
export type Proxied = { server: ServerSubject; toPostgres: ServiceProxy; toRedis: ServiceProxy }

/** The website's address; the same in the whole run. */
export const originOf = ({ seed }: Submission): string =>
  `https://${new Fresh(seed, 'auth-sessions: origin').unique('post-')}.example.com`

/** The services, and copies of the server on them. */
export class World {
  readonly db: PostgresDatabase
  readonly redis: RedisDatabase
  readonly #submission: Submission

  private constructor(submission: Submission, db: PostgresDatabase, redis: RedisDatabase) {
    this.#submission = submission
    this.db = db
    this.redis = redis
  }

  static async open(submission: Submission): Promise<World> {
    requireService('postgres')
    requireService('redis')
    const [db, cache] = await Promise.all([postgres(), redis()])
    return new World(submission, db, cache)
  }

  #env(urls: { db: string; redis: string }): Record<string, string> {
    return {
      DATABASE_URL: urls.db,
      REDIS_URL: urls.redis,
      SESSION_IDLE_SECONDS: '600',
      APP_ORIGIN: originOf(this.#submission),
    }
  }

  /** Starts a copy. */
  start(env: Record<string, string> = {}): Promise<ServerSubject> {
    const common = this.#env({ db: this.db.url, redis: this.redis.url })
    return this.#submission.startServer({ env: { ...common, ...env } })
  }

  /** Starts A, and then B: the contract has them started one after the other. */
  async pair(): Promise<[ServerSubject, ServerSubject]> {
    return [await this.start(), await this.start()]
  }

  /** Starts a copy that can be stopped at each of its statements. */
  async proxied(): Promise<Proxied> {
    const [toPostgres, toRedis] = await Promise.all([proxy(this.db.url), proxy(this.redis.url)])
    const env = this.#env({ db: toPostgres.url, redis: toRedis.url })
    return { server: await this.#submission.startServer({ env }), toPostgres, toRedis }
  }

  /** Somebody who has no account yet. */
  somebody(): Credentials {
    const { fresh } = this.#submission
    return {
      email: `${fresh.unique()}@post.example.com`,
      password: `${fresh.word()} ${fresh.string(12)}`,
    }
  }
}

// ---------------------------------------------------------------- requests

export const posting = (path: string, json?: object): Sending => ({ method: 'POST', path, json })

/** Somebody's browser. */
export class Browser {
  readonly jar = new Jar()
  readonly #headers: Record<string, string>
  readonly #https: boolean

  /** @param options.headers what it sends, or a proxy on its way, with every request */
  constructor(options: { headers?: Record<string, string>; https?: boolean } = {}) {
    this.#headers = options.headers ?? {}
    this.#https = options.https ?? false
  }

  /** The request with the browser's cookies in it. */
  signed(sending: Sending): Sending {
    const cookie = this.jar.header(sending.path, this.#https)
    const headers = { ...this.#headers, ...sending.headers }
    return { ...sending, headers: cookie ? { ...headers, Cookie: cookie } : headers }
  }

  async send(server: ServerSubject, sending: Sending): Promise<Answer> {
    const answer = await server.send(this.signed(sending))
    this.jar.take(answer, this.#https)
    return answer
  }

  async login(server: ServerSubject, { email, password }: Credentials): Promise<Answer> {
    const answer = await this.send(server, posting('/login', { email, password }))
    expect(answer).toHaveStatus(200)
    expect(this.jar.header('/', this.#https), 'the cookies after POST /login').toBeTypeOf('string')
    return answer
  }

  async expectMe(server: ServerSubject, { email }: Credentials, when: string): Promise<Answer> {
    const answer = await this.send(server, { path: '/me' })
    expect(answer, when).toHaveStatus(200)
    const shown = String(answer.body?.email).toLowerCase()
    expect(shown, `the e-mail that GET /me answers ${when}`).toBe(email.toLowerCase())
    return answer
  }

  async expectNobody(server: ServerSubject, when: string): Promise<void> {
    expect(await this.send(server, { path: '/me' }), when).toHaveStatus(401)
  }
}

export async function register(server: ServerSubject, who: Credentials): Promise<void> {
  expect(await server.send(posting('/register', who))).toHaveStatus(201)
}

/** Registers somebody, and logs in with a new browser. */
export async function loggedIn(
  server: ServerSubject,
  who: Credentials,
  browser = new Browser(),
): Promise<Browser> {
  await register(server, who)
  await browser.login(server, who)
  return browser
}
