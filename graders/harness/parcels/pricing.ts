import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cleanup } from '../index.ts'

/** What the pricing service does with a request. */
export type Reaction = (response: ServerResponse, request: IncomingMessage) => void

export const answer =
  (status: number, body: string, type = 'application/json'): Reaction =>
  (response) =>
    response.writeHead(status, { 'Content-Type': type }).end(body)

export const price = (cents: number): Reaction => answer(200, JSON.stringify({ cents }))

export const priceAfter =
  (ms: number, cents: number): Reaction =>
  (response, request) =>
    setTimeout(() => price(cents)(response, request), ms)

/** Takes the request and never says a word. */
export const silence: Reaction = () => {}

/** Closes the connection instead of answering. */
export const hangUp: Reaction = (_response, request) => request.socket.destroy()

const beginAnswer = (response: ServerResponse, sent: () => void) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
  response.write('{"cents":', sent)
}

/** Sends half an answer, then closes the connection. */
export const breakOff: Reaction = (response, request) =>
  beginAnswer(response, () => request.socket.destroy())

/** Sends half an answer, and leaves it at that. */
export const stall: Reaction = (response) => beginAnswer(response, () => {})

/** Sends an answer so slowly that it takes minutes, though never long without a byte. */
export const drip: Reaction = (response) => {
  beginAnswer(response, () => {})
  const timer = setInterval(() => response.write(' '), 150)
  response.on('close', () => clearInterval(timer))
}

export type Pricing = {
  url: string
  /** The path and query of every request so far. */
  asked: string[]
  /** How many requests are neither answered nor given up by who sent them. */
  readonly open: number
  /** What it does from now on. */
  react(reaction: Reaction): void
  /** Refuses every connection from now on. */
  stop(): Promise<void>
}

/** Starts the pricing service of a test; it ends with the test. */
export async function startPricing(first: Reaction): Promise<Pricing> {
  const asked: string[] = []
  let open = 0
  let reaction = first
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    open += 1
    response.on('close', () => {
      open -= 1
    })
    reaction(response, request)
  })
  // An idle connection closed at the moment of its next use would look like a broken service.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  cleanup(stop)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get open() {
      return open
    },
    react(next) {
      reaction = next
    },
    stop,
  }
}
