import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import path from 'node:path'
import { Eta } from 'eta'

type Depot = { id: string; name: string }
type Event = { at: string; place: string; text: string }
type Parcel = {
  code: string
  recipient: string
  sender: { name: string; website?: string }
  events: Event[]
}
type Fields = { name: string; email: string; depot: string; note: string }
type Messages = Partial<Record<keyof Fields, string>>

const data: { depots: Depot[]; parcels: Parcel[] } = JSON.parse(
  readFileSync(process.env.DATA_FILE ?? 'parcels.json', 'utf8'),
)
const depots = new Map(data.depots.map((depot) => [depot.id, depot]))
const parcels = new Map(data.parcels.map((parcel) => [parcel.code, parcel]))
const bookings: Fields[] = []
const EMPTY: Fields = { name: '', email: '', depot: '', note: '' }

const stylesheet = readFileSync(path.join(import.meta.dirname, 'style.css'))
const eta = new Eta({ views: path.join(import.meta.dirname, 'views'), cache: true })

function reply(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(body)
  // Node itself leaves the body out when it answers a HEAD.
  response
    .writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length, ...headers })
    .end(bytes)
}

function page(response: ServerResponse, status: number, template: string, values: object): void {
  reply(response, status, 'text/html; charset=utf-8', eta.render(template, values))
}

function missing(response: ServerResponse): void {
  page(response, 404, './missing', {})
}

/** Oldest first; what has no time comes last. `sort` keeps the order of what is equal. */
function timeline(events: Event[]) {
  return events
    .map((event) => ({ ...event, time: new Date(event.at) }))
    .map((event) => ({ ...event, isTime: !Number.isNaN(event.time.getTime()) }))
    .sort((a, b) => {
      if (a.isTime && b.isTime) return a.time.getTime() - b.time.getTime()
      return Number(b.isTime) - Number(a.isTime)
    })
}

function track(response: ServerResponse, parcel: Parcel): void {
  const { website = '' } = parcel.sender
  page(response, 200, './track', {
    parcel,
    // Escaping does not help against `javascript:`.
    link: /^https?:\/\//.test(website) ? website : undefined,
    events: timeline(parcel.events),
  })
}

async function readForm(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
  const field = (name: string) => form.get(name) ?? ''
  return {
    name: field('name'),
    email: field('email'),
    depot: field('depot'),
    // Browsers send a line break as two characters; it is one.
    note: field('note').replaceAll('\r\n', '\n'),
  }
}

const lengthOf = (text: string) => [...text].length

function check({ name, email, depot, note }: Fields): Messages {
  const messages: Messages = {}
  if (name.trim() === '') messages.name = 'Please give your name.'
  else if (lengthOf(name) > 80) messages.name = 'The name has more than 80 characters.'
  if (!/^[^@\s]+@[^@\s]+$/.test(email)) messages.email = 'Please give an address like ana@mail.pt.'
  if (!depots.has(depot)) messages.depot = 'Please choose a depot.'
  if (lengthOf(note) > 500) messages.note = 'The note has more than 500 characters.'
  return messages
}

function form(response: ServerResponse, status: number, values: Fields, messages: Messages = {}) {
  page(response, status, './pickup', { depots: data.depots, values, messages })
}

async function book(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    request.resume()
    return reply(response, 415, 'text/plain; charset=utf-8', 'Please send the form.\n')
  }
  const values = await readForm(request)
  const messages = check(values)
  if (Object.keys(messages).length > 0) return form(response, 422, values, messages)
  const number = bookings.push(values)
  response.writeHead(303, { Location: `/pickups/${number}` }).end()
}

const withDepot = (booking: Fields) => ({ ...booking, depot: depots.get(booking.depot)!.name })

async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = request.url!.split('?')[0]!
  const code = /^\/track\/([A-Z0-9-]+)$/.exec(at)?.[1]
  const parcel = code && parcels.get(code)
  const number = /^\/pickups\/([1-9][0-9]*)$/.exec(at)?.[1]
  const booking = number && bookings[Number(number) - 1]
  const isKnown = parcel || booking || at === '/pickup' || at === '/pickups' || at === '/style.css'
  if (!isKnown) return missing(response)

  if (at === '/pickup' && request.method === 'POST') return book(request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const Allow = at === '/pickup' ? 'GET, HEAD, POST' : 'GET, HEAD'
    return reply(response, 405, 'text/plain; charset=utf-8', `Use ${Allow}.\n`, { Allow })
  }
  if (parcel) return track(response, parcel)
  if (booking) return page(response, 200, './booked', { booking: withDepot(booking) })
  if (at === '/pickup') return form(response, 200, EMPTY)
  if (at === '/pickups') {
    return page(response, 200, './pickups', { bookings: bookings.map(withDepot) })
  }
  reply(response, 200, 'text/css; charset=utf-8', stylesheet)
}

const server = createServer((request, response) => {
  route(request, response).catch((error: unknown) => {
    console.error(error)
    reply(response, 500, 'text/plain; charset=utf-8', 'Something went wrong.\n')
  })
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
