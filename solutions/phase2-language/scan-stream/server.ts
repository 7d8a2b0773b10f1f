// Pelican Post, uploads of scans: a file of any size goes through in pieces. Each part waits for its
// next one, so that what Postgres cannot take yet stays with the client.
import http from 'node:http'
import pg from 'pg'

const HEADER = 'parcel,depot,kind,at,note'
const KINDS = ['accepted', 'arrived', 'departed', 'delivered']
/** Rows that go to Postgres with one statement. */
const BATCH = 500
/** Bad rows that are reported; more are counted. */
const REPORTED = 100
/** What a row may have, in UTF-16 units: no more of a file is ever kept. */
const LONGEST_ROW = 1024 * 1024

class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

// ---------------------------------------------------------------- CSV

/** Makes rows of text that comes in pieces, wherever it is cut. */
class CsvReader {
  /** `closed`: after a quote that ends the field, unless another one follows. */
  #state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
  #field = ''
  #row: string[] = []
  #size = 0

  *read(text: string): Generator<string[]> {
    const plainEnd = /[,\n]/g
    let at = 0
    while (at < text.length) {
      const next = text[at]
      if (this.#state === 'quoted') {
        const quote = text.indexOf('"', at)
        const end = quote === -1 ? text.length : quote
        this.#keep(text.slice(at, end))
        if (quote !== -1) this.#state = 'closed'
        at = end + 1
      } else if (next === '"' && this.#state === 'start') {
        this.#state = 'quoted'
        at += 1
      } else if (next === '"' && this.#state === 'closed') {
        this.#keep('"')
        this.#state = 'quoted'
        at += 1
      } else if (next === ',') {
        this.#endField()
        at += 1
      } else if (next === '\n') {
        yield this.#endRow()
        at += 1
      } else if (this.#state === 'closed') {
        if (next !== '\r') throw new HttpError(422, 'text after a closing quote')
        at += 1
      } else {
        plainEnd.lastIndex = at
        const end = plainEnd.exec(text)?.index ?? text.length
        this.#keep(text.slice(at, end))
        this.#state = 'plain'
        at = end
      }
    }
  }

  /** The last row, where no line end follows it. */
  *end(): Generator<string[]> {
    if (this.#state === 'quoted') throw new HttpError(422, 'a quote is never closed')
    if (this.#state !== 'start' || this.#row.length > 0) yield this.#endRow()
  }

  #keep(text: string): void {
    this.#size += text.length
    if (this.#size > LONGEST_ROW) throw new HttpError(422, 'a row is too long')
    this.#field += text
  }

  #endField(): void {
    this.#row.push(this.#field)
    this.#field = ''
    this.#state = 'start'
  }

  #endRow(): string[] {
    // In quotes a CR is text; before the LF that ends the row it is not.
    if (this.#state === 'plain') this.#field = this.#field.replace(/\r$/, '')
    this.#endField()
    const row = this.#row
    this.#row = []
    this.#size = 0
    return row
  }
}

// ---------------------------------------------------------------- rows

const AT =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,3})?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/

function isInstant(text: string): boolean {
  const parts = AT.exec(text)
  if (!parts) return false
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number)
  // A day that does not exist becomes one of another month.
  const date = new Date(Date.UTC(year!, month! - 1, day!))
  return date.getUTCMonth() === month! - 1 && hour! < 24 && minute! < 60 && second! < 60
}

/** A character is a code point, which may be two units. */
function isLonger(text: string, characters: number): boolean {
  if (text.length <= characters) return false
  return text.length > 2 * characters || [...text].length > characters
}

/** What is wrong with a row, in words. */
function faultOf(row: string[]): string | undefined {
  if (row.length !== 5) return `${row.length} columns, expected 5`
  const [parcel, depot, kind, at, note] = row as [string, string, string, string, string]
  if (!/^[A-Z0-9-]{4,32}$/.test(parcel)) return 'parcel: not 4 to 32 of A-Z, 0-9 and -'
  if (!/^[A-Z]{3}$/.test(depot)) return 'depot: not three letters of A-Z'
  if (!KINDS.includes(kind)) return `kind: none of ${KINDS.join(', ')}`
  if (!isInstant(at)) return 'at: no time such as 2026-03-29T10:00:00Z'
  if (isLonger(note, 2000)) return 'note: more than 2000 characters'
  return undefined
}

// ---------------------------------------------------------------- import

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  connectionTimeoutMillis: 60_000, // waiting for a free client counts, too
})
// The pool listens to clients that are idle. One in use that loses its connection says so as well,
// and an `error` without a listener ends the process.
pool.on('error', (error) => console.error('idle client:', error.message))
pool.on('connect', (client) => client.on('error', (error) => console.error(error.message)))

type Report = { accepted: number; rejected: number; errors: { row: number; reason: string }[] }

/** Takes a file in pieces and gives the good rows to Postgres, batch by batch. */
class Import {
  readonly report: Report = { accepted: 0, rejected: 0, errors: [] }
  readonly #client: pg.PoolClient
  readonly #csv = new CsvReader()
  // Keeps the bytes of a character that has come in part, and leaves out a byte order mark.
  readonly #decoder = new TextDecoder()
  #headed = false
  #rows = 0
  #batch: string[][] = []

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  async take(chunk: Buffer): Promise<void> {
    const text = this.#decoder.decode(chunk, { stream: true })
    for (const row of this.#csv.read(text)) await this.#add(row)
  }

  async end(): Promise<void> {
    for (const row of this.#csv.read(this.#decoder.decode())) await this.#add(row)
    for (const row of this.#csv.end()) await this.#add(row)
    if (!this.#headed) throw new HttpError(422, `the first row must be ${HEADER}`)
    await this.#flush()
  }

  async #add(row: string[]): Promise<void> {
    if (!this.#headed) {
      if (row.length !== 5 || row.join(',') !== HEADER) {
        throw new HttpError(422, `the first row must be ${HEADER}`)
      }
      this.#headed = true
      return
    }
    this.#rows += 1
    const reason = faultOf(row)
    if (reason !== undefined) {
      this.report.rejected += 1
      if (this.report.errors.length < REPORTED) this.report.errors.push({ row: this.#rows, reason })
      return
    }
    this.report.accepted += 1
    this.#batch.push(row)
    if (this.#batch.length >= BATCH) await this.#flush()
  }

  async #flush(): Promise<void> {
    if (this.#batch.length === 0) return
    const columns = [0, 1, 2, 3, 4].map((column) => this.#batch.map((row) => row[column]))
    this.#batch = []
    await this.#client.query(
      `insert into scans (parcel, depot, kind, at, note)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])`,
      columns,
    )
  }
}

/**
 * Reads a body to its end, piece by piece: the next one is asked for when `take` is done with the
 * last. @throws where the client disconnects, and at the end what `take` has thrown
 */
async function readAll(
  body: http.IncomingMessage,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  let fault: unknown
  for await (const chunk of body) {
    // Reads on all the same: an answer is lost where the rest of the body meets a closed socket.
    if (fault !== undefined) continue
    try {
      await take(chunk)
    } catch (error) {
      fault = error
    }
  }
  if (fault !== undefined) throw fault
}

async function importScans(body: http.IncomingMessage, mode: string): Promise<Report> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('begin')
    const one = new Import(client)
    await readAll(body, (chunk) => one.take(chunk))
    await one.end()
    const { report } = one
    await client.query(mode === 'atomic' && report.rejected > 0 ? 'rollback' : 'commit')
    return report
  } catch (error) {
    // Also where the client has disconnected, which ends the loop over the body with an error.
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
}

// ---------------------------------------------------------------- HTTP

function answer(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}

type Exchange = [request: http.IncomingMessage, response: http.ServerResponse]

async function handle(...[request, response]: Exchange): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  if (request.method === 'GET' && pathname === '/healthz') return answer(response, 200, {})
  if (request.method !== 'POST' || pathname !== '/imports') throw new HttpError(404, 'not found')
  const mode = searchParams.get('mode') ?? ''
  if (mode !== 'partial' && mode !== 'atomic') throw new HttpError(422, 'mode: partial or atomic')
  const type = request.headers['content-type'] ?? ''
  if (!/^text\/csv\s*(;|$)/i.test(type)) throw new HttpError(415, 'send text/csv')
  const report = await importScans(request, mode)
  if (mode === 'partial' || report.rejected === 0) return answer(response, 200, report)
  const error = `${report.rejected} bad row${report.rejected > 1 ? 's' : ''}, nothing was kept`
  answer(response, 422, { error, ...report, accepted: 0 })
}

const server = http.createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    request.resume()
    if (response.destroyed) return // the client is gone
    if (error instanceof HttpError) return answer(response, error.status, { error: error.message })
    console.error(error)
    answer(response, 503, { error: 'try again later' })
  })
})
// Five minutes by default, for the whole request. A slow client may take its time.
server.requestTimeout = 0
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => void pool.end())
  server.closeIdleConnections()
})
