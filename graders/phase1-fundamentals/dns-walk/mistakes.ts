import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('resolver.ts')

const NAMES = '`WWW.Pelican.Test` and `www.pelican.test` are the same name'
const DOT = 'A dot at the end of `name` changes nothing.'
const DATA = 'for `MX` `{ preference, exchange }`'
const TTL = "The record's own; from memory it may be what is left of it."
const NO_DATA = '`NOERROR` and no answer, where the name exists'
const NO_NAME = '| no such name | `NXDOMAIN` |'
const ALIAS = '`answers` are the `CNAME`s in order, then the records of the type asked for'
const ALIAS_END = '`status` is that of the last name'
const ALIAS_ITSELF = 'The alias itself is the answer, and is not followed.'
const CHAINS = 'Up to 12 `CNAME`s are followed. More, or a circle → `SERVFAIL`.'
const START = 'A new resolver begins at a root server.'
const REFERRAL = '`NS` records in the authority section lead to the servers of a zone further down'
const NO_GLUE = 'The address of a name server that comes without one is resolved like any name.'
const CIRCLE = 'One that can be found only by asking itself cannot be used.'
const FAILS = 'A server fails when it does not answer within `timeoutMs`'
const NEXT = 'The next server of the zone is asked.'
const BAD_REFERRAL =
  'or refers to a zone that does not lie below its own, or that the name is not in'
const PATIENCE = 'A server that answers within `timeoutMs` has not failed.'
const DATAGRAMS =
  'One that comes from another host or port, has another id, name or type than the question, is no response, or cannot be read is ignored'
const TRUNCATED = 'A truncated answer (`TC`) is asked for again over TCP'
const PIECES = 'There a message follows its length, two bytes, and may come in pieces.'
const OTHERS = 'Whatever it says of other names is ignored: glue, and answers too.'
const RECORDS = 'The records of an answer may come in any order.'
const SEVERAL = 'Calls may run at the same time, and do not disturb each other.'
const FOUND =
  'the same name and type sends no question before the first TTL of the chain has run out'
const EXPIRED = 'After its TTL a record is not used.'
const NOT_FOUND = 'are remembered for the `minimum` field of the `SOA` record'
const MOST = 'but for 300 s at most'
const FAILED = '`SERVFAIL` is not remembered.'

const SYSTEM = `import { Resolver } from 'node:dns/promises'

export function createResolver() {
  const system = new Resolver({ timeout: 50, tries: 1 })
  return {
    async resolve(name, type) {
      try {
        const found = await system.resolve(name, type)
        return { status: 'NOERROR', answers: found.map((data) => ({ name, type, ttl: 0, data })) }
      } catch (error) {
        const status = error.code === 'ENOTFOUND' ? 'NXDOMAIN' : 'SERVFAIL'
        return { status, answers: [] }
      }
    },
  }
}
`

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: "asks the machine's own resolver",
    rule: START,
    files: { 'resolver.ts': SYSTEM },
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'expects the whole answer from the root, as from a resolver',
    rule: REFERRAL,
    edits: [
      edit(
        "if ('zone' in heard) {",
        "if ('zone' in heard) return { status: 'NOERROR', answers: [], seconds: 0 }\n      if ('zone' in heard) {",
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'waits for ever',
    rule: FAILS,
    edits: [
      edit(
        "setTimeout(end, timeoutMs)\n    socket.on('error', () => end())\n    socket.on('message'",
        "setTimeout(end, 2 ** 30)\n    socket.on('error', () => end())\n    socket.on('message'",
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'takes the first datagram that comes',
    rule: DATAGRAMS,
    edits: [edit('return isOurs ? packet : undefined', 'return packet')],
  },
  {
    id: 'W5',
    check: 'C2',
    why: 'gives the alias for the answer',
    rule: ALIAS,
    edits: [edit('if (!alias) return', 'if (found) return')],
  },
  {
    id: 'W6',
    check: 'C2',
    why: 'follows aliases in a circle for ever',
    rule: CHAINS,
    edits: [edit('step <= MOST_CNAMES', 'step <= 1e9')],
  },
  {
    id: 'W7',
    check: 'C3',
    why: 'takes every answer without records for NXDOMAIN',
    rule: NO_DATA,
    edits: [edit('return { status: rcode, answers', "return { status: 'NXDOMAIN', answers")],
  },
  {
    id: 'W8',
    check: 'C7',
    why: 'never forgets',
    rule: EXPIRED,
    edits: [edit('kept && now() < kept.until', 'kept')],
  },
  {
    id: 'W9',
    check: 'C7',
    why: 'remembers nothing',
    rule: FOUND,
    edits: [edit('heard.seconds > 0', 'heard.seconds > 1e9')],
  },
  {
    id: 'W10',
    check: 'C7',
    why: 'remembers what is missing for the TTL of the SOA',
    rule: NOT_FOUND,
    edits: [edit('soa.data.minimum ?? 0', 'soa.ttl ?? 0')],
  },
  {
    id: 'W11',
    check: 'C7',
    why: 'remembers what is missing for longer than 300 s',
    rule: MOST,
    edits: [edit('MOST_NEGATIVE_SECONDS = 300', 'MOST_NEGATIVE_SECONDS = 86_400')],
  },
  {
    id: 'W12',
    check: 'C7',
    why: 'remembers only what was found',
    rule: NOT_FOUND,
    edits: [edit('MOST_NEGATIVE_SECONDS = 300', 'MOST_NEGATIVE_SECONDS = 0')],
  },
  {
    id: 'W13',
    check: 'C4',
    why: 'remembers that all servers have failed',
    rule: FAILED,
    edits: [
      edit(
        'if (!heard) return undefined',
        'if (!heard) {\n        cache.set(key, { found: undefined as never, until: now() + 30_000 })\n        return undefined\n      }',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'compares names letter by letter',
    rule: NAMES,
    edits: [edit('plain(record.name) === name)', 'record.name === name)')],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'takes a name with a dot at its end for another one',
    rule: DOT,
    edits: [edit("name.toLowerCase().replace(/\\.$/, '')", 'name.toLowerCase()')],
  },
  {
    id: 'W16',
    check: 'C2',
    why: 'gives up after 8 aliases',
    rule: CHAINS,
    edits: [edit('MOST_CNAMES = 12', 'MOST_CNAMES = 8')],
  },
  {
    id: 'W17',
    check: 'C2',
    why: 'follows a 13th alias',
    rule: CHAINS,
    edits: [edit('MOST_CNAMES = 12', 'MOST_CNAMES = 13')],
  },
  {
    id: 'W18',
    check: 'C2',
    why: 'gives the records without the chain that leads to them',
    rule: ALIAS,
    edits: [edit('answers: chain }', 'answers: found.answers }')],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'says NOERROR where an alias leads to a name that does not exist',
    rule: ALIAS_END,
    edits: [edit('status: found.status', "status: chain.length > 0 ? 'NOERROR' : found.status")],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'follows an alias where the alias itself was asked for',
    rule: ALIAS_ITSELF,
    edits: [edit("type !== 'CNAME' && found", 'found')],
  },
  {
    id: 'W21',
    check: 'C8',
    why: 'knows only servers with glue',
    rule: NO_GLUE,
    edits: [edit('(await addressesOf(server, trail))', '[]')],
  },
  {
    id: 'W22',
    check: 'C8',
    why: 'believes any glue',
    rule: OTHERS,
    edits: [edit(' || !isWithin(owner, zone)', '')],
  },
  {
    id: 'W23',
    check: 'C8',
    why: 'believes the records at the end of a chain, whoever says them',
    rule: OTHERS,
    edits: [
      edit(
        'const answers = records.map(answerOf)\n',
        `const isAlias = wanted.length === 0
    const ends = isAlias ? (reply.answers ?? []).filter((record) => record.type === type) : []
    const answers = [...records, ...ends].map(answerOf)
`,
      ),
      edit(
        "found.answers.find((record) => record.type === 'CNAME')",
        "found.answers.every((record) => record.type === 'CNAME') && found.answers[0]",
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C8',
    why: 'looks for two name servers that wait for each other, for ever',
    rule: CIRCLE,
    edits: [edit('if (trail.includes(server)) return []\n', '')],
  },
  {
    id: 'W25',
    check: 'C4',
    why: 'asks the first server only',
    rule: NEXT,
    edits: [edit('of [...known, ...unknown])', 'of [...known, ...unknown].slice(0, 1))')],
  },
  {
    id: 'W26',
    check: 'C4',
    why: 'follows a referral wherever it leads',
    rule: BAD_REFERRAL,
    edits: [
      edit('below === zone || !isWithin(below, zone) || !isWithin(name, below)', 'below === zone'),
    ],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'follows a referral to a zone that the name is not in',
    rule: BAD_REFERRAL,
    edits: [edit(' || !isWithin(name, below)', '')],
  },
  {
    id: 'W28',
    check: 'C4',
    why: 'waits for 100 ms, whatever it is told',
    rule: PATIENCE,
    edits: [
      edit(
        "setTimeout(end, timeoutMs)\n    socket.on('error', () => end())\n    socket.on('message'",
        "setTimeout(end, 100)\n    socket.on('error', () => end())\n    socket.on('message'",
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C4',
    why: 'waits for 5 s, whatever it is told',
    rule: FAILS,
    edits: [
      edit(
        "setTimeout(end, timeoutMs)\n    socket.on('error', () => end())\n    socket.on('message'",
        "setTimeout(end, 5000)\n    socket.on('error', () => end())\n    socket.on('message'",
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C5',
    why: 'does not look at the name in the question',
    rule: DATAGRAMS,
    edits: [edit(' &&\n      plain(question.name) === name', '')],
  },
  {
    id: 'W31',
    check: 'C5',
    why: 'does not look at the id',
    rule: DATAGRAMS,
    edits: [edit('      packet.id === id &&\n', '')],
  },
  {
    id: 'W32',
    check: 'C5',
    why: 'takes answers from any port',
    rule: DATAGRAMS,
    edits: [
      edit(
        'socket.connect(at.port, at.host, () => socket.send(question))',
        'socket.send(question, at.port, at.host)',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C5',
    why: 'crashes where a datagram cannot be read',
    rule: DATAGRAMS,
    edits: [edit('} catch {\n    return undefined', '} catch (error) {\n    throw error')],
  },
  {
    id: 'W34',
    check: 'C5',
    why: 'takes a question for an answer',
    rule: DATAGRAMS,
    edits: [edit("packet.type === 'response' &&", '')],
  },
  {
    id: 'W35',
    check: 'C5',
    why: 'does not look at the type in the question',
    rule: DATAGRAMS,
    edits: [edit('question?.type === type &&', 'question !== undefined &&')],
  },
  {
    id: 'W36',
    check: 'C5',
    why: 'takes a server for dead after one datagram that is wrong',
    rule: DATAGRAMS,
    edits: [edit('if (reply) end(reply)', 'end(reply)')],
  },
  {
    id: 'W37',
    check: 'C6',
    why: 'takes what there is of a truncated answer',
    rule: TRUNCATED,
    edits: [edit('if (!reply?.flag_tc) return reply', 'if (reply) return reply')],
  },
  {
    id: 'W38',
    check: 'C6',
    why: 'takes the first piece over TCP for the whole message',
    rule: PIECES,
    edits: [
      edit(
        'if (kept.length < 2 || kept.length < 2 + kept.readUInt16BE()) return\n',
        'if (kept.length < 14) return\n',
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C2',
    why: 'looks at the first record of an answer only, to see whether it is about the name',
    rule: RECORDS,
    edits: [
      edit(
        '  const wanted = own',
        '  if (own.length > 0 && own[0] !== reply.answers?.[0]) own.length = 0\n  const wanted = own',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C9',
    why: 'keeps the chain of the call that runs in one place for all',
    rule: SEVERAL,
    edits: [
      edit('  const cache = new Map', '  let chain: Answer[] = []\n  const cache = new Map'),
      edit('    const chain: Answer[] = []\n', '    if (trail.length === 0) chain = []\n'),
    ],
  },
  {
    id: 'W41',
    check: 'C1',
    why: 'makes up the TTL',
    rule: TTL,
    edits: [
      edit('name: plain(name), type, ttl, data }', 'name: plain(name), type, ttl: 300, data }'),
    ],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'gives the name of a mail server without its preference',
    rule: DATA,
    edits: [
      edit(
        'type, ttl, data }\n}',
        'type, ttl, data: (data as { exchange?: string }).exchange ?? data }\n}',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C4',
    why: 'knows one root server',
    rule: NEXT,
    edits: [edit("new Map([['', roots]])", "new Map([['', roots.slice(0, 1)]])")],
  },
  {
    id: 'W44',
    check: 'C7',
    why: "looks at the machine's clock",
    rule: EXPIRED,
    edits: [edit('kept && now() <', 'kept && Date.now() - 1e13 <')],
  },
  {
    id: 'W45',
    check: 'C7',
    why: 'takes the TTL for milliseconds',
    rule: FOUND,
    edits: [edit('heard.seconds * 1000', 'heard.seconds')],
  },
  {
    id: 'W46',
    check: 'C3',
    why: 'says NOERROR for a name that does not exist',
    rule: NO_NAME,
    edits: [edit('return { status: rcode, answers', "return { status: 'NOERROR', answers")],
  },
  {
    id: 'W47',
    check: 'C4',
    why: 'takes REFUSED and the like for the answer',
    rule: 'or with another code than `NOERROR` or `NXDOMAIN`',
    edits: [
      edit(
        "if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return undefined",
        "if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return { status: rcode as never, answers: [], seconds: 0 }",
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C7',
    why: 'remembers that a name has nothing, whatever type was asked for',
    rule: NOT_FOUND,
    edits: [
      edit(
        'const kept = cache.get(key)\n    if (kept',
        'const kept = cache.get(key) ?? cache.get(name)\n    if (kept',
      ),
      edit(
        'if (heard.seconds > 0) cache.set(key,',
        'if (heard.seconds > 0) cache.set(heard.answers.length > 0 ? key : name,',
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C7',
    why: 'keeps whole chains for as long as their last record',
    rule: EXPIRED,
    edits: [
      edit(
        'trail: string[] = []): Promise<Result> {\n',
        'trail: string[] = []): Promise<Result> {\n    const kept = whole.get(type + plain(name))\n    if (kept && now() < kept.until) return kept.result\n',
      ),
      edit(
        '  const cache = new Map',
        '  const whole = new Map<string, { result: Result; until: number }>()\n  const cache = new Map',
      ),
      edit(
        'if (!alias) return { status: found.status, answers: chain }',
        'if (!alias) {\n        const result = { status: found.status, answers: chain }\n        whole.set(type + plain(name), { result, until: now() + found.seconds * 1000 })\n        return result\n      }',
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C6',
    why: 'takes a server whose answer is truncated for one that fails',
    rule: TRUNCATED,
    edits: [edit('return askOverTcp(at, question, timeoutMs, isReply)', 'return undefined')],
  },
  {
    id: 'W51',
    check: 'C6',
    why: 'sends a question over TCP without its length',
    rule: PIECES,
    edits: [edit('socket.write(Buffer.concat([length, question]))', 'socket.write(question)')],
  },
  {
    id: 'W52',
    check: 'C4',
    why: 'has timeoutMs for the whole walk, and not for each server',
    rule: NEXT,
    edits: [
      edit(
        'resolve: (name, type) => resolve(name, type)',
        "resolve: (name, type) =>\n      Promise.race([\n        resolve(name, type),\n        new Promise<Result>((done) => setTimeout(done, timeoutMs, { status: 'SERVFAIL', answers: [] })),\n      ])",
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C8',
    why: 'compares glue with the zone letter by letter, and not label by label',
    rule: OTHERS,
    edits: [edit(' || !isWithin(owner, zone)', ' || !owner.endsWith(zone)')],
  },
  {
    id: 'W54',
    check: 'C4',
    why: 'compares a referral with the name letter by letter, and not label by label',
    rule: BAD_REFERRAL,
    edits: [edit(' || !isWithin(name, below)', ' || !name.endsWith(below)')],
  },
  {
    id: 'W55',
    check: 'C2',
    why: 'gives the chain from its end',
    rule: ALIAS,
    edits: [edit('chain.push(...found', 'chain.unshift(...found')],
  },
  {
    id: 'W57',
    check: 'C2',
    why: 'drops the chain where its end does not exist',
    rule: ALIAS_END,
    edits: [edit('answers: chain }', "answers: found.status === 'NXDOMAIN' ? [] : chain }")],
  },
  {
    id: 'W58',
    check: 'C2',
    why: 'looks at the code before the records: a chain to a name that does not exist is lost',
    rule: ALIAS_END,
    edits: [
      edit(
        '  const own = (reply',
        "  if (rcode === 'NXDOMAIN') return { status: rcode, answers: [], seconds: 0 }\n  const own = (reply",
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C4',
    why: 'shares the promise of a call, and keeps it where the call fails',
    rule: FAILED,
    edits: [
      edit(
        'resolve: (name, type) => resolve(name, type)',
        "resolve: (name, type) => {\n      const key = type + plain(name)\n      const shared = calls.get(key) ?? resolve(name, type)\n      calls.set(key, shared)\n      shared.then(({ status }) => status !== 'SERVFAIL' && calls.delete(key))\n      return shared\n    }",
      ),
      edit(
        '  const cache = new Map',
        '  const calls = new Map<string, Promise<Result>>()\n  const cache = new Map',
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C9',
    why: 'shares the promise of a call with calls for another type',
    rule: SEVERAL,
    edits: [
      edit(
        'resolve: (name, type) => resolve(name, type)',
        'resolve: (name, type) => {\n      const key = plain(name)\n      const shared = calls.get(key) ?? resolve(name, type).finally(() => calls.delete(key))\n      calls.set(key, shared)\n      return shared\n    }',
      ),
      edit(
        '  const cache = new Map',
        '  const calls = new Map<string, Promise<Result>>()\n  const cache = new Map',
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C9',
    why: 'has one list of the name servers that are looked for, for all calls',
    rule: SEVERAL,
    edits: [
      edit(
        "if (trail.includes(server)) return []\n    const { answers } = await resolve(server, 'A', [...trail, server])",
        "if (looking.has(server)) return []\n    looking.add(server)\n    const { answers } = await resolve(server, 'A', trail).finally(() => looking.delete(server))",
      ),
      edit(
        '  const cache = new Map',
        '  const looking = new Set<string>()\n  const cache = new Map',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C1',
    why: 'takes the names of servers as they are spelled',
    rule: NAMES,
    edits: [
      edit(
        'plain(String((record as { data: unknown }).data))',
        'String((record as { data: unknown }).data)',
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C6',
    why: 'reads the length from the first piece, however short that is',
    rule: PIECES,
    edits: [edit('if (kept.length < 2 || kept', 'if (kept')],
  },
  {
    id: 'W64',
    check: 'C7',
    why: 'remembers a name as it was spelled',
    rule: FOUND,
    edits: [
      edit('let current = plain(name)', "let current = name.replace(/\\.$/, '')"),
      edit('    let servers: Servers =', '    name = plain(name)\n    let servers: Servers ='),
    ],
  },
  {
    id: 'W65',
    check: 'C6',
    why: 'waits for ever over TCP',
    rule: FAILS,
    edits: [
      edit('setTimeout(end, timeoutMs)\n    let kept', 'setTimeout(end, 2 ** 30)\n    let kept'),
    ],
  },
  {
    id: 'W66',
    check: 'C4',
    why: 'follows a referral to the very zone it asks in, for ever',
    rule: BAD_REFERRAL,
    edits: [edit('below === zone || ', '')],
  },
  {
    id: 'W67',
    check: 'C4',
    why: 'crashes where nothing listens at the port of a server',
    rule: FAILS,
    edits: [
      edit("socket.on('error', () => end())\n    socket.on('message'", "socket.on('message'"),
    ],
  },
  {
    id: 'W68',
    check: 'C1',
    why: 'joins the strings of a TXT record',
    rule: 'for `TXT` the list of its strings',
    edits: [
      edit(
        'return { name: plain(name), type, ttl, data }',
        "return { name: plain(name), type, ttl, data: type === 'TXT' && Array.isArray(data) ? [data.join('')] : data }",
      ),
    ],
  },
  {
    id: 'W69',
    check: 'C7',
    why: 'remembers names that do not exist, but not that there is nothing of a type',
    rule: NOT_FOUND,
    edits: [
      edit(
        'if (heard.seconds > 0) cache',
        "if (heard.seconds > 0 && (heard.answers.length > 0 || heard.status === 'NXDOMAIN')) cache",
      ),
    ],
  },
  {
    id: 'W70',
    check: 'C7',
    why: 'forgets everything when anything has run out',
    rule: FOUND,
    edits: [edit('cache.delete(key)', 'if (kept) cache.clear()')],
  },
  {
    id: 'W71',
    check: 'C4',
    why: 'never again asks a server that has failed once',
    rule: FAILED,
    edits: [
      edit(
        'const reply = await exchange(ip, name, type)',
        'if (dead.has(ip)) continue\n        const reply = await exchange(ip, name, type)',
      ),
      edit('if (heard) return heard\n', 'if (heard) return heard\n        dead.add(ip)\n'),
      edit('  const cache = new Map', '  const dead = new Set<string>()\n  const cache = new Map'),
    ],
  },
  {
    id: 'W72',
    check: 'C1',
    why: 'gives one record of several',
    rule: ALIAS,
    edits: [
      edit(
        'const answers = records.map(answerOf)',
        'const answers = records.slice(0, 1).map(answerOf)',
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C2',
    why: 'gives up at the 12th alias',
    rule: CHAINS,
    edits: [edit('step <= MOST_CNAMES', 'step < MOST_CNAMES')],
  },
  {
    id: 'W74',
    check: 'C3',
    why: 'takes NXDOMAIN for a failure of the server',
    rule: NO_NAME,
    edits: [edit("if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN')", "if (rcode !== 'NOERROR')")],
  },
  {
    id: 'W75',
    check: 'C6',
    why: 'puts what came over TCP behind what was truncated',
    rule: TRUNCATED,
    edits: [
      edit(
        'return askOverTcp(at, question, timeoutMs, isReply)',
        'const whole = await askOverTcp(at, question, timeoutMs, isReply)\n    return whole && { ...whole, answers: [...(reply.answers ?? []), ...(whole.answers ?? [])] }',
      ),
    ],
  },
  {
    id: 'W76',
    check: 'C7',
    why: 'remembers nothing for longer than 5 minutes',
    rule: FOUND,
    edits: [
      edit(
        'until: now() + heard.seconds * 1000',
        'until: now() + Math.min(heard.seconds, 300) * 1000',
      ),
    ],
  },
  {
    id: 'W77',
    check: 'C7',
    why: 'remembers a record for its TTL from when it was last used',
    rule: EXPIRED,
    edits: [
      edit(
        'if (kept && now() < kept.until) return kept.found',
        'if (kept && now() < kept.until) {\n      kept.until = now() + kept.found.seconds * 1000\n      return kept.found\n    }',
      ),
    ],
  },
  {
    id: 'W78',
    check: 'C8',
    why: 'remembers every address that any server says',
    rule: OTHERS,
    edits: [
      edit(
        'const heard = reply && read(reply, servers.zone, name, type)',
        "const heard = reply && read(reply, servers.zone, name, type)\n        for (const extra of reply?.additionals ?? []) {\n          if (extra.type !== 'A') continue\n          const found: Found = { status: 'NOERROR', answers: [answerOf(extra)], seconds: 60 }\n          cache.set('A ' + plain(extra.name), { found, until: now() + 60_000 })\n        }",
      ),
    ],
  },
  {
    id: 'W79',
    check: 'C8',
    why: 'resolves the name of one server, where none has glue',
    rule: NEXT,
    edits: [edit('of [...known, ...unknown])', 'of [...known, ...unknown.slice(0, 1)])')],
  },
  {
    id: 'W80',
    check: 'C8',
    why: 'does not look for a name server while it looks for another one',
    rule: NO_GLUE,
    edits: [edit('if (trail.includes(server)) return []', 'if (trail.length > 0) return []')],
  },
  {
    id: 'W81',
    check: 'C1',
    why: 'shares its memory with every other resolver',
    rule: START,
    edits: [
      edit('  const cache = new Map<string, { found: Found; until: number }>()\n', ''),
      edit(
        'export function createResolver',
        'const cache = new Map<string, { found: Found; until: number }>()\n\nexport function createResolver',
      ),
    ],
  },
  {
    id: 'W82',
    check: 'C2',
    why: 'takes the end of an alias as it is spelled',
    rule: NAMES,
    edits: [edit('current = plain(String(alias.data))', 'current = String(alias.data)')],
  },
  {
    id: 'W83',
    check: 'C4',
    why: 'waits for half of the time',
    rule: PATIENCE,
    edits: [
      edit(
        "setTimeout(end, timeoutMs)\n    socket.on('error', () => end())\n    socket.on('message'",
        "setTimeout(end, timeoutMs / 2)\n    socket.on('error', () => end())\n    socket.on('message'",
      ),
    ],
  },
]
