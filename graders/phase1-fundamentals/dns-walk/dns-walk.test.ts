import fc from 'fast-check'
import { test } from 'vitest'
import type * as Walk from '../../../solutions/phase1-fundamentals/dns-walk/resolver.ts'
import { forAll, meanwhile, openSubmission, sharedUntilFailure } from '../../harness/index.ts'
import type { Ask } from './calls.ts'
import { programs, spell, timedPrograms } from './draw.ts'
import { type Move, type Program, playProgram, playTwoLimits } from './play.ts'
import { type Given, pelicanWorld, post } from './sample.ts'
import type { Forgery, Health, Type } from './world.ts'

const submission = openSubmission(import.meta)
const start = () => submission.loadModule<typeof Walk>('resolver.ts', { network: true })
const load = sharedUntilFailure(start, (subject) => subject.kill())

/** Long enough for a server on a slow machine, where none is silent. */
const LONG = 3000
const SHORT = 300

const QUICK_FAULTS: Health[] = [
  'REFUSED',
  'SERVFAIL',
  'NOTIMP',
  'refers up',
  'refers to itself',
  'refers elsewhere',
]
const FORGERIES: Forgery[] = [
  'another id',
  'another name',
  'another type',
  'another port',
  'a question',
  'garbage',
]

/** How many worlds are up at once. */
const AT_ONCE = 6

async function playAll(list: Program[], subject = load()): Promise<void> {
  const waiting = [...list]
  const errors: unknown[] = []
  const work = async () => {
    for (let next = waiting.shift(); next && errors.length === 0; next = waiting.shift()) {
      await playProgram(await subject, next).catch((error) => errors.push(error))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (errors.length > 0) throw errors[0]
}

const random = (drawn: fc.Arbitrary<Program>, runs: number) =>
  forAll(submission.fresh, drawn, runs, (...list) => playAll(list))

const ask = (...asks: [name: string, type: Type][]): Move[] =>
  asks.map(([name, type]) => ({ do: 'ask', asks: [{ name, type }] }))

/** Plays moves in the sample world. @param given what is special about it */
const play = async (moves: Move[], given: Given = {}, timeoutMs = LONG, subject = load()) =>
  playProgram(await subject, { world: pelicanWorld(submission.fresh, given), moves, timeoutMs })

test('C1 walks from the root to the servers of a name, for every type', async () => {
  await play(
    ask(
      ['www.pelican.test', 'A'],
      ['pelican.test', 'MX'],
      ['pelican.test', 'TXT'],
      ['www.pelican.test', 'AAAA'],
    ),
  )
})

test('C1 finds names in 40 random trees of zones', async () => {
  await random(programs(['well'], LONG), 40)
})

test('C2 follows an alias into another zone, and gives the chain before the records', async () => {
  await play(
    ask(
      ['parcels.pelican.test', 'A'],
      ['parcels.pelican.test', 'AAAA'],
      ['parcels.pelican.test', 'MX'],
    ),
  )
})

for (const reversed of [false, true]) {
  const order = reversed ? 'with its end first' : 'in order'
  test(`C2 reads a chain that comes in one answer ${order}, whether its end exists or not`, async () => {
    const sets = [
      post('a', 'CNAME', 'b'),
      post('b', 'CNAME', 'end'),
      post('end', 'A', '192.0.2.7'),
      post('x', 'CNAME', 'gone'),
    ]
    await play(ask(['a.post.example', 'A'], ['a.post.example', 'MX'], ['x.post.example', 'A']), {
      ...{ sets, reversed },
      follows: true,
    })
  })
}

test('C2 follows an alias that a server spells in capitals', async () => {
  await play(ask(['parcels.pelican.test', 'A'], ['alias.far.example', 'AAAA']), { capitals: true })
})

test('C2 gives the alias itself where a CNAME is asked for', async () => {
  await play(ask(['parcels.pelican.test', 'CNAME'], ['www.pelican.test', 'CNAME']))
})

test('C2 says what is at the end of a chain: nothing of the type, or no such name', async () => {
  await play(ask(['dangling.pelican.test', 'A'], ['parcels.pelican.test', 'TXT']))
})

for (const follows of [false, true]) {
  const how = follows ? 'in one answer' : 'one by one'
  test(`C2 follows 12 aliases that come ${how}, and no 13`, async () => {
    const sets = submission.fresh.list(14, (n) =>
      n === 13
        ? post('end', 'A', '192.0.2.7')
        : post(`a${n}`, 'CNAME', n === 12 ? 'end' : `a${n + 1}`),
    )
    await play(ask(['a1.post.example', 'A'], ['a0.post.example', 'A'], ['a5.post.example', 'A']), {
      sets,
      follows,
    })
  })

  test(`C2 ends at aliases in a circle that come ${how}`, async () => {
    const sets = [
      post('a', 'CNAME', 'b'),
      post('b', 'CNAME', 'c'),
      post('c', 'CNAME', 'a'),
      post('d', 'CNAME', 'd'),
    ]
    await play(
      ask(['a.post.example', 'A'], ['d.post.example', 'TXT'], ['a.post.example', 'CNAME']),
      { sets, follows },
    )
  })
}

test('C3 tells a name that has nothing of a type from a name that does not exist', async () => {
  await play(
    ask(
      ['www.pelican.test', 'MX'],
      ['missing.pelican.test', 'A'],
      ['pelican.test', 'AAAA'],
      ['depots.pelican.test', 'A'],
      ['nothing.depots.pelican.test', 'TXT'],
      ['missing.test', 'A'],
      ['no-such-top', 'A'],
      ['test', 'A'],
    ),
  )
})

test('C4 goes on to the next server after REFUSED, SERVFAIL, NOTIMP or a referral that leads nowhere', async () => {
  for (const fault of QUICK_FAULTS) {
    // Any order of asking is right, so one server of several is well, each in its turn.
    for (const well of [0, 1, 2]) {
      const health = [0, 1, 2].map((n): Health => (n === well ? 'well' : fault))
      await play(ask(['www.pelican.test', 'A']), { health })
    }
    await play(ask(['www.pelican.test', 'A']), { health: [fault, fault, fault] })
  }
})

test('C4 finds its way in 40 random trees in which servers fail', async () => {
  const health: Health[] = ['well', 'well', 'well', 'well', ...QUICK_FAULTS]
  await random(programs(health, LONG), 40)
})

test('C4 remembers no SERVFAIL', async () => {
  const moves: Move[] = [
    ...ask(['www.pelican.test', 'A']),
    {
      do: 'change',
      text: 'The servers of pelican.test are well again.',
      change(world) {
        world.health = {}
      },
    },
    ...ask(['www.pelican.test', 'A']),
  ]
  await play(moves, { health: ['SERVFAIL', 'SERVFAIL', 'SERVFAIL'] })
})

meanwhile('C4 goes on to the next server where one never answers', { waits: 3 }, async () => {
  const worlds: Health[][] = [0, 1, 2].map((well) =>
    [0, 1, 2].map((n) => (n === well ? 'well' : 'silent')),
  )
  worlds.push(
    ['silent', 'silent', 'silent'],
    ['closed', 'well', 'closed'],
    ['closed', 'closed', 'closed'],
  )
  const programs = [...worlds, ['well', 'well', 'well'] as Health[]].map((health, index) => ({
    world: pelicanWorld(submission.fresh, {
      health,
      roots: index % 2 ? ['silent', 'well'] : ['well', 'silent'],
    }),
    moves: ask(['www.pelican.test', 'A']),
    timeoutMs: SHORT,
  }))
  await playAll(programs, start())
})

meanwhile(
  'C4 finds its way in 12 random trees in which servers are silent',
  { waits: 3 },
  async () => {
    const seed = submission.fresh.int(0, 2 ** 31 - 1)
    const health: Health[] = ['well', 'well', 'well', 'silent', 'closed']
    await playAll(fc.sample(programs(health, SHORT), { seed, numRuns: 12 }), start())
  },
)

meanwhile(
  'C6 goes on to the next server where one never answers over TCP',
  { waits: 3 },
  async () => {
    const programs = [0, 1, 2].map((well) => ({
      world: pelicanWorld(submission.fresh, {
        health: [0, 1, 2].map((n) => (n === well ? 'well' : 'silent over TCP')),
      }),
      moves: ask(['large.pelican.test', 'TXT']),
      timeoutMs: SHORT,
    }))
    await playAll(programs, start())
  },
)

meanwhile('C4 waits for an answer as long as it is told', { waits: 2 }, async () => {
  const world = pelicanWorld(submission.fresh, { health: ['late', 'late', 'late'] })
  await playAll([{ world, moves: ask(['www.pelican.test', 'A']), timeoutMs: LONG }], start())
})

meanwhile('C4 waits for an answer no longer than it is told', { waits: 1 }, async () => {
  const world = pelicanWorld(submission.fresh, { health: ['silent', 'silent', 'silent'] })
  await playTwoLimits(await start(), world, { name: 'www.pelican.test', type: 'A' }, [SHORT, LONG])
})

for (const forgery of FORGERIES) {
  test(`C5 ignores a datagram with ${forgery} that comes before the answer`, async () => {
    const moves = ask(
      ['www.pelican.test', 'A'],
      ['pelican.test', 'TXT'],
      ['missing.pelican.test', 'A'],
    )
    await play(moves, { forgeries: [forgery] })
  })
}

test('C5 finds the one right answer among all of these, in 12 random trees', async () => {
  const drawn = programs(['well'], LONG).map((program) => {
    return { ...program, world: { ...program.world, forgeries: FORGERIES } }
  })
  await random(drawn, 12)
})

test('C6 asks again over TCP where an answer is truncated', async () => {
  await play(
    ask(
      ['large.pelican.test', 'TXT'],
      ['large.pelican.test', 'A'],
      ['alias-of-large.pelican.test', 'TXT'],
    ),
  )
})

test('C7 asks nobody for what it was told before, until the TTL has run out', async () => {
  const { fresh } = submission
  await playTtl(fresh.int(40, 90))
  await playTtl(fresh.int(400, 4000))
})

async function playTtl(ttl: number): Promise<void> {
  const { fresh } = submission
  const again = (way: number) => ask([spell('www.post.example', way), 'A'])
  const wait = (seconds: number): Move => ({ do: 'wait', seconds })
  const sets = [{ ...post('www', 'A', `192.0.2.${fresh.int(1, 90)}`), ttl }]
  const change: Move = {
    do: 'change',
    text: 'www.post.example has another address.',
    change(world) {
      const zone = world.zones.find(({ apex }) => apex === 'post.example')!
      zone.sets = [{ ...sets[0]!, data: [`192.0.2.${fresh.int(100, 200)}`] }]
    },
  }
  await play(
    [
      ...again(0),
      change,
      ...again(0),
      ...again(2),
      ...again(1),
      wait(ttl - 1),
      ...again(0),
      wait(2),
      ...again(0),
    ],
    { sets },
  )
}

for (const [first, aliasTtl, ttl] of [
  ['alias', 60, 600],
  ['address', 600, 60],
] as const) {
  test(`C7 keeps a chain until its ${first} has run out, which is the first to do so`, async () => {
    const sets = [
      { ...post('go', 'CNAME', 'www'), ttl: aliasTtl },
      { ...post('www', 'A', '192.0.2.1'), ttl },
      { ...post('other', 'A', '192.0.2.2'), ttl: 3600 },
    ]
    const change: Move = {
      do: 'change',
      text: 'go.post.example is an alias of other.post.example, www.post.example has another address.',
      change(world) {
        const zone = world.zones.find(({ apex }) => apex === 'post.example')!
        zone.sets = [
          { ...post('go', 'CNAME', 'other'), ttl: aliasTtl },
          { ...post('www', 'A', '192.0.2.3'), ttl },
          sets[2]!,
        ]
      },
    }
    const again = ask(['go.post.example', 'A'])
    const wait = (seconds: number): Move => ({ do: 'wait', seconds })
    await play([...again, change, ...again, wait(59), ...again, wait(2), ...again], { sets })
  })
}

test('C7 keeps what has not run out where something else has', async () => {
  const sets = [
    { ...post('soon', 'A', '192.0.2.1'), ttl: 60 },
    { ...post('late', 'A', '192.0.2.2'), ttl: 600 },
  ]
  const both = ask(['late.post.example', 'A'], ['soon.post.example', 'A'])
  await play([...both, { do: 'wait', seconds: 61 }, ...both.toReversed()], { sets })
})

for (const [minimum, kept] of [
  [50, 50],
  [900, 300],
] as const) {
  test(`C7 remembers what is missing for ${kept} s where the SOA's minimum is ${minimum}`, async () => {
    const moves = (['www.post.example', 'gone.post.example'] as const).flatMap((name): Move[] => [
      ...ask([name, 'MX'], [name, 'MX']),
      { do: 'wait', seconds: kept - 1 },
      ...ask([spell(name, 2), 'MX']),
      {
        do: 'change',
        text: `${name} has an MX record now.`,
        change(world) {
          const zone = world.zones.find(({ apex }) => apex === 'post.example')!
          zone.sets.push({
            name,
            type: 'MX',
            ttl: 60,
            data: [{ preference: 10, exchange: 'mail.pelican.test' }],
          })
        },
      },
      { do: 'wait', seconds: 2 },
      ...ask([name, 'MX']),
    ])
    await play(moves, { sets: [post('www', 'A', '192.0.2.9')], minimum })
  })
}

test('C7 knows what it may remember in 40 random programs of questions, waits and changes', async () => {
  await random(timedPrograms, 40)
})

test('C8 finds name servers that come without an address', async () => {
  await play(
    ask(['www.far.example', 'A'], ['deep.far.example', 'A'], ['missing.far.example', 'MX']),
  )
})

test('C8 finds name servers that are named in a zone whose own servers come without an address', async () => {
  await play(ask(['www.beyond.example', 'A'], ['missing.beyond.example', 'A']))
})

test('C8 goes on to the next server also where none comes with an address', async () => {
  for (const well of [0, 1, 2]) {
    const farHealth = [0, 1, 2].map((n): Health => (n === well ? 'well' : 'REFUSED'))
    await play(ask(['www.far.example', 'A']), { farHealth })
  }
})

test('C8 asks no address that a server says for a name outside its zone', async () => {
  await play(ask(['www.far.example', 'A'], ['www.far.example', 'TXT']), { poisoned: true })
})

test('C8 takes no record of a name outside the zone from a server', async () => {
  const given = { meddling: true, follows: true }
  await play(
    ask(
      ['alias.far.example', 'A'],
      ['parcels.pelican.test', 'A'],
      ['www.pelican.test', 'A'],
      ['www.post.example', 'A'],
    ),
    { ...given, sets: [post('www', 'A', '192.0.2.9')] },
  )
})

test('C8 ends where name servers can be found only by asking themselves', async () => {
  await play(ask(['www.one.example', 'A'], ['two.example', 'MX'], ['www.pelican.test', 'A']), {
    circular: true,
  })
})

test('C9 keeps apart calls that run at the same time', async () => {
  const names = [
    'www.pelican.test',
    'parcels.pelican.test',
    'missing.pelican.test',
    'www.far.example',
  ]
  const asks = submission.fresh.shuffle(
    names.flatMap((name) =>
      (['A', 'TXT', 'AAAA', 'A'] as const).map((type): Ask => ({ name, type })),
    ),
  )
  await play([{ do: 'ask', asks }, ...ask(['www.pelican.test', 'A'])])
  await random(programs(['well'], LONG, true), 12)
})
