import { expect, test } from 'vitest'
import { type Answer, meanwhile, mongodb, openSubmission, race } from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { type Cost, costsOf } from './costs.ts'
import { eventModel, type Office } from './event-model.ts'
import { inEachGap, overOrWaiting, overYet } from './gaps.ts'
import { dayAfter, newestOf, type Stored } from './matchers.ts'
import { datesIn, largestIn, textsIn } from './peek.ts'
import {
  add,
  addAll,
  appending,
  type Copy,
  dailyPath,
  type Event,
  eventOf,
  eventsOf,
  expectDays,
  expectFound,
  expectTimeline,
  namesOf,
  parcelPath,
  searchPath,
  sharedWorld,
  startCopy,
  storedAs,
  type World,
} from './world.ts'

const submission = openSubmission(import.meta)
const openWorld = sharedWorld(submission)

// ---------------------------------------------------------------- what a model judges

const REQUIREMENTS = {
  C1: 'C1 keeps events by `at`, oldest first, and takes each eventId once for each parcel',
  C3: 'C3 keeps the newest 100 events of a parcel, and counts them all',
  C4: 'C4 counts the events and the parcels of a depot by UTC day',
  C5: 'C5 takes every text as it is, refuses what is none, and runs no operators',
  C7: 'C7 takes an instant in any offset, refuses what is none, and stores dates as dates',
  C8: 'C8 finds events by kind and depot, newest first',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const world = await openWorld()
    const model = eventModel(submission, world, check)
    await expectAgreement(model, check, submission.fresh)
    if (check === 'C3' || check === 'C7') await expectStored(world, model.last!, check)
  })
}

const rule = (text: string) => ` The rule: ${text}`

/** `timelines` holds what it must of the last program. */
async function expectStored({ db }: World, { parcels }: Office, check: string): Promise<void> {
  const documents = await db.db.collection('timelines').find().toArray()
  const events = [...parcels.values()].flatMap((parcel) => newestOf(parcel.events).surely)
  const text = ({ code, eventId }: Stored) => `the event ${eventId} of ${code}`
  const [dates, texts] = [datesIn(documents), textsIn(documents)]
  if (check === 'C3') {
    const isThere = ({ eventId }: Stored) => typeof eventId !== 'string' || texts.has(eventId)
    const lacking = events.find((event) => !isThere(event))
    if (lacking) {
      expect.fail(
        `${text(lacking)} is in no document of the collection timelines.${rule('the newest 100 events of each parcel | are in there')}`,
      )
    }
    const largest = largestIn(documents)
    const why = `entries of ${largest.path}, the largest list or object in a document of timelines.${rule('a list or an object in a document | has at most 100 entries')}`
    expect(largest.size, why).toBeLessThanOrEqual(100)
    return
  }
  const undated = events.find(({ at }) => !dates.has(at))
  if (!undated) return
  const instant = new Date(undated.at).toISOString()
  expect.fail(
    `No document of the collection timelines holds ${instant}, the instant of ${text(undated)}, as a BSON date.${rule('their `at` | is a BSON **date**')}`,
  )
}

// ---------------------------------------------------------------- C2: at once

for (const known of [false, true]) {
  const where = known ? 'a known parcel' : 'a new parcel'

  test(`C2 adds an event to ${where} once, when A and B get it at once`, async () => {
    const { fresh } = submission
    const [a, b] = await (await openWorld()).copies()
    await inEachGap(a, async (n) => {
      const code = namesOf(fresh).code()
      const [before, event] = eventsOf(fresh, 2) as [Event, Event]
      if (known) await add(b, code, before)
      const sending = appending(code, event)
      return {
        sending,
        async act({ work, release }) {
          const second = b.server.send(sending)
          await overOrWaiting(b.between, second)
          release()
          const when = `A stopped before its command ${n} while B added the same event`
          const statuses = [(await work).status, (await second).status].sort()
          const why = `the two statuses, ${when}.${rule('one sender gets `201`, all others `200`, and the event is there once')}`
          expect(statuses, why).toEqual([200, 201])
          await expectTimeline(a, code, known ? [before, event] : [event], when)
        },
      }
    })
  })

  test(`C2 adds two events to ${where}, when A and B get one each`, async () => {
    const { fresh } = submission
    const [a, b] = await (await openWorld()).copies()
    await inEachGap(a, async (n) => {
      const code = namesOf(fresh).code()
      const [before, mine, yours] = eventsOf(fresh, 3) as [Event, Event, Event]
      if (known) await add(b, code, before)
      const earlier = known ? [before] : []
      return {
        sending: appending(code, mine),
        async act({ work, release }) {
          const isOver = overYet(work)
          const second = b.server.send(appending(code, yours))
          await overOrWaiting(b.between, second)
          // Whoever has the answer may ask the other copy at once.
          if (isOver()) await expectHas(b, code, mine, await work, n)
          release()
          const when = `A stopped before its command ${n} while B added another event`
          expect(await work, `the answer of A, ${when}`).toHaveStatus(201)
          expect(await second, `the answer of B, ${when}`).toHaveStatus(201)
          await expectTimeline(a, code, [...earlier, mine, yours], when)
        },
        async answered(answer) {
          expect(answer, 'the answer of A to a new event').toHaveStatus(201)
          await expectTimeline(b, code, [...earlier, mine], 'after A has answered')
        },
      }
    })
  })
}

test('C2 loses and doubles nothing in a rush of 100 on both copies', async () => {
  const { fresh } = submission
  const [a, b] = await (await openWorld()).copies()
  const code = namesOf(fresh).code()
  const events = eventsOf(fresh, 80)
  const twice = fresh.shuffle(events).slice(0, 20)
  // Who gets a second one got it from the other copy, or the same.
  const mixed = fresh
    .shuffle([...events, ...twice])
    .map((event, nth) => ({ to: nth % 2 ? a.server : b.server, ...appending(code, event) }))
  const answers = await race(mixed)
  const why = `the statuses of 80 events, 20 of them sent twice, all at once.${rule('one sender gets `201`, all others `200`')}`
  expect(tally(answers), why).toEqual({ 200: 20, 201: 80 })
  await expectTimeline(a, code, events, 'after 80 events at once, 20 of them sent twice')
})

/** Expects an event on the other copy that A has taken, although one of its commands has not arrived. */
async function expectHas(b: Copy, code: string, event: Event, { status }: Answer, n: number) {
  if (status !== 201) return
  const { body } = await b.server.send({ path: parcelPath(code) })
  const ids = body?.events?.map(({ eventId }: Event) => eventId)
  const why = `the eventIds in the timeline on B. A has answered 201 for ${event.eventId} while its command ${n} to MongoDB was kept back.${rule('`201`; the event is in the timeline from now on, on both copies')}`
  expect(ids ?? [], why).toContain(event.eventId)
}

/** How often each status came. */
const tally = (answers: Answer[]): Record<string, number> => {
  const groups = Object.groupBy(answers, ({ status }) => String(status))
  return Object.fromEntries(Object.entries(groups).map(([status, list]) => [status, list!.length]))
}

// ---------------------------------------------------------------- C6: what it costs

const MOST_EXAMINED = 50

test('C6 looks up by index, and lets MongoDB count the days', async () => {
  const { fresh } = submission
  const world = await openWorld()
  const { db } = world
  const copies = await world.copies()
  await world.empty()
  const names = namesOf(fresh)
  const { kind, depot } = eventOf(fresh)
  const codes = fresh.list(3, names.code)
  const events: [string, Event][] = codes.flatMap((code) =>
    eventsOf(fresh, 2).map((event): [string, Event] => [code, { ...event, kind, depot }]),
  )
  const others = fresh.list(150, (): [string, Event] => [names.code(), eventOf(fresh)])
  const busy = names.depot()
  const hours = fresh.list(40, (nth) => new Date(Date.UTC(2026, 8, 1, nth * 2)).toISOString())
  const counted = hours.map((at, nth): [string, Event] => [
    others[nth]![0],
    eventOf(fresh, { depot: busy, at }),
  ])
  // The others first: without an index, a look-up goes through all of them.
  await addAll(copies, [...others, ...fresh.shuffle(events)])
  const [a, b] = copies
  const costOf = (path: string) =>
    costsOf(db, async () => expect(await a.server.send({ path })).toHaveStatus(200))
  expectCheap(await costOf(parcelPath(fresh.pick(codes))), 'GET /parcels/{code}')
  expectCheap(await costOf(searchPath({ kind, depot })), 'GET /search?kind&depot')
  await addAll([a, b], counted)
  const costs = await costOf(dailyPath(busy, '2026-09-01', '2026-09-05'))
  const returned = costs.reduce((sum, cost) => sum + cost.returned, 0)
  const each = costs.map((cost) => `\n  ${cost.name} returned ${cost.returned}`).join('')
  const why = `documents that MongoDB handed over for 4 days with 40 events; at most 8.${rule('`daily` | gets at most twice as many documents from MongoDB as there are days')}${each}\nThe number`
  expect(returned, why).toBeLessThanOrEqual(8)
})

function expectCheap(costs: Cost[], request: string): void {
  const examined = costs.reduce((sum, cost) => sum + cost.examined, 0)
  const each = costs.map((cost) => `\n  ${cost.name} examined ${cost.examined}`).join('')
  const why = `documents that MongoDB examined for ${request}, with 150 parcels that have nothing to do with it; at most ${MOST_EXAMINED}.${rule(`\`${request.replace(/\?.*/, '')}\` | examines at most 50 documents`)}${each}\nThe number`
  expect(examined, why).toBeLessThanOrEqual(MOST_EXAMINED)
}

// ---------------------------------------------------------------- C9: killed

meanwhile(
  'C9 makes good what a kill has interrupted when it is sent again',
  { waits: 4 },
  async () => {
    const { fresh } = submission
    const db = await mongodb()
    const copy = await startCopy(submission, 'A', db)
    await inEachGap(copy, async (n) => {
      const code = namesOf(fresh).code()
      const [before, event] = eventsOf(fresh, 2) as [Event, Event]
      const sending = appending(code, event)
      await add(copy, code, before)
      return {
        sending,
        async act() {
          copy.server = await copy.server.restart()
          const when = `killed before its command ${n}, started and sent again`
          expect(await copy.server.send(sending), when).toHaveStatus(200, 201)
          await expectTimeline(copy, code, [before, event], when)
          await expectFound(copy, code, event, when)
          const stored = storedAs(code, event)
          const days: [string, string] = [event.at.slice(0, 10), dayAfter(stored.at, 1)]
          await expectDays(copy, event.depot, days, [stored], when)
        },
      }
    })
  },
)
