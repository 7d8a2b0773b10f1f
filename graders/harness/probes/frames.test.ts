import { BSON } from 'mongodb'
import { expect, test } from 'vitest'
import type { Framer } from './frame.ts'
import { memcachedFrames } from './memcached-frames.ts'
import { mongoFrames } from './mongo-frames.ts'
import { mysqlFrames } from './mysql-frames.ts'

/** A message of MongoDB's: the command's document, and lists that belong to it. */
function opMsg(command: object, list?: { name: string; documents: object[] }): Buffer {
  const size = (bytes: number) => {
    const buffer = Buffer.alloc(4)
    buffer.writeInt32LE(bytes)
    return buffer
  }
  const parts: Uint8Array[] = []
  if (list) {
    const body = Buffer.concat([
      Buffer.from(`${list.name}\0`),
      ...list.documents.map((document) => BSON.serialize(document)),
    ])
    parts.push(Buffer.from([1]), size(body.length + 4), body)
  }
  parts.push(Buffer.from([0]), BSON.serialize(command))
  const body = Buffer.concat([Buffer.alloc(4), ...parts])
  return Buffer.concat([size(16 + body.length), size(1), size(0), size(2013), body])
}

function packet(sequence: number, ...body: (number | string)[]): Buffer {
  const bytes = Buffer.concat(
    body.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))),
  )
  const header = Buffer.alloc(4)
  header.writeUIntLE(bytes.length, 0, 3)
  header[3] = sequence
  return Buffer.concat([header, bytes])
}

/** What a framer reads, whatever the pieces that the bytes come in; they must all be passed on. */
function textsOf(make: () => Framer, stream: Buffer, pieces = [1, 7, stream.length]): string[] {
  const results = pieces.map((length) => {
    const framer = make()
    const frames = []
    for (let at = 0; at < stream.length; at += length) {
      frames.push(...framer(stream.subarray(at, at + length)))
    }
    expect(Buffer.concat(frames.map(({ bytes }) => bytes))).toEqual(stream)
    return frames.flatMap(({ text }) => (text === undefined ? [] : [text]))
  })
  for (const result of results) expect(result).toEqual(results[0])
  return results[0]!
}

test('MongoDB: a command is told by its name and its collection', () => {
  const stream = Buffer.concat([
    opMsg({ insert: 'timelines', $db: 'x' }, { name: 'documents', documents: [{ a: 1 }] }),
    opMsg({ getMore: 7n, collection: 'timelines', $db: 'x' }),
    opMsg({ find: 'Łódź', filter: {}, $db: 'x' }),
  ])
  expect(textsOf(mongoFrames, stream)).toEqual(['insert timelines', 'getMore', 'find Łódź'])
})

test('MongoDB: what the driver sends by itself is passed on and not told', () => {
  const stream = Buffer.concat([opMsg({ hello: 1 }), opMsg({ ping: 1 }), opMsg({ count: 'a' })])
  expect(textsOf(mongoFrames, stream)).toEqual(['count a'])
})

test('MongoDB: what is no message is passed on', () => {
  const stream = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(textsOf(mongoFrames, stream)).toEqual([])
})

test('MongoDB: a section that states a wrong size is passed on and not told', () => {
  const message = opMsg({ insert: 'a' })
  message.writeInt32LE(0, 21)
  expect(textsOf(mongoFrames, message)).toEqual([])
})

test('MariaDB: a query is told, the login is not', () => {
  const login = packet(1, 'user\0password')
  const stream = Buffer.concat([login, packet(0, 3, 'select 1'), packet(0, 0x0e), packet(0, 1)])
  expect(textsOf(mysqlFrames, stream)).toEqual(['select 1'])
})

test('MariaDB: a prepared statement is told when it runs, by its number or as the last one', () => {
  const stream = Buffer.concat([
    packet(0, 0x16, 'select ?'),
    packet(0, 0x16, 'select ? + 1'),
    packet(0, 0x17, 1, 0, 0, 0, 0),
    packet(0, 0x17, 0xff, 0xff, 0xff, 0xff, 0),
    packet(0, 0x17, 9, 0, 0, 0, 0),
  ])
  expect(textsOf(mysqlFrames, stream)).toEqual(['select ?', 'select ? + 1', ''])
})

test('memcached: a command is told by its line, and what is stored may look like one', () => {
  const value = 'get x\r\nquit\r\n'
  const stream = Buffer.from(
    `set a:1 0 60 ${value.length}\r\n${value}\r\nget a:1 a:2\r\nms b 2 T60\r\nhi\r\nset bad\r\nversion\r\n`,
  )
  expect(textsOf(memcachedFrames, stream)).toEqual([
    `set a:1 0 60 ${value.length}`,
    'get a:1 a:2',
    'ms b 2 T60',
    'set bad',
    'version',
  ])
})

test('memcached: the binary protocol goes through unread', () => {
  const stream = Buffer.from([0x80, 0x0b, ...new Array<number>(22).fill(0)])
  expect(textsOf(memcachedFrames, stream)).toEqual([])
})
