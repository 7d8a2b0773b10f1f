import { expect, test } from 'vitest'
import { openSubmission, type ServerSubject } from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { blocksOf, manyEvents, shownOf } from './blocks.ts'
import { eventModel, pathOf } from './event-model.ts'
import {
  compare,
  type Event,
  following,
  insert,
  nameOf,
  type Sort,
  someEvents,
  usOf,
} from './events.ts'
import { bodyOf } from './page.ts'
import { RULES } from './rules.ts'
import { openDatabase, openWorld } from './world.ts'

const submission = openSubmission(import.meta)
const openShared = openWorld(submission)

// ---------------------------------------------------------------- what a model judges

const REQUIREMENTS = {
  C1: 'C1 orders events by time and id, and goes on where the last page ended',
  C2: 'C2 shows what stays once, whatever is stored and deleted between two pages',
  C3: 'C3 ends with a next of null, and only there',
  C4: 'C4 refuses what is no cursor, and cursors of another query',
  C6: 'C6 takes limit, kind and fields as the rules say',
  C7: 'C7 takes no other sorts and fields, and shows nothing private',
  C8: 'C8 refuses a cursor that somebody has changed',
  C9: 'C9 answers wrong methods, HEAD, unknown paths and parameters by the rules',
  C10: 'C10 takes the cursors of another copy',
}

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, async () => {
    const world = await openShared()
    const events = someEvents(submission.fresh)
    const model = eventModel(submission, world, () => events, check === 'C10' ? 2 : 1)
    await expectAgreement(model, check, submission.fresh)
  })
}

// ---------------------------------------------------------------- whole walks

type Walk = { sort: Sort; kind?: string; limit?: number }

/** Goes from page to page to the end. @param serverOf the server for each page */
async function walk(
  serverOf: (page: number) => ServerSubject | Promise<ServerSubject>,
  { sort, kind, limit }: Walk,
  most: number,
): Promise<string[]> {
  const ids: string[] = []
  const query = { sort, kind, limit: limit === undefined ? undefined : String(limit) }
  let cursor: string | undefined
  for (let page = 0; ; page++) {
    const server = await serverOf(page)
    const answer = await server.send({ path: pathOf({ ...query, cursor }) })
    const name = `page ${page + 1} of a walk with ${pathOf(query)}`
    expect(answer, name).toHaveStatus(200)
    const body = bodyOf(answer)
    expect(Array.isArray(body?.items), `${name}: its items must be a list`).toBe(true)
    ids.push(...body.items.map((item: { id: unknown }) => String(item?.id)))
    const { next } = body
    if (next === null) return ids
    const isText = typeof next === 'string' && next !== ''
    expect(isText, `${name}: its next must be a text or null, came ${JSON.stringify(next)}`).toBe(
      true,
    )
    cursor = next
    expect(
      ids.length,
      `events of a walk with ${pathOf(query)} through ${most}`,
    ).toBeLessThanOrEqual(most)
    expect(
      page,
      `pages of a walk with ${pathOf(query)} through ${most} events`,
    ).toBeLessThanOrEqual(most)
  }
}

/** Fails where a walk has not shown these events, each once and in order. */
function expectWalk(ids: string[], events: Event[], { sort, kind, limit }: Walk): void {
  const wanted = following(events, { sort, kind: kind ?? null })
  const byId = new Map(events.map((event) => [event.id, event]))
  const name = (id?: string) =>
    id === undefined ? 'nothing' : byId.has(id) ? nameOf(byId.get(id)!) : `event ${id}`
  const at = wanted.findIndex(({ id }, index) => id !== ids[index])
  const index = at >= 0 ? at : ids.length > wanted.length ? wanted.length : -1
  const say = () => {
    const times = ids.filter((id) => id === wanted[index]?.id).length
    const rest = wanted[index] && times !== 1 ? ` It is shown ${times} times.` : ''
    return `A walk with sort=${sort}${kind === undefined ? '' : ` and kind=${kind}`} by pages of ${limit}: the event at ${index + 1} must be ${name(wanted[index]?.id)}, after ${name(wanted[index - 1]?.id)}; came ${name(ids[index])}.${rest}\nThe rule: ${RULES.once}`
  }
  expect(index === -1, index === -1 ? '' : say()).toBe(true)
}

test('C1 shows each of some hundred crowded events once, with pages of every size', async () => {
  const world = await openShared()
  const [server] = (await world.copies()) as [ServerSubject]
  const events = someEvents(submission.fresh)
  await world.empty()
  await insert(world.db, events)
  const walks: (Walk & { limit: number })[] = [
    { sort: 'at', limit: 3 },
    { sort: '-at', limit: 7 },
    { sort: 'at', limit: 1, kind: 'damaged' },
    { sort: '-at', limit: 2, kind: 'busy' },
    { sort: '-at', limit: 100 },
  ]
  for (const how of walks) {
    expectWalk(await walk(() => server, how, events.length), events, how)
  }
})

test('C1 shows each of 5,000 events with one time once, and neighbours a microsecond away', async () => {
  const world = await openShared()
  const [server] = (await world.copies()) as [ServerSubject]
  const us = usOf('2026-03-08T06:05:00', submission.fresh.int(1, 900_000))
  const seed = submission.fresh.int(1, 1000)
  const events = submission.fresh.list(5400, (index): Event => {
    // Numbers without any order, each once: 7919 and 1,000,003 are primes.
    const id = String((BigInt(index + seed) * 7919n) % 1_000_003n)
    const off = index < 5000 ? 0 : (index % 200) - 100
    const rest = { kind: 'arrived', parcel: 'PEL-1', depot: 'Vigo', note: null, phone: '', born: 0 }
    return { id, us: us + BigInt(off), ...rest }
  })
  await world.empty()
  await insert(world.db, events)
  for (const sort of ['at', '-at'] as const) {
    const how = { sort, limit: 100 }
    expectWalk(await walk(() => server, how, events.length), events, how)
  }
})

test('C2 shows what stays once while others store and delete', async () => {
  const world = await openShared()
  const [server] = (await world.copies()) as [ServerSubject]
  const { fresh } = submission
  const start = usOf('2026-03-08T06:05:00')
  const rest = { kind: 'arrived', parcel: 'PEL-1', depot: 'Vigo', note: null, phone: '', born: 0 }
  const staying = fresh.list(1000, (index): Event => {
    return { id: String(index * 1000 + 500), us: start + BigInt(index - (index % 5)), ...rest }
  })
  const passing = fresh.list(1600, (index): Event => {
    const near = fresh.int(0, 999)
    const id = near * 1000 + (fresh.oneIn() ? 499 - (index % 490) : 501 + (index % 490))
    return { id: String(id), us: start + BigInt(near - (near % 5)), ...rest }
  })
  const others = [...new Map(passing.map((event) => [event.id, event])).values()]
  const [early, late] = [others.slice(0, 800), others.slice(800)]
  for (const sort of ['at', '-at'] as const) {
    await world.empty()
    await insert(world.db, [...staying, ...early])
    let isOver = false
    const change = async () => {
      for (let at = 0; at < 800 && !isOver; at += 20) {
        await insert(world.db, late.slice(at, at + 20))
        const ids = early.slice(at, at + 20).map(({ id }) => id)
        await world.db.query('delete from events where id = any($1::bigint[])', [ids])
      }
    }
    const changes = change()
    const how = { sort, limit: 25 }
    const ids = await walk(() => server, how, staying.length + others.length).finally(() => {
      isOver = true
      return changes
    })
    const isStaying = new Set(staying.map(({ id }) => id))
    expectWalk(
      ids.filter((id) => isStaying.has(id)),
      staying,
      how,
    )
    const byId = new Map([...staying, ...others].map((event) => [event.id, event]))
    for (const [index, id] of ids.entries()) {
      const [one, before] = [byId.get(id), byId.get(ids[index - 1] ?? '')]
      expect(one !== undefined, `event ${id} has been in the table`).toBe(true)
      const isInOrder = !before || compare(sort, before, one!) < 0
      const message = () =>
        `${nameOf(one!)} came after ${nameOf(before!)}.\nThe rule: ${RULES.follow}`
      expect(isInOrder, isInOrder ? '' : message()).toBe(true)
    }
  }
})

test('C10 goes on with a walk from copy to copy, and after a restart', async () => {
  const world = await openShared()
  const events = someEvents(submission.fresh)
  await world.empty()
  await insert(world.db, events)
  const own: ServerSubject[] = [...(await Promise.all([world.start(), world.start()]))]
  try {
    for (const sort of ['at', '-at'] as const) {
      const how = { sort, limit: 20 }
      const serverOf = async (page: number) => {
        if (page === 5) own[1] = await own[1]!.restart()
        return own[page % 2]!
      }
      expectWalk(await walk(serverOf, how, events.length), events, how)
    }
  } finally {
    await Promise.all(own.map((server) => server.kill()))
  }
})

// ---------------------------------------------------------------- C5: what a page costs

const MOST_BLOCKS = 300

test('C5 touches at most 300 blocks for a page, at the beginning and behind 40,000 events', async () => {
  await openShared()
  const world = await openDatabase(submission)
  const { queries, fill } = await manyEvents(world)
  await fill()
  // Where all of them together touch so few, each of them does.
  if ((await blocksOf(world, ...queries)) <= MOST_BLOCKS) return
  for (const query of queries) {
    const where = query.cursor === undefined ? 'the first page' : 'a page behind 40,000 events'
    const message = `the blocks of the table and its indexes that ${shownOf(query)}, ${where}, has touched`
    expect(await blocksOf(world, query), message).toBeLessThanOrEqual(MOST_BLOCKS)
  }
})
