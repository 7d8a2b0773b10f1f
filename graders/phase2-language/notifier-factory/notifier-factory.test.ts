import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type * as Configs from '../../../solutions/phase2-language/notifier-factory/config.ts'
import type * as Notifiers from '../../../solutions/phase2-language/notifier-factory/notifier.ts'
import {
  cleanup,
  expectFacts,
  forAll,
  openSubmission,
  shared,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { channelPrograms, expectChannels, expectUnknown, playChannels } from './channels.ts'
import { expectLoads, loadPrograms, playLoads } from './loads.ts'
import { linesOf, readMail } from './mail.ts'
import { openMailServer } from './mail-server.ts'
import { openPostServer } from './post-server.ts'

const submission = openSubmission(import.meta)

const mailServer = shared(async () => {
  const server = await openMailServer()
  cleanup(() => server.close())
  return server
})
const postServer = shared(async () => {
  const server = await openPostServer()
  cleanup(() => server.close())
  return server
})
/** With both servers within reach. */
const loadSenders = sharedUntilFailure(
  async () => {
    const services = { SMTP_URL: (await mailServer()).url, POST_URL: (await postServer()).url }
    return submission.loadModule<typeof Notifiers>('notifier.ts', { services })
  },
  (subject) => subject.kill(),
)
/** One whose first channels may be taken away. */
const loadChannels = sharedUntilFailure(
  () => submission.loadModule<typeof Notifiers>('notifier.ts'),
  (subject) => subject.kill(),
)
const loadConfig = sharedUntilFailure(
  () => submission.loadModule<typeof Configs>('config.ts'),
  (subject) => subject.kill(),
)

type Order = {
  channel: 'email' | 'sms' | 'webhook'
  /** `url` is the path on the grader's server; `port` is its mail server's unless it is given. */
  settings: Record<string, unknown>
  to: string
  subject: string
  body: string
}

/** Sends each in the learner's process, all at once. @returns the ids, or the errors */
async function sendAll(orders: Order[]): Promise<{ id?: unknown; error?: string }[]> {
  return (await loadSenders()).evaluate(async ({ createNotifier }, orders) => {
    const smtp = new URL(process.env.SMTP_URL!)
    const base = process.env.POST_URL!
    const send = async ({ channel, settings, ...message }: (typeof orders)[0]) => {
      try {
        const own =
          channel === 'email'
            ? { host: smtp.hostname, port: Number(smtp.port), ...settings }
            : { ...settings, url: String(settings.url).replace(/^\//, `${base}/`) }
        const notifier = createNotifier(channel, own)
        let promise: ReturnType<typeof notifier.send>
        try {
          promise = notifier.send(message)
        } catch (error) {
          return { error: `thrown, not rejected: ${String(error)}` }
        }
        return { id: (await promise)?.id }
      } catch (error) {
        return { error: error instanceof Error ? 'an Error' : `no Error: ${String(error)}` }
      }
    }
    return Promise.all(orders.map(send))
  }, orders)
}

const FROM = 'post@pelican.test'

/** Texts for one line: ordinary ones, letters of all kinds, long ones. */
const line = fc.oneof(
  fc.constantFrom('Your parcel', 'Lisboa ✓', 'Zürich → São Paulo', '📦 is here', 'a=b?c_d', 'Łódź'),
  fc.constantFrom('x', 'ß', '日本の荷物が届きました', 'word '.repeat(30).trim(), '📦é'.repeat(40)),
  fc.stringMatching(/^[a-zA-Z0-9äöüŁ✓📦=?_.,:;-]{1,60}$/u),
)
const body = fc
  .array(fc.oneof(line, fc.constantFrom('.', '..', '.hidden', '', 'From here', '=41')), {
    maxLength: 6,
  })
  .chain((lines) => fc.constantFrom('\n', '\r\n').map((end) => lines.join(end)))

test('C1 mails arrive with their addresses, headers and lines, for 60 random mails', async () => {
  const drawn = fc.record({
    from: fc.constantFrom(FROM, 'depot.porto@pelican.test'),
    subject: line,
    body,
  })
  const server = await mailServer()
  await forAll(submission.fresh, drawn, 60, async (...mails) => {
    server.taken.length = 0
    const orders = mails.map(({ from, subject, body }, at): Order => {
      return { channel: 'email', settings: { from }, to: `ann${at}@example.test`, subject, body }
    })
    const seen = await sendAll(orders)
    for (const [at, { settings, to, subject, body }] of orders.entries()) {
      const { id, error } = seen[at] ?? {}
      const when = `of the mail { to: '${to}', subject: ${JSON.stringify(subject)}, body: ${JSON.stringify(body)} } from ${settings.from}`
      expectFacts({ 'the error of send': error }, { 'the error of send': undefined }, when)
      const mine = server.taken.filter((one) => one.to.includes(to))
      const count = 'how many mails arrived'
      expectFacts({ [count]: mine.length }, { [count]: 1 }, when)
      const [{ from, to: recipients, message }] = mine as [(typeof mine)[0]]
      const { headers, ascii, body: lines } = readMail(message)
      const all = (name: string) =>
        headers.filter(([one]) => one === name).map(([, value]) => value)
      const bare = (name: string) => all(name).map((value) => /<([^>]*)>/.exec(value)?.[1] ?? value)
      const facts = {
        'whom the mail server was told': [from, ...recipients],
        'the From header': bare('from'),
        'the To header': bare('to'),
        'the Subject header, decoded': all('subject'),
        'the Message-ID header': all('message-id'),
        'whether all headers are ASCII': ascii,
        'the Content-Type': all('content-type').map((value) =>
          value.replace(/[\s"]/g, '').toLowerCase(),
        ),
        'the lines of the body, decoded': lines,
        'whether the id is a text that is not empty': typeof id === 'string' && id !== '',
        'how many of these mails have that id': seen.filter((one) => one.id === id).length,
      }
      const wanted = {
        'whom the mail server was told': [settings.from, to],
        'the From header': [settings.from],
        'the To header': [to],
        'the Subject header, decoded': [subject],
        'the Message-ID header': [`<${id}>`],
        'whether all headers are ASCII': true,
        'the Content-Type': ['text/plain;charset=utf-8'],
        'the lines of the body, decoded': linesOf(body),
        'whether the id is a text that is not empty': true,
        'how many of these mails have that id': 1,
      }
      expectFacts(facts, wanted, when)
    }
  })
})

const anyText = fc.oneof(line, body, fc.string({ unit: 'grapheme', maxLength: 20 }))

/** What a JSON body says, or its text where it is none. */
function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return bytes.toString('utf8')
  }
}

test('C2 webhooks carry the signature of the bytes that are sent, for 80 random messages', async () => {
  const drawn = fc.record({
    secret: fc.constantFrom('hush', 'sécret ✓', 'a longer secret with blanks'),
    to: anyText,
    subject: anyText,
    body: anyText,
  })
  const server = await postServer()
  await forAll(submission.fresh, drawn, 80, async (...list) => {
    server.posted.length = 0
    const orders = list.map(({ secret, ...message }, at): Order => {
      return { channel: 'webhook', settings: { url: `/hook/${at}`, secret }, ...message }
    })
    const seen = await sendAll(orders)
    for (const [at, { secret, ...message }] of list.entries()) {
      const { id, error } = seen[at] ?? {}
      const when = `of a webhook with the secret '${secret}' and ${JSON.stringify(message)}`
      expectFacts({ 'the error of send': error }, { 'the error of send': undefined }, when)
      const mine = server.posted.filter(({ path }) => path === `/hook/${at}`)
      const count = 'how many requests arrived'
      expectFacts({ [count]: mine.length }, { [count]: 1 }, when)
      const [{ method, headers, body }] = mine as [(typeof mine)[0]]
      const hmac = createHmac('sha256', secret).update(body).digest('hex')
      expectFacts(
        {
          'the method': method,
          'the Content-Type': headers['content-type']?.split(';')[0]?.trim().toLowerCase(),
          'the body': parsed(body),
          'X-Signature': headers['x-signature'],
          'whether the id is a text that is not empty': typeof id === 'string' && id !== '',
        },
        {
          'the method': 'POST',
          'the Content-Type': 'application/json',
          'the body': message,
          'X-Signature': `sha256=${hmac}`,
          'whether the id is a text that is not empty': true,
        },
        when,
      )
    }
  })
})

test('C3 texts go out as JSON, and the id is that of the server, for 60 random messages', async () => {
  const drawn = fc.record({ to: anyText, subject: anyText, body: anyText })
  const server = await postServer()
  await forAll(submission.fresh, drawn, 60, async (...list) => {
    server.posted.length = 0
    const ids = list.map((_, at) => submission.fresh.unique(`T${at}-`))
    const orders = list.map((message, at): Order => {
      const url = at % 2 ? `/status/201/${ids[at]}` : `/texts/${ids[at]}`
      return { channel: 'sms', settings: { url }, ...message }
    })
    const seen = await sendAll(orders)
    for (const [at, message] of list.entries()) {
      const when = `of a text of ${JSON.stringify(message)}, where the server answers ${at % 2 ? 201 : 200}`
      const mine = server.posted.filter(({ path }) => path.endsWith(ids[at]!))
      const [first] = mine
      expectFacts(
        {
          'what send gave': seen[at],
          'how many requests arrived': mine.length,
          'the method': first?.method,
          'the Content-Type': first?.headers['content-type']?.split(';')[0]?.trim().toLowerCase(),
          'the body': first && parsed(first.body),
        },
        {
          'what send gave': { id: ids[at] },
          'how many requests arrived': 1,
          'the method': 'POST',
          'the Content-Type': 'application/json',
          'the body': { to: message.to, text: message.body },
        },
        when,
      )
    }
  })
})

test('C3 rejects where a server refuses, fails, hangs up or is not there', async () => {
  const message = { to: 'ann@example.test', subject: 'Hello', body: 'Here' }
  const http = ['sms', 'webhook'] as const
  const bad = ['/status/400/x', '/status/404/x', '/status/500/x', '/status/503/x', '/cut/x']
  const orders: Order[] = [
    ...http.flatMap((channel) =>
      [...bad, 'http://127.0.0.1:1/'].map((url) => {
        return { channel, settings: { url, secret: 'hush' }, ...message }
      }),
    ),
    { channel: 'email', settings: { from: FROM }, ...message, to: 'nobody@example.test' },
    { channel: 'email', settings: { from: FROM, port: 1 }, ...message },
  ]
  const seen = await sendAll(orders)
  for (const [at, { channel, settings, to }] of orders.entries()) {
    const where =
      channel === 'email'
        ? `a mail server that ${settings.port ? 'is not there' : `refuses ${to}`}`
        : settings.url
    const text = `send rejects with an Error where no server answers, it refuses, or the answer is not 2xx. What it did for ${channel} and ${where}`
    expect(seen[at], text).toEqual({ error: 'an Error' })
  }
})

test('C4 knows email, sms and webhook from the start, and lets them be taken away', async () => {
  const services = { POST_URL: (await postServer()).url }
  const subject = await submission.loadModule<typeof Notifiers>('notifier.ts', { services })
  const seen = await subject.evaluate(async (module) => {
    const { createNotifier, registerChannel, unregisterChannel } = module
    const before = createNotifier('sms', { url: `${process.env.POST_URL}/before` })
    const settings = {
      url: 'http://127.0.0.1:1/',
      host: '127.0.0.1',
      port: 1,
      from: 'a@b.test',
      secret: 's',
    }
    const attempt = (call: () => unknown) => {
      try {
        return call()
      } catch (error) {
        return `threw ${(error as Error)?.name}`
      }
    }
    const can = (name: string) =>
      attempt(() => typeof createNotifier(name, settings).send === 'function')
    const own = { send: async () => ({ id: 'own' }) }
    return {
      'whether each makes a notifier': ['email', 'sms', 'webhook'].map(can),
      "registerChannel('sms', …)": attempt(() => registerChannel('sms', () => own)),
      "createNotifier('sms', …) after that": can('sms'),
      "unregisterChannel('sms'), twice": [unregisterChannel('sms'), unregisterChannel('sms')],
      "createNotifier('sms', …) then": can('sms'),
      "whether it is one's own after registering another": attempt(() => {
        registerChannel('sms', () => own)
        return createNotifier('sms', settings) === own
      }),
      'whether the others are still there': ['email', 'webhook'].map(can),
      'what a notifier sends that was made before': await before
        .send({ to: 'ann', subject: 'Hello', body: 'Here' })
        .then(({ id }) => `text ${id}`, String),
    }
  })
  const wanted = {
    'whether each makes a notifier': [true, true, true],
    "registerChannel('sms', …)": 'threw Error',
    "createNotifier('sms', …) after that": true,
    "unregisterChannel('sms'), twice": [true, false],
    "createNotifier('sms', …) then": 'threw UnknownChannelError',
    "whether it is one's own after registering another": true,
    'whether the others are still there': [true, true],
    'what a notifier sends that was made before': 'text before',
  }
  const fact = "registerChannel('sms', …)"
  const thrown = typeof seen?.[fact] === 'string' ? 'threw Error' : 'threw nothing'
  expectFacts({ ...seen, [fact]: thrown }, wanted, 'with the channels of the start')
})

const NAMES = ['pigeon', 'fax', 'drum', 'Pigeon']

test('C4 registers, makes and takes away as a Map would, in 300 random programs', async () => {
  await forAll(submission.fresh, channelPrograms(NAMES), 300, async (...programs) => {
    const subject = await loadChannels()
    const seen = await subject.evaluate(playChannels, { programs, names: NAMES })
    for (const [at, calls] of programs.entries()) expectChannels(calls, seen?.[at])
  })
})

const ODD = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '0',
  ' pigeon',
  'valueOf',
]

test('C5 takes any text for a name, in 300 random programs', async () => {
  await forAll(submission.fresh, channelPrograms(ODD), 300, async (...programs) => {
    const subject = await loadChannels()
    const seen = await subject.evaluate(playChannels, { programs, names: ODD })
    for (const [at, calls] of programs.entries()) expectChannels(calls, seen?.[at])
  })
})

test('C5 knows no channel that nobody registered, and names those that there are', async () => {
  const subject = await submission.loadModule<typeof Notifiers>('notifier.ts')
  const names = [...ODD, 'Email', 'SMS', 'email ', 'pigeon', submission.fresh.unique()]
  const seen = await subject.evaluate(({ createNotifier, UnknownChannelError }, names) => {
    return names.map((name) => {
      try {
        return `gave ${typeof createNotifier(name, {})}`
      } catch (error) {
        if (!(error instanceof UnknownChannelError) || !(error instanceof Error)) {
          return `threw ${String(error)}`
        }
        return { name: error.name, message: error.message }
      }
    })
  }, names)
  for (const [at, name] of names.entries()) {
    const when = `for createNotifier(${JSON.stringify(name)}, {})`
    expectUnknown(seen?.[at], ['email', 'sms', 'webhook'], when)
  }
})

test('C6 keeps the settings of notifiers apart, and what is changed in them later', async () => {
  const [mails, posts] = [await mailServer(), await postServer()]
  mails.taken.length = 0
  posts.posted.length = 0
  const [a, b] = submission.fresh.list(2, () => submission.fresh.unique()) as [string, string]
  const different = await (await loadSenders()).evaluate(
    async ({ createNotifier }, [a, b]) => {
      const { hostname: host, port } = new URL(process.env.SMTP_URL!)
      const base = process.env.POST_URL!
      const settingsOf = (name: string) => ({
        email: { host, port: Number(port), from: `${name}@pelican.test` },
        sms: { url: `${base}/sms/${name}` },
        webhook: { url: `${base}/hook/${name}`, secret: name },
      })
      const different: boolean[] = []
      for (const channel of ['email', 'sms', 'webhook'] as const) {
        const [one, other] = [settingsOf(a!)[channel], settingsOf(b!)[channel]] as Record<
          string,
          unknown
        >[]
        const notifiers = [createNotifier(channel, one), createNotifier(channel, other)]
        different.push(notifiers[0] !== notifiers[1])
        for (const settings of [one!, other!]) {
          for (const key of Object.keys(settings)) settings[key] = key === 'port' ? 1 : 'changed'
        }
        const to = 'ann@example.test'
        for (const notifier of [...notifiers, ...notifiers]) {
          await notifier.send({ to, subject: 'Hello', body: 'Here' }).catch(() => {})
        }
      }
      return different
    },
    [a, b],
  )
  const signedBy = posts.posted
    .filter(({ path }) => path.startsWith('/hook/'))
    .map(({ headers, body }) =>
      [a, b].find(
        (secret) =>
          headers['x-signature'] ===
          `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      ),
    )
  const seen = {
    'whether two calls of createNotifier give two notifiers': different,
    'whom the mails were from': mails.taken.map(({ from }) => from),
    'where texts and webhooks went': posts.posted.map(({ path }) => path),
    'whose secret signed the webhooks': signedBy,
  }
  const twice = (text: (name: string) => string) => [a, b, a, b].map(text)
  const wanted = {
    'whether two calls of createNotifier give two notifiers': [true, true, true],
    'whom the mails were from': twice((name) => `${name}@pelican.test`),
    'where texts and webhooks went': [
      ...twice((name) => `/sms/${name}`),
      ...twice((name) => `/hook/${name}`),
    ],
    'whose secret signed the webhooks': [a, b, a, b],
  }
  const when = `with two notifiers of each channel (${a}, ${b}) that are used in turns, twice, after their settings objects were changed`
  expectFacts(seen, wanted, when)
})

test('C7 rejects where no loader was set, and works once one is', async () => {
  const subject = await submission.loadModule<typeof Configs>('config.ts')
  const seen = await subject.evaluate(async ({ getConfig, setConfigLoader }) => {
    const ask = () =>
      Promise.resolve(getConfig()).then(
        (value) => JSON.stringify(value),
        (error) => (error instanceof Error ? 'rejects with an Error' : `rejects with ${error}`),
      )
    const attempt = async () => {
      try {
        return await ask()
      } catch (error) {
        return `throws ${error}`
      }
    }
    const before = await attempt()
    setConfigLoader(() => ({ city: 'Faro' }))
    return { 'getConfig without a loader': before, 'getConfig with one': await attempt() }
  })
  const wanted = {
    'getConfig without a loader': 'rejects with an Error',
    'getConfig with one': '{"city":"Faro"}',
  }
  expectFacts(seen, wanted, 'in a new process')
})

async function expectLoadPrograms(quiet: boolean): Promise<void> {
  await forAll(submission.fresh, loadPrograms(), 300, async (...programs) => {
    const seen = await (await loadConfig()).evaluate(playLoads, { programs, quiet })
    for (const [at, steps] of programs.entries()) expectLoads(steps, quiet, seen?.[at])
  })
}

test('C7 loads once however many ask, and again after a failure or a reset, in 300 random programs', async () => {
  await expectLoadPrograms(true)
})

test('C7 freezes the Config through and through', async () => {
  const seen = await (await loadConfig()).evaluate(async (module) => {
    const { setConfigLoader, getConfig, resetConfig } = module
    const make = () => ({
      city: 'Faro',
      nothing: null,
      mail: { host: 'localhost', ports: [25, { spare: [{ port: 587 }] }] },
      lists: [[['deep']]],
      held: Object.freeze({ inside: { open: [] } }),
    })
    resetConfig()
    setConfigLoader(async () => make())
    const config = await getConfig()
    const open: string[] = []
    const look = (value: unknown, at: string) => {
      if (typeof value !== 'object' || value === null) return
      if (!Object.isFrozen(value)) open.push(at)
      for (const [key, part] of Object.entries(value)) look(part, `${at}.${key}`)
    }
    look(config, 'config')
    return {
      'what is in it': JSON.stringify(config) === JSON.stringify(make()) ? 'as loaded' : 'changed',
      'what is not frozen': open,
    }
  })
  const wanted = { 'what is in it': 'as loaded', 'what is not frozen': [] }
  expectFacts(seen, wanted, 'in a Config whose objects and arrays must be frozen, to any depth')
})

const SUBJECTS = [
  'a\r\nBcc: x@example.test',
  'a\nBcc: x@example.test',
  'a\rBcc: x@example.test',
  'a\r\n\r\nanother body',
  'Grüße\r\nX-Evil: yes',
  'a\r\n.\r\nMAIL FROM:<x@example.test>',
  '\nSubject: second',
  'end\r\n',
]
const ADDRESSES = [
  'ann@example.test\r\nBcc: x@example.test',
  'ann@example.test\nBcc: x@example.test',
  'ann@example.test>\r\nRCPT TO:<x@example.test',
  'ann@example.test\r\n\r\nanother body',
]

test('C8 lets no line break of a subject or an address become a header, a recipient or a body', async () => {
  const server = await mailServer()
  server.taken.length = 0
  const email = { channel: 'email', settings: { from: FROM } } as const
  const bad = [
    ...SUBJECTS.map((subject) => ({ to: 'ann@example.test', subject })),
    ...ADDRESSES.map((to) => ({ to, subject: 'Hello' })),
  ]
  const [plain] = await sendAll([
    { ...email, to: 'ann@example.test', subject: 'Hello', body: 'Here' },
  ])
  expect(typeof plain?.id, 'the id of a mail without line breaks').toBe('string')
  expect(server.taken.length, 'how many mails arrived of one without line breaks').toBe(1)
  const names = ({ headers }: ReturnType<typeof readMail>) => headers.map(([name]) => name).sort()
  const usual = names(readMail(server.taken[0]!.message))
  for (const { to, subject } of bad) {
    server.taken.length = 0
    const [seen] = await sendAll([{ ...email, to, subject, body: 'Here' }])
    const what = `{ to: ${JSON.stringify(to)}, subject: ${JSON.stringify(subject)}, body: 'Here' }`
    const refused = seen?.error === 'an Error'
    const count = `how many mails arrived of ${what}, which send ${refused ? 'refused' : 'took'}`
    expect(server.taken.length, count).toBe(refused ? 0 : 1)
    for (const { from, to: recipients, message } of server.taken) {
      const mail = readMail(message)
      const rule = 'A line break in a subject or in `to` adds no header and no recipient.'
      const text = `${rule}\nThe mail of ${what}`
      expect({ from, recipients, headers: names(mail), body: mail.body }, text).toEqual({
        from: FROM,
        recipients: ['ann@example.test'],
        headers: usual,
        body: ['Here'],
      })
    }
  }
})

test('C9 keeps old loads and new ones apart when Config is reset in between, in 300 random programs', async () => {
  await expectLoadPrograms(false)
})

test('C9 freezes a Config that holds itself', async () => {
  const seen = await (await loadConfig()).evaluate(async (module) => {
    const { setConfigLoader, getConfig, resetConfig } = module
    const config: Record<string, unknown> = { name: 'config', inner: { list: [1] } }
    config.self = config
    ;(config.inner as Record<string, unknown>).up = config
    resetConfig()
    setConfigLoader(() => config)
    try {
      const got = (await getConfig()) as Record<string, Record<string, unknown>>
      return [got, got.self, got.inner, got.inner?.list, got.inner?.up].map(Object.isFrozen)
    } catch (error) {
      return `rejected: ${error}`
    }
  })
  const text =
    'whether the Config, itself in it, an object in it, a list in that, and the Config in that are frozen'
  expect(seen, text).toEqual([true, true, true, true, true])
})
