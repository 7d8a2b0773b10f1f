import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  meanwhile,
  openSubmission,
  race,
  type Sending,
  SubjectError,
} from '../../harness/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../../harness/probes/junk.ts'
import { expectSerial, ledgerOf } from './ledger.ts'
import { inEachGap, overOrWaiting, shortened, stopped } from './stopping.ts'
import {
  booking,
  type Copy,
  centsAt,
  freeing,
  lockerOf,
  moving,
  ownWorld,
  sharedWorlds,
  type Transfer,
  type World,
} from './world.ts'

const submission = openSubmission(import.meta)
const worlds = sharedWorlds(submission)

/** How late each statement arrives in a rush, in ms: room between looking and acting. */
const LATE = 12

/** How long the bookkeeper locks a wallet, or a statement is under way, in ms: nearly as long as it may. */
const SLOW_MS = 8000

/** How long an answer may take among many transfers at once, in ms. */
const RUSH_MS = 60_000

/** Runs requests at once on both copies, in turn, while every statement is late. */
async function rush(copies: [Copy, Copy], sendings: Sending[]): Promise<Answer[]> {
  for (const { way } of copies) way.delay(LATE)
  try {
    return await race(sendings.map((sending, nth) => ({ to: copies[nth % 2]!.server, ...sending })))
  } finally {
    for (const { way } of copies) way.heal()
  }
}

const statusesOf = (answers: Answer[]) => {
  const counts = Object.entries(Object.groupBy(answers, ({ status }) => status))
  return counts.map(([status, list]) => `${list!.length} × ${status}`).join(', ')
}

// ---------------------------------------------------------------- C1: lockers

test('C1 books a free locker, refuses when none is free, and frees it again', async () => {
  const { world, a, b } = await worlds.calm()
  const depot = await world.depot(2)
  const other = await world.depot(1)
  const [first, second, third] = world.parcels(3) as [string, string, string]
  const one = lockerOf(await a.server.send(booking(depot, first)), 'the first parcel', 201)
  const two = lockerOf(await b.server.send(booking(depot, second)), 'the second parcel', 201)
  expect((await world.taken(depot)).sort(), 'the lockers in the database').toEqual(
    [`${one}: ${first}`, `${two}: ${second}`].sort(),
  )
  expect(await a.server.send(booking(depot, third)), 'all lockers are taken').toBeJsonError(409)
  expect(await b.server.send(freeing(first))).toHaveStatus(200, 204)
  expect(await world.taken(depot), 'after the DELETE').toEqual([`${two}: ${second}`])
  const again = lockerOf(await a.server.send(booking(depot, third)), 'one was freed', 201)
  expect(again, 'the locker that was freed').toBe(one)
  expect(await world.taken(other), 'the lockers of another depot').toEqual([])
})

test('C1 books parcels of 4 characters, and of 32', async () => {
  const { world, a, b } = await worlds.calm()
  const depot = await world.depot(2)
  const { fresh } = submission
  const four = `-${fresh.string(2, 'AZ09')}-`
  // It begins with the other one: who frees that must not free this.
  const long = `${four}${fresh.string(28, 'ABCXYZ0189-')}`
  const lines: string[] = []
  for (const [copy, parcel] of [
    [a, four],
    [b, long],
  ] as const) {
    const locker = lockerOf(await copy.server.send(booking(depot, parcel)), `for ${parcel}`, 201)
    lines.push(`${locker}: ${parcel}`)
    expect(await world.taken(depot), 'what the database holds').toContain(lines.at(-1))
  }
  expect(await a.server.send(freeing(four)), `freeing ${four}`).toHaveStatus(200, 204)
  expect(await world.taken(depot), `after ${four} was freed`).toEqual([lines[1]])
  expect(await b.server.send(freeing(long)), `freeing ${long}`).toHaveStatus(200, 204)
  expect(await world.taken(depot), 'after both were freed').toEqual([])
})

test('C1 gives the last locker to one of two', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B booked the last locker of the depot, too', async () => {
    const depot = await world.depot(1)
    const [mine, yours] = world.parcels(2) as [string, string]
    return {
      first: booking(depot, mine),
      meanwhile: (copy) => copy.server.send(booking(depot, yours)),
      async judge(first, second, when) {
        const statuses = [first.status, second.status].sort()
        expect(statuses, `${when}: the two answers`).toEqual([201, 409])
        const [winner, parcel] = first.status === 201 ? [first, mine] : [second, yours]
        const locker = lockerOf(winner, when)
        expect(await world.taken(depot), `${when}: what the database holds`).toEqual([
          `${locker}: ${parcel}`,
        ])
      },
    }
  })
})

test('C1 gives two free lockers to two parcels', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B booked at a depot with two free lockers, too', async () => {
    const depot = await world.depot(2)
    const [mine, yours] = world.parcels(2) as [string, string]
    return {
      first: booking(depot, mine),
      meanwhile: (copy) => copy.server.send(booking(depot, yours)),
      async look(when, told) {
        if (told?.status !== 201) return
        const taken = await world.peek(() => world.taken(depot))
        if (!taken) return
        const locker = lockerOf(told, when)
        const message = `${when}: what the database holds after A has answered 201`
        expect(taken, message).toContain(`${locker}: ${mine}`)
      },
      async judge(first, second, when) {
        const lockers = [
          `${lockerOf(first, `${when}: A's booking`, 201)}: ${mine}`,
          `${lockerOf(second, `${when}: B's booking`, 201)}: ${yours}`,
        ]
        expect((await world.taken(depot)).sort(), `${when}: what the database holds`).toEqual(
          lockers.sort(),
        )
      },
    }
  })
})

test('C1 books the only locker, or says that it was taken, while its parcel leaves', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B freed the only locker of the depot', async () => {
    const depot = await world.depot(1)
    const [old, mine] = world.parcels(2) as [string, string]
    const locker = lockerOf(await b.server.send(booking(depot, old)), 'the only locker', 201)
    return {
      first: booking(depot, mine),
      meanwhile: (copy) => copy.server.send(freeing(old)),
      async judge(first, second, when) {
        expect(first, `${when}: A's booking`).toHaveStatus(201, 409)
        expect(second, `${when}: B's DELETE`).toHaveStatus(200, 204)
        const holds = first.status === 201 ? [`${locker}: ${mine}`] : []
        expect(await world.taken(depot), `${when}: what the database holds`).toEqual(holds)
      },
    }
  })
})

test('C1 gives 20 lockers to 20 of 60 parcels on two copies, each another one', async () => {
  const { world, a, b } = await worlds.calm()
  const depot = await world.depot(20)
  const parcels = world.parcels(60)
  const answers = await rush(
    [a, b],
    parcels.map((parcel) => booking(depot, parcel)),
  )
  const found = statusesOf(answers)
  expect(found, 'the answers to 60 bookings at once, for 20 lockers').toBe('20 × 201, 40 × 409')
  const given = answers.flatMap((answer, nth) =>
    answer.status === 201 ? [`${lockerOf(answer, 'in a rush')}: ${parcels[nth]}`] : [],
  )
  expect(given.sort(), 'what was answered, and what the database holds').toEqual(
    (await world.taken(depot)).sort(),
  )
})

// ---------------------------------------------------------------- C2, C8, C10: one parcel

test('C2 answers a parcel that has a locker with that locker', async () => {
  const { world, a, b } = await worlds.calm()
  const depot = await world.depot(3)
  const parcel = world.parcel()
  const locker = lockerOf(await a.server.send(booking(depot, parcel)), 'at first', 201)
  for (const copy of [a, b]) {
    const again = lockerOf(await copy.server.send(booking(depot, parcel)), `again, at ${copy.name}`)
    expect(again, `the locker when the parcel is sent again, at ${copy.name}`).toBe(locker)
  }
  expect(await world.taken(depot), 'what the database holds').toEqual([`${locker}: ${parcel}`])
  expect(await b.server.send(freeing(parcel)), 'freed at B').toHaveStatus(200, 204)
  const anew = lockerOf(await a.server.send(booking(depot, parcel)), 'at A, after the DELETE', 201)
  expect(await world.taken(depot), 'what the database holds').toEqual([`${anew}: ${parcel}`])
})

/** A and B book one parcel at a depot with so many lockers; both must get the same one. */
const sameParcel = (world: World, lockers: number) => async () => {
  const depot = await world.depot(lockers)
  const parcel = world.parcel()
  return {
    first: booking(depot, parcel),
    meanwhile: (copy: Copy) => copy.server.send(booking(depot, parcel)),
    async judge(first: Answer, second: Answer, when: string) {
      const locker = lockerOf(first, `${when}: A's booking`)
      expect(await world.taken(depot), `${when}: what the database holds`).toEqual([
        `${locker}: ${parcel}`,
      ])
      expect(lockerOf(second, `${when}: B's booking`), `${when}: B's locker`).toBe(locker)
    },
  }
}

test('C2 gives a parcel one locker when two ask for it', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B booked the same parcel', sameParcel(world, 4))
})

meanwhile('C2 waits for a booking of the same parcel that takes 8 s', async () => {
  const world = await ownWorld(submission)
  const [a, b] = await world.twins()
  const depot = await world.depot(3)
  const [dry, parcel] = world.parcels(2) as [string, string]
  const statements = await a.way.during(async () => {
    lockerOf(await a.server.send(booking(depot, dry)), 'at first', 201)
  })
  // At its last statement, where it holds all that it locks.
  const { work, release } = await stopped(a, booking(depot, parcel), statements.length)
  const second = b.server.send({ ...booking(depot, parcel), timeout: RUSH_MS })
  second.catch(() => {})
  await pause(SLOW_MS)
  release()
  const when = 'one of two bookings of a parcel, of which the first took 8 s'
  const lockers = [await work, await second].map((answer) => lockerOf(answer, when))
  expect(lockers[1], `${when}: the locker of the second`).toBe(lockers[0])
  expect(await world.taken(depot), 'what the database holds').toContain(`${lockers[0]}: ${parcel}`)
})

/** One books a parcel, the other frees it; in the end it is in the locker that was answered, or in none. */
async function expectBookedOrFreed(
  world: World,
  depot: number,
  parcel: string,
  [booked, freed]: [Answer, Answer],
  when: string,
): Promise<void> {
  const locker = lockerOf(booked, `${when}: the booking`)
  expect(freed, `${when}: the DELETE`).toHaveStatus(200, 204)
  const taken = await world.taken(depot)
  if (taken.length === 0) return
  expect(taken, `${when}: what the database holds`).toEqual([`${locker}: ${parcel}`])
}

test('C2 books a parcel again, or anew, while it is freed', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B freed the same parcel', async () => {
    const depot = await world.depot(3)
    const parcel = world.parcel()
    lockerOf(await b.server.send(booking(depot, parcel)), 'at first', 201)
    return {
      first: booking(depot, parcel),
      meanwhile: (copy) => copy.server.send(freeing(parcel)),
      judge: (first, second, when) =>
        expectBookedOrFreed(world, depot, parcel, [first, second], when),
    }
  })
})

test('C2 gives a parcel one locker when it is sent 20 times at once', async () => {
  const { world, a, b } = await worlds.calm()
  const depot = await world.depot(30)
  const parcel = world.parcel()
  const requests = Array.from({ length: 20 }, () => booking(depot, parcel))
  const answers = await rush([a, b], requests)
  const lockers = new Set(answers.map((answer) => lockerOf(answer, 'one of 20 at once')))
  const taken = await world.taken(depot)
  expect(taken, 'what the database holds after 20 bookings of one parcel').toHaveLength(1)
  expect([...lockers].map((locker) => `${locker}: ${parcel}`)).toEqual(taken)
})

test('C8 refuses a parcel that has a locker at another depot', async () => {
  const { world, a, b } = await worlds.calm()
  const [here, there] = [await world.depot(2), await world.depot(2)]
  const parcel = world.parcel()
  const locker = lockerOf(await a.server.send(booking(here, parcel)), 'at first', 201)
  for (const copy of [a, b]) {
    expect(await copy.server.send(booking(there, parcel))).toBeJsonError(409)
  }
  expect(await world.taken(there), 'the lockers of the other depot').toEqual([])
  expect(await world.taken(here)).toEqual([`${locker}: ${parcel}`])
  expect(await b.server.send(freeing(parcel))).toHaveStatus(200, 204)
  lockerOf(await a.server.send(booking(there, parcel)), 'elsewhere, after the DELETE', 201)
})

test('C8 gives a parcel one locker when two depots are asked for it', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B booked the same parcel at another depot', async () => {
    const [here, there] = [await world.depot(2), await world.depot(2)]
    const parcel = world.parcel()
    return {
      first: booking(here, parcel),
      meanwhile: (copy) => copy.server.send(booking(there, parcel)),
      async judge(first, second, when) {
        const statuses = [first.status, second.status].sort()
        expect(statuses, `${when}: the two answers`).toEqual([201, 409])
        const locker = lockerOf(first.status === 201 ? first : second, when)
        const taken = [...(await world.taken(here)), ...(await world.taken(there))]
        expect(taken, `${when}: what the database holds of both depots`).toEqual([
          `${locker}: ${parcel}`,
        ])
      },
    }
  })
})

test('C9 frees no locker that holds another parcel by now', async () => {
  const { world, a, b } = await worlds.calm()
  const what = 'B freed the same locker and gave it to another parcel'
  await inEachGap(world, [a, b], what, async () => {
    const depot = await world.depot(1)
    const [old, next] = world.parcels(2) as [string, string]
    const locker = lockerOf(await b.server.send(booking(depot, old)), 'the only locker', 201)
    return {
      first: freeing(old),
      async meanwhile(copy) {
        const freed = await copy.server.send(freeing(old))
        return { freed, given: await copy.server.send(booking(depot, next)) }
      },
      async judge(first, { freed, given }, when) {
        // Two DELETEs of one parcel: whichever comes second finds nothing to free.
        for (const answer of [first, freed]) expect(answer, when).toHaveStatus(200, 204, 404)
        // B's booking may be refused while A's DELETE still has the locker.
        expect(given, when).toHaveStatus(201, 409)
        const holds = given.status === 201 ? [`${locker}: ${next}`] : []
        expect(await world.taken(depot), `${when}: what the database holds`).toEqual(holds)
      },
    }
  })
})

test('C9 frees a parcel while it is booked again', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B booked the parcel again that A frees', async () => {
    const depot = await world.depot(3)
    const parcel = world.parcel()
    lockerOf(await b.server.send(booking(depot, parcel)), 'at first', 201)
    return {
      first: freeing(parcel),
      meanwhile: (copy) => copy.server.send(booking(depot, parcel)),
      judge: (first, second, when) =>
        expectBookedOrFreed(world, depot, parcel, [second, first], when),
    }
  })
})

test('C9 frees the only locker while another parcel asks for it', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B booked the only locker, which A frees', async () => {
    const depot = await world.depot(1)
    const [old, next] = world.parcels(2) as [string, string]
    const locker = lockerOf(await b.server.send(booking(depot, old)), 'the only locker', 201)
    return {
      first: freeing(old),
      meanwhile: (copy) => copy.server.send(booking(depot, next)),
      async judge(first, second, when) {
        expect(first, `${when}: A's DELETE`).toHaveStatus(200, 204)
        // It is refused while A's DELETE still has the locker.
        expect(second, `${when}: B's booking`).toHaveStatus(201, 409)
        const holds = second.status === 201 ? [`${locker}: ${next}`] : []
        expect(await world.taken(depot), `${when}: what the database holds`).toEqual(holds)
      },
    }
  })
})

test('C10 gives a parcel its locker again while the last free one is taken', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B booked a parcel again that has a locker', async () => {
    const depot = await world.depot(2)
    const [held, mine] = world.parcels(2) as [string, string]
    const locker = lockerOf(await b.server.send(booking(depot, held)), 'at first', 201)
    return {
      first: booking(depot, mine),
      meanwhile: (copy) => copy.server.send(booking(depot, held)),
      async judge(first, second, when) {
        const other = lockerOf(first, `${when}: A's booking of the last locker`, 201)
        expect(lockerOf(second, `${when}: B's booking`), `${when}: B's locker`).toBe(locker)
        const all = [`${locker}: ${held}`, `${other}: ${mine}`].sort()
        expect((await world.taken(depot)).sort(), `${when}: what the database holds`).toEqual(all)
      },
    }
  })
})

test('C10 gives the last locker to one parcel, whoever asks for it twice', async () => {
  const { world, a, b } = await worlds.calm()
  const what = 'B booked the same parcel, and another one, and the depot has one locker'
  await inEachGap(world, [a, b], what, async () => {
    const depot = await world.depot(1)
    const [twice, once] = world.parcels(2) as [string, string]
    return {
      first: booking(depot, twice),
      meanwhile: (copy) =>
        Promise.all([twice, once].map((parcel) => copy.server.send(booking(depot, parcel)))),
      async judge(first, [second, third], when) {
        const taken = await world.taken(depot)
        const answers = { [twice]: [first, second!], [once]: [third!] }
        for (const [parcel, list] of Object.entries(answers)) {
          for (const answer of list) {
            const whose = `${when}: ${parcel === twice ? 'the parcel that was sent twice' : 'the other parcel'}`
            expect(answer, whose).toHaveStatus(200, 201, 409)
            const holds = answer.status === 409 ? [] : [`${lockerOf(answer, whose)}: ${parcel}`]
            const its = taken.filter((line) => line.endsWith(`: ${parcel}`))
            expect(holds, `${whose}: its answer, and what the database holds`).toEqual(its)
          }
        }
        expect(taken, `${when}: what the database holds`).toHaveLength(1)
      },
    }
  })
})

test('C10 answers both with the last locker when two ask for one parcel', async () => {
  const { world, a, b } = await worlds.calm()
  const what = 'B booked the same parcel, and the depot has one locker'
  await inEachGap(world, [a, b], what, sameParcel(world, 1))
})

// ---------------------------------------------------------------- C3: wallets

test('C3 moves cents, to the last one, and refuses one more', async () => {
  const { world, a, b } = await worlds.calm()
  const [cents, change] = [submission.fresh.int(500, 5000), submission.fresh.int(1, 400)]
  const [from, to] = (await world.wallets(cents, 7)) as [number, number]
  const expectBoth = async (left: number, when: string) => {
    for (const copy of [a, b]) {
      const shown = [await centsAt(copy, from, when), await centsAt(copy, to, when)]
      expect(shown, `${when}: what ${copy.name} shows of the two wallets`).toEqual([
        left,
        cents + 7 - left,
      ])
    }
    expect(await world.cents([from, to]), `${when}: what the database holds`).toEqual([
      left,
      cents + 7 - left,
    ])
  }
  await expectBoth(cents, 'at first')
  expect(await a.server.send(moving({ from, to, cents: change }))).toHaveStatus(201)
  await expectBoth(cents - change, `after a transfer of ${change}`)
  const tooMuch = await b.server.send(moving({ from, to, cents: cents - change + 1 }))
  expect(tooMuch, 'one cent more than there is').toBeJsonError(409)
  await expectBoth(cents - change, 'after a transfer that was refused')
  expect(await b.server.send(moving({ from, to, cents: cents - change }))).toHaveStatus(201)
  await expectBoth(0, 'after a transfer of all that was left')
})

test('C3 moves as little as 1 cent, and as much as 1 000 000 000', async () => {
  const { world, a, b } = await worlds.calm()
  const most = 1_000_000_000
  const [from, to] = (await world.wallets(most + 1, 0)) as [number, number]
  for (const [copy, cents] of [
    [a, 1],
    [b, most],
  ] as const) {
    const answer = await copy.server.send(moving({ from, to, cents }))
    expect(answer, `a transfer of ${cents} cents`).toHaveStatus(201)
  }
  expect(await world.cents([from, to]), 'the two wallets').toEqual([0, most + 1])
})

meanwhile(
  'C3 makes 24 transfers that all wait 8 s for a locked wallet, and gives none up',
  async () => {
    const world = await ownWorld(submission)
    const copy = await world.copy('A')
    const ids = await world.wallets(1000, ...Array.from({ length: 24 }, () => 0))
    const [from, ...others] = ids as [number, ...number[]]
    // Connects first.
    await centsAt(copy, from, 'after the start')
    const lock = await world.lockWallet(from)
    const letGo = pause(SLOW_MS).then(() => lock.letGo())
    const moves = others.map((to) => moving({ from, to, cents: 10 }))
    const answers = await Promise.all(
      moves.map((sending) => copy.server.send({ ...sending, timeout: RUSH_MS })),
    )
    await letGo
    expect(
      statusesOf(answers),
      'the answers to 24 transfers while the bookkeeper has locked the wallet for 8 s',
    ).toBe('24 × 201')
    expect(await world.cents([from]), 'what is left in the wallet').toEqual([1000 - 240])
  },
)

/** A and B make a transfer each; the outcome must be that of one after the other. */
async function expectAsIfInTurn(
  what: string,
  balances: number[],
  plan: (ids: number[]) => [Transfer, Transfer],
): Promise<void> {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], what, async () => {
    const ids = await world.wallets(...balances)
    const before = new Map(ids.map((id, nth) => [id, balances[nth]!]))
    const [mine, yours] = plan(ids)
    return {
      first: moving(mine),
      meanwhile: (copy) => copy.server.send(moving(yours)),
      async look(when) {
        const read = await world.peek(() => world.cents(ids))
        if (!read) return
        const sum = read.reduce((total, cents) => total + cents, 0)
        const all = balances.reduce((total, cents) => total + cents, 0)
        expect(sum, `${when}: the sum of the wallets, read in that moment`).toBe(all)
      },
      async judge(first, second, when) {
        const statuses = [first.status, second.status]
        expectSerial(before, [mine, yours], statuses, await world.cents(ids), when)
      },
    }
  })
}

test('C3 pays the same cents once', async () => {
  const cents = submission.fresh.int(100, 900)
  const what = 'B moved all the cents of the same wallet'
  await expectAsIfInTurn(what, [cents, 0, 0], ([x, y, z]) => [
    { from: x!, to: y!, cents },
    { from: x!, to: z!, cents },
  ])
})

test('C3 pays two wallets from one that has enough for both', async () => {
  await expectAsIfInTurn('B moved cents from the same wallet', [1000, 0, 0], ([x, y, z]) => [
    { from: x!, to: y!, cents: 400 },
    { from: x!, to: z!, cents: 600 },
  ])
})

test('C3 passes on what has just come, or refuses what has not come yet', async () => {
  const what = 'B moved on what A’s transfer brings'
  await expectAsIfInTurn(what, [100, 50, 0], ([x, y, z]) => [
    { from: x!, to: y!, cents: 100 },
    { from: y!, to: z!, cents: 120 },
  ])
})

test('C3 shows a wallet before a transfer or after it, and nothing between', async () => {
  const { world, a, b } = await worlds.calm()
  await inEachGap(world, [a, b], 'B was asked for both wallets', async () => {
    const ids = await world.wallets(1000, 50)
    const [from, to] = ids as [number, number]
    const seen = async (copy: Copy) => [
      await centsAt(copy, from, 'while a transfer is under way'),
      await centsAt(copy, to, 'while a transfer is under way'),
    ]
    return {
      first: moving({ from, to, cents: 300 }),
      meanwhile: seen,
      async look(when, told) {
        if (told?.status !== 201) return
        const read = await world.peek(() => world.cents(ids))
        const message = `${when}: the two wallets after A has answered 201`
        if (read) expect(read, message).toEqual([700, 350])
      },
      async judge(first, [less, more], when) {
        expect(first, `${when}: A's transfer`).toHaveStatus(201)
        expect([1000, 700], `${when}: what B shows of the wallet that pays`).toContain(less)
        expect([50, 350], `${when}: what B shows of the wallet that is paid`).toContain(more)
        expect(await world.cents(ids), `${when}: the two wallets`).toEqual([700, 350])
      },
    }
  })
})

test('C3 loses no cent that comes while another transfer is under way', async () => {
  const [few, many] = [submission.fresh.int(1, 50), submission.fresh.int(51, 90)]
  const what = 'B moved cents into the wallet that gets A’s'
  await expectAsIfInTurn(what, [100, 100, 1000], ([x, y, z]) => [
    { from: x!, to: z!, cents: few },
    { from: y!, to: z!, cents: many },
  ])
  await expectAsIfInTurn('B moved cents back', [500, 500], ([x, y]) => [
    { from: x!, to: y!, cents: few },
    { from: y!, to: x!, cents: many },
  ])
})

test('C3 makes opposite transfers that meet at locked rows', async () => {
  const { world, a, b } = await worlds.calm()
  const [x, y] = (await world.wallets(500, 500)) as [number, number]
  // Both wait for the bookkeeper. Who has locked one wallet then waits for the other, behind whoever
  // came there first: where each locks the wallets in the order of its request, that is a deadlock.
  const [first, second] = [await world.lockWallet(x), await world.lockWallet(y)]
  const there = a.server.send(moving({ from: x, to: y, cents: 20 }))
  there.catch(() => {})
  await overOrWaiting(world, there)
  const back = b.server.send(moving({ from: y, to: x, cents: 30 }))
  const both = Promise.all([there, back])
  both.catch(() => {})
  await overOrWaiting(world, both, 2)
  const count = await world.db.waiting()
  await first.letGo()
  await overOrWaiting(world, both, Math.max(count, 1))
  await second.letGo()
  for (const answer of await both) {
    expect(answer, 'a transfer that met one in the opposite direction').toHaveStatus(201)
  }
  expect(await world.cents([x, y]), 'the two wallets after both transfers').toEqual([510, 490])
})

/**
 * 60 transfers among five wallets, each one with one in the opposite direction beside it. Twice as many
 * took a correct program that tries again after each deadlock 1 to 15 s: what it waits for is Postgres,
 * who looks for deadlocks once in a while.
 */
function manyTransfers([rich, ...poor]: number[]): Transfer[] {
  const { fresh } = submission
  return Array.from({ length: 30 }, () => {
    const [from, to] = fresh.shuffle([rich!, ...poor]) as [number, number]
    return [
      { from, to, cents: fresh.int(1, 250) },
      { from: to, to: from, cents: fresh.int(1, 250) },
    ]
  }).flat()
}

test('C3 makes 60 transfers at once on two copies, and loses no cent', async () => {
  const { world, a, b } = await worlds.calm()
  const rich = 1_000_000
  const start = [rich, 300, 300, 200, 0]
  const total = start.reduce((sum, cents) => sum + cents, 0)
  const ids = await world.wallets(...start)
  const transfers = manyTransfers(ids)
  let over = false
  const watchDatabase = async () => {
    while (!over) {
      const cents = await world.cents(ids)
      const sum = cents.reduce((before, each) => before + each, 0)
      expect(sum, `the sum of the wallets, read meanwhile: ${cents.join(' ')}`).toBe(total)
      expect(Math.min(...cents), `the least, read meanwhile: ${cents.join(' ')}`).toBeGreaterThan(
        -1,
      )
      await pause(10)
    }
  }
  const watchCopies = async () => {
    for (let nth = 0; !over; nth++) {
      const copy = nth % 2 ? a : b
      const cents = await centsAt(copy, ids[nth % ids.length]!, 'read meanwhile')
      expect(cents, `cents that ${copy.name} shows meanwhile`).toBeGreaterThan(-1)
      await pause(10)
    }
  }
  const sent = rush(
    [a, b],
    transfers.map((transfer) => ({ ...moving(transfer), timeout: RUSH_MS })),
  )
  const end = () => {
    over = true
  }
  sent.then(end, end)
  const [answers] = await Promise.all([sent, watchDatabase(), watchCopies()])

  const odd = answers.filter(({ status }) => status !== 201 && status !== 409)
  const all = statusesOf(answers)
  expect(statusesOf(odd), `answers that are neither 201 nor 409; of all: ${all}`).toBe('')
  const refused = answers.filter(
    ({ status }, nth) => status === 409 && transfers[nth]!.from === ids[0],
  )
  expect(refused.length, `transfers refused from a wallet with ${rich} cents`).toBe(0)
  const done = transfers.filter((_, nth) => answers[nth]!.status === 201)
  const expected = ledgerOf(new Map(ids.map((id, nth) => [id, start[nth]!])), done)
  expect(
    await world.cents(ids),
    `the wallets after ${done.length} of ${transfers.length} transfers were answered 201`,
  ).toEqual([...expected.values()])
})

// ---------------------------------------------------------------- C4, C6, C11: what breaks

/** Wallets after a transfer that was answered 201; `cents` is what it moves. */
async function expectDone(world: World, ids: number[], cents: number, when: string) {
  expect(await world.cents(ids), `${when}: the two wallets`).toEqual([1000 - cents, 50 + cents])
}

/** Wallets after a transfer that may have happened, or not. */
async function expectWhole(world: World, ids: number[], cents: number, when: string) {
  const found = (await world.cents(ids)).join(' and ')
  const possible = [`${1000} and ${50}`, `${1000 - cents} and ${50 + cents}`]
  if (possible.includes(found)) return
  expect.fail(
    `${when}: the wallets of a transfer of ${cents} hold ${found} cents.\n` +
      `Possible are ${possible[0]} (not done) or ${possible[1]} (done).`,
  )
}

meanwhile(
  'C4 leaves a transfer done or not done when it is killed in its midst, or after it',
  async () => {
    const world = await ownWorld(submission)
    const { name, way, server: started } = await world.copy('A')
    let server = started
    const transferring = async () => {
      const ids = await world.wallets(1000, 50)
      await centsAt({ name, server, way }, ids[0]!, 'after the start') // connects first
      const cents = submission.fresh.int(100, 900)
      return { ids, cents, sending: moving({ from: ids[0]!, to: ids[1]!, cents }) }
    }
    const depot = await world.depot(2)
    const parcel = world.parcel()
    const locker = lockerOf(await server.send(booking(depot, parcel)), 'at first', 201)
    const dry = await transferring()
    const statements = await way.during(async () => {
      expect(await server.send(dry.sending), 'a transfer').toHaveStatus(201)
    })
    const all = statements.length
    // Between its last statements, where some of the work is done; and when all of it is.
    for (const nth of [all - 1, all, all + 1].filter((place) => place > 0)) {
      const { ids, cents, sending } = await transferring()
      const { at, work, release } = await stopped({ name, server, way }, sending, nth)
      if (!at) expect(await work, 'a transfer').toHaveStatus(201)
      await server.kill()
      const told = await work.catch(() => undefined) // it died before it could answer
      way.cut() // what is held must not run any more
      const message = 'connections of the killed program that Postgres still has'
      await expect.poll(() => world.sessions(), { timeout: 20_000, interval: 5, message }).toBe(0)
      const when = at
        ? `Killed at its statement ${nth} (${shortened(at)})`
        : 'Killed right after its 201'
      const judge = (later = '') =>
        !at || told?.status === 201
          ? expectDone(world, ids, cents, `${when}${at ? ', and after its 201' : ''}${later}`)
          : expectWhole(world, ids, cents, `${when}${later}`)
      await judge()
      way.heal()
      release()
      server = await server.restart()
      await judge(', and started again')
      const taken = await world.taken(depot)
      expect(taken, `${when}, and started again: a booking of before`).toEqual([
        `${locker}: ${parcel}`,
      ])
    }
    const { sending } = await transferring()
    expect(await server.send(sending), 'a transfer after the last restart').toHaveStatus(201)
  },
)

/**
 * Waits until a copy answers 4 reads and 4 transfers at once, at most 5 s after Postgres is back, and
 * some more from us.
 */
async function expectRecovered(world: World, copy: Copy): Promise<void> {
  const [from, to] = (await world.wallets(1_000_000, 0)) as [number, number]
  const each = [{ path: `/wallets/${from}` }, moving({ from, to, cents: 1 })]
  const round = () => Promise.all([...each, ...each, ...each, ...each].map(copy.server.send))
  const message = 'the answers to 4 reads and 4 transfers, long after Postgres is back'
  await expect
    .poll(async () => statusesOf(await round()), { timeout: 12_000, interval: 50, message })
    .toBe('4 × 200, 4 × 201')
}

meanwhile(
  'C6 lives through a cut of idle connections, and works when Postgres is back',
  async () => {
    const world = await ownWorld(submission)
    const copy = await world.copy('A')
    const depot = await world.depot(3)
    const [from, to] = (await world.wallets(1000, 0)) as [number, number]
    const [kept, late] = world.parcels(2) as [string, string]
    lockerOf(await copy.server.send(booking(depot, kept)), 'at first', 201)
    // Opens as many connections as the program likes to have.
    copy.way.delay(LATE)
    const moves = Array.from({ length: 12 }, () => ({
      to: copy.server,
      ...moving({ from, to, cents: 1 }),
    }))
    for (const answer of await race(moves)) expect(answer, 'before the cut').toHaveStatus(201)

    copy.way.cut()
    for (const sending of [
      { path: `/wallets/${from}` },
      moving({ from, to, cents: 1 }),
      booking(depot, late),
      freeing(kept),
    ]) {
      const answer = await copy.server.send(sending)
      expect(answer, 'while Postgres is cut off').toBeJsonError(500, 502, 503, 504)
    }
    copy.way.heal()
    await expectRecovered(world, copy)
    expect(await copy.server.send(moving({ from, to, cents: 1 }))).toHaveStatus(201)
    lockerOf(await copy.server.send(booking(depot, late)), 'after the cut')
    expect(await copy.server.send(freeing(late))).toHaveStatus(200, 204)
  },
)

meanwhile(
  'C11 answers 5xx when it is cut at any of its statements, and does nothing by half',
  async () => {
    const world = await ownWorld(submission)
    const copy = await world.copy('A')
    for (let nth = 1; nth <= 12; nth++) {
      const cents = submission.fresh.int(100, 900)
      const ids = await world.wallets(1000, 50)
      const transfer = moving({ from: ids[0]!, to: ids[1]!, cents })
      const { at, work, release } = await stopped(copy, transfer, nth)
      if (!at) {
        expect(await work, 'a transfer after the cuts').toHaveStatus(201)
        break
      }
      const when = `Cut at its statement ${nth} (${shortened(at)})`
      copy.way.cut()
      const told = await work
      if (told.status === 201) {
        // What was stopped was no part of it, such as another round of a queue: it is true, if it is done.
        await expectDone(world, ids, cents, `${when}, answered 201`)
      } else {
        expect(told, when).toBeJsonError(500, 502, 503, 504)
        await expectWhole(world, ids, cents, when)
      }
      copy.way.heal()
      release()
      await expectRecovered(world, copy)
      const moved = await copy.server.send(moving({ from: ids[1]!, to: ids[0]!, cents: 1 }))
      expect(moved, `${when}: a transfer of the same wallets, after Postgres is back`).toHaveStatus(
        201,
      )
    }
  },
)

meanwhile('C11 does a transfer once when the answer to its COMMIT is lost', async () => {
  const world = await ownWorld(submission)
  const copy = await world.copy('A')
  for (let round = 0; round < 2; round++) {
    const cents = submission.fresh.int(100, 400)
    const ids = await world.wallets(1000, 50)
    await centsAt(copy, ids[0]!, 'after the start') // connects first
    const endSlow = await world.slowCommits()
    const work = copy.server.send(moving({ from: ids[0]!, to: ids[1]!, cents }))
    const message = 'transactions that are being committed, while a transfer is under way'
    await expect.poll(() => world.committing(), { timeout: 15_000, interval: 5, message }).toBe(1)
    // New connections can be had at once.
    copy.way.cut()
    copy.way.heal()
    const told = await work
    await expect
      .poll(() => world.committing(), { timeout: 15_000, interval: 20, message: 'commits' })
      .toBe(0)
    await endSlow()
    const when = 'Postgres has committed, and the connection was reset before it could say so'
    if (told.status === 201) await expectDone(world, ids, cents, `${when}. Answered 201`)
    else {
      expect(told, when).toBeJsonError(500, 502, 503, 504)
      await expectWhole(world, ids, cents, when)
    }
    await expectRecovered(world, copy)
  }
})

// ---------------------------------------------------------------- C5: what is refused

/** Sends many requests on few connections. A hang is told with what came before it. */
async function sendAll(requests: { copy: Copy; sending: Sending }[], what: string) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 10 })
  try {
    return await Promise.all(
      requests.map(({ copy, sending }) => copy.server.send({ ...sending, agent })),
    )
  } catch (error) {
    if (!(error instanceof SubjectError) || error.fault !== 'no-answer') throw error
    throw new SubjectError('no-answer', `${what}: ${error.message}`)
  } finally {
    agent.destroy()
  }
}

test('C5 serves 50 good requests after 200 that it refused', async () => {
  const { world, a, b } = await worlds.calm()
  const full = await world.depot(1)
  const [x, y] = (await world.wallets(100, 100)) as [number, number]
  lockerOf(await a.server.send(booking(full, world.parcel())), 'the only locker', 201)
  const nobody = world.id()
  const kinds: { sending: Sending; statuses: number[] }[] = [
    { sending: moving({ from: x, to: y, cents: 101 }), statuses: [409] },
    { sending: moving({ from: nobody, to: y, cents: 1 }), statuses: [404] },
    { sending: moving({ from: x, to: nobody, cents: 1 }), statuses: [404] },
    { sending: moving({ from: x, to: x, cents: 1 }), statuses: [400, 422] },
    { sending: moving({ from: x, to: y, cents: 0 }), statuses: [400, 422] },
    { sending: booking(full, world.parcel()), statuses: [409] },
    { sending: booking(full, 'no parcel'), statuses: [400, 422] },
    { sending: { path: `/wallets/${nobody}` }, statuses: [404] },
  ]
  const bad = Array.from({ length: 200 }, (_, nth) => ({
    copy: nth % 3 ? a : b,
    ...kinds[nth % kinds.length]!,
  }))
  const refusals = await sendAll(bad, 'Among 200 requests to refuse')
  for (const [nth, answer] of refusals.entries()) {
    expect(answer, 'one of 200 to refuse').toBeJsonError(...bad[nth]!.statuses)
  }

  const depot = await world.depot(10)
  const good = Array.from({ length: 50 }, (_, nth) => ({
    copy: nth % 2 ? a : b,
    sending: nth % 5 === 0 ? booking(depot, world.parcel()) : moving({ from: x, to: y, cents: 1 }),
  }))
  for (const answer of await sendAll(good, 'After 200 refused requests')) {
    expect(answer, 'after 200 refused requests').toHaveStatus(201)
  }
  expect(await world.cents([x, y]), 'the wallets after 40 transfers of a cent').toEqual([60, 140])
  expect(await world.taken(depot), 'lockers taken in 10 bookings').toHaveLength(10)
})

// ---------------------------------------------------------------- C7: odd input

const NO_PARCELS = [
  '',
  'PEL',
  'pel-1001',
  'PEL 1001',
  'PEL-1001\n',
  'A'.repeat(33),
  7,
  null,
  [],
  {},
]
const NO_CENTS = [0, -1, 0.5, 1.5, 1_000_000_001, 1e10, 'many', null, [], {}]
const NO_IDS = ['abc', 1.5, 99_999_999_999, 1e30, null, [], {}]
const NO_PATH_IDS = ['abc', '1.5', '-1', '0', '99999999999', '9'.repeat(30), '%00', '%27', '1e30']

test('C7 answers 404, 400 or 422 to what is unknown or wrong, and changes nothing', async () => {
  const { world, a: copy } = await worlds.calm()
  const depot = await world.depot(2)
  const [from, to] = (await world.wallets(2_000, 30)) as [number, number]
  const post = (path: string, json: unknown) => copy.server.send({ method: 'POST', path, json })
  const expectError = (answer: Answer, what: string, ...statuses: number[]) => {
    expect(answer, what).toHaveStatus(...statuses)
    expect(answer, what).toBeJsonError(...statuses)
  }
  const invalid = [400, 422]

  expectError(await copy.server.send({ path: `/wallets/${world.id()}` }), 'unknown', 404)
  expectError(await copy.server.send(booking(world.id(), world.parcel())), 'no lockers', 404, 409)
  expect(await copy.server.send(freeing(world.parcel()))).toHaveStatus(404, 200, 204)
  const strangers = { 'to a wallet': [from, world.id()], 'from a wallet': [world.id(), to] }
  for (const [what, [one, other]] of Object.entries(strangers)) {
    const answer = await copy.server.send(moving({ from: one!, to: other!, cents: 1 }))
    expectError(answer, `${what} that does not exist`, 404)
  }
  const same = await copy.server.send(moving({ from, to: from, cents: 1 }))
  expectError(same, 'from a wallet to itself', ...invalid)

  for (const parcel of [...NO_PARCELS, undefined]) {
    const answer = await post(`/depots/${depot}/bookings`, { parcel })
    expectError(answer, `with the parcel ${JSON.stringify(parcel)}`, ...invalid)
  }
  for (const cents of [...NO_CENTS, undefined]) {
    const answer = await post('/transfers', { from, to, cents })
    expectError(answer, `with cents ${JSON.stringify(cents)}`, ...invalid)
  }
  for (const id of [...NO_IDS, undefined]) {
    for (const json of [
      { from: id, to, cents: 1 },
      { from, to: id, cents: 1 },
    ]) {
      const answer = await post('/transfers', json)
      expectError(answer, `with the body ${JSON.stringify(json)}`, 404, ...invalid)
    }
  }
  for (const id of [`${from}abc`, `${from}.5`]) {
    expectError(await copy.server.send({ path: `/wallets/${id}` }), 'no id', 404, ...invalid)
    const answer = await post('/transfers', { from: id, to, cents: 1 })
    expectError(answer, `from the wallet ${JSON.stringify(id)}`, 404, ...invalid)
  }
  for (const id of NO_PATH_IDS) {
    expectError(await copy.server.send({ path: `/wallets/${id}` }), 'no id', 404, ...invalid)
    const booked = await post(`/depots/${id}/bookings`, { parcel: world.parcel() })
    expectError(booked, 'no id', 404, 409, ...invalid)
  }
  for (const path of ['/transfers', `/depots/${depot}/bookings`]) {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await copy.server.send({ method: 'POST', path, headers, body: '{"from":' })
    expectError(answer, 'with malformed JSON', 400)
  }
  expect(await world.taken(depot), 'lockers taken by bookings that were refused').toEqual([])
  expect(await world.cents([from, to]), 'the wallets after all that').toEqual([2_000, 30])
})

test('C7 answers junk without a 5xx, and works afterwards', async () => {
  const { world, a, b } = await worlds.calm()
  const ids = await world.wallets(5_000, 5_000)
  const depot = await world.depot(2)
  const inPath = junkText.map((text) => encodeURIComponent(text.toWellFormed()))
  const transfers = fc
    .tuple(junkJson(['from', 'to', 'cents']), fc.subarray(['from', 'to']))
    .map(([json, right]) => {
      const wallets: Record<string, unknown> = { from: ids[0], to: ids[1] }
      const known = Object.fromEntries(right.map((key) => [key, wallets[key]]))
      return json && typeof json === 'object' && !Array.isArray(json) ? { ...json, ...known } : json
    })
  const bodies = fc.oneof(
    junkJson(['parcel']).map((json) => ({ path: `/depots/${depot}/bookings`, json })),
    transfers.map((json) => ({ path: '/transfers', json })),
    junkBody.map((body) => ({
      path: '/transfers',
      headers: { 'Content-Type': 'application/json' },
      body,
    })),
  )
  const junk = fc.oneof(
    bodies.map((sending): Sending => ({ method: 'POST', ...sending })),
    inPath.map((id): Sending => ({ path: `/wallets/${id}` })),
    inPath.map((parcel): Sending => ({ method: 'DELETE', path: `/bookings/${parcel}` })),
    inPath.map((id): Sending => {
      return { method: 'POST', path: `/depots/${id}/bookings`, json: { parcel: 'PEL-1001' } }
    }),
  )
  await survivesJunk(a.server, junk, {
    seed: submission.seed,
    runs: 120,
    async healthy() {
      const sum = (await world.cents(ids)).reduce((total, cents) => total + cents, 0)
      expect(sum, 'the sum of two wallets after the junk').toBe(10_000)
      const [from, to] = (await world.wallets(5, 0)) as [number, number]
      expect(await b.server.send(moving({ from, to, cents: 5 }))).toHaveStatus(201)
      const place = await world.depot(1)
      lockerOf(await a.server.send(booking(place, world.parcel())), 'after the junk', 201)
    },
  })
})
