import { type Framer, framerOf, NoMessage } from './frame.ts'

/** Commands that are followed by a value, and which of their words says how many bytes it has. */
const LENGTH_AT: Record<string, number> = {
  set: 4,
  add: 4,
  replace: 4,
  append: 4,
  prepend: 4,
  cas: 4,
  ms: 2,
}
/** The longest line that is waited for. */
const LONGEST_LINE = 8192
/** How a message of the binary protocol begins. */
const BINARY = 0x80

/** Reads one command: its line, and the value behind it; undefined while it is not complete. */
function readCommand(bytes: Buffer): { length: number; text: string } | undefined {
  const lineEnd = bytes.indexOf('\n')
  const isLong = bytes.length > LONGEST_LINE && (lineEnd < 0 || lineEnd >= LONGEST_LINE)
  if (bytes[0] === BINARY || isLong) throw new NoMessage('not the text protocol')
  if (lineEnd < 0) return undefined
  const text = bytes.toString('utf8', 0, lineEnd).trimEnd()
  const words = text.split(/ +/)
  const size = words[LENGTH_AT[words[0]!] ?? -1]
  // A line that the server will refuse may say anything.
  const value = size !== undefined && /^\d{1,9}$/.test(size) ? Number(size) + 2 : 0
  const length = lineEnd + 1 + value
  return bytes.length < length ? undefined : { length, text }
}

/** Reads what a memcached client sends: a line each, without values. The binary protocol is passed on unread. */
export const memcachedFrames = (): Framer => framerOf(readCommand)
