import crypto from 'node:crypto'
import { deliver } from './smtp.ts'

export type Message = { to: string; subject: string; body: string }

export abstract class Notifier {
  abstract send(message: Message): Promise<{ id: string }>
}

export class UnknownChannelError extends Error {
  constructor(message: string) {
    super(message)
    this.name = new.target.name
  }
}

class Registry {
  // An object, but one that inherits nothing.
  private readonly makers: Record<string, (settings: any) => Notifier> = Object.create(null)
  add(name: string, maker: (settings: any) => Notifier) {
    if (name in this.makers) throw new Error('taken')
    this.makers[name] = maker
  }
  remove(name: string) {
    return name in this.makers && delete this.makers[name]
  }
  make(name: string, settings: unknown) {
    const maker = this.makers[name]
    if (maker === undefined) {
      throw new UnknownChannelError(`unknown channel ${name}; known: ${Object.keys(this.makers).join(' | ')}`)
    }
    return maker(settings)
  }
}

const registry = new Registry()
export const createNotifier = (name: string, settings: unknown) => registry.make(name, settings)
export const registerChannel = (name: string, maker: (settings: any) => Notifier) => registry.add(name, maker)
export const unregisterChannel = (name: string) => registry.remove(name)

const quoted = (text: string, safe: RegExp) =>
  [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return safe.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')

class Email extends Notifier {
  readonly #settings: { host: string; port: number; from: string }
  constructor(settings: { host: string; port: number; from: string }) {
    super()
    this.#settings = { ...settings }
  }
  async send({ to, subject, body }: Message) {
    if (/\r|\n/.test(subject + to)) throw new TypeError('no line breaks, please')
    const id = `${Date.now()}.${crypto.randomBytes(9).toString('hex')}@kit.test`
    const plain = /^[\x20-\x7e]*$/.test(subject) && !subject.includes('=?')
    const message = [
      `Message-ID: <${id}>`,
      `From: <${this.#settings.from}>`,
      `To: <${to}>`,
      `Subject: ${plain ? subject : `=?utf-8?Q?${quoted(subject, /[A-Za-z0-9]/)}?=`}`,
      'Content-Type: text/plain; charset="UTF-8"',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      ...body.split(/\r?\n/).flatMap((line) => {
        const parts = quoted(line, /[A-Za-z0-9 ,.:;!?-]/).match(/.{1,66}(?:=[0-9A-F]{2})?|^$/g) ?? ['']
        return wrap(parts.join(''))
      }),
    ].join('\r\n')
    await deliver({ ...this.#settings, to, message })
    return { id }
  }
}

/** Soft line breaks, never within an escape. */
function wrap(line: string): string[] {
  const lines: string[] = []
  let rest = line
  while (rest.length > 76) {
    let cut = 75
    while (rest[cut - 1] === '=' || rest[cut - 2] === '=') cut -= 1
    lines.push(`${rest.slice(0, cut)}=`)
    rest = rest.slice(cut)
  }
  return [...lines, rest]
}

class Sms extends Notifier {
  readonly #url: string
  constructor({ url }: { url: string }) {
    super()
    this.#url = url
  }
  async send({ to, body: text }: Message) {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: new Headers({ 'content-type': 'application/json; charset=utf-8' }),
      body: JSON.stringify({ text, to }, null, 2),
    })
    if (response.status < 200 || response.status > 299) throw new Error(response.statusText || 'failed')
    return { id: (await response.json()).id }
  }
}

class Webhook extends Notifier {
  readonly #settings: { url: string; secret: string }
  #count = 0
  constructor(settings: { url: string; secret: string }) {
    super()
    this.#settings = structuredClone(settings)
  }
  async send({ to, subject, body }: Message) {
    const bytes = Buffer.from(JSON.stringify({ body, subject, to }))
    const hmac = crypto.createHmac('sha256', this.#settings.secret)
    hmac.update(bytes)
    const response = await fetch(new URL(this.#settings.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'x-signature': `sha256=${hmac.digest('hex')}` },
      body: bytes,
    })
    if (!response.ok) throw new Error('webhook failed')
    this.#count += 1
    return { id: `webhook-${this.#count}` }
  }
}

registerChannel('email', (settings) => new Email(settings))
registerChannel('sms', (settings) => new Sms(settings))
registerChannel('webhook', (settings) => new Webhook(settings))
