import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import pg from 'pg'
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  inject,
  onTestFinished,
  type TestContext,
  test,
  vi,
} from 'vitest'
import type { ServiceName } from '../exercise.ts'
import { Fresh } from '../fresh.ts'
import type { Target } from '../http.ts'
import { startServices } from '../services/start.ts'
import { isRunning, type Services } from '../services/types.ts'
import { dribble } from './dribble.ts'
import type { Framer } from './frame.ts'
import { survivesJunk } from './junk.ts'
import { findLeaks, findStack } from './leak.ts'
import { postgresFrames } from './postgres-frames.ts'
import { proxy, type Statement } from './proxy.ts'
import { race } from './race.ts'
import { respFrames } from './resp-frames.ts'
import { nth, stopAt } from './stop.ts'

// Outside a grader nobody runs what `cleanup` collects; here it is run after each test.
const made = vi.hoisted(() => ({ undo: [] as (() => Promise<void> | void)[] }))
vi.mock('../submission.ts', () => ({
  cleanup: (undo: () => Promise<void> | void) => made.undo.push(undo),
}))

async function undoAll(): Promise<void> {
  for (const undo of made.undo.splice(0).reverse()) await undo()
}

afterEach(undoAll)

// They come up while the tests that need none are running.
let services: Promise<Services>
beforeAll(() => {
  services = startServices(['postgres', 'redis'], inject('roadworks'))
  services.catch(() => {}) // the tests that wait for them tell
})
// A run that is cleaned up while they still start would leave their folders behind.
afterAll(() => services.then(() => {}))

/**
 * Gives what should not happen its chance: several turns of the event loop, since a single long
 * pause may be a single turn where the machine is busy.
 */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setTimeout(resolve, 8))
}

/** Asks again and again, quickly, until the expectation holds. */
const eventually = <T>(ask: () => T, message?: string) =>
  expect.poll(ask, { timeout: 5000, interval: 2, message })

// ---------------------------------------------------------------------------------------- frames

/** Ways a stream may be cut on its way; a framer must read the same from each. */
const CUTS: Record<string, (stream: Buffer) => Buffer[][]> = {
  'in one chunk': (stream) => [[stream]],
  'byte by byte': (stream) => [[...stream].map((byte) => Buffer.from([byte]))],
  'cut in two, at every place': (stream) =>
    Array.from({ length: stream.length - 1 }, (_, index) => [
      stream.subarray(0, index + 1),
      stream.subarray(index + 1),
    ]),
}

/** Feeds the messages to new framers in each way, and expects the messages back as frames. */
function expectFrames(newFramer: () => Framer, messages: Buffer[], texts: string[]): void {
  const stream = Buffer.concat(messages)
  for (const [how, cut] of Object.entries(CUTS)) {
    for (const chunks of cut(stream)) {
      const framer = newFramer()
      const frames = chunks.flatMap((chunk) => framer(chunk))
      const where = `${how} (${chunks.length} chunks, the first of ${chunks[0]!.length} bytes)`
      expect(
        frames.map(({ bytes }) => bytes.toString('latin1')),
        `the frames of a stream ${where}`,
      ).toEqual(messages.map((message) => message.toString('latin1')))
      const found = frames.map(({ text }) => text).filter((text) => text !== undefined)
      expect(found, `the statements of a stream ${where}`).toEqual(texts)
    }
  }
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 255])
const int32 = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value])
const cString = (text: string) => Buffer.concat([Buffer.from(text), Buffer.from([0])])

/** What a PostgreSQL client sends, message by message. */
const sends = {
  untyped: (code: number, body = Buffer.alloc(0)) =>
    Buffer.concat([int32(8 + body.length), int32(code), body]),
  typed(type: string, ...parts: Buffer[]) {
    const body = Buffer.concat(parts)
    return Buffer.concat([Buffer.from(type), int32(4 + body.length), body])
  },
  sslRequest: () => sends.untyped(80_877_103),
  gssRequest: () => sends.untyped(80_877_104),
  startup: () => sends.untyped(196_608, Buffer.from('user\0ann\0database\0depot\0\0')),
  query: (sql: string) => sends.typed('Q', cString(sql)),
  parse: (name: string, sql: string) => sends.typed('P', cString(name), cString(sql), int16(0)),
  bind: (portal: string, statement: string, value = Buffer.from('7')) =>
    sends.typed(
      'B',
      ...[cString(portal), cString(statement), int16(0), int16(1)],
      ...[int32(value.length), value, int16(0)],
    ),
  describe: (portal: string) => sends.typed('D', Buffer.from('P'), cString(portal)),
  execute: (portal: string) => sends.typed('E', cString(portal), int32(0)),
  sync: () => sends.typed('S'),
  terminate: () => sends.typed('X'),
}

describe('postgresFrames', () => {
  const { sslRequest, gssRequest, startup, query, parse, bind, execute, sync } = sends

  test('reads simple queries after the startup message', () => {
    const messages = [startup(), query('select 1'), query(''), query('begin; select 2')]
    expectFrames(postgresFrames, messages, ['select 1', '', 'begin; select 2'])
  })

  test('takes requests for encryption as further messages without a type', () => {
    expectFrames(postgresFrames, [sslRequest(), startup(), query('select 1')], ['select 1'])
    const both = [gssRequest(), sslRequest(), startup(), query('select 2')]
    expectFrames(postgresFrames, both, ['select 2'])
  })

  test('counts executions of the extended protocol, and neither parsing nor the rest', () => {
    const messages = [
      ...[startup(), parse('', 'select $1'), sends.describe(''), sync()],
      ...[bind('', ''), sends.describe(''), execute(''), sync(), sends.terminate()],
    ]
    expectFrames(postgresFrames, messages, ['select $1'])
  })

  test('counts a prepared statement each time it is executed', () => {
    const once = [bind('', 'find'), execute(''), sync()]
    const messages = [startup(), parse('find', 'select a'), ...once, ...once, ...once]
    expectFrames(postgresFrames, messages, ['select a', 'select a', 'select a'])
  })

  test('keeps pipelined statements and portals apart', () => {
    const messages = [
      ...[startup(), parse('one', 'select 1'), parse('two', 'select 2')],
      ...[bind('p1', 'one'), bind('p2', 'two'), execute('p2'), execute('p1')],
      // A portal stays what it was bound to when its statement is parsed anew.
      ...[parse('', 'select 3'), bind('', ''), parse('', 'select 4'), execute(''), sync()],
    ]
    expectFrames(postgresFrames, messages, ['select 2', 'select 1', 'select 3'])
  })

  test('reads text beyond ASCII, also cut inside a character', () => {
    const sql = "insert into stops values ('Łódź → São-Bento 𝒳')"
    const messages = [startup(), query(sql), parse('', sql), bind('', ''), execute('')]
    expectFrames(postgresFrames, messages, [sql, sql])
  })

  test('takes nothing in a parameter for a message', () => {
    const value = Buffer.concat([query('drop table stops'), execute('')])
    const messages = [startup(), parse('', 'select $1'), bind('', '', value), execute('')]
    expectFrames(postgresFrames, messages, ['select $1'])
  })

  test('knows nothing of what was prepared on another connection', () => {
    const [one, other] = [postgresFrames(), postgresFrames()]
    one(Buffer.concat([startup(), parse('find', 'select a')]))
    const frames = other(Buffer.concat([startup(), bind('', 'find'), execute('')]))
    expect(frames.at(-1)?.text).toBe('')
  })
})

/** A Redis command as clients send it: an array of bulk strings, with lengths in bytes. */
function command(...words: string[]): Buffer {
  const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${bulk.join('')}`)
}

test.each([
  ['a length that is no number', respFrames, '*1\r\n$x\r\nabc\r\n'],
  ['a negative count', respFrames, '*-1\r\n'],
  ['a first length that is too small', postgresFrames, '\u0000\u0000\u0000\u0001abcdefgh'],
])('%s ends the reading, and all passes on as it came', (_what, newFramer, text) => {
  const framer = newFramer()
  const bytes = Buffer.from(text)
  const frames = [...framer(bytes), ...framer(Buffer.from('more'))]
  expect(Buffer.concat(frames.map((frame) => frame.bytes)).toString()).toBe(`${text}more`)
  expect(frames.every((frame) => frame.text === undefined)).toBe(true)
})

describe('respFrames', () => {
  test('reads commands, and writes their names in capitals', () => {
    expectFrames(respFrames, [command('get', 'Key')], ['GET Key'])
  })

  test('reads pipelined commands one by one', () => {
    const messages = [command('MULTI'), command('INCR', 'a'), command('EXEC')]
    expectFrames(respFrames, messages, ['MULTI', 'INCR a', 'EXEC'])
  })

  test('reads inline commands, before and after arrays', () => {
    const messages = [Buffer.from('PING\r\n'), command('GET', 'a'), Buffer.from('set a b\r\n')]
    expectFrames(respFrames, messages, ['PING', 'GET a', 'SET a b'])
  })

  test('counts lengths in bytes, also cut inside a character', () => {
    const messages = [command('SET', 'stop:Łódź', '→ São-Bento 𝒳'), command('GET', 'stop:Łódź')]
    expectFrames(respFrames, messages, ['SET stop:Łódź → São-Bento 𝒳', 'GET stop:Łódź'])
  })

  test('takes nothing in a value for a command, and an empty value for a value', () => {
    const inner = command('FLUSHALL').toString()
    const messages = [command('SET', 'a', `\r\n${inner}`), command('SET', 'b', '')]
    expectFrames(respFrames, messages, [`SET a \r\n${inner}`, 'SET b '])
  })
})

// ----------------------------------------------------------------------------------------- proxy

/** A line-based service: it keeps what came, and answers each line with `+` and the line. */
async function lineService() {
  const received: { line: string; at: number }[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    let rest = ''
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\r\n')
      rest = lines.pop()!
      for (const line of lines) {
        received.push({ line, at: performance.now() })
        socket.write(`+${line}\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `redis://127.0.0.1:${port}`,
    received,
    lines: () => received.map(({ line }) => line),
    sockets,
  }
}

/** A connection to a line-based service. */
async function dial(url: string) {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  onTestFinished(() => {
    socket.destroy()
  })
  let text = ''
  let end: string | undefined
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end ??= error.code
  })
  socket.on('close', () => {
    end ??= 'closed'
  })
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', () => resolve())
  })
  return {
    socket,
    say: (...lines: string[]) => socket.write(lines.map((line) => `${line}\r\n`).join('')),
    /** The lines that came back so far. */
    heard: () => text.split('\r\n').slice(0, -1),
    /** How the connection ended; undefined while it is open. */
    end: () => end,
  }
}

describe('proxy', () => {
  test('passes on both ways, and tells which statement came on which connection', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const [a, b] = [await dial(between.url), await dial(between.url)]
    a.say('get a')
    await eventually(a.heard).toEqual(['+get a'])
    b.say('get b')
    await eventually(b.heard).toEqual(['+get b'])
    expect(between.statements).toEqual([
      { text: 'GET a', connection: 1 },
      { text: 'GET b', connection: 2 },
    ])
    expect(service.lines()).toEqual(['get a', 'get b'])
    expect(between.connections).toBe(2)
    b.socket.destroy()
    await eventually(() => between.connections, 'open connections after one was closed').toBe(1)
  })

  test('keeps all of the URL but the host and port', async () => {
    const { url } = await proxy('redis://ann:secret@localhost:6399/3?family=4')
    expect(new URL(url)).toMatchObject({
      ...{ protocol: 'redis:', username: 'ann', password: 'secret' },
      ...{ hostname: '127.0.0.1', pathname: '/3', search: '?family=4' },
    })
    expect(new URL(url).port).not.toBe('6399')
  })

  test('reads PostgreSQL behind a postgres:// URL, which rules out TLS', async () => {
    const service = await lineService()
    const between = await proxy(service.url.replace('redis:', 'postgres:'))
    expect(new URL(between.url).searchParams.get('sslmode')).toBe('disable')
    const client = await dial(between.url)
    client.socket.write(Buffer.concat([sends.startup(), sends.query('select 1\r\n')]))
    await eventually(() => between.statements).toEqual([{ text: 'select 1\r\n', connection: 1 }])
    await eventually(() => service.lines().join(), 'what reached the server').toMatch(/select 1$/)
  })

  test('tells what came during an action, and nothing from before or after', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    client.say('get before')
    await eventually(client.heard).toHaveLength(1)
    const seen = await between.during(async () => {
      client.say('get one', 'get two')
      await eventually(client.heard).toHaveLength(3)
    })
    client.say('get after')
    await eventually(client.heard).toHaveLength(4)
    expect(seen.map(({ text }) => text)).toEqual(['GET one', 'GET two'])
  })

  test('delays each request by so many ms, not each after the other, and keeps their order', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    between.delay(250)
    const lines = ['get 1', 'get 2', 'get 3', 'get 4', 'get 5']
    const sent = performance.now()
    client.say(...lines)
    await eventually(client.heard).toHaveLength(5)
    expect(service.lines()).toEqual(lines)
    const waits = service.received.map(({ at }) => at - sent)
    // A timer may fire a part of a millisecond early. One after the other would take 1250 ms.
    expect(Math.min(...waits), 'ms until the first request arrived').toBeGreaterThan(245)
    expect(Math.max(...waits), 'ms until the last request arrived').toBeLessThan(1000)

    between.delay(0)
    const again = performance.now()
    client.say('get 6')
    await eventually(client.heard).toHaveLength(6)
    expect(performance.now() - again, 'ms for a round trip without delay').toBeLessThan(240)
  })

  test('cut resets what is open and what comes, and heal lets new connections in', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    client.say('get a')
    await eventually(client.heard).toHaveLength(1)

    between.cut()
    await eventually(client.end, 'how the open connection ended').toBe('ECONNRESET')
    await eventually(() => service.sockets.size, 'connections left at the service').toBe(0)
    const next = await dial(between.url)
    next.say('get b')
    await eventually(next.end, 'how a new connection ended').toMatch(/ECONNRESET|EPIPE/)
    expect(between.connections).toBe(0)

    between.heal()
    const healed = await dial(between.url)
    healed.say('get c')
    await eventually(healed.heard).toEqual(['+get c'])
    expect(service.lines()).toEqual(['get a', 'get c'])
  })

  test('a black hole keeps connections open and silent both ways, until heal', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const early = await dial(between.url)
    early.say('get a')
    await eventually(early.heard).toHaveLength(1)

    between.blackhole()
    const late = await dial(between.url)
    early.say('get b', 'get c')
    late.say('get d')
    for (const socket of service.sockets) socket.write('+news\r\n')
    await settle()
    expect(service.lines(), 'what reached the service').toEqual(['get a'])
    expect(early.heard(), 'what came back').toEqual(['+get a'])
    expect([early.end(), late.end()], 'how the connections ended').toEqual([undefined, undefined])

    between.heal()
    await eventually(early.heard).toEqual(['+get a', '+news', '+get b', '+get c'])
    await eventually(late.heard).toContain('+get d')
  })

  test('heal ends a delay too', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    between.delay(60_000)
    between.heal()
    client.say('get a')
    await eventually(client.heard).toEqual(['+get a'])
  })

  test('hold stops the next match with all that follows on its connection, and no other', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const [a, b] = [await dial(between.url), await dial(between.url)]
    const isWrite = ({ text }: Statement) => text.startsWith('SET')
    const held = between.hold(isWrite)
    a.say('get 1', 'set 2', 'get 3')
    expect(await held.caught(5000)).toEqual({ text: 'SET 2', connection: 1 })
    b.say('get 4', 'set 5')
    await eventually(b.heard).toEqual(['+get 4', '+set 5'])
    expect(a.heard(), 'what was answered on the held connection').toEqual(['+get 1'])
    held.release()
    await eventually(a.heard).toEqual(['+get 1', '+set 2', '+get 3'])
  })

  test('hold that is released before a match holds nothing', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const held = between.hold(() => true)
    held.release()
    const client = await dial(between.url)
    client.say('get a')
    await eventually(client.heard).toEqual(['+get a'])
    await expect(held.caught(20)).rejects.toThrow(
      'did not send the statement that was waited for within 0.02 s.',
    )
  })

  test('hold drops what a client had sent when it dies, and a later release sends nothing', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    const held = between.hold(() => true)
    client.say('set 1')
    await held.caught(5000)
    client.socket.destroy()
    await eventually(() => between.connections).toBe(0)
    held.release()
    const other = await dial(between.url)
    other.say('get 2')
    await eventually(other.heard).toEqual(['+get 2'])
    expect(service.lines()).toEqual(['get 2'])
  })

  test('stopAt stops work at its nth statement of a kind, and lets it go on', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    const isWrite = ({ text }: Statement) => text.startsWith('SET')
    const { at, work, release } = await stopAt(between, nth(2, isWrite), async () => {
      client.say('set 1', 'get 2', 'set 3', 'set 4')
      await eventually(client.heard).toHaveLength(4)
      return 'done'
    })
    expect(at).toEqual({ text: 'SET 3', connection: 1 })
    await eventually(client.heard, 'answers while it is stopped').toEqual(['+set 1', '+get 2'])
    expect(service.lines(), 'what has reached the service').toEqual(['set 1', 'get 2'])
    release()
    expect(await work).toBe('done')
  })

  test('stopAt tells that work was over before, also where it failed, and holds what comes after', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    const first = await stopAt(between, nth(2), async () => {
      client.say('get 1')
      await eventually(client.heard).toEqual(['+get 1'])
    })
    expect(first.at).toBeUndefined()
    client.say('get 2')
    await settle()
    expect(client.heard(), 'answers before release').toEqual(['+get 1'])
    first.release()
    await eventually(client.heard).toEqual(['+get 1', '+get 2'])
    const second = await stopAt(between, nth(1), () => Promise.reject(new Error('went wrong')))
    expect(second.at).toBeUndefined()
    await expect(second.work).rejects.toThrow('went wrong')
    second.release()
  })

  test('cut drops what is held for a client that died, and a later release sends nothing', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    client.say('set a')
    await eventually(client.heard).toEqual(['+set a'])
    const held = between.hold(({ text }) => text === 'SET b')
    client.say('set b', 'set c')
    await held.caught(5000)
    client.socket.resetAndDestroy()
    between.cut()
    between.heal()
    held.release()
    await eventually(() => service.sockets.size, 'connections left at the service').toBe(0)
    await settle()
    expect(service.lines(), 'what reached the service').toEqual(['set a'])
  })

  test('closes the connection where the service does not answer', async () => {
    const gone = net.createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    gone.close()
    await once(gone, 'close')
    const between = await proxy(`redis://127.0.0.1:${port}`)
    const client = await dial(between.url)
    await eventually(client.end).toMatch(/closed|ECONNRESET/)
  })

  test('is gone after the test: no listener, no connection, nothing waiting', async () => {
    const service = await lineService()
    const between = await proxy(service.url)
    const client = await dial(between.url)
    between.blackhole()
    client.say('get a')
    await undoAll()
    await eventually(client.end, 'how the open connection ended').toBe('ECONNRESET')
    await eventually(() => service.sockets.size, 'connections left at the service').toBe(0)
    expect((await dial(between.url)).end(), 'how a new connection ended').toBe('ECONNREFUSED')
  })
})

describe('proxy in front of real services', () => {
  async function urlOf(name: ServiceName, context: TestContext): Promise<string> {
    const service = (await services)[name]
    return isRunning(service) ? service.url : context.skip(`not run: ${service?.missing}`)
  }

  test('counts the statements of a PostgreSQL client, whichever way it sends them', async (context) => {
    const between = await proxy(await urlOf('postgres', context))
    const pool = new pg.Pool({ connectionString: between.url, max: 1 })
    pool.on('error', () => {})
    const seen = await between.during(async () => {
      await pool.query('select 1')
      await pool.query('select $1::text', ['Łódź'])
      const named = { name: 'find', text: 'select $1::int' }
      await pool.query({ ...named, values: [1] })
      await pool.query({ ...named, values: [2] })
    })
    await pool.end()
    expect(seen.map(({ text }) => text)).toEqual([
      ...['select 1', 'select $1::text', 'select $1::int', 'select $1::int'],
    ])
  })

  test('counts the commands of a Redis client, also pipelined ones', async (context) => {
    const between = await proxy(await urlOf('redis', context))
    const client = new Redis(between.url)
    client.on('error', () => {})
    await client.ping()
    const key = `roadworks:probes:${process.pid}`
    const seen = await between.during(async () => {
      await client.set(key, 'Łódź', 'EX', 10)
      await client.multi().get(key).del(key).exec()
    })
    client.disconnect()
    const texts = [`SET ${key} Łódź EX 10`, 'MULTI', `GET ${key}`, `DEL ${key}`, 'EXEC']
    expect(seen.map(({ text }) => text)).toEqual(texts)
  })
})

// ------------------------------------------------------------------------- dribble, race and junk

/** An HTTP server for one test. */
async function serve(handler: http.RequestListener): Promise<Target & { server: http.Server }> {
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, server }
}

describe('dribble', () => {
  const label = 'Zürich→São-Bento, Łódź, 𝒳𝒴𝒵'

  /** Answers with the body it got, and how it came. */
  async function echo() {
    const chunks: Buffer[] = []
    const target = await serve((request, response) => {
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => response.end(Buffer.concat(chunks)))
    })
    return { target, chunks }
  }

  test('sends a body in many pieces, some of which end inside a character', async () => {
    const { target, chunks } = await echo()
    const answer = await dribble(target, { method: 'POST', path: '/', json: { label } })
    expect(answer.body).toEqual({ label })
    const bytes = Buffer.byteLength(JSON.stringify({ label }))
    // A busy machine may join a few pieces.
    expect(chunks.length, `data events for ${bytes} bytes`).toBeGreaterThan(bytes / 4)
    const isInside = (byte: number) => (byte & 0xc0) === 0x80
    const inside = chunks.filter((chunk) => isInside(chunk[0]!))
    expect(inside.length, 'pieces that begin inside a character').toBeGreaterThan(0)
  })

  test('makes pieces of the lengths it is asked for', async () => {
    const { target, chunks } = await echo()
    const lengths = [7, 3, 0, 5]
    let asked = 0
    const sending = { method: 'POST', path: '/', body: 'x'.repeat(60) }
    const answer = await dribble(target, sending, () => lengths[asked++ % lengths.length]!)
    expect(answer.text).toBe(sending.body)
    // 7, 3, 1 (in place of 0) and 5 bytes in turn make 15 pieces of 60 bytes.
    expect(chunks.length, 'data events').toBeGreaterThan(7)
    expect(chunks.length, 'data events').toBeLessThan(20)
  })

  test('makes a length of 0 a piece of one byte', async () => {
    const { target } = await echo()
    const sending = { method: 'POST', path: '/', body: 'xyz', timeout: 8000 }
    expect((await dribble(target, sending, () => 0)).text).toBe('xyz')
  })

  test('sends the request line and the headers in pieces too', async () => {
    const pieces: string[] = []
    const server = net.createServer((socket) => {
      socket.on('data', (chunk) => {
        pieces.push(chunk.toString('latin1'))
        if (pieces.join('').includes('\r\n\r\n')) {
          socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
        }
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const answer = await dribble({ url }, { path: '/lockers', headers: { 'X-Tag': 'blue' } })
    expect(answer.status).toBe(204)
    expect(pieces.join('')).toMatch(/^GET \/lockers HTTP\/1\.1\r\nX-Tag: blue\r\n/)
    const head = pieces.join('').length
    expect(pieces.length, `data events for ${head} bytes`).toBeGreaterThan(head / 4)
  })

  test('reads a large answer whole', async () => {
    const large = new Fresh(1).string(64).repeat(32_768)
    const target = await serve((_request, response) => response.end(large))
    const answer = await dribble(target, { path: '/' }, () => 64)
    expect(answer.text.length).toBe(large.length)
    expect(answer.text === large, 'the answer is what was sent').toBe(true)
  })
})

describe('race', () => {
  /** Answers requests below /race only when `wanted` of them are there, and gives up after 4 s. */
  async function meetingPoint(wanted: number) {
    const used = new Set<net.Socket>()
    const here: { response: http.ServerResponse; socket: net.Socket; warm: boolean }[] = []
    let text = 'together'
    const answerAll = () => {
      for (const { response } of here) if (!response.writableEnded) response.end(text)
    }
    const handler: http.RequestListener = (request, response) => {
      const { socket } = request
      if (request.url === '/') {
        used.add(socket)
        response.end()
        return
      }
      here.push({ response, socket, warm: used.has(socket) })
      response.setHeader('X-Asked', request.url!)
      if (here.length === 1) {
        setTimeout(() => {
          text = 'too late'
          answerAll()
        }, 4000).unref()
      }
      if (here.length === wanted || text === 'too late') answerAll()
    }
    return { here, handler }
  }

  test('has all requests in flight at once, on connections of their own used before', async () => {
    const wanted = 30
    const { here, handler } = await meetingPoint(wanted)
    const [a, b] = [await serve(handler), await serve(handler)]
    const paths = Array.from({ length: wanted }, (_, index) => `/race/${index}`)
    const answers = await race(paths.map((path, index) => ({ to: index % 2 ? a : b, path })))
    expect([...new Set(answers.map(({ text }) => text))]).toEqual(['together'])
    expect(
      answers.map(({ headers }) => headers['x-asked']),
      'the order of the answers',
    ).toEqual(paths)
    expect(new Set(here.map(({ socket }) => socket)).size, 'connections').toBe(wanted)
    expect(
      here.filter(({ warm }) => !warm),
      'requests on connections not used before',
    ).toEqual([])
  })

  test('sends each request to its target, as it is', async () => {
    const name = (of: string) => (request: http.IncomingMessage, response: http.ServerResponse) =>
      void request.resume().on('end', () => {
        response.end(`${of}: ${request.method} ${request.headers['content-length'] ?? ''}`)
      })
    const [a, b] = [await serve(name('a')), await serve(name('b'))]
    const answers = await race([
      { to: a, path: '/x', method: 'POST', json: { n: 1 } },
      { to: b, path: '/x', method: 'DELETE' },
    ])
    expect(answers.map(({ text }) => text)).toEqual(['a: POST 7', 'b: DELETE '])
  })

  test('rejects where a connection breaks', async () => {
    const target = await serve((request, response) => {
      if (request.url === '/break') request.socket.destroy()
      else response.end()
    })
    const requests = [
      { to: target, path: '/' },
      { to: target, path: '/break' },
    ]
    await expect(race(requests)).rejects.toMatchObject({ name: 'SubjectError' })
  })
})

describe('survivesJunk', () => {
  const numbers = fc
    .integer({ min: -1000, max: 1000 })
    .map((n) => ({ method: 'POST', path: '/', json: { n } }))

  /** Answers with the status that `statusOf` makes of the number it got. */
  const answering = (statusOf: (n: number) => number) =>
    serve(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      response.writeHead(statusOf(JSON.parse(text).n)).end()
    })

  test('shows the smallest request that is answered with a 5xx', async () => {
    const target = await answering((n) => (n < -7 ? 500 : 200))
    const healthy = vi.fn(async () => {})
    const error = await survivesJunk(target, numbers, { seed: 1, runs: 60, healthy }).catch(
      (reason: Error) => reason,
    )
    expect(error).toMatchObject({ name: 'AssertionError' })
    expect((error as Error).message).toContain('POST / answered 500')
    expect((error as Error).message).toContain('POST / and the body {"n":-8}')
    expect(healthy).not.toHaveBeenCalled()
  })

  test('takes every other answer, and asks for the health once', async () => {
    const target = await answering((n) => (n < 0 ? 501 : n % 2 ? 400 : 200))
    const healthy = vi.fn(async () => {})
    await survivesJunk(target, numbers, { seed: 1, runs: 30, healthy })
    expect(healthy).toHaveBeenCalledOnce()
  })

  test('fails where the server is not well afterwards', async () => {
    const target = await answering(() => 200)
    const healthy = () => Promise.reject(new Error('the list is gone'))
    await expect(survivesJunk(target, numbers, { seed: 1, runs: 5, healthy })).rejects.toThrow(
      'the list is gone',
    )
  })
})

// ------------------------------------------------------------------------------------------- leaks

/** How a secret may appear in an answer, a log or a dump. */
const ENCODINGS: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  'in a URL': (text) => encodeURIComponent(text),
  'in hex': (text) => Buffer.from(text).toString('hex'),
  'in capital hex': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
}

describe('findLeaks', () => {
  // The bytes of the second make `+` and `/` in base64, at whatever place they begin.
  const secrets = ['correct-horse-battery', '>>>???~~~ÿÿÿ>>>???~~~', 'p&ss=w/rd #1 straße']

  test.each(Object.keys(ENCODINGS))('finds a secret %s, wherever it begins', (how) => {
    for (const secret of secrets) {
      for (const before of ['', 'x', 'xy', 'xyz']) {
        for (const after of ['', 'y', 'yz']) {
          const content = `{"data":"${ENCODINGS[how]!(before + secret + after)}"}`
          const place = `the answer ${JSON.stringify(content)}`
          const wanted = [`the key in ${place}`]
          expect(findLeaks({ 'the key': secret }, [{ place, content }])).toEqual(wanted)
          const bytes = Buffer.from(content)
          expect(findLeaks({ 'the key': secret }, [{ place, content: bytes }])).toEqual(wanted)
        }
      }
    }
  })

  test.each(Object.keys(ENCODINGS))('does not find a secret where another one stands %s', (how) => {
    const content = ENCODINGS[how]!(`xy${secrets[0]!.slice(1)}, ${secrets[0]!.slice(0, -1)}`)
    expect(findLeaks({ 'the key': secrets[0]! }, [{ place: 'the log', content }])).toEqual([])
  })

  test('names each secret with each place it is in, once', () => {
    const [key, password] = secrets as [string, string, string]
    const found = findLeaks({ 'the key': key, 'the password': password }, [
      { place: 'the log', content: `${key} ${key} ${ENCODINGS['in base64']!(key)}` },
      { place: 'the answer', content: 'all is well' },
      { place: 'the dump', content: `${password} ${ENCODINGS['in hex']!(key)}` },
    ])
    expect(found.sort()).toEqual([
      ...['the key in the dump', 'the key in the log', 'the password in the dump'],
    ])
  })
})

describe('findStack', () => {
  const thrown = (() => {
    try {
      return JSON.parse('{')
    } catch (error) {
      return (error as Error).stack!
    }
  })()

  test.each([
    ['of Node', thrown],
    ['of Node in a JSON string', JSON.stringify({ error: thrown })],
    ['with a method', 'Error: no\n    at Object.<anonymous> (/app/server.ts:12:7)'],
    ['in HTML', '<pre>Error: no<br> &nbsp; at Layer.handle (/app/layer.js:95:5)</pre>'],
    ['with an async frame', JSON.stringify({ stack: 'E: x\n    at async run (/app/a.js:1:2)' })],
    ['with a file URL', '    at file:///app/server.ts:3:9'],
    ['of Python', 'Traceback:\n  File "/app/server.py", line 3, in handle'],
    ['of Java', 'x\n\tat com.example.Server.handle(Server.java:42)'],
    ['of Go', 'panic: no\n\ngoroutine 1 [running]:\nmain.main()'],
  ])('finds a stack trace %s', (_, text) => {
    expect(findStack(text)).toBeTypeOf('string')
  })

  test.each([
    'Listening at http://127.0.0.1:3000',
    '{"error":"no locker A-12 at 10:30"}',
    '{"time":"2026-03-01T10:30:15Z","path":"/parcels/7"}',
    'File "labels.csv" is missing, see line 3',
    'the parcel was seen at\nPorto, 12:30',
    '',
  ])('takes %j for no stack trace', (text) => {
    expect(findStack(text)).toBeUndefined()
  })

  test('shows the line it found', () => {
    expect(findStack('Error: no\n    at handle (/app/a.js:1:2)\n    at run (/app/b.js:3:4)')).toBe(
      'at handle (/app/a.js:1:2)',
    )
  })
})

// ------------------------------------------------------------------------------------------- fresh

describe('Fresh', () => {
  /** Some of everything, in order. */
  const draw = (fresh: Fresh) => ({
    numbers: fresh.list(20, () => fresh.int(0, 1_000_000)),
    words: [fresh.word(), fresh.unique('p-'), fresh.name(), fresh.city(), fresh.email()],
    rest: [fresh.string(12), fresh.bytes(12).toString('hex'), fresh.oneIn(), fresh.pick([1, 2, 3])],
    order: fresh.shuffle([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  })

  test('draws the same from the same seed and label', () => {
    expect(draw(new Fresh(7, 'C1'))).toEqual(draw(new Fresh(7, 'C1')))
  })

  test.each([
    ['another seed', new Fresh(8, 'C1')],
    ['another label', new Fresh(7, 'C2')],
    ['no label', new Fresh(7)],
  ])('draws something else from %s', (_, other) => {
    const [one, two] = [draw(new Fresh(7, 'C1')), draw(other)]
    expect(two.numbers).not.toEqual(one.numbers)
    expect(two.words).not.toEqual(one.words)
    expect(two.order).not.toEqual(one.order)
  })

  test('draws whole numbers up to both bounds, and none beyond', () => {
    const fresh = new Fresh(1)
    const drawn = (min: number, max: number) =>
      [...new Set(fresh.list(500, () => fresh.int(min, max)))].sort((a, b) => a - b)
    expect(drawn(3, 5)).toEqual([3, 4, 5])
    expect(drawn(-2, 1)).toEqual([-2, -1, 0, 1])
    expect(drawn(9, 9)).toEqual([9])
  })

  test('picks every item, and shuffles without losing or changing the items', () => {
    const fresh = new Fresh(2)
    const items = ['a', 'b', 'c'] as const
    expect(new Set(fresh.list(200, () => fresh.pick(items)))).toEqual(new Set(items))
    const orders = new Set(fresh.list(300, () => fresh.shuffle(items).join('')))
    expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    expect(items).toEqual(['a', 'b', 'c'])
  })

  test('is true about once in n times', () => {
    const fresh = new Fresh(3)
    const share = fresh.list(4000, () => fresh.oneIn(4)).filter(Boolean).length / 4000
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.3)
  })

  test('makes names that differ, of the letters it promises', () => {
    const fresh = new Fresh(4)
    const names = fresh.list(2000, () => fresh.unique())
    expect(new Set(names).size).toBe(2000)
    expect(fresh.word(4)).toMatch(/^[a-z]{8}$/)
    expect(fresh.name()).toMatch(/^[A-Z][a-z]{3,5}$/)
    expect(fresh.email()).toMatch(/^[a-z0-9]+@example\.test$/)
    expect(fresh.string(200, 'QX')).toMatch(/^[QX]{200}$/)
    expect(new Set(fresh.bytes(5000)).size, 'different bytes').toBe(256)
    const cities = fresh.list(200, () => fresh.city()).join('')
    expect(cities, 'cities with letters beyond ASCII').toMatch(/[^ -~]/)
  })
})
