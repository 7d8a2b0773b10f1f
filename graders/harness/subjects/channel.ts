import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'

/** Messages to and from a module's process, as structured clones. */
export type Channel = {
  /** @param failed called where the message cannot be sent */
  send(message: object, failed: (error: Error) => void): void
  /** What comes may be anything: a hostile module writes here too. */
  onMessage(listener: (message: unknown) => void): void
  /** Closes it, for both sides. */
  close(): void
}

/** Node's own channel to a child of this process. */
export function ipcChannel(child: ChildProcess): Channel {
  child.on('error', () => {})
  return {
    send: (message, failed) =>
      void child.send(message, (error) => {
        if (error) failed(error)
      }),
    onMessage: (listener) => void child.on('message', listener),
    close() {
      if (child.connected) child.disconnect()
    },
  }
}

/** The longest message, in bytes: see the same number in driver.mjs. */
const MOST_MESSAGE = 64 * 1024 ** 2

/** The same over a socket, once it is there; `driver.mjs` holds the other end. */
export function socketChannel(connected: Promise<Socket>): Channel {
  const listeners: ((message: unknown) => void)[] = []
  let chunks: Buffer[] = []
  let size = 0
  /** The first so many bytes of what has come. */
  const take = (count: number): Buffer => {
    const all = Buffer.concat(chunks)
    chunks = [all.subarray(count)]
    size -= count
    return all.subarray(0, count)
  }
  let wanted: number | undefined
  const read = (socket: Socket, chunk: Buffer): void => {
    chunks.push(chunk)
    size += chunk.length
    for (;;) {
      if (wanted === undefined) {
        if (size < 4) return
        wanted = take(4).readUInt32BE()
        if (wanted > MOST_MESSAGE) return void socket.destroy()
      }
      if (size < wanted) return
      const bytes = take(wanted)
      wanted = undefined
      try {
        const message = deserialize(bytes)
        for (const listener of listeners) listener(message)
      } catch {} // junk answers nothing
    }
  }
  void connected.then((socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => read(socket, chunk)).resume()
  })
  return {
    send(message, failed) {
      const bytes = serialize(message)
      const head = Buffer.alloc(4)
      head.writeUInt32BE(bytes.length)
      void connected.then((socket) => {
        socket.write(Buffer.concat([head, bytes]), (error) => {
          if (error) failed(error)
        })
      })
    },
    onMessage: (listener) => void listeners.push(listener),
    close: () => void connected.then((socket) => socket.destroy()),
  }
}
