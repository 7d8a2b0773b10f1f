import type { SecureVersion } from 'node:tls'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  type Answer,
  type Arrived,
  forAll,
  note,
  openSubmission,
  shared,
} from '../../harness/index.ts'
import { type AppAnswer, type Asked, type Door, openDoor, shown } from './door.ts'
import { handshake, listens } from './handshake.ts'
import { cacheControl, expectHsts, expectKept, expectNoVersion, HSTS } from './headers.ts'
import { postInPieces } from './pieces.ts'
import { ESCAPES, file, packed, plain, type ToApp, TYPES, toApp } from './pools.ts'
import { openRoom } from './room.ts'

// nginx runs with the learner's file, and stands before an app of ours. Requests go in through nginx, and
// are looked for in the log of the app.
const submission = openSubmission(import.meta)

const door = shared(() => openDoor(submission))

/** Another one, whose app is gone. */
const lonelyDoor = shared(async () => {
  const opened = await openDoor(submission)
  await opened.app.stop()
  return opened
})

const MIB = 1024 ** 2

test.each(['HTTP_PORT', 'HTTPS_PORT'])('C1 listens on $%s', async (name) => {
  const { nginx } = await door()
  expect(await listens(nginx.ports[name]!), `somebody listens at \${${name}}`).toBe(true)
})

// ---------------------------------------------------------------- plain HTTP

test('C2 sends every request over plain HTTP to HTTPS, with its path and query', async () => {
  const opened = await door()
  await forAll(submission.fresh, plain, 80, async (...all) => {
    for (const asked of all) expectSentOn(await opened.http(asked), asked, opened)
  })
})

function expectSentOn(answer: Answer, asked: Asked, { nginx }: Door): void {
  const location = String(answer.headers.location ?? '')
  const told = `plain HTTP is sent to the same address over HTTPS\n${shown('HTTP', asked)}\n`
  expect([301, 308], `${told}answers with one of these`).toContain(answer.status)
  const [, name, port, rest] = /^https:\/\/([^/?:]*)(?::(\d+))?(.*)$/.exec(location) ?? []
  // The number differs from run to run.
  const isRight = port === String(nginx.ports.HTTPS_PORT)
  const where = location.replace(`:${nginx.ports.HTTPS_PORT}`, ':$HTTPS_PORT')
  const from = `${told}has Location: ${where || '(none)'}\n`
  expect(where, `${from}It begins with https://`).toMatch(/^https:\/\//)
  expect(name?.toLowerCase(), `${from}The host in it`).toBe(withoutPort(asked.headers!.Host!))
  expect(isRight ? '$HTTPS_PORT' : (port ?? '(none)'), `${from}The port in it`).toBe('$HTTPS_PORT')
  expect(rest, `${from}The path and query in it`).toBe(asked.path)
}

const withoutPort = (host: string) => host.replace(/:\d+$/, '')

// ---------------------------------------------------------------- TLS

test.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('C3 accepts %s', async (version) => {
  const { nginx } = await door()
  const seen = await handshake(nginx.ports.HTTPS_PORT!, version)
  note(`a handshake with ${version}`, seen)
  expect(seen, `a client that speaks ${version} alone is served. Its handshake`).toBe(version)
})

test.each<SecureVersion>(['TLSv1', 'TLSv1.1'])('C3 refuses %s', async (version) => {
  const { nginx } = await door()
  const seen = await handshake(nginx.ports.HTTPS_PORT!, version)
  note(`a handshake with ${version}`, seen)
  expect(seen, `a client that speaks ${version} alone is refused. Its handshake`).toMatch(
    /^refused/,
  )
})

// ---------------------------------------------------------------- headers of all answers

type Kind = { asked: Asked; app?: AppAnswer; kind: string; status: number[] }

/** Every kind of answer that nginx gives while the app is there. */
function everyKind(opened: Door): Kind[] {
  const name = submission.fresh.unique()
  opened.write(`static/${name}/site.css`, Buffer.from('p { margin: 0 }\n'.repeat(100)))
  const fromApp = [200, 201, 204, 302, 400, 401, 404, 422, 500, 503].map((status) => ({
    ...{ asked: { path: '/parcels/7' }, kind: 'the app', status: [status] },
    app: { status, headers: status === 302 ? { Location: '/' } : {} },
  }))
  const post = { method: 'POST', path: '/parcels' }
  return [
    ...fromApp,
    { asked: { path: `/static/${name}/site.css` }, kind: 'a file', status: [200] },
    { asked: { path: `/static/${name}/none.css` }, kind: 'a missing file', status: [404] },
    { asked: { path: `/static/${name}/` }, kind: 'a folder', status: [403, 404] },
    { asked: { ...post, body: Buffer.alloc(MIB + 1) }, kind: 'a body too long', status: [413] },
  ]
}

/** What a learner is shown of a request. */
function shownKind({ asked, kind }: Kind): string {
  const { body, ...rest } = asked
  return `${shown('HTTPS', rest)}${body ? ` --data-binary @${body.length}-bytes` : ''}   (${kind})`
}

test(`C4 has ${HSTS} on every answer over HTTPS`, async () => {
  const opened = await door()
  for (const one of everyKind(opened)) {
    const { answer } = await opened.throughApp(one.asked, one.app)
    expect(one.status, `${shownKind(one)}\nanswers with`).toContain(answer.status)
    expectHsts(answer, shownKind(one))
  }
})

test(`C4 has ${HSTS} where the app does not answer`, async () => {
  const asked = { path: '/parcels' }
  const request = `${shown('HTTPS', asked)}   (nothing listens at $APP_PORT)`
  expectHsts(await (await lonelyDoor()).https(asked), request)
})

test(`C4 never has ${HSTS} over plain HTTP`, async () => {
  const opened = await door()
  for (const path of ['/', '/static/missing.css', '/ws', '/parcels?x=1']) {
    const { headers, status } = await opened.http({ path })
    const told = `no answer over plain HTTP has ${HSTS}\n${shown('HTTP', { path })}`
    const seen = headers[HSTS.toLowerCase()] ?? '(none)'
    expect(seen, `${told}\nanswers ${status}. Its ${HSTS}`).toBe('(none)')
  }
})

// ---------------------------------------------------------------- the app

test('C5 hands requests to the app as they came, and its answers back', async () => {
  const opened = await door()
  await forAll(submission.fresh, toApp, 120, async (...all) => {
    for (const one of all) {
      const asked = asAsked(one)
      const body = Buffer.from(one.answer.body)
      const { answer, arrived } = await opened.throughApp(asked, { ...one.answer, body })
      expectSame(only(arrived, shown('HTTPS', asked)), asked)
      expectAnnounced(only(arrived, shown('HTTPS', asked)), asked, shown('HTTPS', asked))
      expectSameAnswer(answer, one, shown('HTTPS', asked))
    }
  })
})

test('C5 hands a crowd of requests to the app', async () => {
  const opened = await door()
  const paths = Array.from({ length: 60 }, (_, at) => `/parcels/${at}`)
  const seen = await Promise.all(paths.map((path) => opened.throughApp({ path })))
  for (const { answer, arrived } of seen) {
    const told = '60 requests at once, such as curl -ik "$HTTPS/parcels/7"\n'
    expect(answer.status, `${told}Each is answered with`).toBe(200)
    only(arrived, told)
  }
})

function asAsked({ asked }: ToApp): Asked & { headers: Record<string, string> } {
  const { method, path, from, host, forged, body, other } = asked
  const headers = { Host: host, ...forged, ...other } as Record<string, string>
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method) && body !== undefined
  if (!hasBody) return { method, path, from, headers }
  return { method, path, from, headers: { ...headers, 'Content-Type': 'text/plain' }, body }
}

/** The request as the app got it, which it did exactly once. */
function only(arrived: Arrived[], request: string): Arrived {
  const told = 'the app gets each request that is not for a file\n'
  expect(arrived.length, `${told}${request}\nHow often the app got it`).toBe(1)
  return arrived[0]!
}

const SENT_ON = ['Authorization', 'Cookie', 'If-None-Match', 'X-Custom', 'Content-Type']

function expectSame(request: Arrived, asked: Asked & { headers: Record<string, string> }): void {
  const told = `the app gets requests as they came\n${shown('HTTPS', asked)}\n`
  expect(request.path, `${told}The path and query that the app got`).toBe(asked.path)
  expect(request.method, `${told}The method that the app got`).toBe(asked.method)
  expect(request.body.toString(), `${told}The body that the app got`).toBe(asked.body ?? '')
  for (const name of SENT_ON) {
    const seen = request.headers[name.toLowerCase()]
    expect(seen, `${told}The ${name} that the app got`).toBe(asked.headers[name])
  }
}

/** Fails where the app was not told who the client is, and what it asked for. */
function expectAnnounced(request: Arrived, asked: Asked, shown: string): void {
  const { host, 'x-forwarded-for': client, 'x-forwarded-proto': proto } = request.headers
  const told = `the app is told what the client asked for, and who it is\n${shown}\n`
  const wanted = asked.headers!.Host!
  const hosts = [wanted, withoutPort(wanted)]
  expect(hosts, `${told}The Host that the app got, one of these`).toContain(host ?? '(none)')
  const last = String(client ?? '(none)')
    .split(',')
    .at(-1)!
    .trim()
  const from = asked.from ?? '127.0.0.1'
  const got = `The client is ${from}, the app got X-Forwarded-For: ${client ?? '(none)'}`
  expect(last, `${told}${got}\nIts last element`).toBe(from)
  expect(proto ?? '(none)', `${told}The X-Forwarded-Proto that the app got`).toBe('https')
}

function expectSameAnswer(answer: Answer, { asked, answer: given }: ToApp, shown: string): void {
  const { status } = given
  const told = `the app's answers reach the client as they are\n${shown}\n`
  expect(answer.status, `${told}The app answers ${status}, the client gets`).toBe(status)
  const hasBody = asked.method !== 'HEAD' && status !== 204 && status !== 304
  const wanted = hasBody ? given.body : ''
  expect(answer.text, `${told}The body of the app's ${status} that the client gets`).toBe(wanted)
  for (const [name, value] of Object.entries(given.headers)) {
    const seen = answer.headers[name.toLowerCase()]
    expect(seen, `${told}The ${name} of the app's ${status} that the client gets`).toEqual(value)
  }
}

// ---------------------------------------------------------------- files

test('C6 serves files below static byte by byte, for a year', async () => {
  const opened = await door()
  let number = 0
  await forAll(submission.fresh, file, 60, async (...all) => {
    for (const { folders, name, ending, bytes, query, method } of all) {
      number += 1
      const parts = [`f${number}`, ...folders, `${name}.${ending}`]
      const content = opened.write(`static/${parts.join('/')}`, Buffer.from(bytes))
      const path = `/static/${parts.map(encodeURIComponent).join('/')}${query}`
      const { answer, arrived } = await opened.throughApp({ path, method })
      const request = `${shown('HTTPS', { path, method })}   (static/${parts.join('/')})`
      const told = `files come from $DOCROOT/static\n${request}\n`
      expect(answer.status, `${told}answers with`).toBe(200)
      const wanted = method === 'HEAD' ? '' : content.toString('hex')
      expect(answer.bytes.toString('hex'), `${told}Its bytes in hex`).toBe(wanted)
      expect(answer.headers['content-type'], `${told}Its Content-Type`).toMatch(TYPES[ending]!)
      expect(arrived.length, `${told}How often the app was asked`).toBe(0)
      expectKept(answer, request)
    }
  })
})

test('C6 answers 404 for a missing file, and does not ask the app', async () => {
  const opened = await door()
  opened.write('static/there.css', Buffer.from('p {}'))
  for (const name of [
    'missing.css',
    'no/such/file',
    'there.css.map',
    'there',
    'static/there.css',
  ]) {
    const path = `/static/${name}`
    const { answer, arrived } = await opened.throughApp({ path }, { status: 200 })
    const told = `a missing file is 404, and the app is not asked\n${shown('HTTPS', { path })}\n`
    expect(answer.status, `${told}answers with`).toBe(404)
    expect(arrived.length, `${told}How often the app was asked`).toBe(0)
  }
})

test('C6 shows no list of a folder', async () => {
  const opened = await door()
  opened.write('static/photos/1.txt', Buffer.from('x'))
  for (const path of ['/static/', '/static/photos/']) {
    const { answer, arrived } = await opened.throughApp({ path })
    const told = `a folder is 403 or 404, never a list\n${shown('HTTPS', { path })}\n`
    expect([403, 404], `${told}answers with one of these`).toContain(answer.status)
    expect(arrived.length, `${told}How often the app was asked`).toBe(0)
  }
})

test.each(ESCAPES)('C6 serves nothing outside of static: %s', async (path) => {
  const opened = await door()
  const { answer } = await opened.throughApp({ path })
  const told = `nothing outside of $DOCROOT/static is served\n${shown('HTTPS', { path })}\n`
  const shows = answer.text.includes(opened.secret)
  expect(shows, `${told}answers ${answer.status}. It shows a file from outside`).toBe(false)
})

// ---------------------------------------------------------------- WebSocket

test('C7 passes a WebSocket, in both directions', async () => {
  const opened = await door()
  const { fresh } = submission
  const path = `/ws?room=${fresh.unique()}&q=a%2Fb`
  const forged = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'http' }
  const headers = { Host: 'pelican.test:8443', ...forged }
  const { socket, next } = await openRoom(opened, path, headers)
  try {
    expect(await next(), 'the first message, which the app sends').toBe('hello from the app')
    for (const message of [fresh.unique(), 'Zürich → São 📦', 'x'.repeat(70_000)]) {
      socket.send(message)
      const back = (await next()) === message ? 'the same' : 'another one'
      expect(back, `a text of ${message.length} characters, echoed by the app`).toBe('the same')
    }
    const bytes = fresh.bytes(300)
    socket.send(bytes)
    const back = (await next()) === `bytes ${bytes.toString('hex')}` ? 'the same' : 'others'
    expect(back, '300 bytes, echoed by the app').toBe('the same')
  } finally {
    socket.terminate()
  }
  const shown = 'A WebSocket to "$HTTPS/ws?room=…"'
  const arrived = opened.app.requests.findLast((one) => one.headers.upgrade)!
  expect(arrived.path, `${shown}: the path and query that the app got`).toBe(path)
  expectAnnounced(arrived, { path, headers }, shown)
})

// ---------------------------------------------------------------- bodies, a dead app, gzip, version

test('C8 passes a body of 1 MiB, and answers a longer one with 413', async () => {
  const opened = await door()
  for (const size of [MIB, MIB + 1, 4 * MIB]) {
    const body = Buffer.alloc(size, submission.fresh.word())
    const { answer, arrived } = await opened.throughApp({ method: 'POST', path: '/parcels', body })
    const told = `a body of ${size.toLocaleString('en')} bytes, sent to /parcels\n`
    expect(answer.status, `${told}POST /parcels answers with`).toBe(size > MIB ? 413 : 200)
    if (size > MIB) expect(arrived.length, `${told}How often the app got it`).toBe(0)
    else expect(only(arrived, told).body.equals(body), `${told}The app got it whole`).toBe(true)
  }
})

test('C8 answers 502, 503 or 504 where the app is gone, and serves files', async () => {
  const opened = await lonelyDoor()
  opened.write('static/site.css', Buffer.from('p {}'))
  for (const path of ['/', '/parcels?x=1', '/ws']) {
    const { status } = await opened.https({ path })
    const told = `nothing listens at $APP_PORT\n${shown('HTTPS', { path })}\n`
    expect([502, 503, 504], `${told}answers with one of these`).toContain(status)
  }
  const { status } = await opened.https({ path: '/static/site.css' })
  expect(status, 'nothing listens at $APP_PORT: GET /static/site.css answers with').toBe(200)
})

test('C8 compresses texts for clients that accept it', async () => {
  const opened = await door()
  await forAll(submission.fresh, packed, 60, async (...all) => {
    for (const { type, charset, size, accepts, from } of all) {
      const [name, ending] = type
      const body = Buffer.from('Pelican Post '.repeat(size / 13 + 1).slice(0, size))
      const path = from === 'app' ? '/report' : `/static/report-${size}.${ending}`
      if (from === 'file') opened.write(path.slice(1), body)
      const headers: Record<string, string> = accepts ? { 'Accept-Encoding': accepts } : {}
      const given = { body, headers: { 'Content-Type': name + charset } }
      const { answer } = await opened.throughApp({ path, headers }, given)
      const told = `texts are gzipped for clients that accept it, and for no others\n${size} bytes of ${name}, from ${from === 'app' ? 'the app' : 'a file'}\n${shown('HTTPS', { path, headers })}\n`
      const wanted = accepts.includes('gzip') ? 'gzip' : '(none)'
      const encoding = answer.headers['content-encoding'] ?? '(none)'
      expect(encoding, `${told}has this Content-Encoding`).toBe(wanted)
      const bytes = encoding === 'gzip' ? unzipped(answer.bytes, told) : answer.bytes
      expect(bytes.equals(body), `${told}The bytes, unpacked, are those that were sent`).toBe(true)
    }
  })
})

function unzipped(bytes: Buffer, told: string): Buffer {
  try {
    return gunzipSync(bytes)
  } catch {
    return expect.fail(`${told}says Content-Encoding: gzip, and cannot be unpacked`)
  }
}

test('C8 does not name its version', async () => {
  const opened = await door()
  for (const one of everyKind(opened)) {
    const { answer } = await opened.throughApp(one.asked, one.app)
    expectNoVersion(answer, shownKind(one))
  }
  const asked = { path: '/parcels' }
  expectNoVersion(await opened.http(asked), shown('HTTP', asked))
  expectNoVersion(await (await lonelyDoor()).https(asked), 'curl -ik "$HTTPS/"   (no app)')
})

// ---------------------------------------------------------------- rare cases

test(`C9 has ${HSTS} where nginx refuses a request itself`, async () => {
  const opened = await door()
  const long = { path: '/', headers: { Cookie: 'x'.repeat(40_000) } }
  for (const asked of [{ path: '/%zz' }, long]) {
    const answer = await opened.https({ ...asked, alone: true })
    const isLong = asked === long
    const request = isLong ? 'a Cookie of 40,000 characters' : shown('HTTPS', asked)
    expect(answer.status, `${request}\nanswers with`).toBe(400)
    expectHsts(answer, request)
  }
})

test('C9 does not let a missing file be kept', async () => {
  const opened = await door()
  for (const path of ['/static/missing.css', '/static/no/such/file.js']) {
    const answer = await opened.https({ path })
    const seen = answer.headers['cache-control'] ?? '(none)'
    const told = `a missing file is not kept\n${shown('HTTPS', { path })}\n`
    const what = `${told}answers ${answer.status} with Cache-Control: ${seen}. Its directives`
    expect(cacheControl(answer), what).not.toContain('immutable')
  }
})

test('C9 answers a chunked body of more than 1 MiB with 413', async () => {
  const opened = await door()
  const mark = submission.fresh.unique()
  const path = `/parcels?mark=${mark}`
  const pieces = Array.from({ length: 17 }, () => Buffer.alloc(64 * 1024, 'x'))
  const port = opened.nginx.ports.HTTPS_PORT!
  const status = await postInPieces(port, path, ['Host: pelican.test'], pieces)
  const told = 'a body of 17 chunks of 64 KiB, sent to /parcels\n'
  expect(status, `${told}POST /parcels answers with`).toBe(413)
  const arrived = opened.app.requests.filter((one) => one.path.includes(mark))
  expect(arrived.length, `${told}How often the app got it, or the beginning of it`).toBe(0)
})
