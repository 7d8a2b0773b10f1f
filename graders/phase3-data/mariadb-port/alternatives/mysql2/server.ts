import { createServer, type IncomingMessage } from 'node:http'
import mysql, { type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'

const pool = mysql.createPool({
  uri: process.env.MARIADB_URL!.replace(/^mariadb:/, 'mysql:'),
  timezone: 'Z',
  charset: 'utf8mb4',
  supportBigNumbers: true,
  bigNumberStrings: true,
  connectionLimit: 4,
})
await pool.query(`create table if not exists people (
  id int unsigned auto_increment primary key, email varchar(200) not null, email_key varchar(200) not null,
  name varchar(60) not null, unique key one_address (email_key)) default charset = utf8mb4`)
await pool.query(`create table if not exists articles (
  sku varchar(20) not null primary key, left_over int not null) default charset = ascii collate = ascii_bin`)
await pool.query(`create table if not exists orders (
  id bigint unsigned not null auto_increment primary key, article varchar(20) not null,
  pieces int not null, ordered_at datetime(3) not null) default charset = utf8mb4`)

class Problem {
  constructor(code: number, title: string) {
    this.code = code
    this.title = title
  }
  code: number
  title: string
}
const bad = (title: string): never => {
  throw new Problem(422, title)
}

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  try {
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return typeof body === 'object' && body !== null ? body : bad('the body must be an object')
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(400, 'malformed JSON')
  }
}

const pieces = (value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 1_000_000
    ? value
    : bad('a whole number from 1 to 1000000 is needed')
const sku = (value: unknown): string =>
  typeof value === 'string' && /^[A-Z0-9-]{1,20}$/.test(value) ? value : bad('no sku')
const digits = (text: string | null, otherwise: number, min: number, max: number): number => {
  if (text === null) return otherwise
  return /^\d{1,9}$/.test(text) && +text >= min && +text <= max ? +text : bad('no number')
}
const day = (text: string | null): string => {
  const at = new Date(`${text}T00:00:00Z`)
  return text && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) ? text : bad('no day')
}
const time = (value: unknown): Date => {
  if (value === undefined) return new Date()
  const at = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(at.getTime()) ? bad('no time') : at
}
const order = (row: RowDataPacket) => ({
  id: String(row.id),
  sku: row.article,
  qty: row.pieces,
  at: (row.ordered_at as Date).toISOString(),
  currency: 'EUR',
})

async function answer(request: IncomingMessage): Promise<[number, unknown]> {
  const url = new URL(request.url!, 'http://shop')
  const [, root, id] = url.pathname.split('/')
  const query = url.searchParams
  switch (`${request.method} ${root}`) {
    case 'POST customers': {
      const { email, name } = await json(request)
      if (typeof email !== 'string' || email.length > 200 || !/^[!-?A-~]+@[!-?A-~]+$/.test(email)) bad('email')
      if (typeof name !== 'string' || name === '' || Array.from(name).length > 60) bad('name')
      try {
        const [made] = await pool.execute<ResultSetHeader>(
          'insert into people (email, email_key, name) values (?, ?, ?)',
          [email as string, (email as string).toLowerCase(), name as string],
        )
        return [201, { id: made.insertId, email, name }]
      } catch (error) {
        if ((error as { code?: string }).code === 'ER_DUP_ENTRY') throw new Problem(409, 'taken')
        throw error
      }
    }
    case 'GET customers': {
      if (!/^\d+$/.test(id!)) throw new Problem(404, 'nobody')
      const [rows] = await pool.execute<RowDataPacket[]>('select * from people where id = ?', [id!])
      if (!rows[0]) throw new Problem(404, 'nobody')
      return [200, { id: rows[0].id, email: rows[0].email, name: rows[0].name }]
    }
    case 'PUT stock': {
      const add = pieces((await json(request)).add)
      const article = sku(id)
      await pool.query(
        'insert into articles values (?, ?) on duplicate key update left_over = left_over + ?',
        [article, add, add],
      )
      const [rows] = await pool.query<RowDataPacket[]>('select * from articles where sku = ?', [article])
      return [200, { sku: article, quantity: rows[0]!.left_over }]
    }
    case 'GET stock': {
      const [rows] = await pool.query<RowDataPacket[]>('select * from articles where sku = ?', [id])
      if (!rows[0]) throw new Problem(404, 'no such article')
      return [200, { sku: id, quantity: rows[0].left_over }]
    }
    case 'POST orders': {
      const body = await json(request)
      const wanted = { sku: sku(body.sku), qty: pieces(body.qty), at: time(body.at) }
      const one = await pool.getConnection()
      try {
        await one.beginTransaction()
        const [rows] = await one.query<RowDataPacket[]>(
          'select left_over from articles where sku = ? for update',
          [wanted.sku],
        )
        if (!rows[0]) throw new Problem(404, 'no such article')
        if (rows[0].left_over < wanted.qty) throw new Problem(409, 'sold out')
        await one.query('update articles set left_over = left_over - ? where sku = ?', [wanted.qty, wanted.sku])
        await one.query('insert into orders (article, pieces, ordered_at) values (?, ?, ?)', [
          wanted.sku,
          wanted.qty,
          wanted.at,
        ])
        const [made] = await one.query<RowDataPacket[]>('select * from orders where id = last_insert_id()')
        await one.commit()
        return [201, order(made[0]!)]
      } catch (error) {
        await one.rollback()
        throw error
      } finally {
        one.release()
      }
    }
    case 'GET orders': {
      const limit = digits(query.get('limit'), 20, 1, 100)
      const offset = digits(query.get('offset'), 0, 0, 1e9)
      const [rows] = await pool.query<RowDataPacket[]>(
        'select * from orders order by id desc limit ?, ?',
        [offset, limit],
      )
      return [200, { orders: rows.map(order), limit, offset }]
    }
    case 'GET report': {
      const [rows] = await pool.query<RowDataPacket[]>(
        `select cast(cast(ordered_at as date) as char) as day, count(*) as n, sum(pieces) as q
         from orders where ordered_at >= ? and ordered_at < ? group by day order by day`,
        [`${day(query.get('from'))} 00:00:00`, `${day(query.get('to'))} 00:00:00`],
      )
      return [200, { days: rows.map((row) => ({ day: row.day, orders: +row.n, qty: +row.q })) }]
    }
  }
  throw new Problem(404, 'nothing here')
}

createServer(async (request, response) => {
  const [status, body] = await answer(request).catch((error) => {
    if (error instanceof Problem) return [error.code, { title: error.title }] as const
    console.error(error)
    return [500, { title: 'our fault' }] as const
  })
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}).listen(process.env.PORT, '127.0.0.1')
