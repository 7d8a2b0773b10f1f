import { expect, test } from 'vitest'
import { type Answer, openSubmission, race } from '../../harness/index.ts'
import { type Cost, costsOf } from './costs.ts'
import { expectedDays, instantsAround } from './days.ts'
import { inEachGap, overOrWaiting } from './gaps.ts'
import { largestIn, typesOf } from './peek.ts'
import {
  add,
  addAll,
  appending,
  byAt,
  clock,
  counting,
  daysOn,
  type Event,
  eventOf,
  eventsOf,
  expectFound,
  expectTimeline,
  type Found,
  namesOf,
  reading,
  searching,
  searchOn,
  sharedWorld,
  startCopy,
  timelineOf,
} from './world.ts'

const submission = openSubmission(import.meta)
const world = sharedWorld(submission)

// ---------------------------------------------------------------- C1: one after the other

test('C1 gives a parcel’s events back, oldest first, on both copies', async () => {
  const { fresh } = submission
  const { a, b } = await world()
  const names = namesOf(fresh)
  const [code, other] = [names.code(), `${fresh.city()} / ${names.code()}`]
  const [events, others] = [eventsOf(fresh, 7), eventsOf(fresh, 2)]
  for (const [nth, event] of fresh.shuffle(events).entries())
    await add(nth % 2 ? b : a, code, event)
  for (const event of [...others].reverse()) await add(b, other, event)
  for (const copy of [a, b]) {
    await expectTimeline(copy, code, events, 'sent in a mixed order')
    await expectTimeline(copy, other, others, 'the newer one sent first')
  }
})

test('C1 takes an eventId once for each parcel, and the first word counts', async () => {
  const { fresh } = submission
  const { a, b } = await world()
  const names = namesOf(fresh)
  const [code, other] = [names.code(), names.code()]
  const [first, second] = eventsOf(fresh, 2) as [Event, Event]
  await add(a, code, first)
  await add(b, code, second)
  expect(await b.server.send(appending(code, first)), 'sent again').toHaveStatus(200)
  const changed = eventOf(fresh, { eventId: second.eventId })
  expect(await a.server.send(appending(code, changed)), 'a known eventId').toHaveStatus(200)
  await expectTimeline(a, code, [first, second], 'after two that it had already')
  await add(a, other, first)
  await expectTimeline(b, other, [first], 'an eventId that another parcel has, too')
})

test('C1 answers 404 for a parcel without events', async () => {
  const { a } = await world()
  expect(await a.server.send(reading(namesOf(submission.fresh).code()))).toBeJsonError(404)
})

// ---------------------------------------------------------------- C2: at once

for (const known of [false, true]) {
  const where = known ? 'a known parcel' : 'a new parcel'

  test(`C2 adds an event to ${where} once, when A and B get it at once`, async () => {
    const { fresh } = submission
    const { a, b } = await world()
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
          expect(statuses, `the two statuses, ${when}`).toEqual([200, 201])
          await expectTimeline(a, code, known ? [before, event] : [event], when)
        },
      }
    })
  })

  test(`C2 adds two events to ${where}, when A and B get one each`, async () => {
    const { fresh } = submission
    const { a, b } = await world()
    await inEachGap(a, async (n) => {
      const code = namesOf(fresh).code()
      const [before, mine, yours] = eventsOf(fresh, 3) as [Event, Event, Event]
      if (known) await add(b, code, before)
      return {
        sending: appending(code, mine),
        async act({ work, release }) {
          const second = b.server.send(appending(code, yours))
          await overOrWaiting(b.between, second)
          release()
          const when = `A stopped before its command ${n} while B added another event`
          expect(await work, `the answer of A, ${when}`).toHaveStatus(201)
          expect(await second, `the answer of B, ${when}`).toHaveStatus(201)
          await expectTimeline(a, code, known ? [before, mine, yours] : [mine, yours], when)
        },
      }
    })
  })
}

test('C2 loses and doubles nothing in a rush of 100 on both copies', async () => {
  const { fresh } = submission
  const { a, b } = await world()
  const code = namesOf(fresh).code()
  const events = eventsOf(fresh, 80)
  const twice = fresh.shuffle(events).slice(0, 20)
  const sendings = [
    ...events.map((event) => ({ to: a.server, ...appending(code, event) })),
    ...twice.map((event) => ({ to: b.server, ...appending(code, event) })),
  ]
  // Who gets a second one got it from the other copy, or the same.
  const mixed = fresh
    .shuffle(sendings)
    .map((each, nth) => ({ ...each, to: nth % 2 ? a.server : b.server }))
  const answers = await race(mixed)
  expect(tally(answers), 'the statuses of 80 events, 20 of them sent twice').toEqual({
    200: 20,
    201: 80,
  })
  await expectTimeline(a, code, events, 'after the rush')
})

/** How often each status came. */
const tally = (answers: Answer[]): Record<string, number> => {
  const groups = Object.groupBy(answers, ({ status }) => String(status))
  return Object.fromEntries(Object.entries(groups).map(([status, list]) => [status, list!.length]))
}

// ---------------------------------------------------------------- C3: the newest 100

test('C3 keeps the newest 100 of 115 events, and counts them all', async () => {
  const { fresh } = submission
  const here = await world()
  const code = namesOf(fresh).code()
  const [oldest, ...rest] = eventsOf(fresh, 114) as [Event, ...Event[]]
  // The oldest of all comes last but one: it counts, and is not kept. The newest comes last.
  const newest = eventOf(fresh, {
    at: new Date(Date.parse(rest.at(-1)!.at) + 60_000).toISOString(),
  })
  const events = [...fresh.shuffle(rest), oldest]
  await addAll(
    here,
    events.map((event) => [code, event]),
  )
  await expectTimeline(here.b, code, events, 'after 114 events in a mixed order')
  await add(here.b, code, newest)
  await expectTimeline(here.a, code, [...events, newest], 'after one more')
  const documents = await here.db.db.collection('timelines').find().toArray()
  const largest = largestIn(documents)
  const why = `entries of ${largest.path}, the largest list or object in a document of timelines; at most 100`
  expect(largest.size, why).toBeLessThanOrEqual(100)
})

// ---------------------------------------------------------------- C4: by day

test('C4 counts events and parcels by UTC day, from included, to not', async () => {
  const { fresh } = submission
  const here = await world()
  const names = namesOf(fresh)
  const [depot, elsewhere] = [names.depot(), names.depot()]
  const { instants, from, to } = instantsAround(fresh)
  const codes = fresh.list(4, names.code)
  const events: [string, Event][] = fresh.shuffle([
    ...instants.map((at): [string, Event] => [fresh.pick(codes), eventOf(fresh, { depot, at })]),
    // The same parcels on the same days, at another depot.
    ...instants.map((at): [string, Event] => [
      fresh.pick(codes),
      eventOf(fresh, { depot: elsewhere, at }),
    ]),
  ])
  await addAll(here, events)
  for (const copy of [here.a, here.b]) {
    for (const place of [depot, elsewhere]) {
      const wanted = expectedDays(events, place, from, to)
      const why = `the days of a depot from ${from} to ${to} on ${copy.name}, with TZ=${copy.zone}`
      expect(await daysOn(copy, place, from, to), why).toEqual(wanted)
    }
  }
  expect(await daysOn(here.a, names.depot(), from, to), 'a depot where nothing happened').toEqual(
    [],
  )
})

test('C4 refuses what is no day', async () => {
  const { a } = await world()
  const depot = namesOf(submission.fresh).depot()
  for (const wrong of ['yesterday', '2026-13-45', '']) {
    expect(await a.server.send(counting(depot, wrong, '2026-03-08'))).toBeJsonError(400, 422)
    expect(await a.server.send(counting(depot, '2026-03-01', wrong))).toBeJsonError(400, 422)
  }
  const { path } = counting(depot, '2026-03-01', '')
  expect(await a.server.send({ path: path.replace(/&.*/, '') }), 'without to').toBeJsonError(
    400,
    422,
  )
})

// ---------------------------------------------------------------- C5: operators

const NO_TEXTS = [{ $ne: null }, { $gt: '' }, ['x'], 7, null, undefined, '']

test('C5 refuses a body in which anything is no text, and stores nothing', async () => {
  const { fresh } = submission
  const { a } = await world()
  const code = namesOf(fresh).code()
  const event = eventOf(fresh)
  for (const field of ['eventId', 'kind', 'depot', 'at']) {
    for (const value of field === 'at' ? [...NO_TEXTS, 'soon'] : NO_TEXTS) {
      const answer = await a.server.send(appending(code, { ...event, [field]: value }))
      const sent = value === undefined ? `no ${field}` : `${field}: ${JSON.stringify(value)}`
      expect(answer, sent).toBeJsonError(400, 422)
    }
  }
  const malformed = {
    ...appending(code, undefined),
    headers: { 'Content-Type': 'application/json' },
  }
  expect(await a.server.send({ ...malformed, body: '{"eventId":' })).toBeJsonError(400)
  expect(await a.server.send(reading(code)), 'after refused events only').toHaveStatus(404)
})

test('C5 refuses operators in query strings, and shows nothing', async () => {
  const { fresh } = submission
  const { a } = await world()
  const event = eventOf(fresh)
  await add(a, namesOf(fresh).code(), event)
  const [kind, depot] = [encodeURIComponent(event.kind), encodeURIComponent(event.depot)]
  const days = 'from=2026-01-01&to=2026-12-31'
  const paths = [
    `/search?kind[$ne]=x&depot=${depot}`,
    `/search?kind=${kind}&depot[$ne]=x`,
    `/search?kind[$regex]=.&depot[$regex]=.`,
    `/search?kind%5B%24ne%5D=x&depot=${depot}`,
    `/search?depot=${depot}`,
    `/search?kind=${kind}`,
    `/search?kind=${kind}&depot=${depot}&after=soon`,
    ...['0', '-3', '1.5', 'many'].map(
      (limit) => `/search?kind=${kind}&depot=${depot}&limit=${limit}`,
    ),
    `/depots/${depot}/daily?from[$gt]=&${days.split('&')[1]}`,
    `/depots/${depot}/daily?${days.split('&')[0]}&to[$gt]=`,
  ]
  for (const path of paths) {
    const answer = await a.server.send({ path })
    expect(answer).toBeJsonError(400, 422)
    expect(answer.text, `the answer to ${path}`).not.toContain(event.eventId)
  }
})

test('C5 stores and finds texts with $ and . as they are', async () => {
  const { fresh } = submission
  const { a, b } = await world()
  const tail = fresh.unique()
  const code = `$code.${tail}`
  const event = eventOf(fresh, {
    eventId: '$$ROOT',
    kind: '$depot',
    depot: `$events.${tail}`,
    at: '2026-02-03T04:05:06Z',
  })
  const plain = eventOf(fresh, { at: '2026-02-03T04:05:07Z' })
  const dollar = eventOf(fresh, {
    eventId: '$ne',
    kind: '$$NOW',
    depot: '$',
    at: '2026-02-03T04:05:08Z',
  })
  for (const each of [event, plain, dollar]) await add(a, code, each)
  expect(await b.server.send(appending(code, event)), 'the same again').toHaveStatus(200)
  await expectTimeline(b, code, [event, plain, dollar], 'with texts that look like operators')
  const { kind, depot } = event
  await expectFound(b, { kind, depot }, [{ code, ...event }], 'a search for such texts')
  const days = await daysOn(a, depot, '2026-02-03', '2026-02-04')
  expect(days, 'the days of a depot with such a name').toEqual([
    { day: '2026-02-03', events: 1, parcels: 1 },
  ])
})

// ---------------------------------------------------------------- C6: what it costs

const MOST_EXAMINED = 50

test('C6 looks a parcel up, and searches, by index', async () => {
  const { fresh } = submission
  const here = await world()
  const names = namesOf(fresh)
  const { kind, depot } = eventOf(fresh)
  const codes = fresh.list(3, names.code)
  const found: [string, Event][] = codes.flatMap((code) =>
    eventsOf(fresh, 2).map((event): [string, Event] => [code, { ...event, kind, depot }]),
  )
  const others = fresh.list(150, (): [string, Event] => [names.code(), eventOf(fresh)])
  await addAll(here, fresh.shuffle([...found, ...others]))
  for (const copy of [here.a, here.b]) {
    const code = fresh.pick(codes)
    expectCheap(
      await costsOf(here.db, () => timelineOf(copy, code)),
      `GET /parcels/{code} on ${copy.name}`,
    )
    expectCheap(
      await costsOf(here.db, () => searchOn(copy, { kind, depot })),
      `GET /search?kind&depot on ${copy.name}`,
    )
  }
})

function expectCheap(costs: Cost[], request: string): void {
  const examined = costs.reduce((sum, cost) => sum + cost.examined, 0)
  const each = costs.map((cost) => `\n  ${cost.name} examined ${cost.examined}`).join('')
  const why = `documents that MongoDB examined for ${request}, with 150 parcels that have nothing to do with it; at most ${MOST_EXAMINED}.${each}\nThe number`
  expect(examined, why).toBeLessThanOrEqual(MOST_EXAMINED)
}

test('C6 lets MongoDB count the days', async () => {
  const { fresh } = submission
  const here = await world()
  const names = namesOf(fresh)
  const { depot } = eventOf(fresh)
  const hours = fresh.list(40, (nth) => new Date(Date.UTC(2026, 8, 1, nth * 2)).toISOString())
  const events = hours.map((at): [string, Event] => [names.code(), eventOf(fresh, { depot, at })])
  await addAll(here, events)
  const costs = await costsOf(here.db, () => daysOn(here.a, depot, '2026-09-01', '2026-09-05'))
  const returned = costs.reduce((sum, cost) => sum + cost.returned, 0)
  const each = costs.map((cost) => `\n  ${cost.name} returned ${cost.returned}`).join('')
  const why = `documents that MongoDB handed over for 4 days with 40 events; at most 8.${each}\nThe number`
  expect(returned, why).toBeLessThanOrEqual(8)
})

// ---------------------------------------------------------------- C7: types

test('C7 stores each `at` in timelines as a BSON date', async () => {
  const { fresh } = submission
  const { db, a } = await world()
  const code = namesOf(fresh).code()
  const [first, second] = eventsOf(fresh, 2) as [Event, Event]
  const offset = { ...second, at: second.at.replace('Z', '+00:00') }
  await add(a, code, first)
  await add(a, code, offset)
  const documents = await db.db.collection('timelines').find().toArray()
  for (const { at } of [first, second])
    expect(typesOf(at, documents), `as what the documents of timelines hold ${at}`).toContain(
      'date',
    )
})

test('C7 answers with plain strings and numbers', async () => {
  const { fresh } = submission
  const { a } = await world()
  const code = namesOf(fresh).code()
  const event = eventOf(fresh)
  await add(a, code, event)
  const { kind, depot, at } = event
  const day = at.slice(0, 10)
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
  await expectTimeline(a, code, [event], 'with one event')
  await expectFound(a, { kind, depot }, [{ code, ...event }], 'a search for the only such event')
  expect(await daysOn(a, depot, day, next)).toEqual([{ day, events: 1, parcels: 1 }])
  for (const sending of [reading(code), searching({ kind, depot })]) {
    const { text, request } = await a.server.send(sending)
    expect(text, `${request} answers in plain JSON, not in MongoDB’s`).not.toMatch(
      /"\$(oid|date|numberLong|numberInt)"/,
    )
  }
})

// ---------------------------------------------------------------- C8: the search

test('C8 finds the events of that kind at that depot, newest first', async () => {
  const { fresh } = submission
  const here = await world()
  const names = namesOf(fresh)
  const [kind, depot, otherKind, otherDepot] = [
    names.kind(),
    names.depot(),
    names.kind(),
    names.depot(),
  ]
  const codes = fresh.list(4, names.code)
  const at = clock(fresh)
  const found = fresh.list(
    26,
    (nth): Found => ({
      ...eventOf(fresh, { kind, depot, at: at(nth * 600) }),
      code: fresh.pick(codes),
    }),
  )
  const mixed = [
    // One event of that kind and one at that depot do not make an event of that kind at that depot.
    ...[...codes, names.code()].flatMap((code) => [
      { code, ...eventOf(fresh, { kind, depot: otherDepot, at: at(fresh.int(0, 9000)) }) },
      { code, ...eventOf(fresh, { kind: otherKind, depot, at: at(fresh.int(0, 9000)) }) },
    ]),
    ...found,
  ]
  await addAll(
    here,
    fresh.shuffle(mixed).map(({ code, ...event }) => [code, event]),
  )
  const newest = [...found].sort(byAt).reverse()
  const after = found[11]!.at
  const later = newest.filter((event) => event.at > after)
  for (const copy of [here.a, here.b]) {
    await expectFound(copy, { kind, depot, limit: 100 }, newest, 'all 26 events, newest first')
    await expectFound(copy, { kind, depot, limit: 3 }, newest.slice(0, 3), 'the newest 3')
    await expectFound(copy, { kind, depot }, newest.slice(0, 20), 'without a limit, the newest 20')
    await expectFound(
      copy,
      { kind, depot, after, limit: 50 },
      later,
      `later than ${after}, which one event has itself`,
    )
    const local = after.replace('.000Z', '+00:00')
    await expectFound(
      copy,
      { kind, depot, after: local, limit: 2 },
      later.slice(0, 2),
      `the newest 2, later than ${local}`,
    )
  }
  await expectFound(here.a, { kind, depot: names.depot() }, [], 'a depot without events')
})

// ---------------------------------------------------------------- C9: killed

test('C9 makes good what a kill has interrupted when it is sent again', async () => {
  const { fresh } = submission
  const { db } = await world()
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
        const { kind, depot, at } = event
        await expectFound(copy, { kind, depot }, [{ code, ...event }], `the search, ${when}`)
        const days = await daysOn(copy, depot, at.slice(0, 10), '2027-01-01')
        expect(days, `the days, ${when}`).toEqual([{ day: at.slice(0, 10), events: 1, parcels: 1 }])
      },
    }
  })
})
