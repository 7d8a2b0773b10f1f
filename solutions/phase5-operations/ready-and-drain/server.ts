import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import express, { type ErrorRequestHandler } from 'express'
import { Pool } from 'pg'

const DRAIN_MS = Number(process.env.DRAIN_MS ?? 5000)
const GRACE_MS = Number(process.env.GRACE_MS ?? 20_000)
/** So long /readyz waits for PostgreSQL. */
const CHECK_MS = 1000
/** The longest job. */
const MOST_MS = 60_000

class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

// ---------------------------------------------------------------- the database

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: 10,
  connectionTimeoutMillis: 2000,
  // A connection that says nothing for so long is given up, and another takes its place.
  query_timeout: 3000,
})
// Of an idle connection; unheard, it would end the process.
pool.on('error', (error) => console.error('a connection broke:', error.message))

let table: Promise<unknown> | undefined

/** Makes the table, once; after a failure whoever asks next tries again. */
function prepared(): Promise<unknown> {
  table ??= pool
    .query(
      'CREATE TABLE IF NOT EXISTS jobs (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, ms integer NOT NULL)',
    )
    .catch((error) => {
      table = undefined
      throw error
    })
  return table
}

async function look(): Promise<boolean> {
  try {
    await prepared()
    await pool.query('SELECT 1')
    return true
  } catch (error) {
    console.error('PostgreSQL does not answer:', (error as Error).message)
    return false
  }
}

let looking: Promise<boolean> | undefined

/** However many ask at once, one look is enough. */
function isReady(): Promise<boolean> {
  looking ??= look().finally(() => {
    looking = undefined
  })
  return Promise.race([looking, pause(CHECK_MS, false, { ref: false })])
}

// ---------------------------------------------------------------- jobs

/** What has to be finished before the process ends, whether or not somebody still waits for it. */
const jobs = new Set<Promise<unknown>>()

function finishing<T>(job: Promise<T>): Promise<T> {
  const done = () => jobs.delete(job)
  jobs.add(job)
  job.then(done, done)
  return job
}

async function work(ms: number): Promise<{ id: number; ms: number }> {
  await pause(ms)
  try {
    await prepared()
    const { rows } = await pool.query('INSERT INTO jobs (ms) VALUES ($1) RETURNING id, ms', [ms])
    return rows[0]
  } catch (error) {
    console.error('a job was not written down:', (error as Error).message)
    throw new HttpError(503, 'the job could not be written down')
  }
}

// ---------------------------------------------------------------- HTTP

/** Set by the first SIGTERM. */
let isStopping = false

const app = express()
app.disable('x-powered-by')

app
  .route('/livez')
  .get((_request, response) => {
    response.json({ status: 'alive' })
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'GET, HEAD').json({ error: 'this path takes GET' })
  })

app
  .route('/readyz')
  .get(async (_request, response) => {
    if (isStopping) throw new HttpError(503, 'shutting down')
    if (!(await isReady())) throw new HttpError(503, 'the database does not answer')
    // A SIGTERM may have come while the database was asked.
    if (isStopping) throw new HttpError(503, 'shutting down')
    response.json({ status: 'ready' })
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'GET, HEAD').json({ error: 'this path takes GET' })
  })

app
  .route('/work')
  .post(async (request, response) => {
    const { ms } = request.query
    if (typeof ms !== 'string' || !/^[0-9]{1,5}$/.test(ms) || Number(ms) > MOST_MS) {
      throw new HttpError(400, `ms is a whole number from 0 to ${MOST_MS}`)
    }
    const row = await finishing(work(Number(ms)))
    response.status(201).json(row)
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'POST').json({ error: 'this path takes POST' })
  })

app
  .route('/boom')
  .post((request, response) => {
    const error = new Error(String(request.query.message))
    response.status(202).json({ status: 'something breaks in a moment' })
    setTimeout(() => {
      if (request.query.how === 'promise') void Promise.reject(error)
      else throw error
    }, 20)
  })
  .all((_request, response) => {
    response.status(405).set('Allow', 'POST').json({ error: 'this path takes POST' })
  })

app.use((_request, response) => {
  response.status(404).json({ error: 'there is nothing here' })
})

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  const status = error.status ?? 500
  if (status === 500) console.error(error)
  response.status(status).json({ error: status === 500 ? 'something went wrong' : error.message })
}
app.use(onError)

const server = createServer(app)

/** Connections with no request under way. Node's own list lacks those that have never had one. */
const idle = new Set<Socket>()
/** Set when the server listens no longer: then connections end with the answer they wait for. */
let isClosed = false

server.on('connection', (socket) => {
  idle.add(socket)
  socket.once('close', () => idle.delete(socket))
})
server.prependListener('request', ({ socket }, response) => {
  idle.delete(socket)
  response.once('close', () => {
    if (isClosed) socket.destroySoon()
    else if (!socket.destroyed) idle.add(socket)
  })
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

// ---------------------------------------------------------------- the end

async function shutDown(): Promise<void> {
  setTimeout(() => {
    console.error(`still at work ${GRACE_MS} ms after SIGTERM: cut`)
    process.exit(1)
  }, GRACE_MS)
  await pause(DRAIN_MS)
  isClosed = true
  const closed = new Promise((resolve) => server.close(resolve))
  for (const socket of idle) socket.destroy()
  await closed
  // Of those whose clients have hung up.
  await Promise.allSettled(jobs)
  await pool.end()
  process.exit(0)
}

process.on('SIGTERM', () => {
  // Somebody is in a hurry.
  if (isStopping) process.exit(1)
  isStopping = true
  void shutDown()
})

// Rejected promises that nobody waits for come here as well.
process.on('uncaughtException', (error) => {
  console.error('nobody catches this:', error)
  process.exit(1)
})
