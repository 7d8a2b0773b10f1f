import { expect, test } from 'vitest'
import {
  note,
  openSubmission,
  type Reply,
  requireService,
  serveZone,
  shared,
} from '../../harness/index.ts'
import { caasOf, dataOf, of, type RecordOf, spfOf, withLines } from './records.ts'

const ZONE = 'pelican.test'
const FILE = `${ZONE}.zone`
const submission = openSubmission(import.meta)

const served = shared(() =>
  serveZone(ZONE, submission.readText(FILE), submission.temporaryFolder('zone')),
)

const absolute = (name: string) => (name === '@' ? ZONE : `${name}.${ZONE}`)

/** Asks the server, which must have read the zone. @param name relative to the zone */
async function ask(name: string, type: string): Promise<Reply> {
  requireService('dns')
  const { log, ask } = await served()
  const problems = log.filter((line) => /error|not loaded|fail/i.test(line))
  const isLoaded = log.some((line) => /\/IN: loaded serial/.test(line))
  if (!isLoaded) {
    const said = withLines(problems, submission.readText(FILE))
    expect(said, 'the server reads the zone without an error').toEqual([])
  }
  const reply = await ask(absolute(name), type)
  note(`${absolute(name)} ${type}?`, shown(reply))
  return reply
}

const shown = (reply: Reply): string =>
  [
    `${reply.rcode}${reply.flag_aa ? ', authoritative' : ''}`,
    ...(['answers', 'authorities', 'additionals'] as const).flatMap((section) =>
      (reply[section] as RecordOf[]).map(
        (record) => `${section}: ${record.name} ${record.ttl} ${record.type} ${dataOf(record)}`,
      ),
    ),
  ].join('\n')

/** What the server itself says of a name's records of one type. */
async function recordsOf(name: string, type: string): Promise<RecordOf[]> {
  const reply = await ask(name, type)
  const question = `${absolute(name)} ${type}`
  expect(reply.rcode, `${question}: the answer's code`).toBe('NOERROR')
  const answers = reply.answers as RecordOf[]
  if (answers.length > 0) {
    expect(reply.flag_aa, `${question}: the server answers for its own zone (AA)`).toBe(true)
  }
  return answers
}

test('C1 named-checkzone finds no error in the file', async () => {
  requireService('dns')
  const { checked } = await served()
  const said = checked.ok ? [] : withLines(checked.lines, submission.readText(FILE))
  expect(said, `named-checkzone -i local -k fail ${ZONE} ${FILE}`).toEqual([])
})

const PLAIN: [name: string, type: string, data: string[]][] = [
  ['@', 'NS', ['ns1.pelican.test', 'ns2.pelican.test']],
  ['ns1', 'A', ['192.0.2.1']],
  ['ns2', 'A', ['192.0.2.2']],
  ['@', 'A', ['192.0.2.10']],
  ['@', 'AAAA', ['2001:db8::10']],
  ['api', 'A', ['192.0.2.21', '192.0.2.22']],
  ['@', 'MX', ['10 mail.pelican.test']],
  ['mail', 'A', ['192.0.2.30']],
]

for (const [name, type, data] of PLAIN) {
  const title = data.length === 1 ? data[0] : data.join(' and ')
  test(`C2 ${absolute(name)} has ${type} ${title}`, async () => {
    const seen = (await recordsOf(name, type)).map((record) => `${record.type} ${dataOf(record)}`)
    const wanted = data.map((one) => `${type} ${one}`)
    expect(seen.sort(), `the ${type} records of ${absolute(name)}`).toEqual(wanted)
  })
}

test('C2 the SOA names ns1 and hostmaster', async () => {
  const [soa] = await recordsOf('@', 'SOA')
  const { mname, rname } = (soa?.data ?? {}) as { mname?: string; rname?: string }
  const seen = { 'primary server': of(mname), mailbox: of(rname) }
  const wanted = { 'primary server': 'ns1.pelican.test', mailbox: 'hostmaster.pelican.test' }
  expect(seen, 'the SOA of pelican.test').toEqual(wanted)
})

test('C2 one TXT record is the SPF rule', async () => {
  const seen = spfOf(await recordsOf('@', 'TXT'))
  expect(seen, 'the TXT records of pelican.test that begin with v=spf1').toEqual(['v=spf1 mx -all'])
})

test('C2 only letsencrypt.org may issue certificates', async () => {
  const { issue, issuewild } = caasOf(await recordsOf('@', 'CAA'))
  expect([...new Set(issue)], 'who may issue (CAA issue)').toEqual(['letsencrypt.org'])
  const wild = issuewild.filter((one) => one !== 'letsencrypt.org' && one !== '')
  expect(wild, 'others who may issue for *.pelican.test (CAA issuewild)').toEqual([])
})

test('C3 every name below depots has the address', async () => {
  const { fresh } = submission
  for (const label of [fresh.word(), fresh.unique(), `${fresh.word()}.${fresh.word()}`]) {
    const seen = (await recordsOf(`${label}.depots`, 'A')).map(dataOf)
    expect(seen, `A of ${label}.depots.pelican.test`).toEqual(['192.0.2.40'])
  }
})

test('C3 a name below depots has no other address', async () => {
  const name = `${submission.fresh.word()}.depots`
  const seen = (await recordsOf(name, 'AAAA')).map(dataOf)
  expect(seen, `AAAA of ${name}.pelican.test, which has an A only`).toEqual([])
})

test('C3 names elsewhere do not exist', async () => {
  const { fresh } = submission
  const below = ['www', 'api', 'mail', 'ns1', 'ns2'].map((name) => `${fresh.word()}.${name}`)
  for (const name of [fresh.unique(), `${fresh.word()}.${fresh.unique()}`, ...below]) {
    for (const type of ['A', 'MX']) {
      const { rcode } = await ask(name, type)
      expect(rcode, `${absolute(name)} ${type}: the answer's code`).toBe('NXDOMAIN')
    }
  }
})

test('C4 www is an alias of the apex, in one step', async () => {
  for (const [type, address] of [
    ['A', '192.0.2.10'],
    ['AAAA', '2001:db8::10'],
  ] as const) {
    const seen = (await recordsOf('www', type)).map(
      (one) => `${one.name} ${one.type} ${dataOf(one)}`,
    )
    const wanted = ['www.pelican.test CNAME pelican.test', `pelican.test ${type} ${address}`]
    expect(
      seen.map((one) => one.toLowerCase()),
      `what www.pelican.test leads to (${type})`,
    ).toEqual(wanted.map((one) => one.toLowerCase()))
  }
})

test('C5 the MX leads to a name that has an address and is no alias', async () => {
  for (const record of await recordsOf('@', 'MX')) {
    const { exchange } = record.data as { exchange: string }
    expect(of(exchange), 'where mail goes').toBe('mail.pelican.test')
  }
  const seen = (await recordsOf('mail', 'A')).map((record) => `${record.type} ${dataOf(record)}`)
  expect(seen, 'what mail.pelican.test has').toEqual(['A 192.0.2.30'])
})

test('C6 names below eu are referred to its server, with its address', async () => {
  const { fresh } = submission
  for (const name of ['eu', `${fresh.word()}.eu`, `${fresh.word()}.${fresh.word()}.eu`, 'ns1.eu']) {
    const reply = await ask(name, 'A')
    const records = (section: 'answers' | 'authorities' | 'additionals') =>
      (reply[section] as RecordOf[])
        .filter(({ type }) => type !== 'OPT')
        .map((one) => `${of(one.name)} ${one.type} ${dataOf(one)}`)
        .sort()
    const seen = {
      code: reply.rcode,
      answers: records('answers'),
      'referred to': records('authorities'),
      glue: records('additionals'),
    }
    expect(seen, `${absolute(name)}: a referral to the zone eu.pelican.test`).toEqual({
      code: 'NOERROR',
      answers: [],
      'referred to': ['eu.pelican.test NS ns1.eu.pelican.test'],
      glue: ['ns1.eu.pelican.test A 192.0.2.50'],
    })
  }
})

test('C7 addresses of api are remembered for 300 s at most', async () => {
  const ttls = (await recordsOf('api', 'A')).map(({ ttl }) => ttl)
  expect(ttls.length, 'how many addresses api.pelican.test has').toBeGreaterThan(0)
  expect(Math.max(...ttls), 'the TTL of api.pelican.test A, in seconds').toBeLessThanOrEqual(300)
})

test('C7 name servers are remembered for 3600 s at least', async () => {
  const ttls = (await recordsOf('@', 'NS')).map(({ ttl }) => ttl)
  expect(ttls.length, 'how many NS records pelican.test has').toBeGreaterThan(0)
  expect(Math.min(...ttls), 'the TTL of pelican.test NS, in seconds').toBeGreaterThanOrEqual(3600)
})

test('C7 what does not exist comes with the SOA, and is remembered for 3600 s at most', async () => {
  const name = submission.fresh.unique()
  const reply = await ask(name, 'A')
  const soa = (reply.authorities as RecordOf[]).find(({ type }) => type === 'SOA')
  expect({ code: reply.rcode, SOA: soa !== undefined }, `${absolute(name)} A`).toEqual({
    code: 'NXDOMAIN',
    SOA: true,
  })
  const { minimum } = soa!.data as { minimum: number }
  const seconds = Math.min(minimum, soa!.ttl)
  const message = 'for how long a name that does not exist is remembered, in seconds'
  expect(seconds, message).toBeLessThanOrEqual(3600)
})
