import type { ServerResponse } from 'node:http'
import { type Arrived, upstream } from '../../harness/index.ts'

/** A line of the ledger. */
export type Charge = { id: string; customer: string; cents: number }

/** Ways in which a gateway fails. */
export const WAYS = {
  '500': answer(500, '{"error":"try again later"}'),
  '503 without a word': answer(503, '', 'text/plain'),
  '429': answer(429, '{"error":"too many requests"}'),
  '404': answer(404, '{"error":"unknown"}'),
  '201 with HTML in place of JSON': answer(201, '<p>thank you</p>', 'text/html'),
  'hang up': (response: ServerResponse) => void response.socket?.destroy(),
  'half an answer, and hang up': (response: ServerResponse) =>
    begin(response, () => response.socket?.destroy()),
  'half an answer, and silence': (response: ServerResponse) => begin(response, () => {}),
  silence: () => {},
}
export type Way = keyof typeof WAYS

function answer(status: number, body: string, type = 'application/json') {
  return (response: ServerResponse) =>
    void response.writeHead(status, { 'Content-Type': type }).end(body)
}

function begin(response: ServerResponse, sent: () => void): void {
  response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
  response.write('{"id":"ch_', sent)
}

/** How requests of a customer are met; where nothing is set, they are charged and answered. */
export type Reaction = {
  /** Called when one is there, before anything is done with it. */
  arrived?(): void
  /** Waited for before the charge. Where the client has gone meanwhile, nothing is charged. */
  before?(): Promise<unknown>
  /** Waited for between the charge and the answer. */
  after?(): Promise<unknown>
  /** It fails so in place of an answer. */
  way?: Way
  /** It charges before it fails. */
  charges?: boolean
}

type Decided = { body: string; status: 201 | 402; id?: string }

/** The grader's payment gateway: a real HTTP server with a ledger. */
export class Gateway {
  url = ''
  /** All that was charged, in order. */
  readonly charges: Charge[] = []
  /** Customers whose card is declined. */
  readonly poor = new Set<string>()
  /** What it could not read of requests that came. */
  readonly faults: string[] = []
  readonly #decided = new Map<string, Decided>()
  readonly #reactions = new Map<string, Reaction>()

  static async open(): Promise<Gateway> {
    const gateway = new Gateway()
    const { port } = await upstream((request, response) => gateway.#meet(request, response))
    gateway.url = `http://127.0.0.1:${port}`
    return gateway
  }

  /** From now on, all requests of this customer are met so. */
  meet(customer: string, reaction: Reaction): void {
    this.#reactions.set(customer, reaction)
  }

  /** Requests of this customer are met as all others again. */
  heal(customer: string): void {
    this.#reactions.delete(customer)
  }

  chargesOf(customer: string): Charge[] {
    return this.charges.filter((charge) => charge.customer === customer)
  }

  async #meet(request: Arrived, response: ServerResponse): Promise<void> {
    const say = (status: number, body: object) => answer(status, JSON.stringify(body))(response)
    const asked = this.#read(request)
    if (typeof asked === 'string') {
      this.faults.push(asked)
      say(400, { error: asked })
      return
    }
    const { key, customer, cents } = asked
    const { arrived, before, after, way, charges = true } = this.#reactions.get(customer) ?? {}
    let isGone = false
    response.on('close', () => (isGone = true))
    arrived?.()
    await before?.()
    if (isGone) return
    const body = JSON.stringify({ customer, cents })
    const decided = way && !charges ? undefined : this.#decide(key, body, { customer, cents })
    await after?.()
    if (way || !decided) WAYS[way!](response)
    else if (decided.body !== body) say(422, { error: 'this key was used with another body' })
    else if (decided.status === 402) say(402, { error: 'the card was declined' })
    else say(201, { id: decided.id })
  }

  #decide(key: string, body: string, { customer, cents }: Omit<Charge, 'id'>): Decided {
    const known = this.#decided.get(key)
    if (known) return known
    const made: Decided = { body, status: this.poor.has(customer) ? 402 : 201 }
    this.#decided.set(key, made)
    if (made.status === 402) return made
    made.id = `ch_${this.charges.length + 1}_${key.length}`
    this.charges.push({ id: made.id, customer, cents })
    return made
  }

  /** What is asked for, or why that cannot be told. */
  #read({ method, path, headers, body }: Arrived): (Omit<Charge, 'id'> & { key: string }) | string {
    if (method !== 'POST' || path !== '/charges') {
      return `expected POST /charges, came ${method} ${path}`
    }
    if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
      return `expected Content-Type: application/json, came ${headers['content-type'] ?? 'none'}`
    }
    const key = headers['idempotency-key']
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
      const came = key === undefined ? 'none' : JSON.stringify(key)
      return `expected an Idempotency-Key of 1 to 255 visible ASCII characters, came ${came}`
    }
    let read: { customer?: unknown; cents?: unknown } | null
    try {
      read = JSON.parse(body.toString('utf8'))
    } catch {
      return `expected JSON, came ${body.toString('utf8').slice(0, 100)}`
    }
    const { customer, cents } = read ?? {}
    if (typeof customer !== 'string' || !Number.isSafeInteger(cents) || (cents as number) < 1) {
      return `expected {customer, cents}, came ${body.toString('utf8').slice(0, 100)}`
    }
    return { key, customer, cents: cents as number }
  }
}
