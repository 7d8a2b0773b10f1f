import { createHmac } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import {
  type Arrived,
  type PostgresDatabase,
  postgres,
  requireService,
  type Sending,
  SubjectError,
  type Submission,
  type Upstream,
  upstream,
} from '../../harness/index.ts'
import { currentScope } from '../../harness/scope.ts'

export type Env = Record<string, string>

/** The secrets of a run, by the variable that holds them. */
export type Secrets = {
  WEBHOOK_SECRET: string
  WEBHOOK_SECRET_PREVIOUS: string
  ENCRYPTION_KEY: string
  ENCRYPTION_KEY_PREVIOUS: string
}

/** What a carrier says to a request. */
export type Mood = { status: number; text: string }

/** The header of a webhook. */
export const signatureOf = (secret: string, body: string | Buffer): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/** A webhook that is signed so. */
export const webhook = (body: string, signature: string | undefined): Sending => ({
  method: 'POST',
  path: '/webhooks/carrier',
  headers: {
    'Content-Type': 'application/json',
    ...(signature === undefined ? {} : { 'X-Signature': signature }),
  },
  body,
})

/** A database with the tables, a carrier, and secrets that were made for this run. */
export class World {
  readonly db: PostgresDatabase
  readonly carrier: Upstream
  readonly secrets: Secrets
  /** What the carrier says; it is well at first. */
  mood: Mood = { status: 200, text: '{"ok":true}' }
  readonly #submission: Submission
  readonly #folder: string

  private constructor(submission: Submission, db: PostgresDatabase, carrier: Upstream) {
    this.#submission = submission
    this.db = db
    this.carrier = carrier
    this.#folder = submission.temporaryFolder('files')
    const { fresh } = submission
    this.secrets = {
      WEBHOOK_SECRET: `whsec_${fresh.string(24)}`,
      WEBHOOK_SECRET_PREVIOUS: `whsec_${fresh.string(24)}`,
      ENCRYPTION_KEY: this.newKey(),
      ENCRYPTION_KEY_PREVIOUS: this.newKey(),
    }
  }

  static async open(submission: Submission): Promise<World> {
    requireService('postgres')
    const db = await postgres()
    const schema = path.join(submission.exercise.grader, 'starter', 'schema.sql')
    await db.query(readFileSync(schema, 'utf8'))
    let world: World | undefined
    const carrier = await upstream((_request, response) => {
      const { status, text } = world!.mood
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(text)
    })
    world = new World(submission, db, carrier)
    return world
  }

  newKey = (): string => this.#submission.fresh.bytes(32).toString('base64')

  /** The key of an integration. */
  newApiKey = (): string => `sk_live_${this.#submission.fresh.string(24)}`

  /** All that a server needs, and no more. */
  get least(): Env {
    const { WEBHOOK_SECRET, ENCRYPTION_KEY } = this.secrets
    const UPSTREAM_URL = `http://127.0.0.1:${this.carrier.port}`
    return { DATABASE_URL: this.db.url, UPSTREAM_URL, WEBHOOK_SECRET, ENCRYPTION_KEY }
  }

  /** Writes a file that a server may read. @returns its path */
  write(name: string, text: string): string {
    const file = path.join(this.#folder, name)
    writeFileSync(file, text)
    chmodSync(file, 0o644)
    return file
  }

  /** The path of a file that is not there. */
  get noFile(): string {
    return path.join(this.#folder, 'no-such-file')
  }

  /** Starts a server. @param env beside, or in place of, what it needs; undefined takes a variable away */
  start(env: Record<string, string | undefined> = {}) {
    return this.#submission.startServer({ env: this.#with(env) })
  }

  #with(env: Record<string, string | undefined>): Env {
    return Object.fromEntries(
      Object.entries({ ...this.least, ...env }).filter(([, value]) => value !== undefined),
    ) as Env
  }

  /**
   * Starts a server that must not start.
   * @returns what it printed
   */
  async refuses(
    env: Record<string, string | undefined>,
    name: string,
    what: string,
    rule: string,
  ): Promise<string> {
    const told = `${what}\nThe rule: ${rule}\n`
    const known = new Set(currentScope().subjects)
    try {
      const server = await this.start(env)
      await server.kill()
    } catch (error) {
      if (!(error instanceof SubjectError)) throw error
      const [subject] = [...currentScope().subjects].filter((one) => !known.has(one))
      if (error.fault !== 'crash' || !subject?.exit) {
        expect.fail(`${told}It must end by itself, and does not: ${error.message}`)
      }
      if (subject.exit.code === 0) expect.fail(`${told}It ended, with the exit status 0.`)
      const output = subject.output()
      if (!new RegExp(`\\b${name}(?![A-Z]|_(?!FILE))`).test(output)) {
        expect.fail(`${told}It ended, and its output does not name ${name}:\n${output}`)
      }
      return output
    }
    return expect.fail(`${told}It has started all the same.`)
  }
}

/** The key that a ping carried. */
export const keyOf = ({ headers }: Arrived): string | undefined =>
  /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1]

export const putting = (name: string, apiKey: string): Sending => ({
  method: 'PUT',
  path: `/integrations/${name}`,
  json: { apiKey },
})

export const pinging = (name: string): Sending => ({
  method: 'POST',
  path: `/integrations/${name}/ping`,
})
