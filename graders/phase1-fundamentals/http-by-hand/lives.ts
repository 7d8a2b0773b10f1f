import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'
import { type Fresh, SubjectError } from '../../harness/index.ts'
import { deathOf, expectRight, fail, MANY, type World } from './agree.ts'
import { anyRequest, chunkedBody, ended } from './draw.ts'
import { complaintOf } from './judge.ts'
import { broken, echo, get, type Message } from './requests.ts'
import type { Site } from './site.ts'
import { type Conversation, talk } from './wire.ts'

const SIZE = 'The request line and headers may take up to 32 KiB together, the body up to 1 MiB.'
const TOO_LARGE =
  'the request line and headers take more than 32 KiB, even if they have not ended yet'
const KIB = 1024

/** Heads that are as large as they may be, and larger. */
export function heads(fresh: Fresh, site: Site): Conversation[] {
  const wants = { rule: SIZE, odd: SIZE, statuses: [200] }
  const filled = (bytes: number, line: number) => {
    const lines: string[] = []
    for (let left = bytes; left > 0; left -= line) {
      const name = `X-${fresh.string(4)}: `
      lines.push(`${name}${'a'.repeat(Math.max(0, Math.min(line, left) - name.length - 2))}`)
    }
    return lines
  }
  const good = (parts: object = {}) => get(site.plain, { connection: 'close', wants, ...parts })
  const long = { ...site.plain, target: `/hello.txt?${'q'.repeat(30 * KIB)}` }
  const large = (text: string) => broken(text, TOO_LARGE, [431, 414, 400], { mayReset: true })
  const begun = 'GET /hello.txt HTTP/1.1\r\nHost: depot.test\r\n'
  const accepted: Conversation[] = [
    { messages: [good({ more: filled(32_600, 32_600) })] },
    { messages: [good({ more: filled(32_600, 60) })] },
    { messages: [get(long, { connection: 'close', wants })] },
    {
      messages: [
        get(site.plain, { more: filled(20 * KIB, 500), wants }),
        good({ more: filled(20 * KIB, 700) }),
      ],
    },
    {
      messages: [
        echo({ bytes: fresh.bytes(20 * KIB) }, { more: filled(20 * KIB, 900), wants }),
        good({ more: filled(30 * KIB, 4000) }),
      ],
    },
  ]
  const refused = [
    large(`${begun}${filled(33_200, 33_200).join('\r\n')}\r\n\r\n`),
    large(`${begun}${filled(33_200, 50).join('\r\n')}\r\n\r\n`),
    large(`${begun}${filled(60 * KIB, 1000).join('\r\n')}\r\n\r\n`),
    large(`${begun}X-Endless: ${'a'.repeat(40 * KIB)}`),
    large(`${begun}${filled(40 * KIB, 80).join('\r\n')}\r\n`),
    large(`GET /hello.txt?${'q'.repeat(40 * KIB)}`),
    large(`GET /hello.txt?${'q'.repeat(33_200)} HTTP/1.1\r\nHost: depot.test\r\n\r\n`),
    large('a'.repeat(40 * KIB)),
  ]
  return [...accepted, ...refused.map((message): Conversation => ({ messages: [message] }))]
}

/** Clients that close their side behind their last request. */
export function lastWords(fresh: Fresh, site: Site): Conversation[] {
  return fresh.list(20, (index) => {
    const messages = ended(fresh, fresh.int(1, 4), (parts) => anyRequest(fresh, site, parts))
    if (index % 3 === 0) messages.unshift(get(site.large))
    // No buffer holds it: the client's side is closed long before the answers behind it are due.
    if (index === 7) messages.unshift(get(site.huge))
    return { messages, lastWord: true, waits: index % 5 === 1 }
  })
}

async function open({ server }: World): Promise<Socket> {
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {})
  return socket
}

const SILENT = 40
const HALF = 24

/** Others are served while many connections say nothing, or half a request; and those are served when they go on. */
export async function crowds(world: World, fresh: Fresh): Promise<void> {
  const { site, server } = world
  const silent = await Promise.all(Array.from({ length: SILENT }, () => open(world)))
  let goOn = () => {}
  const hold = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const halves = fresh.list(HALF, (index): Conversation => {
    const message =
      index % 3 === 0
        ? echo(chunkedBody(fresh), { connection: 'close' })
        : anyRequest(fresh, site, { connection: 'close' })
    return {
      messages: [message],
      cuts: [{ message: 0, byte: fresh.int(1, message.bytes.length - 1) }],
      hold,
    }
  })
  const heard = Promise.all(halves.map((one) => talk(server, one)))
  const before = `${SILENT} other connections are open and silent, and ${HALF} have sent a part of a request.\n\n`
  try {
    await expectRight(
      world,
      fresh.list(20, () => ({
        messages: ended(fresh, 2, (parts) => anyRequest(fresh, site, parts)),
      })),
      { note: before, rule: MANY },
    )
  } finally {
    goOn()
    await heard
    for (const socket of silent) socket.destroy()
  }
  for (const [index, one] of (await heard).entries()) {
    const complaint = complaintOf(halves[index]!, one)
    if (complaint) {
      fail(
        { ...complaint, rule: MANY },
        { conversation: halves[index]!, heard: one, complaint },
        before,
      )
    }
  }
}

/** Clients that hang up in the middle of something. */
export async function vanish(world: World, fresh: Fresh): Promise<void> {
  const { server, site } = world
  const head = 'POST /echo HTTP/1.1\r\nHost: depot.test\r\n'
  const large = get(site.large).bytes
  const ways: [string, Buffer][] = [
    ['before it had sent anything', Buffer.alloc(0)],
    ['in the middle of a request line', Buffer.from('GET /hel')],
    ['in the middle of a header', Buffer.from(`${head}X-Tra`)],
    ['in the middle of a body', Buffer.from(`${head}Content-Length: 500\r\n\r\nabc`)],
    ['in the middle of a chunk', Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n50\r\nabc`)],
    ['before it had read the answer', Buffer.concat([large, large, large, large])],
    ['behind a request', get(site.plain).bytes],
    ['behind half a request', Buffer.concat([get(site.plain).bytes, Buffer.from('GET /')])],
  ]
  const after: Message[] = [get(site.plain, { connection: 'close' })]
  for (const [when, bytes] of fresh.shuffle(ways)) {
    for (const how of ['reset', 'close', 'late reset'] as const) {
      const socket = await open(world)
      if (bytes.length > 0) socket.write(bytes)
      // The answer has begun to arrive, or others have been served meanwhile.
      if (how === 'late reset') await talk(server, { messages: after })
      if (how === 'close') socket.destroySoon()
      else socket.resetAndDestroy()
      const said = how === 'close' ? 'closed' : 'reset'
      for (let times = 0; times < 2; times++) {
        const heard = await talk(server, { messages: after })
        const complaint = complaintOf({ messages: after }, heard)
        const death = complaint && (await deathOf(server))
        if (death) {
          throw new SubjectError(
            'crash',
            `The server ${death} when a client ${said} its connection ${when}.\nThe rule: A client that hangs up, at whatever moment, does the server no harm.`,
          )
        }
        if (complaint) {
          expect.fail(
            `A client ${said} its connection ${when}, and then another was not served: ${complaint.text}\nThe rule: A client that hangs up, at whatever moment, does the server no harm.`,
          )
        }
      }
    }
  }
}
