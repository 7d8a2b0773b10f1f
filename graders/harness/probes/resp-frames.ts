import type { Frame, Framer } from './frame.ts'

const CRLF = Buffer.from('\r\n')

/** A size or count as the protocol writes it. @throws RangeError for anything else */
function readCount(text: string, mark: string): number {
  const count = text.startsWith(mark) ? Number(text.slice(1)) : Number.NaN
  if (!Number.isInteger(count) || count < 0) throw new RangeError('not RESP')
  return count
}

/** Reads one command; undefined while it is not complete. @throws RangeError where it is none */
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
  let rest = Buffer.alloc(0)
  let lost = false
  return (chunk) => {
    if (lost) return [{ bytes: chunk }]
    rest = Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      let command: ReturnType<typeof readCommand>
      try {
        command = readCommand(rest)
      } catch {
        // A subject may send anything: what is no RESP is for the server to refuse.
        lost = true
        return [...frames, { bytes: rest }]
      }
      if (!command) return frames
      const [name = '', ...args] = command.words
      frames.push({
        bytes: rest.subarray(0, command.length),
        text: [name.toUpperCase(), ...args].join(' '),
      })
      rest = rest.subarray(command.length)
    }
  }
}
