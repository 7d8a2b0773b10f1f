// A payment gateway to play with; the grader has one of its own. README.md says what a gateway does.
import http from 'node:http'

const known = new Map<string, { body: string; status: number; answer: object }>()
const failed = new Set<string>()
let charges = 0

http
  .createServer(async (request, response) => {
    const say = (status: number, answer: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
    const key = String(request.headers['idempotency-key'] ?? '')
    let text = ''
    for await (const piece of request.setEncoding('utf8')) text += piece
    if (request.method !== 'POST' || request.url !== '/charges')
      return say(404, { error: 'unknown' })
    if (key === '') return say(400, { error: 'a key, please' })
    const { customer, cents } = JSON.parse(text)
    const body = JSON.stringify({ customer, cents })
    if (!known.has(key)) {
      if (customer.startsWith('poor')) {
        known.set(key, { body, status: 402, answer: { error: 'declined' } })
      } else {
        const id = `ch_${++charges}`
        console.log('gateway:', id, customer, cents)
        known.set(key, { body, status: 201, answer: { id } })
      }
    }
    const { body: first, status, answer } = known.get(key)!
    if (first !== body) return say(422, { error: 'this key has another body' })
    if (customer.includes('down') && !failed.has(key)) {
      failed.add(key)
      return say(500, { error: 'try again' })
    }
    say(status, answer)
  })
  .listen(Number(process.env.PORT ?? 4100), '127.0.0.1')
