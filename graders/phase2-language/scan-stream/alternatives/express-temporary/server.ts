import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { StringDecoder } from 'node:string_decoder'
import express, { type NextFunction, type Request, type Response } from 'express'
import pg from 'pg'

const NAMES = 'parcel,depot,kind,at,note'.split(',')
const QUOTE = 34
const COMMA = 44
const LF = 10
const CR = 13

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 12 })
pool.on('error', (error) => console.error(error))
pool.on('connect', (client) => client.on('error', (error) => console.error(error)))

function refuse(text: string): Error {
  return Object.assign(new Error(text), { status: 422 })
}

class Rows {
  inQuotes = false
  afterQuote = false
  wasQuoted = false
  begun = false
  value = ''
  fields: string[] = []
  size = 0
  done: string[][] = []

  finish() {
    this.fields.push(this.value)
    this.value = ''
    this.wasQuoted = false
    this.afterQuote = false
  }

  feed(text: string) {
    for (let i = 0; i < text.length; ) {
      const code = text.charCodeAt(i)
      this.begun = true
      if (this.inQuotes) {
        let end = i
        while (end < text.length && text.charCodeAt(end) !== QUOTE) end++
        this.add(text.substring(i, end))
        if (end < text.length) {
          this.inQuotes = false
          this.afterQuote = true
        }
        i = end + 1
      } else if (code === QUOTE) {
        if (this.afterQuote) this.add('"')
        this.inQuotes = true
        this.wasQuoted = true
        this.afterQuote = false
        i++
      } else if (code === COMMA) {
        this.finish()
        i++
      } else if (code === LF) {
        this.endRow()
        i++
      } else if (code === CR && this.wasQuoted) {
        i++
      } else {
        let end = i
        for (; end < text.length; end++) {
          const next = text.charCodeAt(end)
          if (next === COMMA || next === LF) break
        }
        this.add(text.substring(i, end))
        i = end
      }
    }
  }

  add(text: string) {
    this.size += text.length
    if (this.size > 1_100_000) throw refuse('a row without an end')
    this.value += text
  }

  endRow() {
    if (!this.wasQuoted && this.value.endsWith('\r')) this.value = this.value.slice(0, -1)
    this.finish()
    this.done.push(this.fields)
    this.fields = []
    this.size = 0
    this.begun = false
  }

  end() {
    if (this.inQuotes) throw refuse('an open quote')
    if (this.begun) this.endRow()
  }
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function timeIsGood(text: string): boolean {
  const found =
    /^(\d\d\d\d)-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d\d?\d?)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)$/.exec(
      text,
    )
  if (!found) return false
  const [year, month, day] = [found[1], found[2], found[3]].map(Number) as [number, number, number]
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const most = month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0)
  return day >= 1 && day <= most
}

function problem(row: string[]): string | null {
  if (row.length < 5) return 'too few columns'
  if (row.length > 5) return 'too many columns'
  if (!/^[A-Z0-9-]{4,32}$/.test(row[0]!)) return `no parcel`
  if (!/^[A-Z]{3}$/.test(row[1]!)) return `no depot`
  if (!/^(accepted|arrived|departed|delivered)$/.test(row[2]!)) return `no kind`
  if (!timeIsGood(row[3]!)) return `no time`
  let characters = 0
  if (row[4]!.length > 4000) return 'a long note'
  for (const _ of row[4]!) characters++
  return characters > 2000 ? 'a long note' : null
}

async function loadInto(client: pg.PoolClient, request: Request) {
  const errors: { row: number; reason: string }[] = []
  let [accepted, rejected, seen] = [0, 0, 0]
  let waiting: string[][] = []
  let failure: unknown
  const rows = new Rows()
  const decoder = new StringDecoder('utf8')
  let first = true

  const send = async () => {
    if (waiting.length === 0) return
    const values = waiting.map((_, n) => `(${[1, 2, 3, 4, 5].map((k) => `$${5 * n + k}`)})`)
    const sending = waiting.flat()
    waiting = []
    await client.query(`insert into incoming (${NAMES}) values ${values}`, sending)
  }
  const consume = async () => {
    const ready = rows.done
    rows.done = []
    for (const row of ready) {
      if (seen++ === 0) {
        if (row.join('\n') !== NAMES.join('\n')) throw refuse('another header is expected')
        continue
      }
      const reason = problem(row)
      if (reason === null) {
        accepted++
        waiting.push(row)
        if (waiting.length === 200) await send()
      } else {
        rejected++
        if (errors.length < 100) errors.push({ row: seen - 1, reason })
      }
    }
  }
  const take = async (text: string) => {
    if (failure || text === '') return
    try {
      rows.feed(first ? text.replace(/^\ufeff/, '') : text)
      first = false
      await consume()
    } catch (error) {
      failure = error
    }
  }

  await client.query(
    `create temporary table incoming on commit drop as select ${NAMES} from scans limit 0`,
  )
  await pipeline(
    request,
    new Writable({
      write(chunk, _encoding, done) {
        take(decoder.write(chunk)).then(() => done(), done)
      },
    }),
  )
  await take(decoder.end())
  if (failure) throw failure
  rows.end()
  await consume()
  if (seen === 0) throw refuse('an empty file')
  await send()
  return { accepted, rejected, errors }
}

const app = express()

app.get('/healthz', (_request, response) => {
  response.send('fine')
})

app.post('/imports', async (request, response) => {
  const { mode } = request.query
  if (mode !== 'partial' && mode !== 'atomic') throw refuse('partial or atomic?')
  if (!request.is('text/csv')) throw Object.assign(new Error('text/csv only'), { status: 415 })
  const client = await pool.connect()
  let over = false
  try {
    await client.query('begin')
    const report = await loadInto(client, request)
    if (mode === 'atomic' && report.rejected > 0) {
      throw Object.assign(refuse('bad rows'), { report })
    }
    await client.query(`insert into scans (${NAMES}) select ${NAMES} from incoming`)
    await client.query('commit')
    over = true
    response.json(report)
  } finally {
    if (!over) await client.query('rollback').catch(() => {})
    client.release()
  }
})

app.use((error: any, request: Request, response: Response, _next: NextFunction) => {
  request.resume()
  if (response.destroyed) return
  if (!error.status) console.error(error)
  response.status(error.status ?? 503).json({ error: error.status ? error.message : 'later' })
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1')
server.requestTimeout = 0
process.on('SIGTERM', () => server.close(() => process.exit(0)))
