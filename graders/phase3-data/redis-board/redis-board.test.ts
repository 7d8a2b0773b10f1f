import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  type Answer,
  meanwhile,
  openSubmission,
  race,
  type Sending,
  shared,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { boardModel } from './board-model.ts'
import { dayAfter, firstGone, inOneDay, inWords, lastKnown, lastReadable, utcDay } from './days.ts'
import { disturbed, eachCommand, interleaved, stopped } from './interleave.ts'
import { commandsDuring } from './monitor.ts'
import { Oracle } from './oracle.ts'
import {
  asking,
  type Copy,
  claiming,
  type Delivery,
  deliver,
  delivering,
  expectBoard,
  expectRecent,
  expectScore,
  expectUnavailable,
  ownWorld,
  send,
  sharedWorlds,
  viewing,
  type World,
} from './world.ts'

const submission = openSubmission(import.meta)
const worlds = sharedWorlds(submission)

/**
 * For tests that a server's own time limits for Redis could fail on a very busy machine: a bonus,
 * say, that was answered with 503 and given all the same.
 */
const AGAIN = { retry: 1 }

/** For those of them that wait for the program to give Redis up, and to find it again. */
const WAITING = { ...AGAIN, waits: 3 }

/** Who goes by the clock must see it move between two deliveries, in ms. */
const APART = 2

/** Plays random programs on both copies, and on the model. */
const agreement = (check: string) =>
  inOneDay((today) =>
    expectAgreement(boardModel(submission, today, worlds.calm), check, submission.fresh),
  )

/** Sends every delivery, those of one connection one after the other. */
async function deliverAll(copies: Copy[], deliveries: Delivery[], connections = 8): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  try {
    const answers = await Promise.all(
      deliveries.map((delivery, index) =>
        send(copies[index % copies.length]!, { ...delivering(delivery), agent }),
      ),
    )
    for (const answer of answers) expect(answer).toHaveStatus(200)
  } finally {
    agent.destroy()
  }
}

// ---------------------------------------------------------------- C1 the board

/** Whose order by ASCII code is not that of a dictionary, nor of a list turned round. */
const TIED_NAMES = ['b', 'b-1', 'b1', 'ba', 'a']
const OTHER_NAMES = ['constructor', 'bonus', 'recent', 'scores', '2']

/** Deliveries that give a board with ties, and with scores that sort otherwise as texts. */
function tiedBoard(world: World, day: string) {
  const { fresh } = submission
  const oracle = new Oracle()
  const deliveries: Delivery[] = []
  const scores = fresh.shuffle([9, 9, 10, 10, 80, 700, 1500, 1500, 10_600])
  const others = [...OTHER_NAMES, ...fresh.list(scores.length - 5, () => world.courier())]
  const board = [
    ...TIED_NAMES.map((courier): [string, number] => [courier, 100]),
    ...others.map((courier, index): [string, number] => [courier, scores[index]!]),
  ]
  for (const [courier, score] of board) {
    const first = fresh.int(1, Math.min(score - 1, 1000))
    for (let left = score, points = first; left > 0; points = Math.min(left, 1000)) {
      oracle.add(courier, points)
      deliveries.push(world.delivery({ courier, points, day }))
      left -= points
    }
  }
  return { oracle, deliveries: fresh.shuffle(deliveries) }
}

test('C1 keeps a board for each UTC day; no day means today', async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    // First, so that a server with another day is told so alike, whether it is ahead or behind.
    const undated = world.delivery()
    await deliver(a, undated)
    const when = 'where it is another day in the time zone of the server (TZ) than in UTC'
    await expectScore(b, { ...undated, day: today }, undated.points, `sent without a day, ${when}`)
    await expectScore(b, undated, undated.points, `asked for without a day, ${when}`)
    const line = { courier: undated.courier, score: undated.points }
    const board = await send(b, viewing())
    expect(board, when).toHaveStatus(200)
    expect(board.body, `${board.request}, ${when}`).toContainEqual(expect.objectContaining(line))
    await world.cache.client.flushdb()

    const days = [today, dayAfter(today, -1), dayAfter(today, -2)]
    const points = submission.fresh.int(1, 100)
    const courier = world.courier()
    const once = days.map((day, index) => world.delivery({ courier, points: points + index, day }))
    for (const [index, delivery] of once.entries()) {
      const score = await deliver(index % 2 ? a : b, delivery)
      expect(score, inWords(`the score of ${delivery.day}, where it is the first one`)).toBe(
        points + index,
      )
    }
    for (const { points: score, day } of once) {
      const lines = [{ rank: 1, courier, score }]
      expectBoard(await send(a, viewing({ day })), lines, 'with one delivery that day')
      await expectScore(b, { courier, day }, score, 'with one delivery that day')
    }

    const other = world.delivery({ day: dayAfter(today, -1) })
    await deliver(b, other)
    await expectScore(a, { courier: other.courier }, undefined, 'who scored yesterday only')
  })
})

test('C1 shows the best first, equals by name, and gives equals the same rank', async () => {
  const { world, a, b } = await worlds.calm()
  const day = utcDay()
  const { oracle, deliveries } = tiedBoard(world, day)
  await deliverAll([a, b], deliveries)
  const when = 'where the best come first, and equals by name'
  for (const copy of [a, b]) {
    expectBoard(await send(copy, viewing({ day, limit: 100 })), oracle.board(), when)
  }
  for (const { courier, rank, score } of oracle.board()) {
    const answer = await send(a, asking(courier, day))
    expect(answer).toHaveStatus(200)
    expect(answer.body, answer.request).toMatchObject({ rank, score })
  }
  expect(await send(a, asking(world.courier(), day))).toBeJsonError(404)
})

test('C1 cuts pages out of the board by limit and offset', async () => {
  const { world, a } = await worlds.calm()
  const day = utcDay()
  const { oracle, deliveries } = tiedBoard(world, day)
  await deliverAll([a], deliveries)
  let all = oracle.board()
  const page = async (limit: number | undefined, offset: number | undefined) => {
    const from = offset ?? 0
    const lines = all.slice(from, from + (limit ?? 10))
    expectBoard(await send(a, viewing({ day, limit, offset })), lines, `of ${all.length} lines`)
  }
  await page(undefined, undefined)
  await page(undefined, 3)
  await page(100, undefined)
  await page(5, all.length - 2)
  await page(5, all.length)
  await page(5, 5000)
  // A page may begin between two couriers of the same rank.
  for (let offset = 0; offset < all.length; offset++) await page(2, offset)
  const more = submission.fresh.list(100, () => world.delivery({ day }))
  for (const { courier, points } of more) oracle.add(courier, points)
  await deliverAll([a], more)
  all = oracle.board()
  await page(100, undefined)
  await page(100, 9)
})

test('C1 shows scores, order and ranks of any deliveries, on both copies', () => agreement('C1'))

// ---------------------------------------------------------------- C2 each delivery once

test('C2 counts any deliveries, and none twice, on both copies', () => agreement('C2'))

test('C2 counts a delivery once, whichever copy hears of it again', async () => {
  const { world, a, b } = await worlds.calm()
  const day = utcDay()
  const first = world.delivery({ day })
  expect(await deliver(a, first), 'the score after the first delivery').toBe(first.points)
  for (const copy of [b, a]) {
    const score = await deliver(copy, first)
    expect(score, `the score when ${copy.name} hears of the same id again`).toBe(first.points)
  }
  const second = world.delivery({ courier: first.courier, day })
  const sum = first.points + second.points
  expect(await deliver(b, second), 'the score after another id').toBe(sum)
  expect(await deliver(a, first), 'the score when the first id comes again after that').toBe(sum)
  const capitals = world.delivery({ day, id: `${first.id.toUpperCase()}x` })
  await deliver(a, capitals)
  const small = { ...world.delivery({ day }), id: capitals.id.toUpperCase() }
  const score = await deliver(b, small)
  expect(score, 'the score of an id that differs in capitals only').toBe(small.points)
  const other = world.delivery({ day })
  await deliver(b, other)
  for (const copy of [a, b]) {
    await expectScore(copy, first, sum, 'after two deliveries')
    await expectScore(copy, other, other.points, 'after one delivery')
  }
})

/** After an answer 503 a client sends the same again; this is what that comes to. */
async function settled(copy: Copy, answer: Answer, delivery: Delivery): Promise<void> {
  if (answer.status === 503) await deliver(copy, delivery)
  else expect(answer).toHaveStatus(200)
}

test('C2 adds up two deliveries of a courier that two copies work on at once', async () => {
  const { world, a, b } = await worlds.calm()
  const [courier, day] = [world.courier(), utcDay()]
  let sum = 0
  await interleaved([a, b], () => {
    const [one, other] = [world.delivery({ courier, day }), world.delivery({ courier, day })]
    return {
      one: delivering(one),
      other: delivering(other),
      async check([answer, answerOfOther], when) {
        await settled(a, answer, one)
        await settled(b, answerOfOther, other)
        sum += one.points + other.points
        for (const copy of [a, b]) await expectScore(copy, one, sum, when)
      },
    }
  })
})

test('C2 counts two deliveries of two couriers, or of two days, at once', async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    for (const differ of ['courier', 'day'] as const) {
      await interleaved([a, b], () => {
        const one = world.delivery({ day: today })
        const two = world.delivery({ day: today })
        const other: Delivery =
          differ === 'courier' ? two : { ...two, courier: one.courier, day: dayAfter(today, -1) }
        return {
          one: delivering(one),
          other: delivering(other),
          async check([answer, answerOfOther], when) {
            await settled(a, answer, one)
            await settled(b, answerOfOther, other)
            for (const each of [one, other]) {
              await expectScore(a, { ...each, day: each.day! }, each.points, inWords(when))
            }
          },
        }
      })
    }
  })
})

test('C2 counts a delivery once that two copies hear of at once', async () => {
  const { world, a, b } = await worlds.calm()
  const day = utcDay()
  await interleaved([a, b], () => {
    const delivery = world.delivery({ day })
    return {
      one: delivering(delivery),
      other: delivering(delivery),
      async check(answers, when) {
        for (const answer of answers) await settled(a, answer, delivery)
        for (const copy of [a, b]) await expectScore(copy, delivery, delivery.points, when)
      },
    }
  })
})

test('C2 counts a delivery that others come before, at each step', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const [courier, day] = [world.courier(), utcDay()]
  const one = world.delivery({ courier, day })
  const others: Delivery[] = []
  const [answer, answers] = await disturbed([a, b], delivering(one), () => {
    const other = world.delivery({ courier, day })
    others.push(other)
    return delivering(other)
  })
  await settled(a, answer, one)
  for (const [index, each] of answers.entries()) await settled(b, each, others[index]!)
  const sum = [one, ...others].reduce((total, { points }) => total + points, 0)
  const when = `where B counted ${others.length} others, one before each command of A`
  for (const copy of [a, b]) await expectScore(copy, one, sum, when)
})

test('C2 loses nothing in a rush of 120 requests to both copies', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const { fresh } = submission
  const day = utcDay()
  const couriers = fresh.list(4, () => world.courier())
  const oracle = new Oracle()
  const deliveries = fresh.list(60, () => world.delivery({ courier: fresh.pick(couriers), day }))
  for (const { courier, points } of deliveries) oracle.add(courier, points)
  const twice = fresh.shuffle([...deliveries, ...deliveries])
  const answers = await race(
    twice.map((delivery, index) => ({ to: (index % 2 ? a : b).server, ...delivering(delivery) })),
  )
  for (const [index, answer] of answers.entries()) await settled(a, answer, twice[index]!)
  for (const copy of [a, b]) {
    const when = `on ${copy.name} after 60 deliveries were sent twice each, all at once`
    expectBoard(await send(copy, viewing({ day })), oracle.board(), when)
  }
})

// ---------------------------------------------------------------- C3 the bonus

test('C3 gives any bonuses once, on both copies', () => agreement('C3'))

test('C3 gives the bonus once for each courier and day', AGAIN, async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    const yesterday = dayAfter(today, -1)
    const [one, other] = [world.courier(), world.courier()]
    const claim = (copy: Copy, courier: string, day?: string) => send(copy, claiming(courier, day))
    expect(await claim(a, one, today), 'the first time').toHaveStatus(200)
    for (const copy of [b, a]) {
      expect(await claim(copy, one, today), `again, on ${copy.name}`).toBeJsonError(409)
    }
    expect(await claim(b, one), 'again, without a day').toBeJsonError(409)
    expect(await claim(b, one, yesterday), 'for yesterday, another day').toHaveStatus(200)
    expect(await claim(a, one, yesterday), 'again').toBeJsonError(409)
    expect(await claim(b, other, today), 'for another courier').toHaveStatus(200)
  })
})

/** At most one got the bonus, and where Redis answered all in time, exactly one did. */
function expectOneBonus(answers: Answer[], when: string): void {
  for (const answer of answers) expect(answer, when).toHaveStatus(200, 409, 503)
  const given = answers.filter(({ status }) => status === 200).length
  const unsure = answers.some(({ status }) => status === 503)
  expect(given, `how often POST /bonus answered 200 ${when}`).toBe(unsure && given === 0 ? 0 : 1)
}

test('C3 gives the bonus once where two copies are asked at once', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const day = utcDay()
  await interleaved([a, b], () => {
    const courier = world.courier()
    return {
      one: claiming(courier, day),
      other: claiming(courier, day),
      async check(answers, when) {
        expectOneBonus(answers, when)
        // Where both were answered 503, nobody may have had it yet.
        const given = answers.some(({ status }) => status === 200)
        const later = await send(a, claiming(courier, day))
        expect(later, 'after all that').toHaveStatus(...(given ? [409] : [200, 409]))
      },
    }
  })
})

test('C3 gives two bonuses, of two days or to two couriers, at once', AGAIN, async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    for (const differ of ['courier', 'day'] as const) {
      await interleaved([a, b], () => {
        const courier = world.courier()
        const other: [string, string] =
          differ === 'courier' ? [world.courier(), today] : [courier, dayAfter(today, -1)]
        return {
          one: claiming(courier, today),
          other: claiming(...other),
          async check(answers, when) {
            for (const answer of answers) expect(answer, when).toHaveStatus(200, 503)
          },
        }
      })
    }
  })
})

test('C3 gives the bonus once in a rush of 30 requests to both copies', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const [courier, day] = [world.courier(), utcDay()]
  const claims = Array.from({ length: 30 }, (_, index) => ({
    to: (index % 2 ? a : b).server,
    ...claiming(courier, day),
  }))
  expectOneBonus(await race(claims), 'to 30 requests at once')
})

// ---------------------------------------------------------------- C4 expiry

test('C4 lets every key expire, in 96 hours at most', AGAIN, async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    const days = [today, dayAfter(today, -1), dayAfter(today, -2), undefined]
    for (const day of days) {
      const delivery = world.delivery({ day })
      await deliver(a, delivery)
      await deliver(b, delivery)
      await deliver(b, world.delivery({ courier: delivery.courier, day }))
      const claim = claiming(delivery.courier, day)
      const forDay = `for ${inWords(day ?? 'no day')}`
      expect(await send(a, claim), `the first time, ${forDay}`).toHaveStatus(200)
      expect(await send(b, claim), `again, ${forDay}`).toBeJsonError(409)
      await world.expectExpiring('after deliveries and bonuses')
    }
    await send(a, viewing({ day: dayAfter(today, -1) }))
    await send(a, asking(world.courier(), today))
    await send(a, { path: '/recent' })
    await world.expectExpiring('after reads')
  })
})

test('C4 shows a day until 48 h after its end, and no more after 72 h', AGAIN, async () => {
  await inOneDay(async (today) => {
    const { world, a } = await worlds.calm()
    const days = [dayAfter(today, -2), dayAfter(today, -1), today]
    const couriers = days.map(() => world.courier())
    const scores = days.map(() => 0)
    for (let round = 0; round < 2; round++) {
      for (const [index, day] of days.entries()) {
        const delivery = world.delivery({ courier: couriers[index], day })
        scores[index]! += delivery.points
        await deliver(a, delivery)
      }
    }
    for (const [index, day] of days.entries()) {
      expect(await send(a, claiming(couriers[index]!, day))).toHaveStatus(200)
    }
    const shows = async (index: number) => {
      const [day, courier, score] = [days[index]!, couriers[index]!, scores[index]!]
      await world.travelTo(lastReadable(day))
      const when = inWords(`when the clock shows 48 h after the end of ${day}`)
      expectBoard(await send(a, viewing({ day })), [{ rank: 1, courier, score }], when)
      await expectScore(a, { courier, day }, score, when)
      expect(await send(a, claiming(courier, day)), `again ${when}`).toBeJsonError(409)
    }
    const isGone = async (index: number) => {
      const day = days[index]!
      await world.travelTo(firstGone(day))
      const when = inWords(`when the clock shows 72 h after the end of ${day}`)
      expectBoard(await send(a, viewing({ day })), [], when)
      await expectScore(a, { courier: couriers[index]!, day }, undefined, when)
    }
    // One clock for all: 72 h after a day are 48 h after the next one.
    await shows(0)
    await shows(1)
    await isGone(0)
    await shows(2)
    await isGone(1)
    await isGone(2)
  })
})

test('C4 knows an id for 24 h, and keeps the last deliveries as long', async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    const deliveries = [today, dayAfter(today, -1)].map((day) => world.delivery({ day }))
    // Its board may be gone 24 h later; its id may not.
    const old = world.delivery({ day: dayAfter(today, -2) })
    for (const delivery of [old, ...deliveries]) {
      await deliver(a, delivery)
      await pause(APART) // or either may be the newer one
    }
    await world.travelTo(lastKnown(await world.now()))
    for (const delivery of deliveries) {
      const when = 'when the clock shows 24 h later, and the same id is sent again'
      expect(await deliver(b, delivery), `the score ${when}`).toBe(delivery.points)
      await expectScore(a, delivery, delivery.points, when)
    }
    const again = await send(b, delivering({ ...old, day: today }))
    expect(again, 'the oldest id 24 h later').toHaveStatus(200)
    const later = 'when an id of the day before yesterday comes again 24 h later, for today'
    await expectScore(a, { ...old, day: today }, undefined, later)
    await expectRecent(b, [...deliveries.toReversed(), old], 'when the clock shows 24 h later')
  })
})

// ---------------------------------------------------------------- C5 what a request costs

/** What `limit=10` and all other requests may take from Redis. */
const MOST_BYTES = 16 * 1024

test('C5 takes 16 KiB from Redis at most, and walks through no keys', AGAIN, async () => {
  const { world, a, b } = await worlds.calm()
  const { fresh } = submission
  const day = utcDay()
  const oracle = new Oracle()
  // Long names and ids, so that some hundreds of them are enough to tell.
  const deliveries = fresh.list(600, () =>
    world.delivery({
      id: fresh.string(60),
      courier: `${world.courier()}-${fresh.string(20)}`.slice(0, 40),
      points: fresh.int(1, 1000),
      day,
    }),
  )
  for (const { courier, points } of deliveries) oracle.add(courier, points)
  await deliverAll([a, b], deliveries)
  const lines = oracle.board()
  const { courier, ...standing } = lines[fresh.int(250, 350)]!
  const late = fresh.int(500, 580)
  const requests: [Sending, (answer: Answer) => void][] = [
    [viewing({ day, limit: 10 }), (answer) => expectBoard(answer, lines.slice(0, 10), 'of 600')],
    [
      viewing({ day, limit: 10, offset: late }),
      (answer) => expectBoard(answer, lines.slice(late, late + 10), 'of 600'),
    ],
    [asking(courier, day), (answer) => expect(answer.body, answer.request).toMatchObject(standing)],
    [{ path: '/recent' }, (answer) => expect(answer).toHaveStatus(200)],
    [delivering(world.delivery({ day })), (answer) => expect(answer).toHaveStatus(200)],
    [claiming(courier, day), (answer) => expect(answer).toHaveStatus(200)],
  ]
  const commands = await commandsDuring(world.cache, async () => {
    for (const [sending, check] of requests) {
      const before = a.relay.bytes
      const answer = await send(a, sending)
      const bytes = a.relay.bytes - before
      check(answer)
      const name = `${answer.request} where 600 couriers have scores`
      expect(bytes, `bytes that Redis sent for ${name}`).toBeLessThanOrEqual(MOST_BYTES)
    }
  })
  const forbidden = commands.filter((name) => ['KEYS', 'SCAN', 'FLUSHDB'].includes(name))
  expect(forbidden, 'commands that Redis ran for a request, of KEYS, SCAN and FLUSHDB').toEqual([])
})

// ---------------------------------------------------------------- C7 somebody else's keys

meanwhile(
  'C7 starts its keys with pelican: and leaves the keys of others alone',
  AGAIN,
  async () => {
    const world = await ownWorld(submission)
    const { client } = world.cache
    const { fresh } = submission
    const day = utcDay()
    const delivery = world.delivery({ day })
    const { courier } = delivery
    const text = () => fresh.string(12)
    // What others would call theirs, and what an unprefixed key might be called.
    const foreign = client.multi()
    for (const key of [
      'pelican',
      'pelicans:recent',
      'recent',
      `bonus:${courier}:${day}`,
      courier,
    ]) {
      foreign.set(key, text())
    }
    foreign.rpush('deliveries', text(), text())
    foreign.zadd('leaderboard', fresh.int(1, 9999), courier).zadd(day, 5, courier)
    foreign.zadd(`scores:${day}`, fresh.int(1, 9999), text(), 3, courier)
    foreign.hset('couriers', courier, text()).sadd('ids', delivery.id).set(fresh.unique(), text())
    await foreign.exec()
    const before = new Map<string, Buffer>()
    for (const { key } of (await world.cache.keys()).sort((a, b) => (a.key < b.key ? 1 : -1))) {
      before.set(key, (await client.dumpBuffer(key))!)
    }

    const copy = await world.copy('A')
    await deliver(copy, delivery)
    await deliver(copy, delivery)
    await expectScore(copy, delivery, delivery.points, 'after one delivery')
    expectBoard(
      await send(copy, viewing({ day })),
      [{ rank: 1, courier, score: delivery.points }],
      'after one delivery',
    )
    expect(await send(copy, claiming(courier, day))).toHaveStatus(200)
    expect(await send(copy, claiming(courier, day))).toBeJsonError(409)
    await expectRecent(copy, [delivery], 'after one delivery')

    const own = (await world.cache.keys()).filter(({ key }) => !before.has(key))
    for (const { key } of own) {
      const message = `the key ${inWords(key)}, which your program made, begins with “pelican:”`
      expect(key.startsWith('pelican:'), message).toBe(true)
    }
    for (const [key, dump] of before) {
      const name = `the key ${inWords(key)}, which is somebody else's,`
      const now = await client.dumpBuffer(key)
      expect(now !== null, `${name} is still there`).toBe(true)
      expect(now!.equals(dump), `${name} is as it was`).toBe(true)
      expect(await client.pttl(key), `ms until ${name} expires (-1: never)`).toBe(-1)
    }
  },
)

// ---------------------------------------------------------------- C8 bad input

test('C8 refuses what is not valid, and changes nothing', () => agreement('C8'))

// ---------------------------------------------------------------- C9 the last deliveries

test('C9 shows the last 20 deliveries, newest first, on both copies', async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    await expectRecent(a, [], 'at first')
    const sent: Delivery[] = []
    for (let index = 0; index < 26; index++) {
      const delivery = world.delivery({ day: dayAfter(today, -(index % 3)) })
      await pause(APART)
      await deliver(index % 2 ? a : b, delivery)
      sent.unshift(delivery)
      if (index === 2) await expectRecent(b, sent, 'after 3 deliveries')
      // An id that is known already is no new delivery.
      if (index % 5 === 4) await deliver(a, sent[3]!)
    }
    for (const copy of [a, b]) {
      await expectRecent(copy, sent.slice(0, 20), 'after 26 deliveries, some of them sent twice')
    }
  })
})

test('C9 shows the last 20 of any deliveries', () => agreement('C9'))

test('C9 shows two deliveries that two copies work on at once', async () => {
  const { world, a, b } = await worlds.calm()
  const day = utcDay()
  let newest: Delivery[] = []
  for (let index = 0; index < 20; index++) {
    const delivery = world.delivery({ day })
    await deliver(index % 2 ? a : b, delivery)
    await pause(APART)
    newest.unshift(delivery)
  }
  await interleaved([a, b], () => {
    const [one, other] = [world.delivery({ day }), world.delivery({ day })]
    return {
      one: delivering(one),
      other: delivering(other),
      async check([answer, answerOfOther], when) {
        await settled(a, answer, one)
        await settled(b, answerOfOther, other)
        const first = (await send(a, { path: '/recent' })).body?.[0]?.id
        // Whichever of the two counted last.
        const both = first === one.id ? [one, other] : [other, one]
        newest = [...both, ...newest].slice(0, 20)
        for (const copy of [a, b]) await expectRecent(copy, newest, when)
        await pause(APART)
      },
    }
  })
})

// ---------------------------------------------------------------- C10 killed

/** Kills a copy that stands before its nth command, then goes on with `act`. */
async function killedAt(
  world: World,
  copy: Copy,
  sending: Sending,
  command: number,
  act: (when: string) => Promise<void>,
): Promise<'next' | 'again' | 'over'> {
  await world.cache.client.flushdb()
  await send(copy, viewing()) // is connected after this
  const { before, answer, release } = await stopped(copy, sending, command)
  if (!before) return (await answer).status === 503 ? 'again' : 'over'
  // By the second answer Redis has read, and done, all that had been passed on to it before.
  for (let turn = 0; turn < 2; turn++) await world.cache.client.ping()
  copy.redis.cut() // what is held, and what stands behind it, must not run any more
  await copy.server.kill()
  copy.redis.heal()
  release()
  await act(`after the program was killed before ${before}, its command ${command}`)
  copy.server = await shared(() => copy.server.restart())()
  return 'next'
}

/** The points of a delivery and its place in `/recent` are both there, or neither. */
async function expectWhole(copy: Copy, delivery: Delivery, when: string): Promise<void> {
  const found = await send(copy, asking(delivery.courier, delivery.day))
  expect(found, when).toHaveStatus(200, 404)
  const recent = await send(copy, { path: '/recent' })
  expect(recent, when).toHaveStatus(200)
  const shown = (recent.body as unknown[]).length
  const counted = found.status === 200 ? 1 : 0
  const name = `deliveries in GET /recent, where GET /couriers answered ${found.status}, seen ${when}`
  expect(shown, name).toBe(counted)
}

test('C10 counts a delivery wholly or not at all when the program is killed', async () => {
  const { world, a, b: victim } = await worlds.calm()
  const day = utcDay()
  await eachCommand((command) => {
    const delivery = world.delivery({ day })
    return killedAt(world, victim, delivering(delivery), command, async (when) => {
      await world.expectExpiring(when)
      await expectWhole(a, { ...delivery, day }, when)
      const score = await deliver(a, delivery)
      expect(score, `the score when the delivery is sent again ${when}`).toBe(delivery.points)
      await expectScore(a, delivery, delivery.points, `when it is sent again ${when}`)
      await expectRecent(a, [delivery], `when it is sent again ${when}`)
      await world.expectExpiring(`when it was sent again ${when}`)
    })
  })
})

test('C10 leaves no bonus without an expiry when the program is killed', async () => {
  const { world, a, b: victim } = await worlds.calm()
  const [courier, day] = [world.courier(), utcDay()]
  await eachCommand((command) =>
    killedAt(world, victim, claiming(courier, day), command, async (when) => {
      await world.expectExpiring(when)
      expect(await send(a, claiming(courier, day)), `sent again ${when}`).toHaveStatus(200, 409)
    }),
  )
})

test('C10 makes no key without an expiry, however short, when it is read', async () => {
  const { world, a } = await worlds.calm()
  const day = utcDay()
  const delivery = world.delivery({ day })
  await deliver(a, delivery)
  for (const sending of [viewing({ day }), asking(delivery.courier, day), { path: '/recent' }]) {
    await eachCommand(async (command) => {
      const { before, answer, release } = await stopped(a, sending, command)
      const when = `while the program stands before ${before}, its command ${command} of ${sending.path}`
      await world.expectExpiring(inWords(when))
      release()
      expect(await answer).toHaveStatus(200, 503)
      return before ? 'next' : 'over'
    })
  }
})

// ---------------------------------------------------------------- C12 an id, whatever the day

test('C12 counts an id once, also when it comes again for another day', async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    const days = [today, dayAfter(today, -1), dayAfter(today, -2)]
    const delivery = world.delivery({ day: days[1] })
    await deliver(a, delivery)
    for (const day of days) {
      const again = await send(b, delivering({ ...delivery, day }))
      expect(again, inWords(`the same id for ${day}`)).toHaveStatus(200)
    }
    for (const day of days) {
      const score = day === delivery.day ? delivery.points : undefined
      await expectScore(
        a,
        { courier: delivery.courier, day },
        score,
        'where it was first sent for yesterday',
      )
    }
    await expectRecent(b, [delivery], 'after it was sent for three days')
  })
})

test('C12 counts an id of any day once, whatever day it comes with', () => agreement('C12'))

test('C12 counts an id once that two copies hear of at once, for two couriers or days', async () => {
  await inOneDay(async (today) => {
    const { world, a, b } = await worlds.calm()
    for (const differ of ['courier', 'day'] as const) {
      await interleaved([a, b], () => {
        const one = world.delivery({ day: today })
        const other: Delivery =
          differ === 'courier'
            ? { ...one, courier: world.courier() }
            : { ...one, day: dayAfter(today, -1) }
        return {
          one: delivering(one),
          other: delivering(other),
          async check([answer, answerOfOther], when) {
            await settled(a, answer, one)
            await settled(b, answerOfOther, other)
            const scores = []
            for (const { courier, day } of [one, other]) {
              const found = await send(a, asking(courier, day))
              expect(found).toHaveStatus(200, 404)
              if (found.status === 200) scores.push(found.body?.score)
            }
            const sent = inWords(`an id that came for two ${differ}s`)
            expect(scores, `the scores of ${sent} ${when}`).toEqual([one.points])
            const recent = await send(b, { path: '/recent' })
            const ids = (recent.body as { id: string }[]).map(({ id }) => id)
            expect(
              ids.filter((id) => id === one.id),
              `${sent}, in /recent ${when}`,
            ).toHaveLength(1)
          },
        }
      })
    }
  })
})

// ---------------------------------------------------------------- C6, C11 Redis in trouble

/** So long Redis is down, in ms: who gives up after some tries has done so. The other tests run meanwhile. */
const OUTAGE = 4_000

/** One of each route. `again` is the delivery that gets no answer but 503. */
const everything = (world: World, again: Delivery): Sending[] => [
  delivering(again),
  viewing({ day: again.day }),
  asking(again.courier, again.day),
  claiming(world.courier(), again.day),
  { path: '/recent' },
]

/** Sends a delivery and lets Redis keep silent until the program has sent a command. */
async function underWay(copy: Copy, delivery: Delivery): Promise<{ answer: Promise<void> }> {
  const before = copy.redis.statements.length
  copy.redis.blackhole()
  const answer = expectUnavailable(copy, delivering(delivery))
  answer.catch(() => {}) // whoever waits for it hears of it
  const asked = () => copy.redis.statements.length > before
  const message = 'POST /deliveries makes the program send a command to Redis'
  await expect.poll(asked, { timeout: 15_000, interval: 5, message }).toBe(true)
  return { answer }
}

/** Everything is 503 during the trouble, and works again when it is over. */
async function expectToRecover(
  world: World,
  copy: Copy,
  trouble: { begins(): unknown; lasts?: number; ends(): unknown },
): Promise<void> {
  const day = utcDay()
  const [first, second, third] = [1, 2, 3].map(() => world.delivery({ day }))
  const { courier } = first!
  await deliver(copy, first!)
  const waiting = await underWay(copy, { ...second!, courier })
  await trouble.begins()
  await Promise.all([
    waiting.answer,
    ...everything(world, { ...third!, courier }).map((sending) => expectUnavailable(copy, sending)),
  ])
  await pause(trouble.lasts ?? 0)
  await trouble.ends()
  const status = async () => (await copy.server.send(viewing({ day }))).status
  const message = 'the status of GET /leaderboard 10 s after Redis is back'
  await expect.poll(status, { timeout: 15_000, interval: 50, message }).toBe(200)
  for (const delivery of [second!, third!]) await deliver(copy, { ...delivery, courier })
  const sum = first!.points + second!.points + third!.points
  await expectScore(copy, first!, sum, 'after what was answered with 503 was sent again')
  for (const sending of everything(world, first!)) {
    expect(await send(copy, sending), 'after Redis is back').toHaveStatus(200)
  }
}

meanwhile('C6 answers 503 while Redis is down, and works again by itself', WAITING, async () => {
  const world = await ownWorld(submission)
  const copy = await world.copy('A')
  await expectToRecover(world, copy, {
    begins() {
      copy.redis.cut() // nothing that was sent before may come through later
      return copy.relay.stop()
    },
    lasts: OUTAGE,
    ends() {
      copy.redis.heal()
      return copy.relay.start()
    },
  })
})

meanwhile('C11 answers 503 while Redis is silent, and works again by itself', WAITING, async () => {
  const world = await ownWorld(submission)
  const copy = await world.copy('A')
  const { redis } = copy
  await expectToRecover(world, copy, { begins: redis.blackhole, ends: redis.heal })
})
