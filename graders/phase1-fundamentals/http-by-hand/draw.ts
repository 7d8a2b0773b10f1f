import type { Fresh } from '../../harness/index.ts'
import { type Chunk, echo, get, type Message, request, type Spec, UNUSED } from './requests.ts'
import type { Page, Site } from './site.ts'
import type { Conversation, Cut } from './wire.ts'

// Draws conversations. Each ends with a request that closes the connection, so that all that comes
// back is known to be all.

const MISSING = '`404`, also for a folder without `index.html`.'
const PLUS = 'A `+` is a `+`.'
const METHODS =
  'A `POST` of a file, and any method other than `GET`, `HEAD` and `POST`, get `405` or `501`.'

/** A page, or its head alone, or a path at which there is nothing. */
function anyGet(fresh: Fresh, site: Site, parts: Partial<Spec> = {}): Message {
  const method = fresh.oneIn(4) ? 'HEAD' : 'GET'
  if (fresh.oneIn(6)) return missing(fresh.pick(site.missing), { method, ...parts })
  return get(fresh.pick(site.pages), { method, ...parts })
}

export const missing = (target: string, parts: Partial<Spec> = {}): Message =>
  request({
    method: 'GET',
    target,
    version: '1.1',
    ...parts,
    wants: { rule: target.includes('+') ? PLUS : MISSING, statuses: [404], ...parts.wants },
  })

/** A request of a method that its path does not have, maybe with a body that nobody needs. */
export function otherMethod(fresh: Fresh, site: Site, parts: Partial<Spec> = {}): Message {
  const [method, target] = fresh.pick([
    ['POST', '/hello.txt'],
    ['POST', '/'],
    ['PUT', '/hello.txt'],
    ['DELETE', site.plain.target],
    ['PATCH', '/echo'],
    ['PUT', '/echo'],
    ['PROPFIND', '/'],
    ['GETS', '/hello.txt'],
    ['M-SEARCH', '/hello.txt'],
  ])
  return request({
    method: method!,
    target: target!,
    version: '1.1',
    body: fresh.oneIn() ? { bytes: bodyBytes(fresh) } : undefined,
    ...parts,
    wants: { rule: METHODS, statuses: [405, 501], ...parts.wants },
  })
}

/** A body that reads like something else: requests, ends of lines, bytes that are no text. */
export function bodyBytes(fresh: Fresh): Buffer {
  const kind = fresh.int(0, 5)
  if (kind === 0) return Buffer.from('GET /empty.txt HTTP/1.1\r\nHost: trick\r\n\r\n')
  if (kind === 1) return Buffer.from('\r\n\r\n0\r\n\r\n')
  if (kind === 2) return Buffer.from(`${fresh.city()} → ${fresh.city()} 📦`)
  if (kind === 3) return Buffer.from('a=1&b=2')
  return fresh.bytes(fresh.int(1, 300))
}

const echoBody = (fresh: Fresh): Spec['body'] =>
  fresh.oneIn(6)
    ? fresh.oneIn()
      ? undefined
      : { bytes: Buffer.alloc(0) }
    : { bytes: bodyBytes(fresh) }

/** Any good request with a body by its length, or none. */
export function anyRequest(fresh: Fresh, site: Site, parts: Partial<Spec> = {}): Message {
  const kind = fresh.int(0, 9)
  if (kind < 4) return anyGet(fresh, site, parts)
  if (kind < 8) {
    const target = fresh.oneIn(5) ? '/echo?to=/hello.txt' : '/echo'
    return echo(echoBody(fresh), { target, ...parts })
  }
  if (kind === 8) return otherMethod(fresh, site, parts)
  // A GET with a body that nobody asked for.
  const body = { bytes: bodyBytes(fresh) }
  return get(site.plain, { body, ...parts, wants: { rule: UNUSED, statuses: [200] } })
}

const closing: Partial<Spec> = { connection: 'close' }

/** The same number of requests with a last one that closes. */
export function ended(
  fresh: Fresh,
  count: number,
  make: (parts: Partial<Spec>) => Message,
): Message[] {
  return fresh.list(count, (index) => make(index === count - 1 ? closing : {}))
}

/** Cuts messages somewhere: everywhere, in a few places, or in one. */
export function cutsOf(fresh: Fresh, messages: Message[]): Cut[] {
  const all = messages.flatMap(({ bytes }, message) =>
    Array.from({ length: Math.min(bytes.length, 1500) }, (_, byte): Cut => ({ message, byte })),
  )
  const total = all.length
  if (total < 900 && fresh.oneIn(16)) return all
  const longest = Math.max(8, total >> 3)
  const cuts: Cut[] = []
  if (fresh.oneIn(3)) return fresh.list(fresh.int(1, 3), () => fresh.pick(all))
  for (let at = fresh.int(1, longest); at < total; at += fresh.int(1, longest)) cuts.push(all[at]!)
  return cuts
}

/** Each page by itself, with GET and HEAD, and each path at which there is nothing. */
export function everyPage(fresh: Fresh, site: Site): Conversation[] {
  const single = (message: Message): Conversation => ({ messages: [message] })
  // What is wrong with both is easier to read for GET, so that comes first.
  return [
    ...fresh.shuffle([
      ...[...site.pages, site.huge].map((page) => single(get(page, closing))),
      ...site.missing.map((target) => single(missing(target, closing))),
    ]),
    ...fresh.shuffle([
      ...site.pages.map((page: Page) =>
        single(get(page, { method: 'HEAD', ...closing, wants: headWants(page) })),
      ),
      ...site.missing.map((target) => single(missing(target, { method: 'HEAD', ...closing }))),
    ]),
  ]
}

const headWants = (page: Page) => ({
  rule: 'The status, `Content-Length` and `Content-Type` of `GET`, and no body.',
  statuses: [200],
  body: page.bytes,
})

const spacings = [':', ': ', ':  ', ':\t', ': \t ']
const endings = ['', ' ', '\t', '  \t']

/** Names of headers in some case, and blanks around values. */
export function spelling(fresh: Fresh): Pick<Spec, 'spell' | 'around'> {
  const casing = fresh.pick([
    (name: string) => name.toLowerCase(),
    (name: string) => name.toUpperCase(),
    (name: string) =>
      [...name].map((char, at) => (at % 2 ? char.toUpperCase() : char.toLowerCase())).join(''),
    (name: string) => name,
  ])
  const around: Spec['around'] = [fresh.pick(spacings), fresh.pick(endings)]
  return { spell: casing, around }
}

/** Headers that mean nothing here, and look as if they did. */
export function oddHeaders(fresh: Fresh): string[] {
  const all = [
    'X-Content-Length: 3',
    'Content-Lengths: 4',
    'Accept: */*',
    'X-Host: elsewhere',
    'X-Note: Content-Length: 7',
    'Cookie: a=b; c="d:e"',
    'X-Empty:',
    'Content-Type: application/x-www-form-urlencoded',
    'X-Connection: close',
    'Proxy-Connection: close',
    'TE: trailers, chunked',
    'X-Transfer-Encoding: chunked',
    `X-Trace: ${fresh.unique()}`,
    'x-trace: again',
    `User-Agent: ${'a'.repeat(300)}`,
    'constructor: close',
    '__proto__: x',
    'X-City: Z\u00fcrich',
  ]
  return fresh.shuffle(all).slice(0, fresh.int(0, 4))
}

/** A chunked body: sizes spelled in several ways, extensions, trailers. */
export function chunkedBody(fresh: Fresh): NonNullable<Spec['body']> {
  const lengths = () => fresh.pick([1, 2, 9, 10, 11, 15, 16, 17, 26, 100, 255, 256, 300])
  const chunks = fresh.list(fresh.int(0, 4), (): Chunk => {
    const bytes = fresh.oneIn(3) ? bodyBytes(fresh) : fresh.bytes(lengths())
    const hex = bytes.length.toString(16)
    const size = fresh.pick([undefined, hex.toUpperCase(), `00${hex}`, `000000${hex}`])
    const extension = fresh.pick([
      undefined,
      undefined,
      ';a',
      ';a=b',
      ';note="a;b"',
      ';x=1;y="0"',
      ';5',
    ])
    return { bytes, size: size === hex ? undefined : size, extension }
  })
  return {
    chunks,
    last: fresh.pick([undefined, undefined, '00', '000', '0;last', '0;a="b"']),
    trailers: fresh.pick([
      [],
      [],
      [],
      ['X-Sum: 12'],
      ['Content-Length: 3', 'X-Note: a: b'],
      ['Host: other'],
    ]),
    coding: fresh.pick([undefined, undefined, 'Chunked', 'CHUNKED']),
  }
}
