import { createServer, type IncomingHttpHeaders } from 'node:http'

/** A request as it came. */
export type Posted = { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }

export type PostServer = { url: string; posted: Posted[]; close(): Promise<void> }

/**
 * Starts an HTTP server on 127.0.0.1. The path says how it answers: `/status/503/…` with that status,
 * `/cut/…` not at all; everything else with `200` and the last part of the path as an id.
 */
export async function openPostServer(): Promise<PostServer> {
  const posted: Posted[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk)).on('error', () => {})
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      posted.push({ method, path: url, headers, body: Buffer.concat(chunks) })
      if (url.startsWith('/cut/')) {
        request.socket.destroy()
        return
      }
      const status = Number(/^\/status\/(\d+)/.exec(url)?.[1] ?? 200)
      response.writeHead(status, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ id: url.split('/').at(-1) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    posted,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
