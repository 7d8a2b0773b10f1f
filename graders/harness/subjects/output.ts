import { printable } from '../evidence.ts'

const HEAD = 16_384
const TAIL = 49_152

/** What a subject printed: its beginning and its end, the middle left out where it is long. */
export class OutputBuffer {
  #head = ''
  #tail = ''
  #dropped = 0

  push(chunk: Buffer): void {
    let text = chunk.toString('utf8')
    if (this.#head.length < HEAD) {
      const room = HEAD - this.#head.length
      this.#head += text.slice(0, room)
      text = text.slice(room)
    }
    this.#tail += text
    if (this.#tail.length > 2 * TAIL) {
      this.#dropped += this.#tail.length - TAIL
      this.#tail = this.#tail.slice(-TAIL)
    }
  }

  /** @param hide text to leave out, such as the path of the temporary copy */
  read(hide?: { from: string; to: string }): string {
    const gap = this.#dropped > 0 ? `\n[… ${this.#dropped} characters left out …]\n` : ''
    const text = printable(this.#head + gap + this.#tail, HEAD + TAIL + 200)
    return hide ? text.replaceAll(hide.from, hide.to) : text
  }
}
