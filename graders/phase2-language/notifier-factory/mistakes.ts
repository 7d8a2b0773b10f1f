// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of code
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('notifier.ts')
const inConfig = editing('config.ts')
const inSmtp = editing('smtp.ts')

const HEADERS =
  'The mail has `From`, `To`, `Subject` and `Message-ID`, once each, with `from`, `to`, the subject and `<id>`.'
const LETTERS = 'A subject of other letters is written as encoded words (RFC 2047)'
const BODY = 'It is UTF-8 text, and says so: `Content-Type: text/plain; charset=utf-8`'
const LINES = 'Its lines arrive as they were, also one that is a dot.'
const BREAKS = 'no header and no recipient comes of it. So does one in `to`.'
const NO_MAIL = 'To refuse, `send` rejects, and no mail is sent.'
const SMS = 'The body is `{ "to": …, "text": … }`, the text being `body`'
const SMS_ID = "The server's answer is JSON with an `id`, which is the id of the text."
const WEBHOOK =
  'The body is `{ "to": …, "subject": …, "body": … }` as JSON, with that `Content-Type`.'
const SIGNATURE =
  '`X-Signature` is `sha256=` and the HMAC-SHA256 of the very bytes that are sent, with the key `secret`, in small hex digits.'
const FAILURES =
  'Where no server answers, the mail server refuses, or an HTTP answer is not 2xx, `send` rejects with an `Error`.'
const TWO = 'Another notifier, or a later change of the settings object, changes nothing for it.'
const ID = '`send` gives a promise of `{ id }`, a text that is not empty.'
const REGISTERED =
  "`createNotifier` calls the channel's factory with the settings, each time, and gives what that returned."
const NAMES = "Any text is a name, also `''`, `'constructor'` and `'__proto__'`."
const CAPITALS = 'Capitals count.'
const UNKNOWN =
  '`createNotifier` throws an `UnknownChannelError`, whose `name` is that, too, and whose message holds the names of all channels there are at that time.'
const TWICE = '`registerChannel` throws an `Error`, and the channel stays as it was.'
const AWAY = 'The name is unknown from then on, and may be registered again.'
const FIRST_THREE = 'That goes for the first three as well.'
const ONCE =
  'The loader is called when somebody first asks, and not again, however many ask before it is done.'
const SAME = 'All get the same object.'
const FAILURE = 'When the loader rejects or throws, all who wait for it get its error.'
const AGAIN = 'The next one who asks calls it again.'
const FROZEN = 'The Config is frozen through and through: objects and arrays in it, to any depth.'
const NO_LOADER = '`getConfig` rejects with an `Error`.'
const ANOTHER = 'is used by the next load. A Config that is loaded stays until `resetConfig`.'
const RESET = 'The next one who asks has it loaded again, also while a load is under way.'
const MIDST =
  'Those who asked before get what they waited for. Whatever comes of the old load, and whenever, changes nothing for those who ask later.'

const GET_CONFIG = `export function getConfig(): Promise<unknown> {
  if (current) return current
  const load = loader
  const promise = Promise.try(() => load()).then(deepFreeze)
  current = promise
  promise.catch(() => {
    // By then another load may have begun.
    if (current === promise) current = undefined
  })
  return promise
}`

const BASE64_SUBJECT = '`Subject: ${encodedWords(subject)}`'
const ADDRESS_CHECK =
  "      if (/[\\r\\n]/.test(to)) throw new Error('an address has no line breaks')\n"
const LOOK_UP = `  const factory = channels.get(channel)
  if (!factory) throw new UnknownChannelError(channel, channels.keys())
  return factory(settings)`

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C4',
    why: 'a switch over the three channels: others are registered and never made',
    rule: REGISTERED,
    edits: [
      edit(
        LOOK_UP,
        `  switch (channel) {
    case 'email':
      return createEmail(settings as EmailSettings)
    case 'sms':
      return createSms(settings as { url: string })
    case 'webhook':
      return createWebhook(settings as { url: string; secret: string })
  }
  throw new UnknownChannelError(channel, channels.keys())`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C5',
    why: 'a registry in {}, which knows constructor and toString',
    rule: NAMES,
    edits: [
      edit(
        'const channels = new Map<string, Factory>()',
        `const table: Record<string, Factory> = {}
const channels = {
  get: (name: string) => table[name],
  has: (name: string) => Object.hasOwn(table, name),
  keys: () => Object.keys(table),
  set: (name: string, factory: Factory) => {
    table[name] = factory
  },
  delete: (name: string) => Object.hasOwn(table, name) && delete table[name],
}`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C6',
    why: 'keeps one notifier for each channel: the second caller sends with the settings of the first',
    rule: TWO,
    edits: [
      edit(
        '  return factory(settings)',
        `  let notifier = made.get(factory)
  if (!notifier) {
    notifier = factory(settings)
    made.set(factory, notifier)
  }
  return notifier`,
      ),
      edit(
        'const channels = new Map',
        'const made = new Map<Factory, Notifier>()\nconst channels = new Map',
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C7',
    why: 'keeps the value and not the promise: all who ask before it is there load as well',
    rule: ONCE,
    edits: [
      inConfig(
        GET_CONFIG,
        `let config: { is: unknown } | undefined
export async function getConfig(): Promise<unknown> {
  const before = current
  if (config && current) return config.is
  void before
  const value = deepFreeze(await loader())
  config = { is: value }
  current = Promise.resolve(value)
  return value
}`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C7',
    why: 'keeps a promise that was rejected',
    rule: AGAIN,
    edits: [inConfig('    if (current === promise) current = undefined\n', '')],
  },
  {
    id: 'W6',
    check: 'C2',
    why: 'signs one JSON and sends another',
    rule: SIGNATURE,
    edits: [
      edit(
        "await post(url, json, { 'X-Signature'",
        "await post(url, JSON.stringify(JSON.parse(json), null, 1), { 'X-Signature'",
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C8',
    why: 'writes the subject into the header as it is',
    rule: BREAKS,
    edits: [
      edit(
        BASE64_SUBJECT,
        '`Subject: ${/[^\\x00-\\x7f]/.test(subject) ? encodedWords(subject) : subject}`',
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'subjects of other letters go out as bytes beyond ASCII',
    rule: LETTERS,
    edits: [edit(BASE64_SUBJECT, "`Subject: ${subject.replace(/[\\r\\n]+/g, ' ')}`")],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'encodes the subject in Latin-1 and calls it UTF-8',
    rule: LETTERS,
    edits: [
      edit(
        "Buffer.from(part).toString('base64')",
        "Buffer.from(part, 'latin1').toString('base64')",
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'no Message-ID: the id is nowhere in the mail',
    rule: HEADERS,
    edits: [edit('        `Message-ID: <${id}>`,\n', '')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'the charset is not said',
    rule: BODY,
    edits: [edit("'Content-Type: text/plain; charset=utf-8'", "'Content-Type: text/plain'")],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'says base64 and sends the text',
    rule: 'with any `Content-Transfer-Encoding` that it really has',
    edits: [edit('encoded.match(/.{1,76}/g) ?? []', 'body.split(/\\r?\\n/)')],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'lines are joined by a blank',
    rule: LINES,
    edits: [
      edit('Buffer.from(body).toString', "Buffer.from(body.replace(/\\r?\\n/g, ' ')).toString"),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'a body as it is, through a transport that leaves dots as they are: a dot ends the mail',
    rule: LINES,
    edits: [
      edit('encoded.match(/.{1,76}/g) ?? []', 'body.split(/\\r?\\n/)'),
      edit("'Content-Transfer-Encoding: base64'", "'Content-Transfer-Encoding: 8bit'"),
      inSmtp("message.replace(/(^|\\n)\\./g, '$1..')", 'message'),
    ],
  },
  {
    id: 'W15',
    check: 'C8',
    why: 'a line break in the address becomes a header, or a recipient',
    rule: BREAKS,
    edits: [
      edit(ADDRESS_CHECK, ''),
      edit(
        'await deliver({ host, port, from, to, message })',
        'await deliver({ host, port, from, to: to.split(/[\\r\\n>]/)[0]!, message })',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C8',
    why: 'sends the mail, and then rejects because of the line break',
    rule: NO_MAIL,
    edits: [
      edit(
        '      return { id }\n    },\n  }\n}\n\n/** A header',
        "      if (/[\\r\\n]/.test(subject)) throw new Error('a subject has no line breaks')\n      return { id }\n    },\n  }\n}\n\n/** A header",
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C3',
    why: 'sends the subject as the text of an sms',
    rule: SMS,
    edits: [
      edit(
        'async send({ to, body }) {\n      const answer',
        'async send({ to, subject: body }) {\n      const answer',
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'makes up an id in place of the one of the server',
    rule: SMS_ID,
    edits: [
      edit(
        '      const { id } = (await answer.json()) as { id: unknown }\n      return { id: String(id) }',
        '      await answer.text()\n      return { id: randomUUID() }',
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C3',
    why: 'an answer of 500 is taken for success',
    rule: FAILURES,
    edits: [edit('  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)\n', '')],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'no Content-Type: fetch says text/plain',
    rule: WEBHOOK,
    edits: [
      edit(
        "const init = { 'Content-Type': 'application/json', ...headers }",
        'const init = { ...headers }',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'signs characters in Latin-1',
    rule: SIGNATURE,
    edits: [edit('.update(json)', ".update(json, 'latin1')")],
  },
  {
    id: 'W22',
    check: 'C2',
    why: 'gives the HMAC in base64',
    rule: SIGNATURE,
    edits: [edit(".update(json).digest('hex')", ".update(json).digest('base64')")],
  },
  {
    id: 'W23',
    check: 'C3',
    why: 'does not wait for the mail server: what it refuses is lost',
    rule: FAILURES,
    edits: [
      edit(
        '      await deliver({ host, port, from, to, message })\n',
        '      void deliver({ host, port, from, to, message }).catch(() => {})\n',
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    why: 'reads the settings object when it sends',
    rule: TWO,
    edits: [
      edit(
        'function createSms({ url }: { url: string }): Notifier {',
        'function createSms(settings: { url: string }): Notifier {',
      ),
      edit(
        'await post(url, JSON.stringify({ to, text: body }))',
        'await post(settings.url, JSON.stringify({ to, text: body }))',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C2',
    why: 'send of a webhook resolves to nothing',
    rule: ID,
    edits: [edit('      return { id: randomUUID() }\n', "      return { id: '' }\n")],
  },
  {
    id: 'W26',
    check: 'C5',
    why: 'capitals do not count',
    rule: CAPITALS,
    edits: [edit('channels.get(channel)', 'channels.get(channel.toLowerCase())')],
  },
  {
    id: 'W27',
    check: 'C5',
    why: 'the error does not say what there is',
    rule: UNKNOWN,
    edits: [edit(". There are: ${[...known].join(', ')}`)", '`)\n    void known')],
  },
  {
    id: 'W28',
    check: 'C5',
    why: 'the error is a plain Error by its name',
    rule: UNKNOWN,
    edits: [edit("  override name = 'UnknownChannelError'\n", '')],
  },
  {
    id: 'W29',
    check: 'C4',
    why: 'the message lists the three channels of the start, and no others',
    rule: UNKNOWN,
    edits: [
      edit(
        'new UnknownChannelError(channel, channels.keys())',
        "new UnknownChannelError(channel, ['email', 'sms', 'webhook'])",
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C4',
    why: 'a second factory replaces the first',
    rule: TWICE,
    edits: [
      edit(
        '  if (channels.has(name)) throw new Error(`${JSON.stringify(name)} is registered already`)\n',
        '',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C4',
    why: 'throws, and has replaced the channel all the same',
    rule: TWICE,
    edits: [
      edit(
        '  if (channels.has(name)) throw new Error(`${JSON.stringify(name)} is registered already`)\n  channels.set(name, factory)',
        '  const had = channels.has(name)\n  channels.set(name, factory)\n  if (had) throw new Error(`${JSON.stringify(name)} is registered already`)',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C4',
    why: 'unregistering keeps the name taken',
    rule: AWAY,
    edits: [
      edit('  return channels.delete(name)', '  taken.add(name)\n  return channels.delete(name)'),
      edit('  if (channels.has(name)) throw', '  if (channels.has(name) || taken.has(name)) throw'),
      edit('const channels = new Map', 'const taken = new Set<string>()\nconst channels = new Map'),
    ],
  },
  {
    id: 'W33',
    check: 'C4',
    why: 'the first three cannot be taken away',
    rule: FIRST_THREE,
    edits: [
      edit(
        '  return channels.delete(name)',
        "  if (['email', 'sms', 'webhook'].includes(name)) return false\n  return channels.delete(name)",
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C4',
    why: 'calls the factory once, when it is registered',
    rule: REGISTERED,
    edits: [
      edit(
        '  return factory(settings)',
        `  let notifier = first.get(factory)
  if (!notifier || ['email', 'sms', 'webhook'].includes(channel)) {
    notifier = factory(settings)
    first.set(factory, notifier)
  }
  return notifier`,
      ),
      edit(
        'const channels = new Map',
        'const first = new Map<Factory, Notifier>()\nconst channels = new Map',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C7',
    why: 'each caller gets a copy',
    rule: SAME,
    edits: [
      inConfig(
        '  if (current) return current\n',
        '  if (current) return current.then((value) => deepFreeze(structuredClone(value)))\n',
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C7',
    why: 'a loader that throws at once throws through getConfig',
    rule: FAILURE,
    edits: [inConfig('Promise.try(() => load())', 'Promise.resolve(load())')],
  },
  {
    id: 'W37',
    check: 'C7',
    why: 'freezes the outermost object only',
    rule: FROZEN,
    edits: [inConfig('  for (const part of Object.values(value)) deepFreeze(part, seen)\n', '')],
  },
  {
    id: 'W38',
    check: 'C7',
    why: 'goes into no object that is frozen already',
    rule: FROZEN,
    edits: [
      inConfig(
        'value === null || seen.has(value)) return value',
        'value === null || seen.has(value) || Object.isFrozen(value)) return value',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C7',
    why: 'without a loader the Config is empty',
    rule: NO_LOADER,
    edits: [
      inConfig(
        "let loader: Loader = () => {\n  throw new Error('nobody has said how to load the Config: setConfigLoader')\n}",
        'let loader: Loader = () => ({})',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C7',
    why: 'another loader forgets the Config that is loaded',
    rule: ANOTHER,
    edits: [inConfig('  loader = next\n', '  loader = next\n  current = undefined\n')],
  },
  {
    id: 'W41',
    check: 'C7',
    why: 'the first loader is kept for good',
    rule: ANOTHER,
    edits: [
      inConfig('  loader = next\n', '  if (!set) loader = next\n  set = true\n'),
      inConfig('let current:', 'let set = false\nlet current:'),
    ],
  },
  {
    id: 'W42',
    check: 'C9',
    why: 'a reset does not forget a load that is under way',
    rule: RESET,
    edits: [
      inConfig(
        'export function resetConfig(): void {\n  current = undefined',
        'let busy = 0\nexport function resetConfig(): void {\n  if (busy === 0) current = undefined',
      ),
      inConfig(
        '  current = promise\n',
        '  current = promise\n  busy += 1\n  promise.finally(() => (busy -= 1)).catch(() => {})\n',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C9',
    why: 'an old load that fails forgets the new one',
    rule: MIDST,
    edits: [
      inConfig('    if (current === promise) current = undefined\n', '    current = undefined\n'),
    ],
  },
  {
    id: 'W44',
    check: 'C9',
    why: 'an old load that succeeds replaces the new one',
    rule: MIDST,
    edits: [
      inConfig(
        '  promise.catch(() => {\n',
        '  promise.then(() => {\n    current = promise\n  }, () => {})\n  promise.catch(() => {\n',
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C9',
    why: 'goes round and round in a Config that holds itself',
    rule: FROZEN,
    edits: [inConfig(' || seen.has(value)) return value', ') return value')],
  },
  {
    id: 'W46',
    check: 'C7',
    why: 'a reset leaves the Config as it was',
    rule: RESET,
    edits: [
      inConfig(
        'export function resetConfig(): void {\n  current = undefined',
        'export function resetConfig(): void {',
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C1',
    why: 'all mails have the same id',
    rule: 'Each mail has another id.',
    edits: [edit('const id = `${randomUUID()}@pelican.test`', "const id = 'mail@pelican.test'")],
  },
  {
    id: 'W48',
    check: 'C4',
    why: 'a notifier stops working when its channel is taken away',
    rule: 'Notifiers that were made before still work.',
    edits: [
      edit(
        '    async send({ to, body }) {\n      const answer',
        "    async send({ to, body }) {\n      if (channels.get('sms') !== createSms) throw new Error('no such channel')\n      const answer",
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C4',
    why: 'the factory gets an object that only inherits the settings: it cannot be spread',
    rule: REGISTERED,
    edits: [
      edit('  return factory(settings)', '  return factory(Object.create(settings as object))'),
    ],
  },
]
