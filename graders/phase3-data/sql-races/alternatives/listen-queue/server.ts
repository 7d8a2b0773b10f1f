import { randomUUID } from 'node:crypto'
import express from 'express'
import pg from 'pg'

const connectionString = process.env.DATABASE_URL

const SETUP = `
create table if not exists jobs (
  id uuid primary key,
  place bigint generated always as identity,
  kind text not null,
  parcel text, depot integer, payer integer, payee integer, amount integer,
  status integer,
  locker integer,
  created timestamptz not null default now()
);
create or replace function run_job(this uuid) returns void language plpgsql as $$
declare
  job jobs;
  held lockers;
begin
  select * into job from jobs where id = this;
  if job.kind = 'book' then
    select * into held from lockers where parcel = job.parcel;
    if not found then
      select * into held from lockers where depot_id = job.depot and parcel is null order by id limit 1;
      job.status := case when found then 201 else 409 end;
      update lockers set parcel = job.parcel where id = held.id;
    else
      job.status := case when held.depot_id = job.depot then 200 else 409 end;
    end if;
    job.locker := held.id;
  elsif job.kind = 'free' then
    update lockers set parcel = null where parcel = job.parcel;
    job.status := case when found then 200 else 404 end;
  else
    perform from wallets where id in (job.payer, job.payee) order by id for update;
    if (select count(*) from wallets where id in (job.payer, job.payee)) < 2 then
      job.status := 404;
    elsif (select cents from wallets where id = job.payer) < job.amount then
      job.status := 409;
    else
      update wallets set cents = cents + case id when job.payer then -job.amount else job.amount end
      where id in (job.payer, job.payee);
      job.status := 201;
    end if;
  end if;
  update jobs set status = job.status, locker = job.locker where id = this;
  perform pg_notify('done', json_build_object('id', this, 'status', job.status, 'locker', job.locker)::text);
end $$;
`

type Result = { id: string; status: number; locker: number | null }
class Unavailable extends Error {}

const pool = new pg.Pool({ connectionString, max: 4 })
pool.on('error', () => {})
pool.on('connect', (client) => client.on('error', () => {}))

// ---- those who wait

const waiting = new Map<string, PromiseWithResolvers<Result>>()
let listening = false
const ready = Promise.withResolvers<void>()

function listen() {
  const client = new pg.Client({ connectionString })
  let over = false
  const lost = () => {
    if (over) return
    over = true
    listening = false
    for (const { reject } of waiting.values()) reject(new Unavailable())
    setTimeout(listen, 100)
  }
  client.on('error', lost)
  client.on('end', lost)
  client.on('notification', ({ channel, payload }) => {
    if (channel === 'todo') return work()
    const result: Result = JSON.parse(payload!)
    waiting.get(result.id)?.resolve(result)
  })
  client
    .connect()
    .then(() => client.query('listen todo; listen done'))
    .then(() => {
      listening = true
      ready.resolve()
      work()
    })
    .catch(lost)
}

async function submit(kind: string, job: Record<string, unknown>): Promise<Result> {
  if (!listening) throw new Unavailable()
  const id = randomUUID()
  const result = Promise.withResolvers<Result>()
  result.promise.catch(() => {})
  waiting.set(id, result)
  try {
    const names = Object.keys(job)
    await pool.query(
      `with added as (
         insert into jobs (id, kind, ${names}) values ($1, $2, ${names.map((_, at) => `$${at + 3}`)}) returning id
       )
       select pg_notify('todo', '') from added`,
      [id, kind, ...Object.values(job)],
    )
    return await result.promise
  } finally {
    waiting.delete(id)
  }
}

// ---- the worker

let working = false
let more = false

async function work() {
  more = true
  if (working) return
  working = true
  while (more) {
    more = false
    await round().catch(() => {
      if (listening) setTimeout(work, 200)
    })
  }
  working = false
}

async function round() {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock(4711)')
    const { rows } = await client.query('select id from jobs where status is null order by place')
    for (const { id } of rows) await client.query('select run_job($1)', [id])
    await client.query('commit')
    client.release()
  } catch (error) {
    client.release(true)
    throw error
  }
}

// ---- HTTP

const app = express()
app.use(express.json())
const isInteger = (value: unknown): value is number =>
  Number.isInteger(value) && Math.abs(value as number) <= 2147483647
const isParcel = (value: unknown) => /^[A-Z0-9-]{4,32}$/.test(String(value)) && typeof value === 'string'

app.post('/depots/:depot/bookings', async (request, response) => {
  const depot = Number(request.params.depot)
  const parcel = request.body?.parcel
  if (!isInteger(depot)) return void response.status(404).json({ message: 'no such depot' })
  if (!isParcel(parcel)) return void response.status(400).json({ message: 'a parcel, please' })
  const { status, locker } = await submit('book', { depot, parcel })
  response.status(status).json(status < 300 ? { locker } : { message: 'no locker for it' })
})

app.delete('/bookings/:parcel', async (request, response) => {
  const { parcel } = request.params
  const { status } = isParcel(parcel) ? await submit('free', { parcel }) : { status: 404 }
  response.status(status).json({ message: status === 200 ? 'freed' : 'it has no locker' })
})

app.post('/transfers', async (request, response) => {
  const { from, to, cents } = request.body ?? {}
  if (!isInteger(from) || !isInteger(to) || from === to || !isInteger(cents) || cents < 1 || cents > 1e9) {
    return void response.status(422).json({ message: 'from, to and cents, please' })
  }
  const { id, status } = await submit('move', { payer: from, payee: to, amount: cents })
  response.status(status).json({ message: status === 201 ? 'done' : 'not done', job: id })
})

app.get('/wallets/:id', async (request, response) => {
  const id = Number(request.params.id)
  const { rows } = isInteger(id)
    ? await pool.query('select * from wallets where id = $1', [id])
    : { rows: [] }
  response.status(rows[0] ? 200 : 404).json(rows[0] ?? { message: 'no such wallet' })
})

app.use((_request, response) => void response.status(404).json({ message: 'nothing here' }))
app.use(((error, _request, response, _next) => {
  const status = error.status ?? 503
  response.status(status).json({ message: status < 500 ? 'bad request' : 'not now' })
}) as express.ErrorRequestHandler)

await pool.query(SETUP)
listen()
await ready.promise
app.listen(Number(process.env.PORT), '127.0.0.1')
