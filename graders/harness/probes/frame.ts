/** A piece of the stream to the server; `text` where it runs a statement. */
export type Frame = { bytes: Buffer; text?: string }

/** Cuts the bytes of one connection into frames; keeps what is not complete yet. */
export type Framer = (chunk: Buffer) => Frame[]

/** Thrown where bytes are no message of the protocol. */
export class NoMessage extends Error {
  override name = 'NoMessage'
}

/**
 * Makes a framer of what reads one message.
 * @param read gets the bytes that are there, and returns how many the first message has, with the text of
 *   the statement that it runs; undefined while it is not complete. Where it throws `NoMessage`, the rest
 *   of the connection is passed on unread: a subject may send anything, and that is for the server to refuse.
 */
export function framerOf(
  read: (bytes: Buffer) => { length: number; text?: string } | undefined,
): Framer {
  let rest = Buffer.alloc(0)
  let lost = false
  return (chunk) => {
    if (lost) return [{ bytes: chunk }]
    rest = Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      let message: ReturnType<typeof read>
      try {
        message = read(rest)
      } catch (error) {
        if (!(error instanceof NoMessage)) throw error
        lost = true
        return [...frames, { bytes: rest }]
      }
      if (!message) return frames
      frames.push({ bytes: rest.subarray(0, message.length), text: message.text })
      rest = rest.subarray(message.length)
    }
  }
}
