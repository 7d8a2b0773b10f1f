import { createServer, type Socket } from 'node:net'

/** A message as the mail server took it. */
export type Taken = { from: string; to: string[]; message: Buffer }

export type MailServer = { url: string; taken: Taken[]; close(): Promise<void> }

/** Starts a mail server on 127.0.0.1 that speaks SMTP (RFC 5321) and refuses every recipient named nobody. */
export async function openMailServer(): Promise<MailServer> {
  const taken: Taken[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    converse(socket, taken)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Latin-1 keeps every byte as one character, so that lines can be cut out of what came. */
function converse(socket: Socket, taken: Taken[]): void {
  const say = (line: string) => socket.write(`${line}\r\n`)
  let kept = ''
  let from: string | undefined
  let to: string[] = []
  let inData = false
  say('220 mail.pelican.test ESMTP')
  socket.on('data', (chunk) => {
    kept += chunk.toString('latin1')
    for (;;) {
      const mark = inData ? '\r\n.\r\n' : '\r\n'
      // The dot may be the first line of all.
      const text = inData ? `\r\n${kept}` : kept
      const end = text.indexOf(mark)
      if (end < 0) return
      const piece = text.slice(inData ? 2 : 0, Math.max(end, inData ? 2 : 0))
      kept = text.slice(end + mark.length)
      if (inData) {
        const message = Buffer.from(piece.replace(/(^|\r\n)\./g, '$1'), 'latin1')
        taken.push({ from: from!, to, message })
        inData = false
        from = undefined
        to = []
        say('250 taken')
      } else command(piece)
    }
  })
  const command = (line: string) => {
    const verb = line.slice(0, 4).toUpperCase()
    const address = /<([^>]*)>/.exec(line)?.[1]
    if (verb === 'EHLO') say('250-mail.pelican.test\r\n250-8BITMIME\r\n250 HELP')
    else if (verb === 'HELO' || verb === 'NOOP') say('250 fine')
    else if (verb === 'RSET') {
      from = undefined
      to = []
      say('250 fine')
    } else if (verb === 'QUIT') {
      say('221 bye')
      socket.end()
    } else if (verb === 'MAIL' && address !== undefined) {
      from = address
      say('250 fine')
    } else if (verb === 'RCPT' && address !== undefined && from !== undefined) {
      if (address.startsWith('nobody@')) say('550 nobody has that address')
      else {
        to = [...to, address]
        say('250 fine')
      }
    } else if (verb === 'DATA' && to.length > 0) {
      inData = true
      say('354 go on')
    } else say('503 not now')
  }
}
