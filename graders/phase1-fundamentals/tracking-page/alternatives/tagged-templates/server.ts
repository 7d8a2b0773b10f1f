import { readFileSync } from 'node:fs'
import http from 'node:http'

class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const ENTITIES: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&#34;', "'": '&#39;', '\n': '&#10;' }

function put(value: unknown): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(put).join('')
  if (value === undefined || value === null || value === false) return ''
  return String(value).replace(/[<>&"'\n]/g, (char) => ENTITIES[char]!)
}

const html = (parts: TemplateStringsArray, ...values: unknown[]) =>
  new Html(parts.map((part, at) => part + (at < values.length ? put(values[at]) : '')).join(''))

type Fields = { name: string; email: string; depot: string; note: string }
type Wrong = { [name in keyof Fields]?: string }

const data = JSON.parse(readFileSync(process.env.DATA_FILE!, 'utf8'))
const bookings = new Map<string, Fields>()
const nameOf = (id: string) => data.depots.find((depot: { id: string }) => depot.id === id)?.name

const page = (title: string, main: Html) => html`
<!-- Pelican Post -->
<!DOCTYPE HTML>
<HTML LANG=en>
<BASE HREF=/files/>
<TITLE>${title}</TITLE>
<LINK REL=STYLESHEET HREF=look.css?v=3>
<STYLE>BODY { margin: 1em }</STYLE>
<BODY>
<MAIN>${main}</MAIN>
`

const css = `
@media screen { table#events { border-spacing: 1em }
  table#events tr:nth-of-type(odd), .none::after { color: navy } }
`

function track(parcel: any) {
  const events = parcel.events.map((event: any) => ({ ...event, ms: Date.parse(event.at) }))
  const known = events.filter(({ ms }: any) => ms === ms).sort((a: any, b: any) => a.ms - b.ms)
  const others = events.filter(({ ms }: any) => ms !== ms)
  const { name, website } = parcel.sender
  let link = html`<B>${name}</B>`
  if (/^https?:/.test(website ?? '') && URL.canParse(website) && website.includes('//')) {
    link = html`<A HREF="${new URL(website).href}">${name}</A>`
  }
  return page(
    `Parcel ${parcel.code} to ${parcel.recipient}`,
    html`<H1>${parcel.code}</H1>
<P>${link} sends this to <I>${parcel.recipient}</I>.
<TABLE ID=events>
<TR><TH>Place<TH>Event<TH>Time
${[...known, ...others].map(
  (event) => html`<TR><TH SCOPE=row>${event.place}<TD>${event.text}
    <TD>${event.ms === event.ms ? html`<TIME DATETIME="${new Date(event.ms).toISOString().replace('T', ' ')}">${new Date(event.ms).toDateString()}</TIME>` : event.at}`,
)}
</TABLE>`,
  )
}

const form = (values: Fields, wrong: Wrong) =>
  page(
    'Pickup',
    html`<H1>Pickup</H1>
<FORM ID=book METHOD=post ACTION=../pickup></FORM>
<P><LABEL>Your name<BR><INPUT FORM=book NAME=name VALUE="${values.name}"> <EM>${wrong.name}</EM></LABEL>
<P><LABEL FOR=mail>Email <EM>${wrong.email}</EM></LABEL><BR><INPUT FORM=book ID=mail NAME=email VALUE="${values.email}">
<P><LABEL>Depot <EM>${wrong.depot}</EM><BR><SELECT FORM=book NAME=depot>
${data.depots.map(({ id, name }: any) => html`<OPTION VALUE="${id}" LABEL="${name}"${id === values.depot && html` SELECTED`}>
`)}</SELECT></LABEL>
<P><LABEL>Note<BR><TEXTAREA FORM=book NAME=note>
${values.note}</TEXTAREA> <EM>${wrong.note}</EM></LABEL>
<P><BUTTON FORM=book>Book it</BUTTON>`,
  )

const shown = ({ name, email, depot, note }: Fields) => html`
<P>${name}, ${email}
<P>at ${nameOf(depot)}
<P>${note.split('\n').map((line, at) => (at > 0 ? html`<BR>${line}` : line))}`

function check({ name, email, depot, note }: Fields): Wrong {
  const wrong: Wrong = {}
  if (!/\S/.test(name) || Array.from(name).length > 80) wrong.name = 'has 1 to 80 characters'
  const parts = email.split('@')
  if (parts.length !== 2 || !parts[0] || !parts[1] || /\s/.test(email)) wrong.email = 'is no address'
  if (nameOf(depot) === undefined) wrong.depot = 'is none of ours'
  if (Array.from(note).length > 500) wrong.note = 'has more than 500 characters'
  return wrong
}

const server = http.createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const path = new URL(request.url!, 'http://localhost').pathname
    const answer = (status: number, body: Html) => {
      response.statusCode = status
      response.setHeader('content-type', 'text/html; charset=UTF-8')
      response.end(body.text.trim())
    }
    const methods = path === '/pickup' ? ['GET', 'HEAD', 'POST'] : ['GET', 'HEAD']
    let found: (() => unknown) | undefined
    const parcel = data.parcels.find(({ code }: any) => path === `/track/${code}`)
    const booking = bookings.get(path)
    if (parcel) found = () => answer(200, track(parcel))
    if (booking) found = () => answer(200, page('Booked', html`<H1>Thank you</H1>${shown(booking)}`))
    if (path === '/pickup') found = () => answer(200, form({ name: '', email: '', depot: '', note: '' }, {}))
    if (path === '/pickups') {
      found = () =>
        answer(200, page('Pickups', html`<H1>Pickups</H1><OL ID=pickups>${[...bookings.values()].map((one) => html`<LI>${shown(one)}`)}</OL>`))
    }
    if (path === '/files/look.css') {
      found = () => response.setHeader('content-type', 'text/css; charset=utf-8').end(css)
    }
    if (!found) return answer(404, page('Nothing', html`<H1>Nothing at ${path}</H1>`))
    if (!methods.includes(request.method!)) {
      return response.writeHead(405, { allow: methods.join() }).end()
    }
    if (request.method !== 'POST') return found()
    if (!/^application\/x-www-form-urlencoded(;|$)/.test(request.headers['content-type'] ?? '')) {
      return response.writeHead(422).end()
    }
    const sent = new URLSearchParams(Buffer.concat(chunks).toString())
    const values: Fields = {
      name: sent.get('name') ?? '',
      email: sent.get('email') ?? '',
      depot: sent.get('depot') ?? '',
      note: (sent.get('note') ?? '').replace(/\r\n/g, '\n'),
    }
    const wrong = check(values)
    if (Object.keys(wrong).length > 0) return answer(422, form(values, wrong))
    const at = `/booked/${crypto.randomUUID()}`
    bookings.set(at, values)
    response.writeHead(303, { location: at }).end('see there')
  })
})
server.listen(process.env.PORT, '127.0.0.1')
