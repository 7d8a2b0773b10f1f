import { createHmac, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { deliver } from './smtp.ts'

interface Message {
  to: string
  subject: string
  body: string
}
interface Notifier {
  send(message: Message): Promise<{ id: string }>
}
type Maker = (settings: any) => Notifier

export class UnknownChannelError extends RangeError {
  get name() {
    return 'UnknownChannelError'
  }
}

function post(url: string, text: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', agent: false }, (response) => {
      let answer = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        answer += part
      })
      response.on('error', reject)
      response.on('end', () => {
        const code = response.statusCode ?? 0
        if (code >= 200 && code < 300) resolve(answer)
        else reject(new Error(`HTTP ${code}`))
      })
    })
    call.on('error', reject)
    call.setHeader('Content-Type', 'application/json')
    for (const [name, value] of Object.entries(headers)) call.setHeader(name, value)
    call.setHeader('Content-Length', Buffer.byteLength(text))
    call.end(text)
  })
}

const chunks = (text: string, size: number) => {
  const all: string[] = []
  for (let at = 0; at < text.length; at += size) all.push(text.slice(at, at + size))
  return all
}

const FIRST: [string, Maker][] = [
  [
    'webhook',
    (settings) => {
      const own = Object.freeze({ ...settings })
      return {
        send: async ({ to, subject, body }) => {
          const text = JSON.stringify({ to, subject, body })
          const key = Buffer.from(own.secret, 'utf8')
          const sum = createHmac('sha256', key).update(Buffer.from(text)).digest('hex')
          await post(own.url, text, { 'x-signature': `sha256=${sum}` })
          return { id: randomBytes(8).toString('base64url') }
        },
      }
    },
  ],
  [
    'sms',
    (settings) => {
      const own = Object.freeze({ ...settings })
      return {
        send: async ({ to, body }) => JSON.parse(await post(own.url, JSON.stringify({ to, text: body }))),
      }
    },
  ],
  [
    'email',
    (settings) => {
      const own = Object.freeze({ ...settings })
      return {
        async send({ to, subject, body }) {
          for (const text of [to, subject]) {
            if (text.includes('\r') || text.includes('\n')) throw new Error('line break')
          }
          const id = `${randomBytes(12).toString('hex')}@post`
          // Words of few bytes, cut anywhere: readers put them together again.
          const subjectHex = Buffer.from(subject).toString('hex')
          const words = chunks(subjectHex, 60).map(
            (hex) => `=?UTF-8?Q?${chunks(hex, 2).map((byte) => `=${byte.toUpperCase()}`).join('')}?=`,
          )
          const head = {
            To: to,
            From: own.from,
            'Message-Id': `<${id}>`,
            Subject: words.join('\r\n\t'),
            'Mime-Version': '1.0',
            'Content-Transfer-Encoding': 'BASE64',
            'Content-Type': 'text/plain; charset=utf-8',
          }
          const message = `${Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${chunks(Buffer.from(body).toString('base64'), 60).join('\r\n')}`
          await deliver({ ...own, to, message })
          return { id }
        },
      }
    },
  ],
]

const table = new Map(FIRST)

export function createNotifier(channel: string, settings: any): Notifier {
  if (!table.has(channel)) throw new UnknownChannelError(`${channel}? Try one of ${[...table.keys()].sort().join('; ')}`)
  return table.get(channel)!(settings)
}
export function registerChannel(name: string, maker: Maker): void {
  if (table.has(name)) throw new Error(`duplicate ${name}`)
  table.set(name, maker)
}
export function unregisterChannel(name: string): boolean {
  return table.delete(name)
}
