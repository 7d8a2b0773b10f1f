import { createServer } from 'node:http'

// One locker of the wall in a depot. Keep them in memory.
export type Locker = {
  id: string
  size: 'S' | 'M' | 'L'
  status: 'free' | 'occupied' | 'broken'
  label?: string
}

const server = createServer((request, response) => {
  // Look at request.method and request.url, and answer. The rules are in README.md.
  response.writeHead(501, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify({ error: 'not implemented' }))
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
