// Lists and closures; mail of eight bits; WebCrypto.
import { deliver } from './smtp.ts'

let known: [string, (settings: any) => any][] = []

export function UnknownChannelError(this: any, ...args: unknown[]): any {
  return Reflect.construct(Error, args, new.target ?? UnknownChannelError)
}
UnknownChannelError.prototype = Object.create(Error.prototype, {
  name: { value: 'UnknownChannelError' },
  constructor: { value: UnknownChannelError },
})

export function createNotifier(channel: string, settings: any): any {
  const [found] = known.filter(([name]) => name === channel)
  if (found) return found[1](settings)
  const names = known.map(([name]) => `"${name}"`)
  throw Reflect.construct(UnknownChannelError, [`No "${channel}" among ${names}`])
}

export function registerChannel(name: string, factory: (settings: any) => any) {
  if (known.some(([one]) => one === name)) throw new RangeError(`there is a ${name}`)
  known = [...known, [name, factory]]
}

export function unregisterChannel(name: string) {
  const before = known.length
  known = known.filter(([one]) => one !== name)
  return known.length < before
}

const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ')

registerChannel('email', (given) => {
  const { host, port, from } = given
  return {
    send: async (message: any) => {
      const to = message.to
      if (to !== oneLine(to)) throw new Error('to holds a line break')
      const id = crypto.randomUUID()
      const subject = oneLine(message.subject)
      const encoded = Buffer.from(subject).toString('base64')
      const lines = [
        'MIME-Version: 1.0',
        'content-type: text/plain; charset=UTF-8',
        'content-transfer-encoding: 8bit',
        `subject: ${/[^ -~]|=\?/.test(subject) ? `=?utf-8?b?${encoded}?=` : subject}`,
        `message-id: <${id}>`,
        `to: ${to}`,
        `from: Pelican Post <${from}>`,
        '',
        message.body.replace(/\r?\n/g, '\r\n'),
      ]
      await deliver({ host, port, from, to, message: lines.join('\r\n') })
      return { id }
    },
  }
})

const post = async (url: string, body: Uint8Array<ArrayBuffer>, more = {}) => {
  const request = new Request(url, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...more },
  })
  const response = await fetch(request)
  if (Math.trunc(response.status / 100) !== 2) return Promise.reject(new Error(String(response.status)))
  return response.text()
}

registerChannel('sms', ({ url }) => ({
  send: ({ to, body }: any) =>
    post(url, new TextEncoder().encode(JSON.stringify({ to, text: body })))
      .then(JSON.parse)
      .then(({ id }) => ({ id, sent: true })),
}))

registerChannel('webhook', ({ url, secret }) => {
  const utf8 = new TextEncoder()
  const key = crypto.subtle.importKey('raw', utf8.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return {
    async send({ to, subject, body }: any) {
      const bytes = utf8.encode(JSON.stringify({ to, subject, body }))
      const signature = Buffer.from(await crypto.subtle.sign('HMAC', await key, bytes)).toString('hex')
      await post(url, bytes, { 'X-Signature': `sha256=${signature}` })
      return { id: signature }
    },
  }
})
