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
const LONG: Patience = 25

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
 * Has a server answer somebody else again and again while conversations go on, one after the other: what
 * stays silent while others are served has been forgotten, however slow the server or the machine is.
 */
class Pulse {
  readonly #port: number
  readonly #listeners = new Set<(served: boolean) => void>()
  #beats = false

  constructor(port: number) {
    this.#port = port
  }

  /** Calls back after each beat. @returns what ends that */
  listen(listener: (served: boolean) => void): () => void {
    this.#listeners.add(listener)
    if (!this.#beats) void this.#beat()
    return () => this.#listeners.delete(listener)
  }

  /** Beats while somebody listens, never twice at a time. */
  async #beat(): Promise<void> {
    this.#beats = true
    while (this.#listeners.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (this.#listeners.size === 0) break
      const served = await ask(this.#port).then(
        () => true,
        () => false,
      )
      for (const listener of this.#listeners) listener(served)
    }
    this.#beats = false
  }
}

const pulses = new Map<number, Pulse>()

function pulseOf(port: number): Pulse {
  const pulse = pulses.get(port) ?? new Pulse(port)
  pulses.set(port, pulse)
  return pulse
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
  let beats = 0
  const deafen = pulseOf(server.port).listen((served) => {
    const silent = !holding && performance.now() - last > 50
    beats = silent && served ? beats + 1 : 0
    if (beats >= patience || (silent && !served)) over('silent')
  })
  await work()
  deafen()
  socket.destroy()
  return { answers, bytes: Buffer.concat(all), wrong, end: end ?? 'open', rest }
}
