import { type Framer, framerOf, NoMessage } from './frame.ts'

const SSL_REQUEST = 80_877_103
const GSS_REQUEST = 80_877_104

function cString(bytes: Buffer, from: number): { text: string; next: number } {
  const end = bytes.indexOf(0, from)
  return { text: bytes.toString('utf8', from, end), next: end + 1 }
}

/**
 * Reads what a PostgreSQL client sends: simple queries (`Q`), and executions (`E`) of statements
 * that were parsed (`P`) and bound (`B`) before. See "Frontend/Backend Protocol" in its manual.
 */
export function postgresFrames(): Framer {
  let started = false
  const prepared = new Map<string, string>()
  const portals = new Map<string, string>()

  const statementOf = (message: Buffer): string | undefined => {
    const type = String.fromCharCode(message[0]!)
    if (type === 'Q') return cString(message, 5).text
    if (type === 'P') {
      const name = cString(message, 5)
      prepared.set(name.text, cString(message, name.next).text)
    }
    if (type === 'B') {
      const portal = cString(message, 5)
      portals.set(portal.text, prepared.get(cString(message, portal.next).text) ?? '')
    }
    if (type === 'E') return portals.get(cString(message, 5).text) ?? ''
    return undefined
  }

  return framerOf((bytes) => {
    // The first messages have no type byte, only their length.
    const header = started ? 1 : 0
    if (bytes.length < header + 4) return undefined
    const stated = bytes.readUInt32BE(header)
    if (stated < (started ? 4 : 8)) throw new NoMessage('not PostgreSQL')
    const length = header + stated
    if (bytes.length < length) return undefined
    if (started) return { length, text: statementOf(bytes.subarray(0, length)) }
    const code = bytes.readUInt32BE(4)
    started = code !== SSL_REQUEST && code !== GSS_REQUEST
    return { length }
  })
}
