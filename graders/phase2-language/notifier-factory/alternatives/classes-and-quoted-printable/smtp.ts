import net from 'node:net'

/** Callbacks and a list of what to say next. */
export function deliver(opts: { host: string; port: number; from: string; to: string; message: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = opts.message.split('\r\n').map((line) => (line.startsWith('.') ? `.${line}` : line)).join('\r\n')
    const script: [string, string][] = [
      ['220', 'HELO kit.test'],
      ['250', `MAIL FROM:<${opts.from}>`],
      ['250', `RCPT TO:<${opts.to}>`],
      ['250', 'DATA'],
      ['354', `${body}\r\n.`],
      ['250', 'QUIT'],
    ]
    const socket = net.connect({ host: opts.host, port: opts.port })
    let buffer = ''
    socket.setEncoding('utf8')
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server hung up')))
    socket.on('data', (text) => {
      buffer += text
      while (buffer.includes('\r\n')) {
        const at = buffer.indexOf('\r\n')
        const reply = buffer.slice(0, at)
        buffer = buffer.slice(at + 2)
        if (/^\d{3}-/.test(reply)) continue
        const [code, next] = script.shift() ?? ['221', '']
        if (!reply.startsWith(code)) {
          reject(new Error(reply))
          socket.destroy()
          return
        }
        if (next) socket.write(`${next}\r\n`)
        if (next === 'QUIT') resolve()
        if (!next) socket.end()
      }
    })
  })
}
