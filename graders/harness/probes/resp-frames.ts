import type { Frame, Framer } from './proxy.ts'

const CRLF = Buffer.from('\r\n')

/** Reads one command; undefined while it is not complete. */
function readCommand(bytes: Buffer): { length: number; words: string[] } | undefined {
  const lineEnd = bytes.indexOf(CRLF)
  if (lineEnd < 0) return undefined
  const first = bytes.toString('latin1', 0, lineEnd)
  if (!first.startsWith('*')) return { length: lineEnd + 2, words: first.split(' ') }
  const words: string[] = []
  let at = lineEnd + 2
  for (let index = 0; index < Number(first.slice(1)); index++) {
    const end = bytes.indexOf(CRLF, at)
    if (end < 0) return undefined
    const size = Number(bytes.toString('latin1', at + 1, end))
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
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      const command = readCommand(rest)
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
