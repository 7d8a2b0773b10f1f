import { createServer } from 'node:http'
import pg from 'pg'

// TODO: this file works, and does everything. Take it apart: the rules are in README.md.
const db = new pg.Pool({ connectionString: process.env.DATABASE_URL })
db.on('error', () => {})

const server = createServer(async (request, response) => {
  const answer = (status: number, html: string) => {
    response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(html)
  }
  const page = (title: string, body: string) =>
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`
  const esc = (text: string) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  try {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const path = url.pathname
    let text = ''
    for await (const chunk of request.setEncoding('utf8')) text += chunk
    const body = new URLSearchParams(text)

    if (request.method === 'GET' && path === '/') {
      response.writeHead(302, { Location: '/parcels' }).end()
      return
    }

    if (request.method === 'GET' && path === '/parcels') {
      const status = url.searchParams.get('status')
      let sql = 'select * from parcels'
      if (status === 'waiting') sql += ' where delivered_at is null'
      if (status === 'delivered') sql += ' where delivered_at is not null'
      const { rows } = await db.query(`${sql} order by id desc`)
      let html = ''
      if (rows.length === 0) html = '<p>No parcels.</p>'
      else {
        for (const row of rows) {
          html += `<li><a href="/parcels/${row.id}">${esc(row.recipient)}, ${esc(row.city)}</a>${row.delivered_at ? ' (delivered)' : ''}</li>`
        }
        html = `<ul>${html}</ul>`
      }
      const title =
        status === 'waiting'
          ? 'Waiting parcels'
          : status === 'delivered'
            ? 'Delivered parcels'
            : 'All parcels'
      answer(200, page(title, html))
      return
    }

    const form = (values: Record<string, string>, errors: Record<string, string>) => {
      let html = ''
      for (const name of ['recipient', 'city', 'weight']) {
        html += `<p><label>${name} <input name="${name}" value="${esc(values[name] ?? '')}"></label>`
        if (errors[name]) html += ` <strong>${esc(errors[name])}</strong>`
        html += '</p>'
      }
      return page(
        'New parcel',
        `<form method="post" action="/parcels">${html}<button>Save</button></form>`,
      )
    }

    if (request.method === 'GET' && path === '/parcels/new') {
      answer(200, form({}, {}))
      return
    }

    if (request.method === 'POST' && path === '/parcels') {
      const recipient = (body.get('recipient') ?? '').trim()
      const city = (body.get('city') ?? '').trim()
      const weight = body.get('weight') ?? ''
      const errors: Record<string, string> = {}
      if (recipient === '') errors.recipient = 'Who gets it?'
      if (city === '') errors.city = 'Where to?'
      if (!/^[0-9]+$/.test(weight) || Number(weight) < 1 || Number(weight) > 30_000) {
        errors.weight = 'From 1 to 30000 grams.'
      }
      if (Object.keys(errors).length > 0) {
        const values: Record<string, string> = {}
        for (const name of ['recipient', 'city', 'weight']) values[name] = body.get(name) ?? ''
        answer(422, form(values, errors))
        return
      }
      const { rows } = await db.query(
        'insert into parcels (recipient, city, weight_g) values ($1, $2, $3) returning id',
        [recipient, city, Number(weight)],
      )
      response.writeHead(303, { Location: `/parcels/${rows[0].id}` }).end()
      return
    }

    const match = /^\/parcels\/([1-9][0-9]{0,8})(\/deliver)?$/.exec(path)
    if (
      match &&
      ((request.method === 'GET' && !match[2]) || (request.method === 'POST' && match[2]))
    ) {
      const id = Number(match[1])
      const { rows } = await db.query('select * from parcels where id = $1', [id])
      if (rows.length === 0) {
        answer(404, page('Not found', `<p>There is no parcel ${id}.</p>`))
        return
      }
      if (match[2]) {
        const { rowCount } = await db.query(
          'update parcels set delivered_at = now() where id = $1 and delivered_at is null',
          [id],
        )
        if (rowCount === 0) {
          answer(409, page('Conflict', `<p>Parcel ${id} is delivered already.</p>`))
          return
        }
        response.writeHead(303, { Location: `/parcels/${id}` }).end()
        return
      }
      const [row] = rows
      let html = `<p>To ${esc(row.recipient)} in ${esc(row.city)}, ${row.weight_g} g</p>`
      if (row.delivered_at) html += '<p>Delivered.</p>'
      else
        html += `<form method="post" action="/parcels/${id}/deliver"><button>Deliver</button></form>`
      answer(200, page(`Parcel ${id}`, html))
      return
    }

    answer(404, page('Not found', '<p>There is no such page.</p>'))
  } catch (error) {
    console.error(error)
    answer(500, page('Error', '<p>Something went wrong.</p>'))
  }
})

server.listen(Number(process.env.PORT), '127.0.0.1')
