import fs from 'node:fs'
import net from 'node:net'
import { extname, join } from 'node:path'

type State = 'line' | 'header' | 'length' | 'size' | 'chunk' | 'chunk-end' | 'trailer' | 'dead'

const types = new Map(
  'html=text/html css=text/css js=text/javascript mjs=text/javascript json=application/json txt=text/plain svg=image/svg+xml png=image/png'
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]),
)

// Every path there is, and the file that it gives. Links are not followed.
const site = new Map<string, string>()
function list(folder: string, url: string) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name)
    if (entry.isDirectory()) list(file, `${url}${entry.name}/`)
    if (!entry.isFile()) continue
    site.set(url + entry.name, file)
    if (entry.name === 'index.html') {
      site.set(url, file)
      if (url !== '/') site.set(url.slice(0, -1), file)
    }
  }
}
list(process.env.DOCROOT!, '/')

const CR = 13
const LF = 10

class Connection {
  state: State = 'line'
  text = ''
  head = 0
  need = 0
  method = ''
  target = ''
  old = false
  fields: Record<string, string[]> = Object.create(null)
  body: number[] = []
  socket: net.Socket

  constructor(socket: net.Socket) {
    this.socket = socket
  }

  feed(byte: number): void {
    switch (this.state) {
      case 'dead':
        return
      case 'length':
      case 'chunk':
        this.body.push(byte)
        this.need -= 1
        if (this.need === 0) {
          if (this.state === 'length') this.done()
          else this.state = 'chunk-end'
        }
        return
      case 'chunk-end':
        this.text += String.fromCharCode(byte)
        if (!'\r\n'.startsWith(this.text)) return this.refuse(400)
        if (this.text === '\r\n') this.become('size')
        return
      default:
        this.head += 1
        if (this.head > 32768) return this.refuse(431)
        if (byte !== LF) {
          if (this.text.endsWith('\r')) return this.refuse(400)
          this.text += String.fromCharCode(byte)
          return
        }
        if (!this.text.endsWith('\r')) return this.refuse(400)
        this.line(this.text.slice(0, -1))
    }
  }

  become(state: State): void {
    this.state = state
    this.text = ''
  }

  line(text: string): void {
    if (this.state === 'line') {
      const words = text.split(' ')
      if (words.length !== 3 || !/^[a-z-]+$/i.test(words[0]!) || words[1]![0] !== '/')
        return this.refuse(400)
      if (words[2] !== 'HTTP/1.1' && words[2] !== 'HTTP/1.0') return this.refuse(505)
      this.method = words[0]!
      this.target = words[1]!.replace(/\?.*/s, '')
      this.old = words[2] === 'HTTP/1.0'
      return this.become('header')
    }
    if (this.state === 'size') {
      this.head = 0
      const hex = text.replace(/;.*/s, '')
      if (!/^[0-9a-f]{1,20}$/i.test(hex)) return this.refuse(400)
      this.need = Number.parseInt(hex, 16)
      if (this.body.length + this.need > 2 ** 20) return this.refuse(413)
      return this.become(this.need ? 'chunk' : 'trailer')
    }
    if (this.state === 'trailer') {
      if (text === '') this.done()
      else this.become('trailer')
      return
    }
    if (text !== '') {
      const colon = text.indexOf(':')
      const name = text.slice(0, Math.max(colon, 0)).toLowerCase()
      if (!/^[!-9;-~]+$/.test(name)) return this.refuse(400)
      this.fields[name] ??= []
      this.fields[name].push(text.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ''))
      return this.become('header')
    }
    const { host = [], 'content-length': lengths, 'transfer-encoding': codings } = this.fields
    if (host.length !== 1 && !this.old) return this.refuse(400)
    if (lengths && codings) return this.refuse(400)
    this.head = 0
    if (codings) {
      if (codings.join().toLowerCase() !== 'chunked') return this.refuse(501)
      return this.become('size')
    }
    if (!lengths) return this.done()
    if (!/^(\d+)(,\1)*$/.test(lengths.join())) return this.refuse(400)
    if (lengths[0]!.includes(',')) return this.refuse(400)
    this.need = Number(lengths[0])
    if (this.need > 2 ** 20) return this.refuse(413)
    if (this.need === 0) return this.done()
    this.become('length')
  }

  done(): void {
    const words = (this.fields.connection ?? []).flatMap((value) => value.toLowerCase().split(',')).map((word) => word.trim())
    const close = words.includes('close') || (this.old && !words.includes('keep-alive'))
    const extra = close ? ['connection: close'] : this.old ? ['connection: keep-alive'] : []
    if (this.target === '/echo' && this.method === 'POST') this.send(200, extra, Buffer.from(this.body))
    else if (!['GET', 'HEAD'].includes(this.method)) this.send(501, extra, Buffer.from('no'))
    else {
      let name = ''
      try {
        name = decodeURIComponent(this.target)
      } catch {}
      const file = site.get(name)
      if (!file) this.send(404, extra, Buffer.from('nothing here'))
      else {
        const type = types.get(extname(file).slice(1)) ?? 'application/octet-stream'
        this.send(200, [...extra, `content-type:${type}`], fs.readFileSync(file))
      }
    }
    if (close) {
      this.state = 'dead'
      this.socket.end()
      return
    }
    this.fields = Object.create(null)
    this.body = []
    this.head = 0
    this.become('line')
  }

  send(status: number, extra: string[], body: Buffer): void {
    const head = [`HTTP/1.1 ${status} .`, `content-length:${body.length}`, ...extra]
    this.socket.write(`${head.join('\r\n')}\r\n\r\n`)
    if (this.method !== 'HEAD') this.socket.write(body)
  }

  refuse(status: number): void {
    this.method = ''
    this.send(status, ['connection: close'], Buffer.alloc(0))
    this.state = 'dead'
    this.socket.end()
  }
}

net
  .createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new Connection(socket)
    socket.on('data', (piece) => {
      for (const byte of piece) connection.feed(byte)
    })
    socket.on('end', () => socket.end())
    socket.on('error', () => socket.destroy())
  })
  .listen(Number(process.env.PORT), '127.0.0.1')
