// What Pelican Post keeps in PostgreSQL.
import { createHash, randomBytes, randomUUID, scrypt, timingSafeEqual } from 'node:crypto'
import pg from 'pg'
import { log } from './log.ts'

export type Customer = { id: number; email: string }
export type Parcel = { code: string; town: string }

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
// Of an idle connection; unheard, it would end the process.
pool.on('error', (error) => console.error(error.message))

export const createTables = () =>
  pool.query(`
    create table if not exists customers (
      id integer generated always as identity primary key,
      email text not null unique,
      salt bytea not null,
      digest bytea not null
    );
    create table if not exists sessions (
      digest text primary key,
      customer_id integer not null references customers
    );
    create table if not exists parcels (code text primary key, town text not null)`)

export const closePool = () => pool.end()

// ---------------------------------------------------------------- customers

const digestOf = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, 32, (error, digest) => (error ? reject(error) : resolve(digest)))
  })

/** Returns the new customer; undefined where the e-mail has an account. */
export async function addCustomer(email: string, password: string): Promise<Customer | undefined> {
  const salt = randomBytes(16)
  const { rows } = await pool.query<Customer>(
    `insert into customers (email, salt, digest) values ($1, $2, $3)
     on conflict do nothing returning id, email`,
    [email, salt, await digestOf(password, salt)],
  )
  return rows[0]
}

const keyOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** Returns a token; undefined where e-mail and password do not belong together. */
export async function logIn(email: string, password: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ id: number; salt: Buffer; digest: Buffer }>(
    'select id, salt, digest from customers where email = $1',
    [email],
  )
  const [row] = rows
  const digest = await digestOf(password, row?.salt ?? Buffer.alloc(16))
  if (!row || !timingSafeEqual(digest, row.digest)) return undefined
  const token = randomBytes(24).toString('base64url')
  await pool.query('insert into sessions values ($1, $2)', [keyOf(token), row.id])
  return token
}

/** Returns whose token it is. */
export async function customerOf(token: string): Promise<Customer | undefined> {
  const { rows } = await pool.query<Customer>(
    'select id, email from customers join sessions on customer_id = id where sessions.digest = $1',
    [keyOf(token)],
  )
  return rows[0]
}

// ---------------------------------------------------------------- parcels

export async function addParcel(town: string): Promise<Parcel> {
  const parcel = { code: randomUUID(), town }
  await pool.query('insert into parcels values ($1, $2)', [parcel.code, town])
  log(`parcel created: ${parcel.code} to ${town}`)
  return parcel
}

export async function findParcel(code: string): Promise<Parcel | undefined> {
  const client = await pool.connect()
  try {
    log(`loading parcel ${code}`)
    const { rows } = await client.query<Parcel>('select * from parcels where code = $1', [code])
    log(`parcel loaded: ${rows.length > 0}`)
    return rows[0]
  } finally {
    client.release()
  }
}
