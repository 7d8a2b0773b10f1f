import type { Data, RecordSet } from './world.ts'

// Messages as real servers write them: dns-packet writes every name in full, and so would not show
// whether a program can read names that point at others (RFC 1035, section 4.1.4).

const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, MX: 15, TXT: 16, AAAA: 28 } as const
export const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const

export type Message = {
  id: number
  response: boolean
  rcode: keyof typeof RCODES
  authoritative?: boolean
  truncated?: boolean
  question: { name: string; type: string | number }
  answers: RecordSet[]
  authorities?: RecordSet[]
  additionals?: RecordSet[]
}

class Writer {
  readonly #bytes: number[] = []
  readonly #names = new Map<string, number>()

  get bytes(): Buffer {
    return Buffer.from(this.#bytes)
  }

  byte(...values: number[]): void {
    this.#bytes.push(...values)
  }

  word(value: number): void {
    this.byte((value >> 8) & 255, value & 255)
  }

  long(value: number): void {
    this.word(value >>> 16)
    this.word(value & 0xffff)
  }

  /** Writes a name, as a pointer from where it ends as one before did. */
  name(name: string): void {
    const labels = name === '' ? [] : name.split('.')
    for (let at = 0; at < labels.length; at++) {
      const rest = labels.slice(at).join('.')
      const known = this.#names.get(rest)
      if (known !== undefined) {
        this.word(0xc000 | known)
        return
      }
      if (this.#bytes.length < 0x3fff) this.#names.set(rest, this.#bytes.length)
      const label = Buffer.from(labels[at]!, 'latin1')
      this.byte(label.length, ...label)
    }
    this.byte(0)
  }

  /** Writes what `write` does after its own length. */
  sized(write: () => void): void {
    const at = this.#bytes.length
    this.word(0)
    write()
    const length = this.#bytes.length - at - 2
    this.#bytes[at] = length >> 8
    this.#bytes[at + 1] = length & 255
  }
}

function ipv6(text: string): number[] {
  const [head = '', tail] = text.split('::')
  const words = (part: string) =>
    part
      .split(':')
      .filter(Boolean)
      .map((word) => Number.parseInt(word, 16))
  const [before, after] = [words(head), words(tail ?? '')]
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  return [...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 255])
}

function writeData(
  writer: Writer,
  type: RecordSet['type'],
  data: Data,
  spell: (name: string) => string,
) {
  if (type === 'A') return writer.byte(...String(data).split('.').map(Number))
  if (type === 'AAAA') return writer.byte(...ipv6(String(data)))
  if (type === 'CNAME' || type === 'NS') return writer.name(spell(String(data)))
  if (type === 'MX') {
    const { preference, exchange } = data as { preference: number; exchange: string }
    writer.word(preference)
    return writer.name(spell(exchange))
  }
  if (type === 'TXT') {
    for (const text of data as string[]) {
      const bytes = Buffer.from(text)
      writer.byte(bytes.length, ...bytes)
    }
    return
  }
  const [first, second, ...numbers] = data as string[]
  writer.name(spell(first!))
  writer.name(spell(second!))
  for (const number of numbers) writer.long(Number(number))
}

/** Returns the message as bytes. @param spell how names are written, but for that of the question */
export function encodeMessage(message: Message, spell: (name: string) => string): Buffer {
  const writer = new Writer()
  const sections = [message.answers, message.authorities ?? [], message.additionals ?? []]
  const flags =
    (message.response ? 0x8000 : 0) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? 0x0200 : 0) |
    RCODES[message.rcode]
  const { name, type } = message.question
  for (const word of [message.id, flags, 1]) writer.word(word)
  for (const sets of sections) writer.word(sets.reduce((sum, { data }) => sum + data.length, 0))
  writer.name(name)
  writer.word(typeof type === 'number' ? type : (TYPES[type as keyof typeof TYPES] ?? 255))
  writer.word(1)
  for (const set of sections.flat()) {
    for (const data of set.data) {
      writer.name(spell(set.name))
      writer.word(TYPES[set.type])
      writer.word(1)
      writer.long(set.ttl)
      writer.sized(() => writeData(writer, set.type, data, spell))
    }
  }
  return writer.bytes
}

/** A question that arrived; undefined where it is none. */
export function readQuestion(
  bytes: Buffer,
): { id: number; recursion: boolean; name: string; type: string | number } | undefined {
  if (bytes.length < 12 || bytes[2]! & 0x80 || bytes.readUInt16BE(4) !== 1) return undefined
  const labels: string[] = []
  let at = 12
  for (; bytes[at]; at += bytes[at]! + 1) {
    if (bytes[at]! > 63 || at + bytes[at]! >= bytes.length) return undefined
    labels.push(bytes.toString('latin1', at + 1, at + 1 + bytes[at]!))
  }
  if (at + 5 > bytes.length) return undefined
  const number = bytes.readUInt16BE(at + 1)
  const [type = number] = Object.entries(TYPES).find(([, value]) => value === number) ?? []
  const recursion = (bytes[2]! & 1) === 1
  return { id: bytes.readUInt16BE(0), recursion, name: labels.join('.'), type }
}
