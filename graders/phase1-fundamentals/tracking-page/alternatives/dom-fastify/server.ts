import { readFileSync } from 'node:fs'
import Fastify, { type FastifyReply } from 'fastify'
import { defaultTreeAdapter as dom, html as names, serialize } from 'parse5'

type Child = any
const data = JSON.parse(readFileSync(process.env.DATA_FILE!, 'utf8'))

/** el('p', { class: 'x' }, 'text', el('b')) */
function el(tag: string, attributes: Record<string, string | undefined>, ...children: Child[]): Child {
  const attrs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value: value! }))
  const made = dom.createElement(tag, names.NS.HTML, attrs)
  for (const child of children.flat()) {
    if (typeof child === 'string') dom.insertText(made, child)
    else if (child) dom.appendChild(made, child)
  }
  return made
}

function send(reply: FastifyReply, status: number, title: string, ...main: Child[]) {
  const document = dom.createDocument()
  dom.setDocumentType(document, 'html', '', '')
  dom.appendChild(
    document,
    el(
      'html',
      { lang: 'en', dir: 'ltr' },
      el('head', {}, el('meta', { charset: 'utf-8' }), el('link', { rel: 'stylesheet', href: '/css' }), el('title', {}, title)),
      el('body', {}, el('article', {}, el('h1', {}, title.split(' · ')[0]!), ...main)),
    ),
  )
  return reply.code(status).header('content-type', 'text/html; charset=utf-8').send(serialize(document))
}

const app = Fastify({ exposeHeadRoutes: true })
app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
  done(null, new URLSearchParams(body as string))
})

app.get('/css', (_, reply) => reply.type('text/css').send('ol > li time { font-weight: bold }'))

app.get<{ Params: { code: string } }>('/track/:code', (request, reply) => {
  const parcel = data.parcels.find((one: any) => one.code === request.params.code)
  if (!parcel) return reply.callNotFound()
  const rank = (event: any) => {
    const at = new Date(event.at).valueOf()
    return Number.isFinite(at) ? at : Number.MAX_VALUE
  }
  const events = [...parcel.events].sort((a, b) => rank(a) - rank(b))
  const { name, website = '' } = parcel.sender
  const isLink = website.startsWith('http://') || website.startsWith('https://')
  return send(
    reply,
    200,
    `${parcel.code} · ${parcel.recipient}`,
    el('p', {}, 'To ', el('b', {}, parcel.recipient), ' from ', isLink ? el('a', { href: website }, name) : name),
    el(
      'ol',
      { id: 'events' },
      events.map((event) =>
        el(
          'li',
          {},
          rank(event) < Number.MAX_VALUE ? el('time', { datetime: event.at }, event.at) : event.at,
          ' ',
          el('span', {}, event.place),
          ': ',
          el('span', {}, event.text),
        ),
      ),
    ),
  )
})

const FIELDS = ['name', 'email', 'depot', 'note'] as const

function form(reply: FastifyReply, status: number, values: Record<string, string>, wrong: Record<string, string | undefined>) {
  const field = (name: string, control: Child) =>
    el('p', {}, el('label', { for: name }, name), ' ', control, ' ', el('span', { id: `${name}-message` }, wrong[name] ?? ''))
  const shared = (name: string) => ({ id: name, name, 'aria-describedby': `${name}-message`, class: wrong[name] && 'wrong' })
  const options = data.depots.map(({ id, name }: any) =>
    el('option', { value: id, selected: id === values.depot ? '' : undefined }, name),
  )
  return send(
    reply,
    status,
    'Pickup',
    el(
      'form',
      { method: 'post' },
      field('name', el('input', { ...shared('name'), value: values.name })),
      field('email', el('input', { ...shared('email'), type: 'email', value: values.email })),
      field('depot', el('select', shared('depot'), el('option', { value: '' }, 'choose'), options)),
      field('note', el('textarea', shared('note'), `\n${values.note}`)),
      el('button', {}, 'Book'),
    ),
  )
}

app.get('/pickup', (_, reply) => form(reply, 200, { name: '', email: '', depot: '', note: '' }, {}))

const pickups: string[][] = []

app.post<{ Body: unknown }>('/pickup', (request, reply) => {
  if (!(request.body instanceof URLSearchParams)) return reply.code(415).send('a form, please')
  const sent = request.body
  const values = Object.fromEntries(FIELDS.map((name) => [name, sent.get(name) ?? '']))
  const { name, email, depot, note } = values as Record<string, string>
  const wrong: Record<string, string | undefined> = {}
  if (name!.trim() === '') wrong.name = 'is missing'
  if ([...name!].length > 80) wrong.name = 'is too long'
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email!)) wrong.email = 'is no address'
  const chosen = data.depots.find(({ id }: any) => id === depot)
  if (!chosen) wrong.depot = 'is unknown'
  if ([...note!].length > 500) wrong.note = 'is too long'
  if (Object.keys(wrong).length > 0) return form(reply, 422, values as Record<string, string>, wrong)
  const number = pickups.push([name!, email!, chosen.name, note!])
  return reply.redirect(`/pickups/${number}`, 303)
})

app.get<{ Params: { number: string } }>('/pickups/:number', (request, reply) => {
  const found = /^[1-9]\d*$/.test(request.params.number) && pickups[Number(request.params.number) - 1]
  if (!found) return reply.callNotFound()
  return send(reply, 200, 'Booked', found.map((value) => el('p', {}, value)))
})

app.get('/pickups', (_, reply) =>
  send(
    reply,
    200,
    'Pickups',
    el('table', { id: 'pickups' }, el('tbody', {}, pickups.map((one) => el('tr', {}, one.map((value) => el('td', {}, value)))))),
  ),
)

// Fastify answers 404 to another method on a path that it knows.
const KNOWN: [RegExp, string][] = [
  [/^\/pickup$/, 'GET, HEAD, POST'],
  [/^\/pickups$/, 'GET, HEAD'],
  [/^\/track\/[^/]+$/, 'GET, HEAD'],
]
app.setNotFoundHandler((request, reply) => {
  const path = request.url.split('?')[0]!
  const [, allow] = KNOWN.find(([pattern]) => pattern.test(path)) ?? []
  if (allow && !allow.split(', ').includes(request.method)) return reply.code(405).header('allow', allow).send()
  return send(reply, 404, 'Nothing here')
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
