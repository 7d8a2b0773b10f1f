import http from 'node:http'
import pg from 'pg'

type Done = (error: (Error & { code?: string }) | null, rows?: any[]) => void
type Job = (end: () => void) => void

let client: pg.Client | null = null

/** Hands out the one connection, and makes it where there is none. */
function connection(then: (error: Error | null, open?: pg.Client) => void) {
  if (client) return then(null, client)
  const fresh = new pg.Client({ connectionString: process.env.DATABASE_URL })
  fresh.on('error', () => {
    if (client === fresh) client = null
  })
  fresh.on('end', () => {
    if (client === fresh) client = null
  })
  fresh.connect((error: any) => {
    if (error) return then(error)
    client = fresh
    then(null, fresh)
  })
}

const jobs: Job[] = []
let busy = false

function enqueue(job: Job) {
  jobs.push(job)
  if (!busy) next()
}

function next() {
  const job = jobs.shift()
  busy = job !== undefined
  job?.(next)
}

/** Statements one after the other: each is made from the rows of those before. `null` ends it. */
type Step = (rows: any[][]) => [string, any[]?] | null

function transaction(table: string, steps: Step[], done: (error: Error | null, rows: any[][]) => void) {
  enqueue((end) => {
    connection((error, open) => {
      if (error) {
        done(error, [])
        return end()
      }
      const results: any[][] = []
      const finish = (failure: Error | null) => {
        done(failure, results)
        end()
      }
      const ask = (sql: string, values: any[], then: Done) =>
        open!.query(sql, values, (err: any, result: any) => then(err, result?.rows))
      const abandon = (err: Error) => {
        // Whatever it was: this connection is not trusted any more.
        if (client === open) client = null
        open!.end().catch(() => {})
        finish(err)
      }
      ask('BEGIN', [], (err) => {
        if (err) return abandon(err)
        ask(`LOCK TABLE ${table} IN EXCLUSIVE MODE`, [], (err) => {
          if (err) return abandon(err)
          const go = (at: number) => {
            const step = steps[at]?.(results)
            if (!step) {
              return ask('COMMIT', [], (err) => (err ? abandon(err) : finish(null)))
            }
            ask(step[0], step[1] ?? [], (err, rows) => {
              if (err) return abandon(err)
              results.push(rows!)
              go(at + 1)
            })
          }
          go(0)
        })
      })
    })
  })
}

function reply(response: http.ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}

const refuse = (response: http.ServerResponse, status: number, message: string) =>
  reply(response, status, { message })

const isInt = (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2147483648
const isParcel = (value: unknown) => typeof value === 'string' && /^[A-Z0-9-]{4,32}$/.test(value)

function book(response: http.ServerResponse, depot: number, parcel: string) {
  let status = 201
  let locker: number | undefined
  transaction(
    'lockers',
    [
      () => ['SELECT id, depot_id FROM lockers WHERE parcel = $1', [parcel]],
      ([held]) => {
        if (held![0]) {
          status = held![0].depot_id === depot ? 200 : 409
          locker = held![0].id
          return null
        }
        return ['SELECT min(id) AS id FROM lockers WHERE depot_id = $1 AND parcel IS NULL', [depot]]
      },
      ([, free]) => {
        locker = free![0].id
        if (locker === null) status = 409
        return locker === null
          ? null
          : ['UPDATE lockers SET parcel = $2 WHERE id = $1', [locker, parcel]]
      },
    ],
    (error) => {
      if (error) return refuse(response, 503, 'database trouble')
      if (status === 409) return refuse(response, 409, 'not possible')
      reply(response, status, { locker })
    },
  )
}

function move(response: http.ServerResponse, from: number, to: number, cents: number) {
  let status = 201
  transaction(
    'wallets',
    [
      () => ['SELECT id, cents FROM wallets WHERE id = $1 OR id = $2', [from, to]],
      ([rows]) => {
        if (rows!.length !== 2) status = 404
        else if (rows!.find((row) => row.id === from).cents < cents) status = 409
        if (status !== 201) return null
        return ['UPDATE wallets SET cents = cents + $2 WHERE id = $1', [to, cents]]
      },
      () => ['UPDATE wallets SET cents = cents - $2 WHERE id = $1', [from, cents]],
    ],
    (error) => {
      if (error) return refuse(response, 503, 'database trouble')
      if (status !== 201) return refuse(response, status, 'no transfer')
      reply(response, 201, {})
    },
  )
}

function route(request: http.IncomingMessage, response: http.ServerResponse, text: string) {
  const [, first, second, third, ...more] = (request.url ?? '').split('?')[0]!.split('/')
  const name = `${request.method} ${first}`
  if (name === 'GET wallets' && second && third === undefined) {
    if (!/^\d{1,10}$/.test(second) || Number(second) >= 2147483648)
      return refuse(response, 404, 'no such wallet')
    return enqueue((end) => {
      connection((error, open) => {
        if (error) {
          refuse(response, 503, 'database trouble')
          return end()
        }
        open!.query('SELECT id, cents FROM wallets WHERE id = $1', [second], (err: any, result: any) => {
          if (err) refuse(response, 503, 'database trouble')
          else if (!result.rows[0]) refuse(response, 404, 'no such wallet')
          else reply(response, 200, result.rows[0])
          end()
        })
      })
    })
  }
  if (name === 'DELETE bookings' && second && third === undefined) {
    if (!isParcel(second)) return refuse(response, 404, 'no such parcel')
    return transaction(
      'lockers',
      [() => ['UPDATE lockers SET parcel = NULL WHERE parcel = $1 RETURNING id', [second]]],
      (error, [rows]) => {
        if (error) return refuse(response, 503, 'database trouble')
        if (rows!.length === 0) return refuse(response, 404, 'no such parcel')
        reply(response, 200, { freed: rows![0].id })
      },
    )
  }
  const isBooking = name === 'POST depots' && third === 'bookings' && more.length === 0
  const isTransfer = name === 'POST transfers' && second === undefined
  if (!isBooking && !isTransfer) return refuse(response, 404, 'no such path')
  let body: any
  try {
    body = JSON.parse(text)
  } catch {
    return refuse(response, 400, 'that is no JSON')
  }
  if (isBooking) {
    const depot = /^\d+$/.test(second!) ? Number(second) : Number.NaN
    if (!isInt(depot)) return refuse(response, 404, 'no such depot')
    if (!isParcel(body?.parcel)) return refuse(response, 400, 'parcel?')
    return book(response, depot, body.parcel)
  }
  const { from, to, cents } = body ?? {}
  const good = isInt(from) && isInt(to) && from !== to && isInt(cents) && cents > 0
  if (!good || cents > 1000000000) return refuse(response, 400, 'from, to, cents?')
  move(response, from, to, cents)
}

const server = http.createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (piece) => {
    text += piece
  })
  request.on('end', () => route(request, response, text))
})
server.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
