// Joins a TCP connection to a connection of the relay, at either end of it. What a Unix socket
// cannot say, a reset as opposed to an end, is said in frames: a byte for the kind, four for the
// length of what follows.
const DATA = 0
const END = 1
const RESET = 2
const HEAD = 5

function head(kind, length = 0) {
  const bytes = Buffer.alloc(HEAD)
  bytes[0] = kind
  bytes.writeUInt32BE(length, 1)
  return bytes
}

/** Resets a connection after what was written to it before, unless nobody reads that. */
function reset(tcp) {
  const now = () => {
    // A reset waits for the connection to be made.
    if (tcp.connecting) tcp.destroy()
    else tcp.resetAndDestroy()
  }
  if (tcp.destroyed || tcp.writableLength === 0) return now()
  const late = setTimeout(now, 100)
  tcp.once('drain', () => {
    clearTimeout(late)
    now()
  })
}

/**
 * Passes everything on between the two, both ways: bytes, back-pressure, half-closes and resets.
 * @param {import('node:net').Socket} tcp half-open (`allowHalfOpen`); may still be connecting
 * @param {import('node:net').Socket} pipe may still be connecting
 * @param {Buffer} [begun] what was read from `pipe` already
 */
export function bridge(tcp, pipe, begun) {
  let kept = Buffer.alloc(0)
  let told = false
  if (tcp.destroyed) return void pipe.destroy()

  const tell = (kind) => {
    if (told || pipe.destroyed || pipe.writableEnded) return
    told = kind === RESET
    pipe.write(head(kind))
  }
  tcp.on('data', (chunk) => {
    pipe.cork()
    pipe.write(head(DATA, chunk.length))
    const room = pipe.write(chunk)
    pipe.uncork()
    if (!room) tcp.pause()
  })
  pipe.on('drain', () => tcp.resume())
  tcp.on('drain', () => pipe.resume())
  tcp.on('end', () => tell(END))
  tcp.on('error', () => tell(RESET))
  tcp.on('close', () => {
    pipe.end()
    // Nothing more can be done with what still comes.
    pipe.resume()
  })

  const read = (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
    while (kept.length >= HEAD) {
      const kind = kept[0]
      const length = kept.readUInt32BE(1)
      if (kind === DATA) {
        // Passed on as it comes, so that a long frame needs no memory.
        const part = kept.subarray(HEAD, HEAD + length)
        kept = kept.subarray(HEAD + part.length)
        if (part.length < length) kept = Buffer.concat([head(DATA, length - part.length), kept])
        if (part.length > 0 && tcp.writable && !tcp.write(part)) pipe.pause()
        if (part.length < length) return
      } else {
        kept = kept.subarray(HEAD)
        if (kind === END) tcp.end()
        else if (kind === RESET) {
          told = true
          reset(tcp)
        } else pipe.destroy()
      }
    }
  }
  pipe.on('data', read)
  pipe.on('error', () => {})
  // Without a word before it: whoever was at the other end is gone.
  pipe.on('close', () => tcp.destroySoon())
  if (begun?.length > 0) read(begun)
  tcp.resume()
  pipe.resume()
}
