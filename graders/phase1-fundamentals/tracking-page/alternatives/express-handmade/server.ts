import fs from 'node:fs'
import express, { type Response } from 'express'

const { depots, parcels } = JSON.parse(fs.readFileSync(process.env.DATA_FILE!, 'utf8'))

// Everything but letters and digits of ASCII becomes a number.
function esc(value: unknown): string {
  let out = ''
  for (const char of String(value)) {
    out += /[a-zA-Z0-9 ]/.test(char) ? char : `&#${char.codePointAt(0)};`
  }
  return out
}

function send(res: Response, status: number, title: string, main: string) {
  res.status(status).type('html').send(
    `<!DOCTYPE html>\n<html lang="de-CH">\n<head><link href="/static/site.css" rel="stylesheet" media="all">` +
      `<title>${esc(title)}</title><meta name="description" content="${esc(title)}"></head>\n<body>` +
      `<header><p><strong>Pelican Post</strong></p></header>${main}<footer><p>Pelican Post</p></footer></body></html>`,
  )
}

const app = express()
app.use((req, res, next) => {
  res.set('Content-Security-Policy', "script-src 'none'")
  next()
})

const only = (methods: string[]) => (req: express.Request, res: Response) => {
  res.set('Allow', methods.join(', ')).sendStatus(405)
}

app.get('/static/site.css', (_, res) => {
  res.type('css').send('@charset "utf-8";\n/* the events */\n.timeline{ margin:0;\n  & > li { padding: 2px; &:hover { color: red } } }\n*{box-sizing:border-box}')
})

app
  .route('/track/:code')
  .get((req, res, next) => {
    const parcel = parcels.find((one: any) => one.code === req.params.code)
    if (!parcel) return next()
    const items = parcel.events
      .map((event: any, index: number) => {
        const ms = Date.parse(event.at)
        return { ...event, key: Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms, index }
      })
      .sort((a: any, b: any) => (a.key === b.key ? a.index - b.index : a.key < b.key ? -1 : 1))
      .map((event: any) => {
        const when =
          event.key === Number.POSITIVE_INFINITY
            ? `<em>${esc(event.at)}</em>`
            : `<time datetime="${esc(event.at)}" title="${esc(event.at)}">${new Date(event.key).toUTCString()}</time>`
        return `<li class="event"><h2>${esc(event.text)}</h2><p>${esc(event.place)}, ${when}</p></li>`
      })
    const { name, website } = parcel.sender
    let sender = `<span>${esc(name)}</span>`
    if (website && /^https?:\/\/[^\s"'<>]+$/.test(website)) {
      sender += ` (<a href="${esc(website)}" target="_blank" rel="noopener">website</a>)`
    } else if (website) sender += ` (${esc(website)})`
    send(
      res,
      200,
      `${parcel.code} – ${parcel.recipient}`,
      `<main><h1>Parcel <bdi>${esc(parcel.code)}</bdi></h1><p>To: <bdi>${esc(parcel.recipient)}</bdi><br>From: ${sender}</p>` +
        (items.length > 0 ? `<ul class="timeline" id="events">${items.join('')}</ul>` : '<p>Nothing yet.</p>') +
        '</main>',
    )
  })

const HINTS = { name: 'As on the door.', email: 'For questions only.', depot: '', note: 'Such as a floor.' }
const LABELS = { name: 'Name', email: 'E-mail', depot: 'Depot', note: 'Note' }
type Name = keyof typeof HINTS

function form(res: Response, status: number, values: Record<Name, string>, wrong: Partial<Record<Name, string>>) {
  const ties = (name: Name) => {
    const ids = [HINTS[name] && `${name}-hint`, wrong[name] && `${name}-wrong`].filter(Boolean)
    return `id="${name}" name="${name}" aria-labelledby="${name}-label"${ids.length > 0 ? ` aria-describedby="${ids.join(' ')}"` : ''}`
  }
  const around = (name: Name, control: string) =>
    `<div class="field"><span id="${name}-label">${LABELS[name]}</span>${control}` +
    (HINTS[name] ? `<small id="${name}-hint">${HINTS[name]}</small>` : '') +
    (wrong[name] ? `<p id="${name}-wrong">${esc(wrong[name])}</p>` : '') +
    '</div>'
  const options = depots.map(
    (depot: any) =>
      `<option value="${esc(depot.id)}"${depot.id === values.depot ? ' selected="selected"' : ''}>${esc(depot.name)}</option>`,
  )
  send(
    res,
    status,
    'Pickup',
    `<h1>Pickup</h1>${status === 200 ? '' : `<div role="alert"><p>Please look again at: ${Object.keys(wrong).join(', ')}</p></div>`}` +
      `<form action="/pickup" method="POST" enctype="application/x-www-form-urlencoded">` +
      around('name', `<input type="text" ${ties('name')} value="${esc(values.name)}">`) +
      around('email', `<input type="text" inputmode="email" ${ties('email')} value="${esc(values.email)}">`) +
      around('depot', `<select ${ties('depot')}><option value="" disabled${values.depot ? '' : ' selected'}>–</option><optgroup label="Portugal">${options.join('')}</optgroup></select>`) +
      around('note', `<textarea ${ties('note')}>&#10;${esc(values.note)}</textarea>`) +
      '<input type="submit"></form>',
  )
}

const booked: Record<string, string>[] = []
const table = (all: Record<string, string>[], id: string) =>
  `<table${id}><tbody>${all.map((one) => `<tr><th scope="row">${esc(one.name)}</th><td>${esc(one.email)}</td><td>${esc(one.depotName)}</td><td><pre>${esc(one.note)}</pre></td></tr>`).join('')}</tbody><tfoot><tr><td colspan="4">${all.length} in all</td></tr></tfoot></table>`

app
  .route('/pickup')
  .get((_, res) => form(res, 200, { name: '', email: '', depot: '', note: '' }, {}))
  .post(express.urlencoded({ extended: false, limit: '1mb' }), (req, res) => {
    if (!req.is('application/x-www-form-urlencoded')) return void res.status(415).send('form please')
    const { name = '', email = '', depot = '', note = '' } = req.body
    const wrong: Partial<Record<Name, string>> = {}
    const trimmed = name.trim()
    if (!trimmed || [...trimmed].length > 80) wrong.name = 'Up to 80 characters, and at least one.'
    if (!/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(email)) wrong.email = `"${email}" is no address.`
    const found = depots.find((one: any) => one.id === depot)
    if (!found) wrong.depot = 'There is no such depot.'
    if ([...note].length > 500) wrong.note = `That is ${[...note].length - 500} too many.`
    if (Object.keys(wrong).length > 0) return form(res, 400, { name, email, depot, note }, wrong)
    booked.push({ name: trimmed, email, note, depotName: found.name })
    res.redirect(303, `../booking?n=${booked.length}`)
  })
  .all(only(['GET', 'HEAD', 'POST']))
app.get('/booking', (req, res, next) => {
  const one = booked[Number(req.query.n) - 1]
  if (!one) return next()
  send(res, 200, 'Booked', `<h1>Booked, ${esc(one.name)}</h1>${table([one], '')}`)
})
app
  .route('/pickups')
  .get((_, res) => send(res, 200, 'Pickups', `<h1>Pickups</h1>${table(booked, ' id="pickups"')}`))
  .all(only(['GET', 'HEAD', 'POST'].slice(0, 2)))
app.all('/track/:code', (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') next()
  else only(['GET', 'HEAD'])(req, res)
})
app.use((req, res) => {
  send(res, 404, 'Not found', `<h1>Not found</h1><p>${esc(req.originalUrl)}</p>`)
})
app.use(((error, _req, res, _next) => {
  res.status(error.status ?? 500).send('bad request')
}) satisfies express.ErrorRequestHandler)
app.listen(Number(process.env.PORT), '127.0.0.1')
