import { type Framer, framerOf, NoMessage } from './frame.ts'

const CRLF = Buffer.from('\r\n')

/** A size or count as the protocol writes it. @throws NoMessage for anything else */
function readCount(text: string, mark: string): number {
  const count = text.startsWith(mark) ? Number(text.slice(1)) : Number.NaN
  if (!Number.isInteger(count) || count < 0) throw new NoMessage('not RESP')
  return count
}

/** Reads one command; undefined while it is not complete. @throws NoMessage where it is none */
function readCommand(bytes: Buffer): { length: number; words: string[] } | undefined {
  const lineEnd = bytes.indexOf(CRLF)
  if (lineEnd < 0) return undefined
  const first = bytes.toString('latin1', 0, lineEnd)
  if (!first.startsWith('*')) return { length: lineEnd + 2, words: first.split(' ') }
  const count = readCount(first, '*')
  const words: string[] = []
  let at = lineEnd + 2
  for (let index = 0; index < count; index++) {
    const end = bytes.indexOf(CRLF, at)
    if (end < 0) return undefined
    const size = readCount(bytes.toString('latin1', at, end), '$')
    const next = end + 2 + size + 2
    if (bytes.length < next) return undefined
    words.push(bytes.toString('utf8', end + 2, end + 2 + size))
    at = next
  }
  return { length: at, words }
}

/** Reads what a Redis client sends: arrays of bulk strings, and inline commands. */
export function respFrames(): Framer {
  return framerOf((bytes) => {
    const command = readCommand(bytes)
    if (!command) return undefined
    const [name = '', ...args] = command.words
    return { length: command.length, text: [name.toUpperCase(), ...args].join(' ') }
  })
}
