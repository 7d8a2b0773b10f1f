import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { Eta } from 'eta'

// What is in DATA_FILE.
type Depot = { id: string; name: string }
type Event = { at: string; place: string; text: string }
type Parcel = {
  code: string
  recipient: string
  sender: { name: string; website?: string }
  events: Event[]
}

const data: { depots: Depot[]; parcels: Parcel[] } = JSON.parse(
  readFileSync(process.env.DATA_FILE ?? 'parcels.json', 'utf8'),
)
const eta = new Eta({ views: path.join(import.meta.dirname, 'views') })

const server = createServer((request, response) => {
  // Look at request.method and request.url, and answer. The rules are in README.md.
  response.writeHead(501, { 'Content-Type': 'text/html' })
  response.end(eta.render('./missing', {}))
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
