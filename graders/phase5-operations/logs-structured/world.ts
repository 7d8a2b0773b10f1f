// A learner's server with what it writes, and requests that can be found again there.
import type http from 'node:http'
import {
  type Answer,
  type PostgresDatabase,
  postgres,
  requireService,
  type Sending,
  type ServerSubject,
  type Submission,
} from '../../harness/index.ts'
import { isRequestLine, type Level, type Line, Lines } from './lines.ts'

/** A line is out after a second; a loaded machine gets some more. */
const DELAY = 6000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A request that was sent, and the id it was sent with. */
export type Sent = {
  id: string
  sending: Sending
  answer: Answer
  /** How long the grader waited for the answer, in ms. */
  ms: number
}

export type World = {
  server: ServerSubject
  lines: Lines
  db: PostgresDatabase
  /** ms since 1970, just before the process was started. */
  startedAt: number
  /** The key that the bank's client has. */
  bankKey: string
  /** Sends a request with an X-Request-Id of its own. */
  send(sending: Sending, options?: { id?: string; agent?: http.Agent }): Promise<Sent>
  /** Waits until something is so, or should have been for long. @returns whether it is */
  until(isSo: () => boolean, ms?: number): Promise<boolean>
  /** Waits for the line of a request. @returns all such lines of it */
  requestLines(id: string): Promise<Line[]>
  /** Waits until each of these requests has its line. */
  allWritten(ids: string[], ms?: number): Promise<void>
  /**
   * Sends one more request and waits for its line, so that whatever was written for those before it
   * has come. @param last a request whose line is written on the level of this program
   */
  flush(last?: Sending): Promise<string>
  close(): Promise<void>
}

/** An id that the contract has the server use as it is. */
export const newId = ({ fresh }: Submission): string => fresh.unique('req-')

/** A request for which a line is written on any level: the bank is away. */
export const failing = (code: string): Sending => ({
  method: 'POST',
  path: `/parcels/${code}/pay`,
  json: { card: { number: '4111111111111110' } },
})

/** Starts a server on a database of its own. @param level LOG_LEVEL; none is set where it is undefined */
export async function openWorld(submission: Submission, level?: Level): Promise<World> {
  requireService('postgres')
  const db = await postgres()
  const lines = new Lines()
  const bankKey = submission.fresh.string(24)
  const startedAt = Date.now()
  const server = await submission.startServer({
    env: {
      DATABASE_URL: db.url,
      BANK_KEY: bankKey,
      ...(level && { LOG_LEVEL: level }),
    },
    onStdout: (chunk) => lines.push(chunk),
  })
  const until = async (isSo: () => boolean, ms = DELAY): Promise<boolean> => {
    const deadline = Date.now() + ms
    for (let wait = 2; !isSo(); wait = Math.min(wait * 2, 50)) {
      if (Date.now() > deadline) return false
      await pause(wait)
    }
    return true
  }
  let patience = DELAY
  const world: World = {
    server,
    lines,
    db,
    startedAt,
    bankKey,
    async send(sending, { id = newId(submission), agent } = {}) {
      const headers = { ...sending.headers, 'X-Request-Id': id }
      const begun = performance.now()
      const answer = await server.send({ ...sending, headers, agent, againIfClosed: true })
      return { id, sending, answer, ms: performance.now() - begun }
    },
    until,
    async requestLines(id) {
      await world.allWritten([id])
      return lines.of(id).filter(isRequestLine)
    },
    async allWritten(ids, ms) {
      const isThere = (id: string) => lines.of(id).some(isRequestLine)
      const left = new Set(ids)
      const isWhole = () => {
        for (const id of left) if (isThere(id)) left.delete(id)
        return left.size === 0
      }
      const isInTime = await until(isWhole, Math.max(patience, ms ?? 0))
      // One has been waited for in vain: the test will say so, and need not wait as long again.
      if (!isInTime) patience = 1000
    },
    async flush(last = { path: '/nothing-here' }) {
      const { id } = await world.send(last)
      await world.requestLines(id)
      return id
    },
    close: () => server.kill(),
  }
  return world
}

/** Somebody with an account. */
export type Customer = { id: string; email: string; password: string; token: string }

export const posting = (path: string, json: unknown): Sending => ({ method: 'POST', path, json })
