import { createServer, type IncomingMessage } from 'node:http'
import { type Parser, parse } from 'csv-parse'
import pg from 'pg'

const COLUMNS = ['parcel', 'depot', 'kind', 'at', 'note']
const kinds = new Set(['accepted', 'arrived', 'departed', 'delivered'])

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })
pool.on('error', () => {})
pool.on('connect', (client) => {
  client.on('error', () => {})
})

class Refused extends Error {}

const roomIn = (parser: Parser) =>
  new Promise<void>((resolve) => {
    const done = () => {
      parser.off('drain', done)
      parser.off('close', done)
      resolve()
    }
    parser.on('drain', done)
    parser.on('close', done)
  })

/** Feeds the parser; once that is gone, reads on for nothing. */
async function feed(parser: Parser, request: IncomingMessage) {
  try {
    for await (const chunk of request) {
      if (parser.destroyed || parser.errored) continue
      if (!parser.write(chunk)) await roomIn(parser)
    }
    if (!parser.destroyed) parser.end()
  } catch (error) {
    parser.destroy(error as Error)
  }
}

function existing(at: string) {
  const match =
    /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,3})?(?:Z|[+-](\d\d):(\d\d))$/.exec(at)
  if (!match) return false
  const day = new Date(`${match[1]}T00:00:00Z`)
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== match[1]) return false
  if (Number(match[2]) > 23 || Number(match[3]) > 59 || Number(match[4]) > 59) return false
  const [hours, minutes] = [Number(match[6] ?? 0), Number(match[7] ?? 0)]
  return minutes < 60 && hours * 60 + minutes <= 840
}

const tests: [string, (text: string) => boolean][] = [
  ['parcel', (text) => /^[-A-Z\d]{4,32}$/.test(text)],
  ['depot', (text) => /^[A-Z][A-Z][A-Z]$/.test(text)],
  ['kind', (text) => kinds.has(text)],
  ['at', existing],
  ['note', (text) => text.length <= 2000 || Array.from(text).length <= 2000],
]

function complaint(row: string[]) {
  if (row.length !== tests.length) return 'wrong number of columns'
  const failed = tests.find(([, test], n) => !test(row[n]!))
  return failed && `invalid ${failed[0]}`
}

async function store(client: pg.PoolClient, rows: string[][]) {
  const json = rows.map((row) => Object.fromEntries(COLUMNS.map((name, n) => [name, row[n]])))
  await client.query(
    `insert into scans (${COLUMNS})
     select ${COLUMNS} from json_to_recordset($1)
       as r (parcel text, depot text, kind text, at timestamptz, note text)`,
    [JSON.stringify(json)],
  )
}

async function load(client: pg.PoolClient, parser: Parser) {
  let number = -1
  let batch: string[][] = []
  const result = { accepted: 0, rejected: 0, errors: [] as { row: number; reason: string }[] }
  for await (const row of parser as AsyncIterable<string[]>) {
    number++
    if (number === 0) {
      if (JSON.stringify(row) !== JSON.stringify(COLUMNS)) throw new Refused('wrong header')
      continue
    }
    const reason = complaint(row)
    if (reason) {
      if (result.rejected++ < 100) result.errors.push({ row: number, reason })
      continue
    }
    result.accepted++
    batch.push(row)
    if (batch.length === 250) {
      await store(client, batch)
      batch = []
    }
  }
  if (number < 0) throw new Refused('no header')
  if (batch.length > 0) await store(client, batch)
  return result
}

async function run(request: IncomingMessage, atomic: boolean): Promise<[number, object]> {
  const client = await pool.connect()
  const parser = parse({
    bom: true,
    max_record_size: 2 ** 20,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
  })
  const feeding = feed(parser, request)
  try {
    await client.query('begin')
    const result = await load(client, parser)
    const fine = !atomic || result.rejected === 0
    await client.query(fine ? 'commit' : 'rollback')
    client.release()
    return fine ? [200, result] : [422, { message: 'bad rows', ...result, accepted: 0 }]
  } catch (error) {
    // The connection goes, and the transaction with it.
    client.release(true)
    parser.destroy()
    await feeding
    const { code } = error as { code?: string }
    if (error instanceof Refused || code?.startsWith('CSV_')) {
      return [400, { message: (error as Error).message }]
    }
    throw error
  }
}

async function route(request: IncomingMessage): Promise<[number, object]> {
  const url = new URL(request.url!, 'http://here')
  if (url.pathname === '/healthz') return [200, { status: 'fine' }]
  if (url.pathname !== '/imports') return [404, { message: 'not here' }]
  const mode = url.searchParams.get('mode')
  if (mode !== 'partial' && mode !== 'atomic') return [400, { message: 'which mode?' }]
  const [type] = (request.headers['content-type'] ?? '').split(';')
  if (type!.trim().toLowerCase() !== 'text/csv') return [415, { message: 'text/csv, please' }]
  return run(request, mode === 'atomic')
}

createServer({ requestTimeout: 0 }, async (request, response) => {
  const [status, body] = await route(request).catch((error): [number, object] => {
    console.error(error)
    return [500, { message: 'not now' }]
  })
  request.resume()
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}).listen(Number(process.env.PORT), '127.0.0.1')

process.on('SIGTERM', () => process.exit(0))
