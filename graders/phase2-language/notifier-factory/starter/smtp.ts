import { connect } from 'node:net'

export type Envelope = { host: string; port: number; from: string; to: string; message: string }

// Complete as it is: hands a message, headers and all, to the mail server at host and port. The lines
// of the message end in \r\n. Rejects where the server refuses any of it.
export async function deliver({ host, port, from, to, message }: Envelope): Promise<void> {
  if (/[\r\n<>]/.test(from + to)) throw new Error('an address holds a line break or a bracket')
  const socket = connect(port, host)
  const replies = readReplies(socket)
  const expectCode = async (code: string) => {
    const { value: reply } = await replies.next()
    if (!reply?.startsWith(code)) throw new Error(`the mail server said: ${reply ?? 'nothing'}`)
  }
  const say = async (line: string, code: string) => {
    socket.write(`${line}\r\n`)
    await expectCode(code)
  }
  try {
    await expectCode('220')
    await say('EHLO pelican.test', '250')
    await say(`MAIL FROM:<${from}>`, '250')
    await say(`RCPT TO:<${to}>`, '250')
    await say('DATA', '354')
    // A line that begins with a dot gets another one, for a dot alone ends the message.
    await say(`${message.replace(/(^|\n)\./g, '$1..')}\r\n.`, '250')
    socket.end('QUIT\r\n')
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Gives each reply of the server, however its bytes arrive. */
async function* readReplies(socket: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  let kept = ''
  for await (const chunk of socket) {
    kept += chunk.toString('latin1')
    for (let end = kept.indexOf('\r\n'); end >= 0; end = kept.indexOf('\r\n')) {
      const line = kept.slice(0, end)
      kept = kept.slice(end + 2)
      // "250-…" goes on, "250 …" ends a reply.
      if (line[3] !== '-') yield line
    }
  }
}
