import { createHmac, randomUUID } from 'node:crypto'
import { deliver } from './smtp.ts'

export type Message = { to: string; subject: string; body: string }
export type Notifier = { send(message: Message): Promise<{ id: string }> }
export type Factory = (settings: any) => Notifier

/** Thrown where nobody has registered a channel of that name. */
export class UnknownChannelError extends Error {
  override name = 'UnknownChannelError'

  constructor(channel: string, known: Iterable<string>) {
    super(`${JSON.stringify(channel)} is no channel. There are: ${[...known].join(', ')}`)
  }
}

const channels = new Map<string, Factory>()

/** Returns a new notifier of the channel. @throws UnknownChannelError */
export function createNotifier(channel: string, settings: unknown): Notifier {
  const factory = channels.get(channel)
  if (!factory) throw new UnknownChannelError(channel, channels.keys())
  return factory(settings)
}

/** Adds a channel. @throws Error where there is one of that name */
export function registerChannel(name: string, factory: Factory): void {
  if (channels.has(name)) throw new Error(`${JSON.stringify(name)} is registered already`)
  channels.set(name, factory)
}

/** Takes a channel away. @returns whether there was one */
export function unregisterChannel(name: string): boolean {
  return channels.delete(name)
}

type EmailSettings = { host: string; port: number; from: string }

function createEmail({ host, port, from }: EmailSettings): Notifier {
  return {
    async send({ to, subject, body }) {
      if (/[\r\n]/.test(to)) throw new Error('an address has no line breaks')
      const id = `${randomUUID()}@pelican.test`
      const headers = [
        `From: ${from}`,
        `To: ${to}`,
        `Subject: ${encodedWords(subject)}`,
        `Message-ID: <${id}>`,
        `Date: ${new Date().toUTCString()}`,
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: base64',
      ]
      const encoded = Buffer.from(body).toString('base64')
      const lines = encoded.match(/.{1,76}/g) ?? []
      const message = [...headers, '', ...lines].join('\r\n')
      await deliver({ host, port, from, to, message })
      return { id }
    },
  }
}

/** A header's text in words of 75 characters at most; whatever is in it, no line break is left. */
function encodedWords(text: string): string {
  const words: string[] = []
  let word = ''
  for (const character of text) {
    if (Buffer.byteLength(word + character) > 45) {
      words.push(word)
      word = ''
    }
    word += character
  }
  words.push(word)
  return words.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ')
}

/** Posts a text that is JSON. @throws Error where the answer is not 2xx */
async function post(url: string, json: string, headers = {}): Promise<Response> {
  const init = { 'Content-Type': 'application/json', ...headers }
  const answer = await fetch(url, { method: 'POST', headers: init, body: json })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return answer
}

function createSms({ url }: { url: string }): Notifier {
  return {
    async send({ to, body }) {
      const answer = await post(url, JSON.stringify({ to, text: body }))
      const { id } = (await answer.json()) as { id: unknown }
      return { id: String(id) }
    },
  }
}

function createWebhook({ url, secret }: { url: string; secret: string }): Notifier {
  return {
    async send({ to, subject, body }) {
      const json = JSON.stringify({ to, subject, body })
      const signature = createHmac('sha256', secret).update(json).digest('hex')
      await post(url, json, { 'X-Signature': `sha256=${signature}` })
      return { id: randomUUID() }
    },
  }
}

registerChannel('email', createEmail)
registerChannel('sms', createSms)
registerChannel('webhook', createWebhook)
