import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  meanwhile,
  nth,
  openSubmission,
  race,
  type Sending,
  type ServerSubject,
  SubjectError,
  shared,
  sharedUntilFailure,
  stopAt,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { junkBody, junkJson, junkText, survivesJunk } from '../../harness/probes/junk.ts'
import type { Way } from './gateway.ts'
import { paymentModel } from './payment-model.ts'
import { paying, type Wish, World } from './world.ts'

const submission = openSubmission(import.meta)

const commonWorld = shared(() => World.open(submission))
const commonPair = sharedUntilFailure(
  async () => (await commonWorld()).pair(),
  async (copies) => {
    for (const copy of copies) await copy.kill()
  },
)

/** The two copies that most tests share; new ones where one of them has died. */
async function twins() {
  const servers = await commonPair()
  if (!servers.some(({ process }) => process.exit)) return { servers, close: async () => {} }
  const own = await (await commonWorld()).pair()
  const close = async () => {
    for (const copy of own) await copy.kill()
  }
  return { servers: own, close }
}

// ---------------------------------------------------------------- the contract, as a model

const REQUIREMENTS = {
  C1: 'C1 charges payments, and answers repeats with what is stored, on both copies',
  C3: 'C3 refuses a used key with another body, and charges nothing',
  C4: 'C4 keeps the keys of customers apart',
  C5: 'C5 remembers a declined card, and asks a gateway that has failed again, with one charge in all',
  C8: 'C8 charges nothing for what it refuses, and leaves the key free',
  C9: 'C9 answers odd requests by the house rules',
}

/** Hundreds of requests one after the other. */
const PATIENT = { timeout: 300_000 }

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, PATIENT, async () => {
    const { gateway } = await commonWorld() // says what is missing, where there is no service
    await expectAgreement(paymentModel(submission, gateway, twins), check, submission.fresh)
  })
}

// ---------------------------------------------------------------- helpers

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const RULE = {
  again:
    '\nThe rule: The same customer, key and body get the stored answer again: the same status and the same payment',
  busy: '\nThe rule: A repeat that arrives while the first request is under way waits and gets its answer, or gets `409`',
  otherBody:
    '\nThe rule: Another body that arrives meanwhile gets `409` or `422`: one of the two is charged, and gets `201`',
  alone: '\nThe rule: A payment does not wait for another customer’s payment',
  tenSeconds: '\nThe rule: A repeat may get `409` for 10 seconds after the kill, and not longer',
  twoSeconds: '\nThe rule: no whole answer after 2 seconds gets 502 or 504',
  inTime: '\nThe rule: An answer that takes less than 2 seconds is good',
  unknown: '\nThe rule: the next request with that key asks the gateway again',
}

const shownStatuses = (answers: Answer[]) => {
  const counts = Map.groupBy(answers, ({ status }) => status)
  return [...counts].map(([status, those]) => `${those.length} × ${status}`).join(', ')
}

/** All answers are the payment's, or 409; at least one is the payment's. */
function expectRepeats(world: World, answers: Answer[], wish: Wish, when: string): void {
  if (world.gateway.chargesOf(wish.customer).length > 1) world.expectOneCharge(wish, when)
  const shown = `the statuses of POST /payments ${when} (${shownStatuses(answers)})`
  for (const { status } of answers) expect([201, 409], `${shown}${RULE.busy}`).toContain(status)
  const right = answers.filter(({ status }) => status === 201)
  expect(right.length, `answers with 201 among ${shown}`).toBeGreaterThan(0)
  const ids = right.map((answer) => world.expectPaid(answer, wish, when))
  expect(new Set(ids).size, `different ids in answers for one payment, ${when}`).toBe(1)
}

/** Every copy answers a repeat with the payment. */
async function expectStored(
  world: World,
  servers: ServerSubject[],
  wish: Wish,
  when: string,
): Promise<void> {
  const ids = []
  for (const server of servers) {
    ids.push(world.expectPaid(await server.send(paying(wish)), wish, when))
  }
  expect(new Set(ids).size, `different ids of one payment, ${when}`).toBe(1)
}

/** A machine that is very busy may be too late for the gateway's two seconds; so often it may try again. */
const MOST_TURNS = 3
const isLate = ({ status }: Answer) => status === 502 || status === 504

// ---------------------------------------------------------------- C2 many at once

meanwhile(
  'C2 charges once where 20 requests with one key arrive at once',
  { waits: 1 },
  async () => {
    const world = await World.open(submission)
    const servers = await world.pair()
    const twenty = async (prepare: () => Wish, of = (wish: Wish, _index: number) => wish) => {
      for (let turn = 1; ; turn++) {
        const wish = prepare()
        const answers = await race(
          Array.from({ length: 20 }, (_, index) => ({
            to: servers[index % 2]!,
            ...paying(of(wish, index)),
          })),
        )
        if (turn === MOST_TURNS || !answers.some(isLate)) return { wish, answers }
      }
    }
    const slowly = (ms: number, isPoor = false) => {
      const wish = world.wish()
      if (isPoor) world.gateway.poor.add(wish.customer)
      world.gateway.meet(wish.customer, { before: () => pause(ms) })
      return wish
    }
    // A slow gateway leaves room for all of them; a quick one lets some come after others.
    for (const ms of [250, 0, 20]) {
      const { wish, answers } = await twenty(() => slowly(ms))
      expectRepeats(world, answers, wish, 'sent 20 times at once with one key')
      await expectStored(world, servers, wish, 'sent again after it came 20 times at once')
    }
    const declined = await twenty(() => slowly(50, true))
    const shown = `the statuses of 20 requests at once with a declined card (${shownStatuses(declined.answers)})`
    for (const { status } of declined.answers) expect([402, 409], shown).toContain(status)
    expect(shownStatuses(declined.answers), shown).toContain('402')
    const wrongly = world.gateway.chargesOf(declined.wish.customer)
    expect(wrongly, 'charges of a declined card').toEqual([])

    const paid = await twenty(
      () => world.wish(),
      (wish, index) => ({ ...wish, key: `${wish.key}-${index}` }),
    )
    expect(shownStatuses(paid.answers), '20 payments at once with 20 keys').toBe('20 × 201')
    const ids = new Set(paid.answers.map(({ body }) => String(body?.id)))
    expect(ids.size, 'ids of 20 payments with 20 keys').toBe(20)
    const charges = world.gateway.chargesOf(paid.wish.customer).length
    expect(charges, 'charges of 20 payments with 20 keys').toBe(20)
  },
)

// ---------------------------------------------------------------- C6, C7, C12 kills

/** So long a repeat may be refused after a kill, and as long again where the machine is slow. */
const RECOVERY_MS = 20_000

/** Repeats a payment after a kill until it is answered, and not with 409. */
async function recovered(
  world: World,
  server: ServerSubject,
  wish: Wish,
  when: string,
): Promise<Answer> {
  const begun = performance.now()
  for (;;) {
    const answer = await server.send(paying(wish))
    if (answer.status !== 409 && !isLate(answer)) {
      world.expectPaid(answer, wish, when)
      return answer
    }
    if (performance.now() - begun > RECOVERY_MS) {
      expect.fail(
        `POST /payments is still answered with ${answer.status} more than ${RECOVERY_MS / 1000} s ${when}${RULE.tenSeconds}`,
      )
    }
    await pause(100)
  }
}

/** Has the gateway hold a payment; resolves when it is there. */
async function held(
  world: World,
  server: ServerSubject,
  wish: Wish,
  where: 'before' | 'after',
): Promise<{ release(): void }> {
  const there = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  world.gateway.meet(wish.customer, {
    [where]: () => {
      there.resolve()
      return go.promise
    },
  })
  const answer = server.send(paying(wish))
  answer.catch(() => {})
  const over = answer.then(
    ({ status }) =>
      expect.fail(`POST /payments was answered with ${status} before the gateway had been asked`),
    () => {},
  )
  over.catch(() => {}) // it may come too late to say anything
  await Promise.race([there.promise, over])
  return {
    release() {
      world.gateway.heal(wish.customer)
      go.resolve()
    },
  }
}

/**
 * Kills A while the gateway has a payment of its.
 * @param repeats the copies that are asked again: A is started again, or stays dead
 */
async function killedAtGateway(where: 'before' | 'after', repeats: 'both' | 'B'): Promise<void> {
  const world = await World.open(submission)
  const [a, b] = await world.pair()
  const wish = world.wish()
  const { release } = await held(world, a, wish, where)
  await a.kill()
  release()
  const has = where === 'after' ? 'had charged' : 'was about to charge'
  const when = `after a copy was killed while the gateway ${has}`
  const copies = repeats === 'both' ? [await a.restart(), b] : [b]
  const how = repeats === 'both' ? 'and started again' : 'and not started again'
  await Promise.all(copies.map((copy) => recovered(world, copy, wish, `${when}, ${how}`)))
  await expectStored(world, copies, wish, when)
  await expectStored(world, copies, world.wish(), `${when}, for another payment`)
}

meanwhile(
  'C6 charges once where a copy is killed after the gateway has charged',
  { waits: 6, ...PATIENT },
  () => killedAtGateway('after', 'both'),
)

meanwhile('C6 keeps its answers where both copies are killed', { waits: 1 }, async () => {
  const world = await World.open(submission)
  const copies = await world.pair()
  const wishes = [world.wish(), world.wish()]
  const poor = world.wish()
  world.gateway.poor.add(poor.customer)
  const bodies: unknown[] = []
  for (const wish of wishes) {
    const answer = await copies[0].send(paying(wish))
    world.expectPaid(answer, wish, 'for a new payment')
    bodies.push(answer.body)
  }
  expect(await copies[1].send(paying(poor)), 'with a declined card').toHaveStatus(402)
  await Promise.all(copies.map((copy) => copy.kill()))
  const again = [await copies[0].restart(), await copies[1].restart()]
  world.gateway.poor.delete(poor.customer)
  const when = 'after both copies were killed and started again'
  for (const server of again) {
    for (const [index, wish] of wishes.entries()) {
      const answer = await server.send(paying(wish))
      world.expectPaid(answer, wish, when)
      expect(answer.body, `the answer to a repeat ${when}`).toEqual(bodies[index])
      const { id } = answer.body
      const found = await server.send({ path: `/payments/${encodeURIComponent(id)}` })
      expect(found, when).toHaveStatus(200)
    }
    const declined = await server.send(paying(poor))
    expect(declined, `with a card that had been declined, ${when}`).toHaveStatus(402)
    const other = await server.send(paying({ ...wishes[0]!, cents: wishes[0]!.cents + 1 }))
    expect(other, `with another body, ${when}`).toHaveStatus(409, 422)
  }
})

meanwhile(
  'C7 frees the key within 10 s where a copy is killed before the charge, and stays dead',
  { waits: 6, ...PATIENT },
  () => killedAtGateway('before', 'B'),
)

meanwhile('C12 charges once wherever it is killed', { waits: 8, ...PATIENT }, async () => {
  const world = await World.open(submission)
  const { server, between } = await world.proxied()
  const other = await world.start()
  const cut: { wish: Wish; when: string; early?: Answer }[] = []
  let copy = server
  for (let n = 1; n < 30; n++) {
    const wish = world.wish()
    const before = between.statements.length
    const stopped = await stopAt(between, nth(n), () => copy.send(paying(wish)))
    const { work, release } = stopped
    // Some answer first, and go on: what they do then comes a moment later.
    if (!stopped.at) await pause(100)
    const at = stopped.at ?? between.statements[before + n - 1]
    if (!at) {
      release() // or it would stop the next one
      world.expectPaid(await work, wish, 'for a payment that nothing stops')
      break
    }
    work.catch(() => {})
    await copy.kill()
    // Whoever was answered already must get the same again.
    const early = await work.catch(() => undefined)
    // What is held must not run any more.
    between.cut()
    between.heal()
    release()
    const text = at.text.replaceAll(/\s+/g, ' ').trim().slice(0, 80)
    const when = `after a copy was killed before its statement ${n} (${text})`
    cut.push({ wish, when, early })
    copy = await copy.restart()
  }
  await Promise.all(
    cut.map(async ({ wish, when, early }) => {
      const { body } = await recovered(world, other, wish, when)
      if (early?.status !== 201) return
      const what = `the id of a payment that was answered with 201 before the kill, ${when}${RULE.again}`
      expect(body.id, what).toEqual(early.body.id)
    }),
  )
  for (const { wish, when } of cut) await expectStored(world, [copy, other], wish, when)
})

// ---------------------------------------------------------------- C10 two at once

/** Where a first request is stopped. */
type Stop = { where: string; first: Promise<Answer>; release(): void }

/** Waits until some work is over, waits itself for a lock in the database, or has had its time. */
async function overOrWaiting(world: World, work: Promise<unknown>, ms: number): Promise<void> {
  let isOver = false
  void work.catch(() => {}).finally(() => (isOver = true))
  const deadline = performance.now() + ms
  while (!isOver && performance.now() < deadline && (await world.db.waiting()) === 0) await pause(5)
}

/** Not so long that a gateway that holds its answer would be given up. */
const MEANWHILE_MS = 1000

type Pair = {
  first: Wish
  second: Wish
  judge(answers: { first: Answer; second: Answer }, when: string): Promise<void>
}

meanwhile(
  'C10 holds wherever a second request meets a first one',
  { waits: 5, ...PATIENT },
  async () => {
    const world = await World.open(submission)
    const { server: a, between } = await world.proxied()
    const b = await world.start()
    // Both have what they keep from a first payment.
    await expectStored(world, [a, b], world.wish(), 'for an ordinary payment')

    /** Stops A's request at its nth statement, then at the gateway; undefined where there is no such place. */
    async function stop(place: number | 'before' | 'after', wish: Wish): Promise<Stop | undefined> {
      if (typeof place === 'number') {
        const { at, work, release } = await stopAt(between, nth(place), () => a.send(paying(wish)))
        if (!at) {
          release() // or it would stop the next one
          return undefined
        }
        const text = at.text.replaceAll(/\s+/g, ' ').trim().slice(0, 80)
        return { where: `is stopped before its statement ${place} (${text})`, first: work, release }
      }
      const there = Promise.withResolvers<void>()
      const go = Promise.withResolvers<void>()
      let isFirst = true
      world.gateway.meet(wish.customer, {
        async [place]() {
          if (!isFirst) return
          isFirst = false
          there.resolve()
          await go.promise
        },
      })
      const first = a.send(paying(wish))
      const over = first.then(() => {})
      over.catch(() => {})
      await Promise.race([there.promise, over])
      const where =
        place === 'before' ? 'asks the gateway' : 'has been charged, and waits for the gateway'
      return { where, first, release: () => go.resolve() }
    }

    async function meet(what: string, makePair: () => Pair): Promise<void> {
      const statements = Array.from({ length: 30 }, (_, index) => index + 1)
      const places = [
        ...(['before', 'after'] as const).flatMap((place) => [
          { place, to: b },
          { place, to: a },
        ]),
        ...statements.map((place) => ({ place, to: b })),
      ]
      for (const { place, to } of places) {
        for (let turn = 1; ; turn++) {
          const { first, second, judge } = makePair()
          const stopped = await stop(place, first)
          if (!stopped) return
          const answer = to.send(paying(second))
          await overOrWaiting(world, answer, MEANWHILE_MS)
          stopped.release()
          const [one, two] = await Promise.all([stopped.first, answer])
          if (turn < MOST_TURNS && [one, two].some(isLate)) continue
          const when = `where ${what} arrives at ${to === a ? 'A' : 'B'} while the first request, at A, ${stopped.where}`
          await judge({ first: one, second: two }, when)
          break
        }
      }
    }

    await meet('a repeat', () => {
      const wish = world.wish()
      return {
        first: wish,
        second: wish,
        async judge({ first, second }, when) {
          expectRepeats(world, [first, second], wish, when)
          await expectStored(world, [a, b], wish, when)
        },
      }
    })

    await meet('another body', () => {
      const one = world.wish()
      const other = { ...one, cents: one.cents + 1 }
      return {
        first: one,
        second: other,
        async judge({ first, second }, when) {
          const statuses = [first, second].map(({ status }) => status)
          const right = [first, second].filter(({ status }) => status === 201)
          const refused = statuses.filter((status) => status === 409 || status === 422)
          if (right.length !== 1 || refused.length !== 1) {
            expect.fail(
              `Two bodies for one key at once were answered with ${statuses.join(' and ')}, ${when}.${RULE.otherBody}`,
            )
          }
          const winner = first.status === 201 ? one : other
          world.expectPaid(right[0]!, winner, when)
          await expectStored(world, [a, b], winner, when)
          const loser = winner === one ? other : one
          expect(await a.send(paying(loser)), `with the other body, ${when}`).toHaveStatus(409, 422)
        },
      }
    })

    await meet('the same key of another customer', () => {
      const one = world.wish()
      const other = { ...world.wish(), key: one.key }
      return {
        first: one,
        second: other,
        async judge({ first, second }, when) {
          const mine = world.expectPaid(first, one, when)
          const its = world.expectPaid(second, other, `for another customer, ${when}`)
          expect(mine, `the ids of two payments, ${when}`).not.toBe(its)
        },
      }
    })
  },
)

// ---------------------------------------------------------------- C11 a slow gateway

/** A busy computer may take its time, a server that never gives up takes all of it. */
const GIVES_UP_MS = 12_000

async function givesUp(server: ServerSubject, wish: Wish, how: string): Promise<Answer> {
  const when = `while the gateway gives ${how}`
  try {
    const answer = await server.send({ ...paying(wish), timeout: GIVES_UP_MS })
    expect(answer, when).toBeJsonError(502, 504)
    return answer
  } catch (error) {
    if (!(error instanceof SubjectError) || error.fault !== 'no-answer') throw error
    return expect.fail(
      `POST /payments, ${when}: no answer within ${GIVES_UP_MS / 1000} s${RULE.twoSeconds}`,
    )
  }
}

meanwhile('C11 gives up on a gateway that gives no whole answer in 2 s', { waits: 4 }, async () => {
  const world = await World.open(submission)
  const servers = await world.pair()
  const cases = (['silence', 'half an answer, and silence'] as Way[]).flatMap((way) =>
    [true, false].map((charges) => ({ way, charges, wish: world.wish() })),
  )
  const shown = ({ way, charges }: { way: Way; charges: boolean }) =>
    `${way}${charges ? ', after it has charged' : ''}`
  for (const { way, charges, wish } of cases) world.gateway.meet(wish.customer, { way, charges })
  await Promise.all(cases.map((one) => givesUp(servers[0], one.wish, shown(one))))
  for (const one of cases) {
    world.gateway.heal(one.wish.customer)
    const when = `after the gateway gave ${shown(one)}`
    const again = await servers[1].send(paying(one.wish))
    world.expectPaid(again, one.wish, `${when}${RULE.unknown}`)
    await expectStored(world, servers, one.wish, when)
  }
})

meanwhile('C11 takes an answer that comes after 0.8 s', { waits: 1, retry: 1 }, async () => {
  const world = await World.open(submission)
  const server = await world.start()
  const wish = world.wish()
  world.gateway.meet(wish.customer, { after: () => pause(800) })
  const answer = await server.send(paying(wish))
  world.expectPaid(answer, wish, `while the gateway takes 0.8 s${RULE.inTime}`)
})

meanwhile('C11 lets no payment wait for another customer’s', { waits: 3 }, async () => {
  const world = await World.open(submission)
  const servers = await world.pair()
  await expectStored(world, servers, world.wish(), 'for an ordinary payment')
  let isFirst: boolean[] = []
  // A busy machine may need longer for a payment than the gateway is waited for.
  for (let turn = 0; turn < 3; turn++) {
    const [stuck, ...others] = [world.wish(), world.wish(), world.wish()]
    for (const other of others) other.key = stuck!.key
    const there = Promise.withResolvers<void>()
    world.gateway.meet(stuck!.customer, { way: 'silence', arrived: there.resolve })
    let isOver = false
    const first = servers[0].send(paying(stuck!)).then(
      () => (isOver = true),
      () => (isOver = true),
    )
    await Promise.race([there.promise, first])
    isFirst = await Promise.all(
      others.map(async (other, index) => {
        const answer = await servers[index]!.send(paying(other))
        const was = !isOver
        world.expectPaid(answer, other, 'while another customer’s payment hangs at the gateway')
        return was
      }),
    )
    await first
    if (isFirst.every(Boolean)) return
  }
  const which = isFirst[0] ? 'the other copy' : 'the same copy'
  expect.fail(
    `A payment hangs at the gateway. One of another customer, with the same key, on ${which}, was answered only after that one was given up, three times out of three${RULE.alone}`,
  )
})

// ---------------------------------------------------------------- C13 junk

const headerText = junkText.map((text) => text.replaceAll(/[^\t\x20-\x7e]/g, '?').slice(0, 4000))
/** The house rules: U+0000 and half a surrogate pair are never sent. */
const sendable = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value ?? null)
      .replaceAll('\\u0000', '')
      .replaceAll(/\\ud[89a-f]../gi, ''),
  )

test('C13 answers junk with a 4xx, and works afterwards', async () => {
  const world = await commonWorld()
  const { servers } = await twins()
  const bodies = fc.oneof(
    junkJson(['customer', 'cents']).map((value) => ({ json: sendable(value) })),
    junkBody.map((body) => ({ type: 'application/json', body })),
  )
  const keys = fc.oneof(headerText, fc.constantFrom('junk-junk-1', 'junk-junk-2'))
  const posts = fc.tuple(keys, bodies).map(([key, sent]): Sending => {
    const { type, ...body } = { type: undefined, ...sent }
    const headers = { 'Idempotency-Key': key, ...(type && { 'Content-Type': type }) }
    return { method: 'POST', path: '/payments', headers, ...body }
  })
  const gets = junkText.map((text): Sending => {
    const id = encodeURIComponent(text.toWellFormed().replaceAll('\0', '').slice(0, 500))
    return { path: `/payments/${id}` }
  })
  await survivesJunk(servers[0]!, fc.oneof({ weight: 3, arbitrary: posts }, gets), {
    seed: submission.seed,
    runs: 120,
    healthy: () => expectStored(world, servers, world.wish(), 'after junk'),
  })
})
