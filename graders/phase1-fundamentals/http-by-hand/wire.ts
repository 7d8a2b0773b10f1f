import { connect } from 'node:net'
import type { ServerSubject } from '../../harness/index.ts'
import { type Answer, readAnswer } from './answers.ts'
import type { Message } from './requests.ts'

/** Where the bytes of a conversation are cut: before this byte of this message. */
export type Cut = { message: number; byte: number }

/** Requests on one connection, and how they are sent. */
export type Conversation = {
  messages: Message[]
  /** Each request waits for the answer before; otherwise all are sent at once, but for the cuts. */
  waits?: boolean
  cuts?: Cut[]
  /** The client closes its side behind its last byte. */
  lastWord?: boolean
  /** What is awaited before the second piece is sent. */
  hold?: Promise<unknown>
}

/** What came back. */
export type Heard = {
  answers: Answer[]
  /** Everything, as it came. */
  bytes: Buffer
  /** Why reading ended before the connection did, and the rule that is broken. */
  wrong?: { text: string; rule: string }
  /** `silent`: nothing came for a while in which others were served; `open`: we read no further. */
  end: 'closed' | 'reset' | 'silent' | 'open'
  /** What came behind the last answer. */
  rest: Buffer
}

/** A piece of what is sent, and how many answers are awaited before it. */
type Piece = { bytes: Buffer; after: number }

/** The pieces of a conversation, in order. */
export function piecesOf({ messages, waits, cuts = [] }: Conversation): Piece[] {
  const pieces: Piece[] = []
  let joined: Buffer[] = []
  const end = (after: number) => {
    if (joined.length > 0) pieces.push({ bytes: Buffer.concat(joined), after })
    joined = []
  }
  for (const [index, { bytes }] of messages.entries()) {
    const after = waits ? index : 0
    const at = cuts
      .filter(({ message, byte }) => message === index && byte < bytes.length)
      .map(({ byte }) => byte)
      .toSorted((a, b) => a - b)
    if (waits) end(index - 1)
    let begin = 0
    for (const byte of at) {
      if (byte > begin) joined.push(bytes.subarray(begin, byte))
      end(after)
      begin = byte
    }
    joined.push(bytes.subarray(begin))
  }
  end(waits ? messages.length - 1 : 0)
  return pieces
}

/** How many requests of others are answered before a silent connection is given up; some 50 ms each. */
export type Patience = number
const LONG: Patience = 40

/** Has one request answered on a connection of its own. Rejects where that fails within 20 s. */
function ask(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const timer = setTimeout(() => socket.destroy(new Error('no answer within 20 s')), 20_000)
    socket.on('error', () => {})
    socket.on('close', (failed) => {
      clearTimeout(timer)
      if (failed) reject(new Error('no answer'))
      else resolve()
    })
    socket.on('data', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.write('GET /hello.txt HTTP/1.1\r\nHost: depot.test\r\nConnection: close\r\n\r\n')
  })
}

/**
 * Waits until a connection has been silent for so long that nothing more can be expected: the server
 * has served others meanwhile, so that it is neither slow nor the machine busy.
 * @param silentFor ms since the last byte
 */
async function untilGivenUp(
  port: number,
  patience: Patience,
  silentFor: () => number,
  isOver: () => boolean,
): Promise<void> {
  let served = 0
  let failed = 0
  while (!isOver() && served < patience && failed < 3) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (silentFor() < 50) {
      served = 0
      continue
    }
    await ask(port).then(
      () => {
        served += 1
      },
      () => {
        failed += 1
      },
    )
  }
}

/** Has a conversation with the server: sends its pieces, reads the answers, and waits for the end. */
export async function talk(
  server: ServerSubject,
  conversation: Conversation,
  patience: Patience = LONG,
): Promise<Heard> {
  const { messages, lastWord = false, hold } = conversation
  const socket = connect({
    port: server.port,
    host: '127.0.0.1',
    noDelay: true,
    allowHalfOpen: true,
  })
  const answers: Answer[] = []
  const all: Buffer[] = []
  let rest = Buffer.alloc(0)
  let wrong: Heard['wrong']
  let end: Heard['end'] | undefined
  let last = performance.now()
  let wake = () => {}
  let holding = hold !== undefined

  socket.on('data', (piece: Buffer) => {
    last = performance.now()
    all.push(piece)
    rest = Buffer.concat([rest, piece])
    while (!wrong && answers.length < messages.length && rest.length > 0) {
      const at = answers.length
      const reading = readAnswer(rest, messages[at]!.method, messages[at - 1]?.method)
      if ('more' in reading) break
      if ('wrong' in reading) {
        wrong = { text: reading.wrong, rule: reading.rule }
        break
      }
      answers.push(reading.answer)
      rest = rest.subarray(reading.used)
    }
    wake()
  })
  const over = (how: Heard['end']) => {
    end ??= how
    wake()
  }
  socket.on('end', () => over('closed'))
  // Only a reset: nothing else goes wrong on this machine.
  socket.on('error', () => over('reset'))
  socket.on('close', () => over('closed'))

  const until = async (reached: () => boolean) => {
    while (!reached() && !wrong && !end) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  const work = async () => {
    for (const [index, { bytes, after }] of piecesOf(conversation).entries()) {
      await until(() => answers.length >= after)
      if (wrong || end) return
      // Long enough for the other side to read what came.
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, 1))
      if (index === 1) {
        await hold
        holding = false
      }
      socket.write(bytes)
      last = performance.now()
    }
    if (lastWord) socket.end()
    await until(() => false)
  }
  let done = false
  const isOver = () => done
  const working = work().finally(() => {
    done = true
  })
  await Promise.race([
    working,
    untilGivenUp(
      server.port,
      patience,
      () => (holding ? 0 : performance.now() - last),
      isOver,
    ).then(async () => {
      if (!done) over('silent')
      await working
    }),
  ])
  socket.destroy()
  return { answers, bytes: Buffer.concat(all), wrong, end: end ?? 'open', rest }
}
