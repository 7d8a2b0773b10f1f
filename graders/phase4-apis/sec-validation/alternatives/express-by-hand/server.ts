import express from 'express'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 })
pool.on('error', (error) => console.warn(error.message))

class Wrong extends Error {
  errors: { path: string; message: string }[]
  constructor(errors: { path: string; message: string }[]) {
    super('validation failed')
    this.errors = errors
  }
}

const OWN = new Set(['__proto__', 'constructor', 'prototype'])
const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** Reads values, and keeps what is wrong with them. */
class Reader {
  errors: { path: string; message: string }[] = []
  wrong(path: string, message: string): undefined {
    this.errors.push({ path, message })
    return undefined
  }
  end<T>(value: T): T {
    if (this.errors.length > 0) throw new Wrong(this.errors)
    return value
  }
  text(path: string, value: unknown, most: number, trim = true): string | undefined {
    if (typeof value !== 'string') return this.wrong(path, 'must be a text')
    const text = trim ? value.trim() : value
    // Cheap for long texts: no more than that many characters are counted.
    if (text.length > 2 * most || [...text].length > most) return this.wrong(path, `at most ${most} characters`)
    if (trim && text === '') return this.wrong(path, 'must not be empty')
    if (text.includes('\u0000')) return this.wrong(path, 'must not hold U+0000')
    return text
  }
  depot(path: string, value: unknown) {
    const text = this.text(path, value, 9, false)
    if (text === undefined) return undefined
    return /^[A-Z][A-Z]-[A-Z][A-Z][A-Z]-[0-9][0-9]$/.test(text) ? text : this.wrong(path, 'must look like ES-VGO-01')
  }
  email(path: string, value: unknown) {
    const text = this.text(path, value, 254)?.toLowerCase()
    if (text === undefined) return undefined
    const parts = text.split('@')
    const [local = '', domain = ''] = parts
    const labels = domain.split('.')
    const fits =
      parts.length === 2 &&
      local.split('.').every((part) => /^[a-z0-9_+-]+$/.test(part)) &&
      labels.length > 1 &&
      labels.every((part) => /^[a-z0-9-]+$/.test(part)) &&
      /^[a-z]{2,}$/.test(labels.at(-1)!)
    return fits ? text : this.wrong(path, 'must be an e-mail address')
  }
  day(path: string, value: unknown, first: number) {
    const text = this.text(path, value, 10, false)
    if (text === undefined) return undefined
    const [, year, month, day] = (/^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text) ?? []).map(Number)
    const date = new Date(Date.UTC(year!, month! - 1, day!))
    const same = date.getUTCFullYear() === year && date.getUTCMonth() === month! - 1 && date.getUTCDate() === day
    return same && year! >= first && year! <= 2099 ? text : this.wrong(path, 'must be a day that exists')
  }
  boolean(path: string, value: unknown) {
    return typeof value === 'boolean' ? value : this.wrong(path, 'must be true or false')
  }
  one(path: string, value: unknown, ...of: string[]) {
    return of.includes(value as string) ? value : this.wrong(path, `must be one of ${of.join(', ')}`)
  }
  others(base: string, value: Record<string, unknown>, ...known: string[]) {
    for (const name of Object.keys(value)) {
      if (!known.includes(name) && !OWN.has(name)) this.wrong(`${base}${name}`, 'is unknown')
    }
  }
}

const own = (object: Record<string, unknown>, name: string) => (Object.hasOwn(object, name) ? object[name] : undefined)

function readBooking(body: Record<string, unknown>) {
  const read = new Reader()
  read.others('', body, 'depot', 'contact', 'label', 'boxes', 'size', 'express', 'stops')
  const depot = read.depot('depot', own(body, 'depot'))
  const contact = read.email('contact', own(body, 'contact'))
  const label = read.text('label', own(body, 'label'), 40)
  const boxes = own(body, 'boxes') as number
  if (!Number.isInteger(boxes) || boxes < 1 || boxes > 500) read.wrong('boxes', 'must be 1 to 500')
  const size = read.one('size', own(body, 'size'), 'S', 'M', 'L')
  const express = Object.hasOwn(body, 'express') ? read.boolean('express', body.express) : false
  const sent = own(body, 'stops')
  const stops: object[] = []
  if (!Array.isArray(sent) || sent.length < 1 || sent.length > 10) read.wrong('stops', 'must be 1 to 10 stops')
  else {
    for (const [index, stop] of sent.entries()) {
      const at = `stops[${index}]`
      if (!isObject(stop)) {
        read.wrong(at, 'must be an object')
        continue
      }
      read.others(`${at}.`, stop, 'depot', 'date', 'note')
      stops.push({
        depot: read.depot(`${at}.depot`, own(stop, 'depot')),
        date: read.day(`${at}.date`, own(stop, 'date'), 2000),
        note: Object.hasOwn(stop, 'note') ? read.text(`${at}.note`, stop.note, 100, false) : null,
      })
    }
  }
  return read.end({ depot, contact, label, boxes, size, express, stops })
}

type Settings = { [name: string]: unknown }

function mergeInto(read: Reader, old: unknown, source: Settings, depth: number, base: string): Settings {
  if (depth > 5) {
    read.wrong(base.slice(0, -1), 'is too deep')
    return source
  }
  const result: Settings = Object.create(null)
  if (isObject(old)) for (const name of Object.keys(old)) result[name] = old[name]
  for (const name of Object.keys(source)) {
    if (OWN.has(name)) continue
    const path = base + name
    const value = source[name]
    if (!/^[a-z][A-Za-z0-9]{0,29}$/.test(name)) read.wrong(path, 'is no name')
    else if (value === null) delete result[name]
    else if (isObject(value)) result[name] = mergeInto(read, result[name], value, depth + 1, `${path}.`)
    else if (typeof value === 'string') result[name] = read.text(path, value, 200, false)
    else if (typeof value === 'boolean') result[name] = value
    else if (Number.isInteger(value) && Math.abs(value as number) <= 1_000_000) result[name] = value
    else read.wrong(path, 'is no value for a setting')
  }
  return result
}

const app = express()
app.use(express.raw({ type: 'application/json', limit: 65_536 }))

const bodyOf = (request: express.Request): Record<string, unknown> => {
  if (!Buffer.isBuffer(request.body)) throw Object.assign(new Error('send JSON'), { status: 415 })
  let body: unknown
  try {
    body = JSON.parse(request.body.toString('utf8'))
  } catch {
    throw Object.assign(new Error('this is no JSON'), { status: 400 })
  }
  if (!isObject(body)) throw Object.assign(new Error('this is no object'), { status: 400 })
  return body
}

app.route('/bookings').post(async (request, response) => {
  const { depot, contact, label, boxes, size, express, stops } = readBooking(bodyOf(request))
  const { rows } = await pool.query(
    'insert into bookings (depot, contact, label, boxes, size, express, stops) values ($1, $2, $3, $4, $5, $6, $7) returning *',
    [depot, contact, label, boxes, size, express, JSON.stringify(stops)],
  )
  response.status(201).json(rows[0])
}).all((_request, response) => void response.status(405).set('Allow', 'POST').json({ error: 'POST only' }))

const GET = 'GET, HEAD'
app.route('/bookings/:id').get(async (request, response) => {
  const { rows } = await pool.query('select * from bookings where id::text = $1', [request.params.id.replaceAll('\u0000', ' ')])
  if (rows[0]) response.json(rows[0])
  else response.status(404).json({ error: 'no such booking' })
}).all((_request, response) => void response.status(405).set('Allow', GET).json({ error: 'GET only' }))

const profile = async () =>
  (await pool.query('select *, birthday::text from profiles where id = 1')).rows[0]

app.route('/profile').get(async (_request, response) => {
  response.json(await profile())
}).patch(async (request, response) => {
  const body = bodyOf(request)
  const read = new Reader()
  const has = (name: string) => Object.hasOwn(body, name)
  const name = has('name') ? read.text('name', body.name, 80) : undefined
  const email = has('email') ? read.email('email', body.email) : undefined
  const clears = has('birthday') && body.birthday === null
  const birthday = has('birthday') && !clears ? read.day('birthday', body.birthday, 1900) : undefined
  const newsletter = has('newsletter') ? read.boolean('newsletter', body.newsletter) : undefined
  const language = has('language') ? read.one('language', body.language, 'en', 'es', 'pt') : undefined
  read.end(undefined)
  await pool.query(
    `update profiles set name = coalesce($1, name), email = coalesce($2, email),
       birthday = case when $3 then null else coalesce($4::date, birthday) end,
       newsletter = coalesce($5, newsletter), language = coalesce($6, language) where id = 1`,
    [name, email, clears, birthday, newsletter, language],
  )
  response.json(await profile())
}).all((_request, response) => void response.status(405).set('Allow', 'GET, HEAD, PATCH').json({ error: 'not that' }))

const settings = async () => (await pool.query('select document from settings where id = 1')).rows[0].document

app.route('/settings').get(async (_request, response) => {
  response.json(await settings())
}).all((_request, response) => void response.status(405).set('Allow', GET).json({ error: 'GET only' }))

app.route('/imports/json').post(async (request, response) => {
  const read = new Reader()
  const document = read.end(mergeInto(read, await settings(), bodyOf(request), 1, ''))
  await pool.query('update settings set document = $1 where id = 1', [JSON.stringify(document)])
  response.json(document)
}).all((_request, response) => void response.status(405).set('Allow', 'POST').json({ error: 'POST only' }))

app.route('/search').get(async (request, response) => {
  const parameters = new URL(request.originalUrl, 'http://localhost').searchParams
  const read = new Reader()
  const q = read.text('q', parameters.get('q'), 50)
  const digits = parameters.get('page') ?? '1'
  const page = /^[0-9]{1,4}$/.test(digits) ? Number(digits) : 0
  if (page < 1 || page > 1000) read.wrong('page', 'must be 1 to 1000')
  const tags = parameters.getAll('tags[]')
  if (tags.length > 5 || !tags.every((tag) => /^[a-z]{1,20}$/.test(tag))) read.wrong('tags[]', 'must be up to 5 words')
  read.end(undefined)
  const { rows } = await pool.query('select id, name, tags from depots order by id')
  const found = rows.filter((one) => one.name.includes(q!) && tags.every((tag) => one.tags.includes(tag)))
  response.json({ page, items: found.slice(page * 10 - 10, page * 10) })
}).all((_request, response) => void response.status(405).set('Allow', GET).json({ error: 'GET only' }))

app.use((_request, response) => void response.status(404).json({ error: 'nothing here' }))
app.use((error: any, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
  if (error instanceof Wrong) response.status(400).json({ message: error.message, errors: error.errors })
  else {
    const status = error.status ?? 500
    if (status >= 500) console.error(error)
    response.status(status).json({ message: status < 500 ? 'this cannot be read' : 'sorry' })
  }
})

const server = app.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void pool.end()
})
