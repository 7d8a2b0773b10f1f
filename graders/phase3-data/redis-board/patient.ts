import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { Target } from '../../harness/http.ts'
import { SubjectError } from '../../harness/index.ts'
import type { Copy } from './world.ts'

/** Set on an answer before which the same request was answered with 503: it may have been done then. */
export const UNSURE = 'x-answered-503-before'

/** For so long it is sent again, in ms; less than a request may take. */
const PATIENCE_MS = 12_000

/** What belongs to one connection and not to the answer. */
const OF_THE_CONNECTION = /^(connection|keep-alive|transfer-encoding|content-length)$/i

/**
 * Puts a server before a copy that sends again what is answered with 503, as the README says that the
 * grader does.
 */
export async function patient(copy: Copy): Promise<{ target: Target; close(): void }> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

  async function ask(request: http.IncomingMessage) {
    const { method, url, headers } = request
    const type = headers['content-type']
    const bytes = await buffer(request)
    const begun = performance.now()
    for (let unsure = false; ; unsure = true) {
      const answer = await copy.server.send({
        method,
        path: url!,
        headers: type === undefined ? {} : { 'Content-Type': type },
        body: headers['content-length'] === undefined ? undefined : bytes,
        agent,
        againIfClosed: true,
      })
      if (answer.status !== 503 || performance.now() - begun > PATIENCE_MS) {
        return { answer, unsure }
      }
      await pause(100)
    }
  }

  const server = http.createServer(async (request, response) => {
    try {
      const { answer, unsure } = await ask(request)
      const { rawHeaders } = answer
      for (let at = 0; at < rawHeaders.length; at += 2) {
        const [name, value] = [rawHeaders[at]!, rawHeaders[at + 1]!]
        if (!OF_THE_CONNECTION.test(name)) response.appendHeader(name, value)
      }
      if (unsure) response.setHeader(UNSURE, '1')
      response.writeHead(answer.status).end(answer.bytes)
    } catch (error) {
      // Whoever asked sees a connection that breaks, as if it had been the program's own.
      response.destroy()
      if (!(error instanceof SubjectError)) throw error
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    target: { url: `http://127.0.0.1:${port}`, explain: () => explained(copy.server) },
    close() {
      agent.destroy()
      server.close()
      server.closeAllConnections()
    },
  }
}

const explained = async (server: Target) => server.explain?.()
