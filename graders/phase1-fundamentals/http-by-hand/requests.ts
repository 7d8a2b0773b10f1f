import type { Page } from './site.ts'

/** What a request must be answered with. */
export type Wants = {
  /** As the README words it. */
  rule: string
  statuses: number[]
  body?: Buffer
  /** The right types, without parameters. */
  types?: string[]
  /** A redirect to this path is right, too. */
  redirect?: string
  /** Whether the connection is open afterwards. */
  after: 'open' | 'close'
  /** The rule of something odd in its headers. The search for the shortest failure keeps only what matters. */
  odd?: string
  /** The rule by which its body ends, where it has one: what is wrong behind it is often that one's. */
  framing?: string
  /** What must not come, wherever in the answer. */
  never?: string
  /** The answer says so by its `Connection` header: an HTTP/1.0 client would not know otherwise. */
  saysKeepAlive?: boolean
  /**
   * The client may see a reset in place of the answer, for it was still sending: the system throws
   * away what is on its way then, whatever the server has written.
   */
  mayReset?: boolean
}

/** One request, or what is sent in a request's place. */
export type Message = {
  /** Of a request that cannot be read: GET. */
  method: string
  bytes: Buffer
  wants: Wants
  /** Messages that are as good but for one thing, for the search of the shortest failure. */
  simpler(): Message[]
}

export type Chunk = {
  bytes: Buffer
  /** The size as it is spelled; in plain hexadecimal where there is none. */
  size?: string
  /** With its semicolon. */
  extension?: string
}

/** A request that can be read, part by part. */
export type Spec = {
  method: string
  target: string
  version: '1.0' | '1.1'
  /** The value of its `Connection` header. */
  connection?: string
  /** Further header lines, such as `X-Trace: a`. */
  more?: string[]
  /** How names of headers are spelled; as everybody does by default. */
  spell?: (name: string) => string
  /** What stands around values: `[': ', '']` by default. */
  around?: [before: string, after: string]
  /** The last value decides nothing. */
  host?: string | null
  body?:
    | { bytes: Buffer }
    | { chunks: Chunk[]; last?: string; trailers?: string[]; coding?: string }
  wants: Omit<Wants, 'after' | 'saysKeepAlive' | 'framing'>
}

function bodyOf({ body }: Spec): { header?: [string, string]; bytes: Buffer } {
  if (!body) return { bytes: Buffer.alloc(0) }
  if ('bytes' in body) {
    return { header: ['Content-Length', String(body.bytes.length)], bytes: body.bytes }
  }
  const parts = body.chunks.flatMap(({ bytes, size, extension = '' }) => [
    Buffer.from(`${size ?? bytes.length.toString(16)}${extension}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ])
  const trailers = (body.trailers ?? []).map((line) => `${line}\r\n`).join('')
  parts.push(Buffer.from(`${body.last ?? '0'}\r\n${trailers}\r\n`))
  return { header: ['Transfer-Encoding', body.coding ?? 'chunked'], bytes: Buffer.concat(parts) }
}

/** Whether a connection stays open behind a request, by the words of its `Connection` header. */
function staysOpen({ version, connection = '' }: Pick<Spec, 'version' | 'connection'>): boolean {
  const words = connection.split(',').map((word) => word.trim().toLowerCase())
  if (words.includes('close')) return false
  return version === '1.1' || words.includes('keep-alive')
}

export const UNUSED =
  'Any request may have a body. One that nobody needs is skipped: the next request begins behind it.'
const COUNTED = 'The body is the next 5 bytes.'
const CHUNKED =
  'The body is a row of *chunks*: a line with the size in hexadecimal digits, so many bytes, `\\r\\n`. A chunk of size 0 is the last.'

const SPELLING =
  '`chunked` may be in any case, like the sizes of chunks, which may also have zeros in front: `00Ff`.'
const EXTENSIONS = 'Whatever stands behind a `;` in the line of a size is skipped: `5;note="a;b"`.'
const TRAILERS =
  'Behind the last chunk an empty line follows, maybe after lines like those of headers, which are skipped.'

/** The rule of what is odd in a body. The search for the shortest failure leaves nothing odd but what matters. */
function ruleOfBody(body: NonNullable<Spec['body']>): string {
  if ('bytes' in body) return COUNTED
  const { chunks, trailers = [], last = '0', coding } = body
  if (trailers.length > 0) return TRAILERS
  if (last.includes(';') || chunks.some(({ extension }) => extension)) return EXTENSIONS
  return coding || last !== '0' || chunks.some(({ size }) => size) ? SPELLING : CHUNKED
}

const NAMES = 'may be in any case: `hOsT`.'
const VALUES =
  'Blanks and tabs around a value are no part of it, and there may be none: `Host:depot`.'
const OTHERS = 'Headers that you do not know are skipped.'
const WORDS =
  'holds one or more words with commas between them, in any case: `x-trace, Close` closes, `closed` does not.'
const QUERIES = 'What stands behind the first `?` is no part of the path, of a file or of `/echo`.'

function oddOf({ spell, around, more = [], connection, target }: Spec): string | undefined {
  if (spell) return NAMES
  if (around) return VALUES
  if (more.length > 0) return OTHERS
  if (connection !== undefined && !['close', 'keep-alive'].includes(connection)) return WORDS
  return target.startsWith('/echo?') ? QUERIES : undefined
}

function framingOf({ body, target }: Spec): string | undefined {
  if (!body) return undefined
  return target.startsWith('/echo') ? ruleOfBody(body) : UNUSED
}

/** Makes the bytes of a request. */
export function request(spec: Spec): Message {
  const { method, target, version, connection, more = [], host = 'depot.test' } = spec
  const { spell = (name: string) => name, around: [before, after] = [': ', ''] } = spec
  const header = (name: string, value: string) => `${spell(name)}${before}${value}${after}`
  const body = bodyOf(spec)
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...(host === null ? [] : [header('Host', host)]),
    ...more,
    ...(connection === undefined ? [] : [header('Connection', connection)]),
    ...(body.header ? [header(...body.header)] : []),
  ]
  const open = staysOpen(spec)
  return {
    method,
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body.bytes]),
    wants: {
      ...spec.wants,
      after: open ? 'open' : 'close',
      framing: framingOf(spec),
      odd: spec.wants.odd ?? oddOf(spec),
      saysKeepAlive: open && version === '1.0',
    },
    simpler: () => simplerSpecs(spec).map(request),
  }
}

function simplerSpecs(spec: Spec): Spec[] {
  const { body, more = [], spell, around, connection, target } = spec
  const specs: Spec[] = []
  if (more.length > 1) specs.push({ ...spec, more: [] })
  for (const at of more.keys()) specs.push({ ...spec, more: more.toSpliced(at, 1) })
  if (spell) specs.push({ ...spec, spell: undefined })
  if (around) specs.push({ ...spec, around: undefined })
  if (target.startsWith('/echo?')) specs.push({ ...spec, target: '/echo' })
  const { connection: _, ...rest } = spec
  if (connection !== undefined && staysOpen(rest) === staysOpen(spec)) specs.push(rest)
  for (const plain of ['close', 'keep-alive']) {
    const other = { ...spec, connection: plain }
    const isPlain = connection === undefined || ['close', 'keep-alive'].includes(connection)
    if (!isPlain && staysOpen(other) === staysOpen(spec)) specs.push(other)
  }
  if (!body) return specs
  // An echo gives back what its body has become.
  const withBody = (changed: NonNullable<Spec['body']>): Spec => ({
    ...spec,
    body: changed,
    wants:
      spec.wants.body && spec.method === 'POST'
        ? { ...spec.wants, body: contentOf(changed), rule: ruleOfEcho(changed) }
        : { ...spec.wants, rule: 'chunks' in changed ? ruleOfBody(changed) : spec.wants.rule },
  })
  if ('bytes' in body) {
    const { bytes } = body
    for (const length of [2, bytes.length >> 3, bytes.length >> 1]) {
      if (length > 0 && length < bytes.length) {
        specs.push(withBody({ bytes: bytes.subarray(0, length) }))
      }
    }
    return specs
  }
  const { chunks } = body
  if (body.trailers?.length) specs.push(withBody({ ...body, trailers: [] }))
  if (body.last) specs.push(withBody({ ...body, last: undefined }))
  if (body.coding) specs.push(withBody({ ...body, coding: undefined }))
  if (chunks.length > 2) specs.push(withBody({ ...body, chunks: chunks.slice(0, 1) }))
  for (const [at, chunk] of chunks.entries()) {
    specs.push(withBody({ ...body, chunks: chunks.toSpliced(at, 1) }))
    if (chunk.extension) {
      specs.push(withBody({ ...body, chunks: chunks.with(at, { ...chunk, extension: undefined }) }))
    }
    if (chunk.size) {
      specs.push(withBody({ ...body, chunks: chunks.with(at, { ...chunk, size: undefined }) }))
    } else if (chunk.bytes.length > 2) {
      const bytes = chunk.bytes.subarray(0, chunk.bytes.length > 40 ? 20 : 2)
      specs.push(withBody({ ...body, chunks: chunks.with(at, { ...chunk, bytes }) }))
    }
  }
  return specs
}

export const contentOf = (body: NonNullable<Spec['body']>): Buffer =>
  'bytes' in body ? body.bytes : Buffer.concat(body.chunks.map(({ bytes }) => bytes))

/** The request of a page. */
export function get(page: Page, parts: Partial<Spec> = {}): Message {
  const { body } = parts
  const wants = {
    rule: body && 'chunks' in body ? ruleOfBody(body) : page.rule,
    statuses: [200],
    body: page.bytes,
    types: page.types,
    redirect: page.mayRedirect ? `${page.target}/` : undefined,
    ...parts.wants,
  }
  return request({ method: 'GET', target: page.target, version: '1.1', ...parts, wants })
}

const ruleOfEcho = (body: Spec['body']): string =>
  body && 'chunks' in body ? ruleOfBody(body) : '`200` and the body.'

/** The request of an echo. */
export function echo(body: Spec['body'], parts: Partial<Spec> = {}): Message {
  const wants = {
    rule: ruleOfEcho(body),
    statuses: [200],
    body: body ? contentOf(body) : Buffer.alloc(0),
    ...parts.wants,
  }
  return request({ method: 'POST', target: '/echo', version: '1.1', ...parts, body, wants })
}

/** Something that cannot be read as a request, and is refused. */
export function broken(
  text: string | Buffer,
  rule: string,
  statuses: number[],
  parts: Partial<Wants> = {},
): Message {
  return {
    method: 'GET',
    bytes: Buffer.from(text as string, 'latin1'),
    wants: { rule, statuses, after: 'close', ...parts },
    simpler: () => [],
  }
}
