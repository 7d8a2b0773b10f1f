import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import {
  type Answer,
  findLeaks,
  findStack,
  openSubmission,
  proxy,
  runTool,
  type Sending,
  type ServerSubject,
  spellings,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { expectUnused, postModel } from './post-model.ts'
import { keyOf, pinging, putting, type Secrets, signatureOf, World, webhook } from './world.ts'

const submission = openSubmission(import.meta)

const PLACEHOLDER =
  'any secret | where it is `changeme`, in any letters, or its file is empty, a line break aside, or cannot be read'
const MISSING = 'a secret that is not optional | where it is missing'
const EMPTY = 'a variable that is empty | counts as missing, `NAME_FILE` as well'
const SHORT = '`WEBHOOK_SECRET`, `WEBHOOK_SECRET_PREVIOUS` | of fewer than 16 characters'
const NO_KEY =
  '`ENCRYPTION_KEY`, `ENCRYPTION_KEY_PREVIOUS` | where it is not the base64 of exactly 32 bytes, 44 characters with the `=`'
const BY_FILE =
  'a secret `NAME` | may come as `NAME_FILE` instead: the path of a file that holds it'
const LINE_BREAK = '… one line break at the end of the file, `\\n` or `\\r\\n` | is not part of it'
const FILE_WINS = '… `NAME` and `NAME_FILE` | the file wins'
const NO_SECRET =
  'a secret or a stored key, as it is, in hex or in base64 | stands in no answer and in no output, whatever goes wrong'
const NO_VALUE = '… a bad value that kept the server from starting | stands in no output either'
const NO_SIGNATURE = '… the signature that a webhook should have had | stands in neither'
const NO_STACK =
  'an error, from `400` up | has no stack trace, and nothing of what the carrier has answered'
const BYTES = 'the signature | is that of the bytes that came, not of the JSON written anew'
const EITHER = '… made with `WEBHOOK_SECRET` or `WEBHOOK_SECRET_PREVIOUS` | is right'
const CAPITALS = '… with hex digits in capitals | is right as well'
const WRONG = '… wrong, too short, too long, no hex, without `sha256=`, or missing | `401`'
const SIGHUP =
  '`SIGHUP` | all files of secrets are read again, but for `DATABASE_URL_FILE`, and hold for requests that come a second later'
const UNDER_WAY =
  '… while requests are under way | each is answered as usual, and the process goes on'
const BAD_NOW =
  '… where a file is bad now | what was read before holds, for that secret; the output names the variable'
const ENCRYPTED =
  '`api_key` of the table | holds the key encrypted and authenticated, in any layout: nonce, ciphertext and tag are all in it'
const DIFFERENT = '… of the same key, stored twice | is different'
const CHANGED =
  '… of which one byte was changed, any of them, or that no key of the server fits | is used for nothing: ping and `GET` get `409` or `500`'
const COPIED = '… that was copied from the row of another name | is used for nothing either'
const STILL = 'with `ENCRYPTION_KEY_PREVIOUS` | keys that were encrypted with it still work'
const RENEWED =
  '… a ping that uses such a key | encrypts it anew: from then on `ENCRYPTION_KEY` alone is enough'

// ---------------------------------------------------------------- C8 and C10: the contract, as a model

const REQUIREMENTS = {
  C8: 'C8 keeps integrations and parcels, and pings with the right key',
  C10: 'C10 follows the house rules',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const world = await World.open(submission)
    await expectAgreement(postModel(submission, world), check, submission.fresh)
  })
}

// ---------------------------------------------------------------- helpers

/** Statuses of requests that were taken. */
const TAKEN = [200, 201, 202, 204]

async function expectTaken(server: ServerSubject, sending: Sending, what: string, rule: string) {
  const answer = await server.send(sending)
  if (TAKEN.includes(answer.status)) return answer
  return expect.fail(
    `${what}\n${answer.request} answered ${answer.status}, expected 200, 201, 202 or 204: ${answer.text.slice(0, 200)}\nThe rule: ${rule}`,
  )
}

/** A webhook with a right body, signed with this secret. */
function signed(secret: string, parcel = 'PEL-1'): Sending {
  const body = JSON.stringify({ parcel, status: 'sorted' })
  return webhook(body, signatureOf(secret, body))
}

async function expectRefused(server: ServerSubject, sending: Sending, what: string, rule: string) {
  const answer = await server.send(sending)
  if (answer.status !== 401) {
    expect.fail(
      `${what}\n${answer.request} answered ${answer.status}, expected 401: ${answer.text.slice(0, 200)}\nThe rule: ${rule}`,
    )
  }
  expect(answer, what).toBeJsonError(401)
  return answer
}

/** Waits until requests are answered by new secrets. */
async function until(what: string, rule: string, isSo: () => Promise<boolean>): Promise<void> {
  const begun = Date.now()
  while (!(await isSo())) {
    if (Date.now() - begun > 10_000)
      expect.fail(`${what}, not even after 10 seconds.\nThe rule: ${rule}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A ping that reaches the carrier with this key. */
async function expectPing(
  world: World,
  server: ServerSubject,
  name: string,
  key: string,
  what: string,
  rule: string,
) {
  const before = world.carrier.requests.length
  await expectTaken(server, pinging(name), what, rule)
  const [request] = world.carrier.requests.slice(before)
  if (!request || keyOf(request) !== key) {
    expect.fail(
      `${what}\nPOST /integrations/${name}/ping: the carrier did not get the key that was stored.\nThe rule: ${rule}`,
    )
  }
}

// ---------------------------------------------------------------- C1: starts

test('C1 does not start without a secret that it needs', async () => {
  const world = await World.open(submission)
  for (const name of ['DATABASE_URL', 'WEBHOOK_SECRET', 'ENCRYPTION_KEY']) {
    await world.refuses({ [name]: undefined }, name, `Without ${name} and ${name}_FILE.`, MISSING)
  }
  await world.refuses({ WEBHOOK_SECRET: '' }, 'WEBHOOK_SECRET', 'With WEBHOOK_SECRET empty.', EMPTY)
  await world.refuses(
    { ENCRYPTION_KEY: undefined, ENCRYPTION_KEY_FILE: '' },
    ...(['ENCRYPTION_KEY', 'With ENCRYPTION_KEY_FILE empty, and nothing else.', EMPTY] as const),
  )
})

test('C1 does not start with a placeholder, or a file that is of no use', async () => {
  const world = await World.open(submission)
  const placeholders = {
    DATABASE_URL: 'ChangeMe',
    WEBHOOK_SECRET: 'changeme',
    ENCRYPTION_KEY: 'CHANGEME',
  }
  for (const [name, value] of Object.entries(placeholders)) {
    await world.refuses({ [name]: value }, name, `With ${name}=${value}.`, PLACEHOLDER)
  }
  const files: [name: string, text: string | undefined, what: string][] = [
    ['WEBHOOK_SECRET', '', 'is empty'],
    ['WEBHOOK_SECRET_PREVIOUS', '\n', 'holds a line break only'],
    ['ENCRYPTION_KEY', undefined, 'is not there'],
    ['ENCRYPTION_KEY_PREVIOUS', 'changeme\n', 'holds changeme'],
  ]
  for (const [name, text, what] of files) {
    const file = text === undefined ? world.noFile : world.write('bad', text)
    const told = `With ${name}_FILE of a file that ${what}, and a right ${name}.`
    await world.refuses(
      { [`${name}_FILE`]: file, [name]: world.secrets[name as keyof Secrets] },
      ...([name, told, PLACEHOLDER] as const),
    )
  }
})

test('C1 does not start with a secret that is too short, or a key that is none', async () => {
  const world = await World.open(submission)
  const { fresh } = submission
  for (const name of ['WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS']) {
    await world.refuses(
      { [name]: fresh.string(15) },
      name,
      `With a ${name} of 15 characters.`,
      SHORT,
    )
  }
  const base64 = (length: number) => fresh.bytes(length).toString('base64')
  const keys: [what: string, key: string][] = [
    ['31 bytes', base64(31)],
    ['33 bytes', base64(33)],
    ['16 bytes', base64(16)],
    ['32 bytes in hex', fresh.bytes(32).toString('hex')],
    ['32 letters', fresh.string(32)],
    ['44 signs that are no base64', `${base64(32).slice(0, 20)}!*${base64(32).slice(22)}`],
  ]
  for (const [what, key] of keys) {
    await world.refuses(
      { ENCRYPTION_KEY: key },
      'ENCRYPTION_KEY',
      `With ENCRYPTION_KEY of ${what}.`,
      NO_KEY,
    )
  }
  const told = 'With ENCRYPTION_KEY_PREVIOUS of 31 bytes.'
  await world.refuses(
    { ENCRYPTION_KEY_PREVIOUS: base64(31) },
    'ENCRYPTION_KEY_PREVIOUS',
    told,
    NO_KEY,
  )
})

test('C1 takes secrets from files, which win, and nothing of a file but one line break', async () => {
  const world = await World.open(submission)
  const { secrets } = world
  const [other, spaced] = [
    `whsec_${submission.fresh.string(24)}`,
    ` ${submission.fresh.string(24)}  `,
  ]
  const server = await world.start({
    ...{ DATABASE_URL: undefined, DATABASE_URL_FILE: world.write('db', `${world.db.url}\n`) },
    ...{ WEBHOOK_SECRET: other, WEBHOOK_SECRET_FILE: world.write('a', secrets.WEBHOOK_SECRET) },
    ...{
      WEBHOOK_SECRET_PREVIOUS: '',
      WEBHOOK_SECRET_PREVIOUS_FILE: world.write('b', `${spaced}\r\n`),
    },
    ...{
      ENCRYPTION_KEY: undefined,
      ENCRYPTION_KEY_FILE: world.write('c', `${secrets.ENCRYPTION_KEY}\n`),
    },
    ENCRYPTION_KEY_PREVIOUS_FILE: '',
  })
  const started =
    'Each secret is in a file; WEBHOOK_SECRET has another value, and the file no line break.'
  await expectTaken(server, signed(secrets.WEBHOOK_SECRET), started, BY_FILE)
  await expectRefused(
    server,
    signed(other),
    `${started} Signed with the variable's value:`,
    FILE_WINS,
  )
  const previous =
    'The file of WEBHOOK_SECRET_PREVIOUS begins and ends with blanks, and has \\r\\n behind them.'
  await expectTaken(server, signed(spaced), previous, LINE_BREAK)
  await expectTaken(server, putting('stork', world.newApiKey()), started, BY_FILE)
  await server.kill()
  const two = await world.start({
    WEBHOOK_SECRET_FILE: world.write('two', `${secrets.WEBHOOK_SECRET}\n\n`),
  })
  const lines =
    'The file of WEBHOOK_SECRET ends with two line breaks, of which one belongs to the secret.'
  await expectTaken(two, signed(`${secrets.WEBHOOK_SECRET}\n`), lines, LINE_BREAK)
  await expectRefused(two, signed(secrets.WEBHOOK_SECRET), lines, LINE_BREAK)
})

// ---------------------------------------------------------------- C2: leaks

/** Fails where one of the secrets stands somewhere. */
function expectSilence(
  secrets: Record<string, string>,
  place: string,
  content: string,
  rule: string,
): void {
  const leaks = findLeaks(secrets, [{ place, content }])
  if (leaks.length > 0)
    expect.fail(`${leaks.join('\n')}\nThe rule: ${rule}\n\n${content.slice(0, 1500)}`)
}

const wordsOf = ({ text, headers }: Answer) => `${text}\n${JSON.stringify(headers)}`

test('C2 shows no secret in an answer or in its output, whatever is sent', async () => {
  const world = await World.open(submission)
  const { secrets } = world
  const between = await proxy(world.db.url)
  const server = await world.start({ ...secrets, DATABASE_URL: between.url })
  const [key, unfit, said] = [
    world.newApiKey(),
    `${world.newApiKey()} x`,
    submission.fresh.string(24),
  ]
  const short = `k${submission.fresh.string(15)}`
  const hidden: Record<string, string> = {
    ...secrets,
    'the password of DATABASE_URL': new URL(between.url).password,
    'the key that was stored': key,
    'the short key': short,
    'the key that was refused': unfit.slice(0, -2),
  }
  // What a carrier may say to a key.
  const echo = `{"said":"${said}","received":"Bearer ${key}"}`
  const body = '{"parcel": "PEL-1", "status": "sorted"}'
  const right = signatureOf(secrets.WEBHOOK_SECRET, body)
  const wrong = signatureOf(submission.fresh.string(24), body)
  const json = { 'Content-Type': 'application/json' }
  const broken = { method: 'PUT', path: '/integrations/stork', headers: json }
  const steps: [mood: number, Sending][] = [
    [200, { path: '/healthz' }],
    [200, putting('stork', key)],
    [200, { path: '/integrations/stork' }],
    [200, pinging('stork')],
    [401, pinging('stork')],
    [500, pinging('stork')],
    [200, putting('stork', unfit)],
    [200, { ...broken, body: `{"apiKey":"${key}"` }],
    [200, { ...broken, body: `{"apiKey":${key}}` }],
    [200, { ...broken, body: key }],
    // A parser shows the whole of a short text that it cannot read.
    [200, { ...broken, body: short }],
    [200, { ...broken, body: `["${key}"]` }],
    [200, putting('UPPER', key)],
    [200, { ...putting('stork', key), method: 'POST' }],
    [200, webhook(body, right)],
    [200, webhook(body, wrong)],
    [200, webhook(body, `sha256=${right.slice(8)}`)],
    [200, webhook(body, undefined)],
    [200, webhook('{"parcel":', signatureOf(secrets.WEBHOOK_SECRET, '{"parcel":'))],
    [200, { path: '/nothing-here' }],
    [200, { path: '/healthz', method: 'DELETE' }],
  ]
  const look = async (sending: Sending) => {
    const answer = await server.send(sending)
    const what = `the answer to ${answer.request}: ${answer.status}`
    expectSilence(hidden, what, wordsOf(answer), NO_SECRET)
    if (answer.status === 401)
      expectSilence({ 'the right signature': right.slice(7) }, what, wordsOf(answer), NO_SIGNATURE)
    if (answer.status < 400) return
    expectSilence({ 'what the carrier said': said }, what, wordsOf(answer), NO_STACK)
    const stack = findStack(answer.text)
    if (stack) expect.fail(`${what}\nIt holds a stack trace: ${stack}\nThe rule: ${NO_STACK}`)
  }
  for (const [status, sending] of steps) {
    world.mood = { status, text: echo }
    await look(sending)
  }
  await world.carrier.stop()
  await look(pinging('stork'))
  between.cut()
  for (const sending of [
    putting('stork', key),
    { path: '/integrations/stork' },
    pinging('stork'),
    webhook(body, right),
  ]) {
    await look(sending)
  }
  await server.stop()
  expectSilence(hidden, 'its output', server.output(), NO_SECRET)
  expectSilence(
    { 'the right signature': right.slice(7) },
    'its output',
    server.output(),
    NO_SIGNATURE,
  )
})

test('C2 prints no bad value when it does not start', async () => {
  const world = await World.open(submission)
  const { fresh } = submission
  const base64 = fresh.bytes(31).toString('base64')
  const word = fresh.string(15)
  const values: [name: string, value: string][] = [
    ['WEBHOOK_SECRET', word],
    ['WEBHOOK_SECRET_PREVIOUS', fresh.string(14)],
    ['ENCRYPTION_KEY', base64],
    ['ENCRYPTION_KEY_PREVIOUS', fresh.string(40)],
  ]
  for (const [name, value] of values) {
    for (const inFile of [false, true]) {
      const env = inFile
        ? { [`${name}_FILE`]: world.write('bad', `${value}\n`) }
        : { [name]: value }
      const output = await world.refuses(env, name, `With a bad ${name}.`, NO_VALUE)
      expectSilence({ [`the bad value of ${name}`]: value }, 'the output', output, NO_VALUE)
      expectSilence(
        world.least.WEBHOOK_SECRET === undefined ? {} : { ...world.secrets },
        'the output',
        output,
        NO_SECRET,
      )
    }
  }
})

// ---------------------------------------------------------------- C3: signatures

const BODIES = [
  '{"parcel":"PEL-1","status":"sorted"}',
  '{"parcel": "PEL-1", "status": "sorted"}',
  '{ "status":"sorted",\n  "parcel":"PEL-1" }\n',
  '{"parcel":"PEL-1","status":"in Z\\u00fcrich"}',
  '{"parcel":"PEL-1","status":"in Zürich, 東京 📦"}',
  '{"parcel":"PEL-1","status":"a\\/b","weight":1.0,"price":1e2}',
  '  {"parcel":"PEL-1","status":"sorted","status":"twice"}',
  '{"parcel":"PEL-1","status":"<&>\\u2028"}',
]

test('C3 takes what is signed over the bytes that came', async () => {
  const world = await World.open(submission)
  const { WEBHOOK_SECRET, WEBHOOK_SECRET_PREVIOUS } = world.secrets
  const server = await world.start({ WEBHOOK_SECRET_PREVIOUS })
  for (const body of BODIES) {
    await world.db.query('delete from parcels')
    const rule = body === BODIES[0] ? EITHER : BYTES
    const what = `The body is ${JSON.stringify(body)}, the signature is right.`
    await expectTaken(server, webhook(body, signatureOf(WEBHOOK_SECRET, body)), what, rule)
    const answer = await server.send({ path: '/parcels/PEL-1' })
    expect(answer, `GET /parcels/PEL-1 after the webhook ${body}`).toHaveStatus(200)
    expect(answer.body, `the parcel after the webhook ${body}`).toMatchObject({
      ...{ parcel: 'PEL-1', status: JSON.parse(body).status },
    })
    const before = signatureOf(WEBHOOK_SECRET_PREVIOUS, body)
    await expectTaken(server, webhook(body, before), `${what} It is the previous secret's.`, EITHER)
  }
  for (const body of BODIES.slice(1)) {
    const anew = JSON.stringify(JSON.parse(body))
    if (anew === body) continue
    const sending = webhook(body, signatureOf(WEBHOOK_SECRET, anew))
    const what = `The body is ${JSON.stringify(body)}, the signature that of ${anew}.`
    await expectRefused(server, sending, what, BYTES)
  }
  const [body] = BODIES as [string]
  const capitals = `sha256=${signatureOf(WEBHOOK_SECRET, body).slice(7).toUpperCase()}`
  await expectTaken(server, webhook(body, capitals), 'The hex digits are capitals.', CAPITALS)
})

test('C3 refuses what is not signed, and changes nothing', async () => {
  const world = await World.open(submission)
  const { WEBHOOK_SECRET, WEBHOOK_SECRET_PREVIOUS } = world.secrets
  const [body] = BODIES as [string]
  const right = signatureOf(WEBHOOK_SECRET, body)
  const hex = right.slice(7)
  const flipped = (at: number) =>
    `${hex.slice(0, at)}${hex[at] === '0' ? '1' : '0'}${hex.slice(at + 1)}`
  const cases: [what: string, signature: string | undefined][] = [
    ['There is no X-Signature.', undefined],
    ['X-Signature is empty.', ''],
    ['X-Signature is "sha256=".', 'sha256='],
    ['The first digit is another.', `sha256=${flipped(0)}`],
    ['The last digit is another.', `sha256=${flipped(63)}`],
    ['A digit in the middle is another.', `sha256=${flipped(31)}`],
    ['It has 63 digits.', `sha256=${hex.slice(0, 63)}`],
    ['It has 62 digits.', `sha256=${hex.slice(0, 62)}`],
    ['It has 8 digits.', `sha256=${hex.slice(0, 8)}`],
    ['It has two digits more.', `sha256=${hex}00`],
    ['It has letters behind it that are no hex.', `sha256=${hex}zz`],
    ['It has 64 letters that are no hex.', `sha256=${'z'.repeat(64)}`],
    ['It has no "sha256=".', hex],
    ['It begins with "sha1=".', `sha1=${hex}`],
    ['It is in base64.', `sha256=${Buffer.from(hex, 'hex').toString('base64')}`],
    ['It is that of another body.', signatureOf(WEBHOOK_SECRET, BODIES[1]!)],
    ['It is made with another secret.', signatureOf(submission.fresh.string(24), body)],
    [
      'It is made with the previous secret, which this server has none of.',
      signatureOf(WEBHOOK_SECRET_PREVIOUS, body),
    ],
    ['It is made with an empty secret.', signatureOf('', body)],
    ['It is made with the secret "undefined".', signatureOf('undefined', body)],
    [
      'It is a hash without a secret.',
      `sha256=${'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}`,
    ],
  ]
  for (const previous of [undefined, '']) {
    const server = await world.start({ WEBHOOK_SECRET_PREVIOUS: previous })
    for (const [what, signature] of previous === undefined ? cases : cases.slice(-4)) {
      const told = previous === '' ? `${what} WEBHOOK_SECRET_PREVIOUS is empty.` : what
      await expectRefused(server, webhook(body, signature), told, WRONG)
    }
    const { rows } = await world.db.query('select parcel from parcels')
    expect(rows, 'the parcels after webhooks that were refused').toEqual([])
    await expectTaken(server, webhook(body, right), 'The signature is right.', EITHER)
    await world.db.query('delete from parcels')
    await server.kill()
  }
})

// ---------------------------------------------------------------- C4: SIGHUP

/** The server still runs. */
function expectAlive(server: ServerSubject, rule: string): void {
  if (server.process.exit)
    expect.fail(`The server has ended after SIGHUP.\nThe rule: ${rule}\n\n${server.output()}`)
}

test('C4 reads its files again on SIGHUP, and drops no request', async () => {
  const world = await World.open(submission)
  const make = () => `whsec_${submission.fresh.string(24)}`
  const [first, second, third, fourth] = [make(), make(), make(), make()]
  const now = (current: string, previous: string) => ({
    WEBHOOK_SECRET_FILE: world.write('webhook', `${current}\n`),
    WEBHOOK_SECRET_PREVIOUS_FILE: world.write('webhook-previous', `${previous}\n`),
  })
  const server = await world.start({ WEBHOOK_SECRET: undefined, ...now(first, make()) })
  await expectTaken(server, signed(first), 'At the start.', BY_FILE)
  // The first secret is right before the change, and after it.
  let isOver = false
  const load = Array.from({ length: 4 }, async (_, index) => {
    while (!isOver) {
      await expectTaken(
        server,
        signed(first, `LOAD-${index}`),
        'While files change and SIGHUP comes.',
        UNDER_WAY,
      )
    }
  })
  const failed = Promise.all(load)
  failed.catch(() => {})
  now(second, first)
  server.process.signal('SIGHUP')
  const answers = async (secret: string) => {
    expectAlive(server, UNDER_WAY)
    return TAKEN.includes((await server.send(signed(secret))).status)
  }
  try {
    await until(
      'The file of WEBHOOK_SECRET holds another secret since SIGHUP, and what is signed with it is refused',
      SIGHUP,
      () => answers(second),
    )
    for (let times = 0; times < 3; times += 1) server.process.signal('SIGHUP')
    await expectTaken(server, signed(second), 'After SIGHUP thrice more.', UNDER_WAY)
  } finally {
    isOver = true
  }
  await failed
  await expectTaken(server, signed(first), 'The first secret is the previous one now.', SIGHUP)
  now(third, second)
  server.process.signal('SIGHUP')
  await until('After a second change and SIGHUP the third secret is refused', SIGHUP, () =>
    answers(third),
  )
  await expectRefused(server, signed(first), 'The first secret is in no file any more.', SIGHUP)
  // One file is bad now, and the other one is not.
  world.write('webhook', 'changeme\n')
  world.write('webhook-previous', `${fourth}\n`)
  server.process.signal('SIGHUP')
  const told =
    'The file of WEBHOOK_SECRET holds changeme now, that of WEBHOOK_SECRET_PREVIOUS another secret'
  await until(`${told}, which is refused`, BAD_NOW, () => answers(fourth))
  await expectTaken(server, signed(third), `${told}. Signed with the one before:`, BAD_NOW)
  await expectRefused(server, signed('changeme'), `${told}. Signed with changeme:`, BAD_NOW)
  expectAlive(server, BAD_NOW)
  await until(`${told}, and the output does not name WEBHOOK_SECRET`, BAD_NOW, async () =>
    /\bWEBHOOK_SECRET(?!_PREVIOUS)/.test(server.output()),
  )
  await server.stop()
  const secrets = Object.fromEntries(
    [first, second, third, fourth].map((one, index) => [`secret ${index + 1}`, one]),
  )
  expectSilence(secrets, 'its output', server.output(), NO_SECRET)
})

// ---------------------------------------------------------------- C5: at rest

const storedAs = async ({ db }: World, name: string): Promise<Buffer> => {
  const { rows } = await db.query('select api_key from integrations where name = $1', [name])
  if (!rows[0])
    expect.fail(`PUT /integrations/${name} was taken, and the table integrations has no such row.`)
  return rows[0].api_key
}

const store = async ({ db }: World, name: string, bytes: Buffer) => {
  await db.query('update integrations set api_key = $2 where name = $1', [name, bytes])
}

test('C5 encrypts keys, the same one differently each time', async () => {
  const world = await World.open(submission)
  const server = await world.start()
  const key = world.newApiKey()
  const seen: Buffer[] = []
  for (const name of ['stork', 'heron', 'stork', 'stork', 'heron']) {
    await expectTaken(server, putting(name, key), 'A key is stored.', ENCRYPTED)
    seen.push(await storedAs(world, name))
  }
  const rows = `${await world.db.dump()}\n${seen.map((one) => one.toString('latin1')).join('\n')}`
  const inClear = spellings(key).filter((one) => rows.includes(one))
  const half = [key.slice(8, 20), key.slice(-12)].filter((one) => rows.includes(one))
  if (inClear.length + half.length > 0) {
    expect.fail(
      `The tables hold the key ${key} so that it can be read, as it is, in hex or in base64.\nThe rule: ${ENCRYPTED}`,
    )
  }
  for (const [index, one] of seen.entries()) {
    for (const other of seen.slice(0, index)) {
      const same = one.equals(other)
      // A part that is the same, such as a ciphertext with one nonce, tells as much.
      const alike = [...one].filter((byte, at) => byte === other[at]).length
      if (same || alike > one.length / 2) {
        expect.fail(
          `The key ${key} was stored twice, and api_key is the same, or nearly:\n  ${other.toString('hex')}\n  ${one.toString('hex')}\nThe rule: ${DIFFERENT}`,
        )
      }
    }
  }
})

test('C5 uses no row of which a byte was changed', async () => {
  const world = await World.open(submission)
  const server = await world.start()
  const key = world.newApiKey()
  await expectTaken(server, putting('stork', key), 'A key is stored.', ENCRYPTED)
  const bytes = await storedAs(world, 'stork')
  await expectPing(world, server, 'stork', key, 'The row is as it was stored.', ENCRYPTED)
  const looked = world.carrier.requests.length
  const tampered: [what: string, Buffer][] = [...bytes.keys()].map((at) => {
    const other = Buffer.from(bytes)
    other[at]! ^= 1 << submission.fresh.int(0, 7)
    return [`Of the ${bytes.length} bytes of api_key, number ${at + 1} was changed.`, other]
  })
  tampered.push(
    ['The last byte of api_key was taken away.', bytes.subarray(0, -1)],
    ['The first half of api_key was taken away.', bytes.subarray(bytes.length >> 1)],
    ['api_key is empty.', Buffer.alloc(0)],
  )
  for (const [index, [what, other]] of tampered.entries()) {
    await store(world, 'stork', other)
    expectUnused(await server.send(pinging('stork')), what, CHANGED)
    if (index % 3 === 0 || index >= bytes.length) {
      expectUnused(await server.send({ path: '/integrations/stork' }), what, CHANGED)
    }
  }
  const reached = world.carrier.requests.length - looked
  if (reached > 0)
    expect.fail(
      `${reached} pings with changed rows have reached the carrier.\nThe rule: ${CHANGED}`,
    )
  await store(world, 'stork', bytes)
  await expectPing(world, server, 'stork', key, 'The row is again as it was stored.', ENCRYPTED)
})

test('C9 uses no row that was copied from another name', async () => {
  const world = await World.open(submission)
  const server = await world.start()
  await expectTaken(server, putting('stork', world.newApiKey()), 'A key is stored.', ENCRYPTED)
  await expectTaken(server, putting('heron', world.newApiKey()), 'A key is stored.', ENCRYPTED)
  await store(world, 'heron', await storedAs(world, 'stork'))
  const what = 'api_key of stork was copied to heron.'
  expectUnused(await server.send(pinging('heron')), what, COPIED)
  expectUnused(await server.send({ path: '/integrations/heron' }), what, COPIED)
  expect(await server.send(pinging('stork')), 'stork, which was not touched').toHaveStatus(200)
})

// ---------------------------------------------------------------- C6: a new key

test('C6 lets a new encryption key take over', async () => {
  const world = await World.open(submission)
  const { ENCRYPTION_KEY: later, ENCRYPTION_KEY_PREVIOUS: earlier } = world.secrets
  const keys = { stork: world.newApiKey(), heron: world.newApiKey(), crane: world.newApiKey() }
  const old = await world.start({ ENCRYPTION_KEY: earlier })
  for (const [name, key] of Object.entries(keys)) {
    await expectTaken(old, putting(name, key), 'A key is stored.', ENCRYPTED)
  }
  await old.kill()
  const both = await world.start({ ENCRYPTION_KEY: later, ENCRYPTION_KEY_PREVIOUS: earlier })
  const told = 'The keys were stored under the previous ENCRYPTION_KEY; the server has both.'
  for (const [name, key] of Object.entries(keys)) {
    const answer = await both.send({ path: `/integrations/${name}` })
    expect(answer, told).toHaveStatus(200)
    expect(answer.body, told).toMatchObject({ name, apiKey: `…${key.slice(-4)}` })
  }
  await expectPing(world, both, 'stork', keys.stork, told, STILL)
  world.mood = { status: 500, text: '{}' }
  await both.send(pinging('heron'))
  world.mood = { status: 200, text: '{}' }
  const again = 'After a first ping, which the server has encrypted the key for anew.'
  await expectPing(world, both, 'stork', keys.stork, again, RENEWED)
  await expectPing(world, both, 'heron', keys.heron, again, RENEWED)
  const added = world.newApiKey()
  await expectTaken(both, putting('egret', added), 'A key is stored.', ENCRYPTED)
  await both.kill()
  const alone = await world.start({ ENCRYPTION_KEY: later })
  const only = 'The server has the new ENCRYPTION_KEY alone; the key was used while it had both.'
  await expectPing(world, alone, 'stork', keys.stork, only, RENEWED)
  await expectPing(world, alone, 'heron', keys.heron, only, RENEWED)
  await expectPing(world, alone, 'egret', added, 'Stored while the server had both keys.', RENEWED)
  const never = 'crane was encrypted with a key that this server does not have.'
  expectUnused(await alone.send(pinging('crane')), never, CHANGED)
})

test('C6 takes a new encryption key from its file on SIGHUP', async () => {
  const world = await World.open(submission)
  const { ENCRYPTION_KEY: later, ENCRYPTION_KEY_PREVIOUS: earlier } = world.secrets
  const server = await world.start({
    ...{ ENCRYPTION_KEY: undefined, ENCRYPTION_KEY_FILE: world.write('key', `${earlier}\n`) },
    ENCRYPTION_KEY_PREVIOUS_FILE: world.write('key-previous', `${world.newKey()}\n`),
  })
  const key = world.newApiKey()
  await expectTaken(server, putting('stork', key), 'A key is stored.', ENCRYPTED)
  const before = await storedAs(world, 'stork')
  world.write('key', `${later}\n`)
  world.write('key-previous', `${earlier}\n`)
  server.process.signal('SIGHUP')
  await until(
    'After SIGHUP, with another ENCRYPTION_KEY in its file, a ping encrypts nothing anew',
    SIGHUP,
    async () => {
      expectAlive(server, SIGHUP)
      await expectPing(world, server, 'stork', key, 'After SIGHUP.', SIGHUP)
      return !before.equals(await storedAs(world, 'stork'))
    },
  )
  await server.kill()
  const alone = await world.start({ ENCRYPTION_KEY: later })
  await expectPing(
    world,
    alone,
    'stork',
    key,
    'The server has the new ENCRYPTION_KEY alone.',
    RENEWED,
  )
})

// ---------------------------------------------------------------- C7: what git takes

const KEPT_OUT =
  'keeps out `.env`, `.env.local`, `.env.production`, everything in `secrets/`, and files that end in `.pem` or `.key`, in any folder'
const TAKES = '… `.env.example` and `server.ts` | are taken'
const LINES = '`.env.example` | has a line `NAME=…` for each of the seven variables'
const EXAMPLES = '… a secret in it | is empty, or `changeme`; what stands there would not start'

test('C7 keeps secrets out of git, and nothing else', async () => {
  const folder = path.join(submission.temporaryFolder('repository'), 'post')
  submission.copyTo(folder)
  submission.file('.gitignore')
  const secret = [
    ...['.env', '.env.local', '.env.production', 'secrets/webhook', 'secrets/old/key.txt'],
    ...[
      'server.pem',
      'tls.key',
      'deploy/.env',
      'deploy/.env.local',
      'deploy/secrets/webhook',
      'deploy/tls/a.pem',
      'deploy/b.key',
    ],
  ]
  const fine = [
    '.env.example',
    'server.ts',
    'schema.sql',
    'README.md',
    'deploy/app.ts',
    '.gitignore',
    'package.json',
    'keys.ts',
    'environment.ts',
  ]
  for (const file of [...secret, ...fine]) {
    const full = path.join(folder, file)
    mkdirSync(path.dirname(full), { recursive: true })
    if (!existsSync(full)) writeFileSync(full, 'x')
  }
  const home = submission.temporaryFolder('home')
  const env = { HOME: home, GIT_CONFIG_NOSYSTEM: '1' }
  const git = (...args: string[]) => runTool(['git', ...args], { cwd: folder, env, own: [home] })
  await git('init', '-q')
  await git('add', '-A')
  const taken = new Set((await git('ls-files', '-z')).out.split('\0'))
  const leaked = secret.filter((file) => taken.has(file))
  if (leaked.length > 0) {
    expect.fail(
      `With your .gitignore, \`git add -A\` takes ${leaked.join(', ')}.\nThe rule: \`.gitignore\` | ${KEPT_OUT}`,
    )
  }
  const lost = fine.filter((file) => !taken.has(file))
  if (lost.length > 0) {
    expect.fail(
      `With your .gitignore, \`git add -A\` leaves out ${lost.join(', ')}.\nThe rule: ${TAKES}`,
    )
  }
})

test('C7 has every variable in .env.example, and no secret', () => {
  const lines = submission.readText('.env.example').split(/\r?\n/)
  const values = new Map(
    lines.flatMap((line): [string, string][] => {
      const match = /^\s*(?:#\s*)?(?:export\s+)?([A-Z_]+)\s*=(.*)$/.exec(line)
      return match
        ? [
            [
              match[1]!,
              match[2]!
                .replace(/\s+#.*$/, '')
                .trim()
                .replace(/^(["'])(.*)\1$/, '$2'),
            ],
          ]
        : []
    }),
  )
  const secrets = [
    'DATABASE_URL',
    'WEBHOOK_SECRET',
    'WEBHOOK_SECRET_PREVIOUS',
    'ENCRYPTION_KEY',
    'ENCRYPTION_KEY_PREVIOUS',
  ]
  const lacking = ['PORT', 'UPSTREAM_URL', ...secrets].filter((name) => !values.has(name))
  if (lacking.length > 0)
    expect.fail(`.env.example has no line for ${lacking.join(', ')}.\nThe rule: ${LINES}`)
  const real = secrets.filter((name) => !/^(?:changeme)?$/i.test(values.get(name)!))
  if (real.length > 0)
    expect.fail(
      `.env.example has a value for ${real.join(', ')} that a server would start with, or that may be real.\nThe rule: ${EXAMPLES}`,
    )
})
