import { connect, createServer, type Socket } from 'node:net'
import { cleanup } from '../../harness/index.ts'

/** Stands before a service and can keep answers of one connection back, while requests go through and run. */
export type AnswerGate = {
  /** The service's URL, through the gate. */
  url: string
  /** True where an answer is being kept back now. */
  readonly keeping: boolean
  /** Keeps back what is answered next, and all that follows on that connection. */
  shut(): void
  open(): void
  /**
   * Has each answer wait until `look` is over: what the request has done can be seen, and the program does not
   * know of it yet.
   * @param look must not fail
   * @returns stops that
   */
  watch(look: () => Promise<void>): () => void
}

/** Puts a gate before a service; it goes with the test. */
export async function answerGate(url: string): Promise<AnswerGate> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let kept: { client?: Socket; passes: (() => void)[] } | undefined
  let look: (() => Promise<void>) | undefined

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port), noDelay: true })
    client.on('data', (chunk) => upstream.write(chunk))
    const pass = (chunk: string | Buffer) => {
      if (kept) kept.client ??= client
      if (kept?.client === client) kept.passes.push(() => client.write(chunk))
      else client.write(chunk)
    }
    // One after the other, so that none overtakes one that is being looked at.
    let before: Promise<void> | undefined
    upstream.on('data', (chunk) => {
      if (!look && !before) return pass(chunk)
      const turn = (before ?? Promise.resolve())
        .then(() => look?.())
        .then(() => pass(chunk))
        .then(() => {
          if (before === turn) before = undefined
        })
      before = turn
    })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanup(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const here = new URL(url)
  here.hostname = '127.0.0.1'
  here.port = String((server.address() as { port: number }).port)
  return {
    url: here.href,
    get keeping() {
      return kept?.client !== undefined
    },
    shut() {
      kept ??= { passes: [] }
    },
    watch(given) {
      look = given
      return () => {
        look = undefined
      }
    },
    open() {
      const { passes = [] } = kept ?? {}
      kept = undefined
      for (const pass of passes) pass()
    },
  }
}
