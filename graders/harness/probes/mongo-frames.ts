import { type Framer, framerOf, NoMessage } from './frame.ts'

const HEADER = 16
const OP_MSG = 2013
/** The server refuses longer ones. */
const LONGEST = 48_000_000
const BSON_STRING = 0x02
/** Drivers send these by themselves, when they like: they are no requests of the program's. */
const OF_THE_DRIVER = new Set([
  'hello',
  'isMaster',
  'ismaster',
  'ping',
  'saslStart',
  'saslContinue',
  'endSessions',
  'killCursors',
])

/** The first element of a document: in a command its name and, as a rule, the collection's. */
function commandOf(document: Buffer): string | undefined {
  const end = document.indexOf(0, 5)
  if (document.length < 6 || end < 0) return undefined
  const name = document.toString('utf8', 5, end)
  if (OF_THE_DRIVER.has(name)) return undefined
  if (document[4] !== BSON_STRING || document.length < end + 5) return name
  const size = document.readInt32LE(end + 1)
  return `${name} ${document.toString('utf8', end + 5, end + 4 + size)}`
}

/**
 * Reads what a MongoDB client sends: commands in OP_MSG, told as their name and collection, such as
 * `update timelines`. What drivers send by themselves (`hello`, `ping`, logging in) has no text.
 * Messages that are compressed, and those of before MongoDB 3.6, are passed on unread.
 */
export function mongoFrames(): Framer {
  const statementOf = (message: Buffer): string | undefined => {
    if (message.readInt32LE(12) !== OP_MSG) return undefined
    // Flags, then sections: kind 0 is the command's document, kind 1 a list that belongs to it.
    for (let at = HEADER + 4; at + 5 <= message.length; ) {
      const kind = message[at]
      const size = message.readInt32LE(at + 1)
      if (size < 5) return undefined
      if (kind === 0) return commandOf(message.subarray(at + 1, at + 1 + size))
      at += 1 + size
    }
    return undefined
  }

  return framerOf((bytes) => {
    if (bytes.length < HEADER) return undefined
    const length = bytes.readInt32LE(0)
    if (length < HEADER || length > LONGEST) throw new NoMessage('not MongoDB')
    if (bytes.length < length) return undefined
    return { length, text: statementOf(bytes.subarray(0, length)) }
  })
}
