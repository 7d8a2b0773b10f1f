import type { Fresh } from '../../harness/index.ts'
import { otherMethod } from './draw.ts'
import { broken, get, type Message, request } from './requests.ts'
import type { Site } from './site.ts'
import type { Conversation } from './wire.ts'

const LINE =
  'the request line is not a method, a path that begins with `/`, and a version, with one blank between them'
const VERSION = 'the version is not `HTTP/1.0` or `HTTP/1.1`'
const HOST = 'an HTTP/1.1 request has no `Host`, or two'
const HEADER =
  'a header line has no colon, no name, or a blank before its name or between name and colon'
const LENGTH = '`Content-Length` is anything but digits: `+5`, `-1`, `0x5`, `5.0`, `five`, `5 5`'
const TWO_LENGTHS = 'two `Content-Length` headers differ'
const BOTH = 'both `Content-Length` and `Transfer-Encoding`'
const CODING = '`Transfer-Encoding` is anything but `chunked`'
const CHUNK_SIZE = 'the size of a chunk is not hexadecimal digits: `0x5`, `-5`, `5g`, nothing'
const CHUNK_END = 'the bytes of a chunk are not followed by `\\r\\n`'
const LOWER = 'Methods are in capitals: `get` is not `GET`, and gets `400`, `405` or `501`.'
const ESCAPES = '`/%zz` gets `400` or `404`.'

const HOST_LINE = 'Host: depot.test\r\n'

/**
 * What is refused, alone, behind a good request, and before one: behind it nothing is answered, for
 * nobody knows where it begins.
 */
function around(site: Site, bad: Message): Conversation[] {
  const good = () => get(site.plain)
  return [{ messages: [bad] }, { messages: [bad, good()] }, { messages: [good(), bad, good()] }]
}

/** Requests that are none, and requests of methods that nobody has. */
export function refusedRequests(fresh: Fresh, site: Site): Conversation[] {
  const bad: Message[] = []
  const head = (line: string, headers = HOST_LINE) => `${line}\r\n${headers}\r\n`
  for (const line of [
    'GET /hello.txt',
    'GET  /hello.txt HTTP/1.1',
    'GET /hello.txt  HTTP/1.1',
    'GET /hello.txt HTTP/1.1 more',
    'GET /two words.txt HTTP/1.1',
    'GET\t/hello.txt\tHTTP/1.1',
    'GET HTTP/1.1',
    '/hello.txt HTTP/1.1',
    'GET hello.txt HTTP/1.1',
    ' GET /hello.txt HTTP/1.1',
    'hello',
    'GET',
  ]) {
    bad.push(broken(head(line), LINE, [400]))
  }
  for (const version of [
    'HTTP/2.0',
    'HTTP/3',
    'HTTP/0.9',
    'HTTP/1',
    'HTTP/1.1x',
    'HTTPS/1.1',
    'http/1.1',
    'FTP/1.1',
    '1.1',
  ]) {
    bad.push(broken(head(`GET /hello.txt ${version}`), VERSION, [400, 505]))
  }
  const line = 'GET /hello.txt HTTP/1.1'
  for (const headers of [
    '',
    'X-Host: depot.test\r\n',
    'Accept: */*\r\nX-Note: Host: a\r\n',
    `${HOST_LINE}Host: other.test\r\n`,
    `${HOST_LINE}Accept: */*\r\nhost: depot.test\r\n`,
  ]) {
    bad.push(broken(head(line, headers), HOST, [400]))
  }
  for (const header of [
    'X-Trace',
    'no colon here',
    ': no name',
    'X-Trace : blank',
    'X-Trace\t: tab',
    ' X-Trace: blank',
    '\tX-Trace: tab',
  ]) {
    bad.push(broken(head(line, `${HOST_LINE}${header}\r\n`), HEADER, [400]))
  }
  bad.push(broken(head(line, 'Host : depot.test\r\n'), HEADER, [400]))
  const closing = { connection: 'close' }
  const lower = ['get', 'Get', 'head', 'post'].map((method) =>
    request({
      ...closing,
      method,
      target: method === 'post' ? '/echo' : '/hello.txt',
      version: '1.1',
      wants: { rule: LOWER, statuses: [400, 405, 501] },
    }),
  )
  const escapes = ['/%zz', '/%', '/%a', '/hello.txt%', '/%c3%28.txt', '/%ff'].map((target) =>
    request({
      ...closing,
      method: 'GET',
      target,
      version: '1.1',
      wants: { rule: ESCAPES, statuses: [400, 404] },
    }),
  )
  return fresh.shuffle([
    ...bad.flatMap((one) => around(site, one)),
    ...[...lower, ...escapes].map((message): Conversation => ({ messages: [message] })),
    ...fresh.list(
      20,
      (): Conversation => ({
        messages: [otherMethod(fresh, site), otherMethod(fresh, site, closing)],
      }),
    ),
  ])
}

/** Bodies whose end is not clear. */
export function refusedFraming(fresh: Fresh, site: Site): Conversation[] {
  const bad: Message[] = []
  const post = (headers: string[], body: string) =>
    ['POST /echo HTTP/1.1', 'Host: depot.test', ...headers, '', body].join('\r\n')
  for (const length of [
    '+5',
    '-1',
    '0x5',
    '5.0',
    'five',
    '5 5',
    '5,',
    ',5',
    '5;',
    '1e1',
    '5_0',
    '٥',
    '',
  ]) {
    const bytes = Buffer.from(post([`Content-Length: ${length}`], 'abcde'))
    bad.push(broken(bytes, LENGTH, [400]))
  }
  bad.push(
    broken(post(['Content-Length: 5', 'Content-Length: 6'], 'abcdef'), TWO_LENGTHS, [400]),
    broken(post(['Content-Length: 6', 'content-length: 5'], 'abcdef'), TWO_LENGTHS, [400]),
    broken(
      post(['Content-Length: 0', 'Accept: */*', 'CONTENT-LENGTH: 5'], 'abcde'),
      TWO_LENGTHS,
      [400],
    ),
  )
  const chunks = '5\r\nabcde\r\n0\r\n\r\n'
  for (const headers of [
    ['Content-Length: 15', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 15'],
    ['Transfer-Encoding: chunked', 'Content-Length: 0'],
    ['content-length:3', 'TRANSFER-ENCODING:\tChunked'],
    ['Content-Length: 5', 'Transfer-Encoding: identity'],
  ]) {
    bad.push(
      broken(
        post(headers, chunks),
        BOTH,
        headers.some((one) => one.endsWith('identity')) ? [400, 501] : [400],
      ),
    )
  }
  for (const coding of [
    'gzip',
    'identity',
    'chunked, gzip',
    'xchunked',
    'chunkedx',
    'chunked;q=1',
    'chunked, chunked',
  ]) {
    bad.push(broken(post([`Transfer-Encoding: ${coding}`], chunks), CODING, [400, 501]))
  }
  for (const size of [
    '0x5',
    '-5',
    '+5',
    '5g',
    'g',
    '',
    ';a=b',
    '5,0',
    '5.0',
    '0x',
    'five',
    '"5"',
  ]) {
    const body = `${size}\r\nabcde\r\n0\r\n\r\n`
    bad.push(broken(post(['Transfer-Encoding: chunked'], body), CHUNK_SIZE, [400]))
    const second = `3\r\nabc\r\n${body}`
    bad.push(broken(post(['Transfer-Encoding: chunked'], second), CHUNK_SIZE, [400]))
  }
  for (const body of [
    '5\r\nabcdef\r\n0\r\n\r\n',
    '5\r\nabcdefgh\r\n0\r\n\r\n',
    '5\r\nabcde0\r\n\r\n00',
    '3\r\nabc3\r\ndef\r\n0\r\n\r\n',
    '5\r\nabcde\n\r0\r\n\r\n',
  ]) {
    bad.push(broken(post(['Transfer-Encoding: chunked'], body), CHUNK_END, [400]))
  }
  return fresh.shuffle(bad.flatMap((one) => around(site, one)))
}
