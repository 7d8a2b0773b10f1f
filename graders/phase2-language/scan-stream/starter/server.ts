// Pelican Post: uploads of scans, of any size, into the table `scans`.
import http from 'node:http'

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')

  // 1. GET /healthz waits for nobody.
  if (request.method === 'GET' && pathname === '/healthz') {
    response.end('ok')
    return
  }

  // 2. Read the body of POST /imports piece by piece, and make rows of it.
  // 3. Send the good rows to Postgres, many with one statement, and wait for it before you read on.
  // 4. Count the bad ones.
  // 5. What if the client is gone half-way? Or a row is bad, and the mode is atomic?
  request.resume()
  request.on('end', () => {
    response.writeHead(501, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ error: 'not implemented' }))
  })
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
process.once('SIGTERM', () => server.close())
