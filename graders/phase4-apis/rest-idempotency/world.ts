import { expect } from 'vitest'
import {
  type Answer,
  type PostgresDatabase,
  postgres,
  proxy,
  requireService,
  type Sending,
  type ServerSubject,
  type Proxy as ServiceProxy,
  type Submission,
} from '../../harness/index.ts'
import { type Charge, Gateway } from './gateway.ts'

/** What a client asks for. */
export type Wish = { customer: string; key: string; cents: number }

export const paying = ({ customer, key, cents }: Wish): Sending => ({
  method: 'POST',
  path: '/payments',
  headers: { 'Idempotency-Key': key },
  json: { customer, cents },
})

/** The database, the gateway, and copies of the server on them. */
export class World {
  readonly db: PostgresDatabase
  readonly gateway: Gateway
  readonly #submission: Submission

  private constructor(submission: Submission, db: PostgresDatabase, gateway: Gateway) {
    this.#submission = submission
    this.db = db
    this.gateway = gateway
  }

  static async open(submission: Submission): Promise<World> {
    requireService('postgres')
    const [db, gateway] = await Promise.all([postgres(), Gateway.open()])
    return new World(submission, db, gateway)
  }

  /** Starts a copy. @param url of the database, or of a proxy to it */
  start(url = this.db.url): Promise<ServerSubject> {
    const env = { DATABASE_URL: url, GATEWAY_URL: this.gateway.url }
    return this.#submission.startServer({ env })
  }

  /** Starts A, and then B: the contract has them started one after the other. */
  async pair(): Promise<[ServerSubject, ServerSubject]> {
    return [await this.start(), await this.start()]
  }

  /** Starts a copy that can be stopped at each of its statements. */
  async proxied(): Promise<{ server: ServerSubject; between: ServiceProxy }> {
    const between = await proxy(this.db.url)
    return { server: await this.start(between.url), between }
  }

  /** A payment that nobody has asked for yet. */
  wish(): Wish {
    const { fresh } = this.#submission
    return {
      customer: `${fresh.name()} ${fresh.unique()}`,
      key: fresh.unique('order-'),
      cents: fresh.int(100, 90_000),
    }
  }

  /** The one charge of a customer. @param when for messages */
  expectOneCharge({ customer, cents }: Omit<Wish, 'key'>, when: string): Charge {
    this.expectReadable()
    const charges = this.gateway.chargesOf(customer)
    if (charges.length === 1 && charges[0]!.cents === cents) return charges[0]!
    const shown = charges.slice(0, 3).map((charge) => `${charge.cents} cents (${charge.id})`)
    const more = charges.length > 3 ? ', …' : ''
    const times = charges.length === 1 ? 'once' : `${charges.length} times`
    const came =
      charges.length === 0 ? 'not charged' : `charged ${times}: ${shown.join(', ')}${more}`
    return expect.fail(
      `The gateway’s ledger says that “${customer}” was ${came}.\nExpected: charged once, ${cents} cents; POST /payments, ${when}.\nThe rule: A customer’s key is charged once at most, and 201 says that it was charged.`,
    )
  }

  /** The gateway has understood all that came. */
  expectReadable(): void {
    const [first] = this.gateway.faults
    if (first) expect.fail(`The gateway could not use what the server sent it: ${first}.`)
  }

  /** The answer is that of the payment, which was charged once. @returns the payment's id */
  expectPaid(answer: Answer, { customer, cents }: Wish, when: string): string {
    expect(answer, when).toHaveStatus(201)
    const charge = this.expectOneCharge({ customer, cents }, when)
    const expected = { customer, cents, charge: charge.id }
    expect(answer.body, `the answer to POST /payments ${when}`).toMatchObject(expected)
    return String(answer.body.id)
  }
}
