import { type Framer, framerOf } from './frame.ts'

const COM_QUERY = 0x03
const COM_STMT_PREPARE = 0x16
const COM_STMT_EXECUTE = 0x17
const COM_STMT_BULK_EXECUTE = 0xfa
/** In place of a number: the statement that was prepared last, which MariaDB's clients may mean. */
const LAST_PREPARED = 0xffff_ffff
const LONGEST = 0xff_ffff

/**
 * Reads what a client of MariaDB or MySQL sends: queries as text, and executions of statements that
 * were prepared before. See "Clientserver Protocol" in MariaDB's manual. Compression is not read.
 */
export function mysqlFrames(): Framer {
  const prepared: string[] = []
  // A packet of the greatest length goes on in the next one.
  let continued = false

  const statementOf = (packet: Buffer): string | undefined => {
    // Greeting and login count on from the server's numbers; a command begins with 0.
    if (packet[3] !== 0 || packet.length < 5) return undefined
    const command = packet[4]
    if (command === COM_QUERY) return packet.toString('utf8', 5)
    if (command === COM_STMT_PREPARE) prepared.push(packet.toString('utf8', 5))
    if (command !== COM_STMT_EXECUTE && command !== COM_STMT_BULK_EXECUTE) return undefined
    if (packet.length < 9) return ''
    const number = packet.readUInt32LE(5)
    // The server's answer, which says the number, is not read: servers count from 1.
    return (number === LAST_PREPARED ? prepared.at(-1) : prepared[number - 1]) ?? ''
  }

  return framerOf((bytes) => {
    if (bytes.length < 4) return undefined
    const length = 4 + bytes.readUIntLE(0, 3)
    if (bytes.length < length) return undefined
    const text = continued ? undefined : statementOf(bytes.subarray(0, length))
    continued = length - 4 === LONGEST
    return { length, text }
  })
}
