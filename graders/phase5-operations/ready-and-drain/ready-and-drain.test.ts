import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  meanwhile,
  openSubmission,
  type ServerSubject,
  shared,
  sharedUntilFailure,
  stopAt,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { TOO_LARGE, workModel } from './work-model.ts'
import {
  answerOf,
  ask,
  bare,
  becomesReady,
  becomesUnready,
  begin,
  comes,
  ended,
  expectAlive,
  expectNotZero,
  expectRuns,
  expectUnready,
  expectZero,
  PATIENCE,
  RULE,
  rawGet,
  rawPost,
  readAll,
  serves,
  World,
  working,
} from './world.ts'

const submission = openSubmission(import.meta)

const commonWorld = shared(() => World.open(submission))
const commonServer = sharedUntilFailure(
  async () => (await commonWorld()).ready(),
  (server) => server.kill(),
)

/** Timers of some runtimes come a little early. */
const EARLY_MS = 50

/** Where a program has a few seconds by its own clock, a machine that stood still may try again. */
const BY_ITS_CLOCK = { waits: 3, retry: 1 }

const terminate = ({ process }: ServerSubject) => process.signal('SIGTERM')

/** A few milliseconds that a job takes. */
const moment = () => submission.fresh.int(1, 30)

async function expectWorks(
  world: World,
  server: ServerSubject,
  when: string,
  rule: string,
): Promise<void> {
  const ms = moment()
  await world.expectDone(await ask(server, working(ms), when, rule), ms, when, rule)
}

// First what takes no waiting: the others begin meanwhile.

// ---------------------------------------------------------------- C9 jobs

test('C9 does jobs, and answers odd requests by the house rules', { timeout: 300_000 }, async () => {
  const world = await commonWorld()
  const { model, expectRows } = workModel(submission, world, await commonServer())
  await expectAgreement(model, 'C9', submission.fresh)
  await expectRows()
})

test('C9 refuses ms above 60000', async () => {
  const world = await commonWorld()
  const server = await commonServer()
  const before = await world.rows()
  await Promise.all(
    TOO_LARGE.map(async (ms) => {
      const rule = 'The rule: `ms` is a whole number from 0 to 60000, in digits'
      const sending = { ...working(ms), timeout: 10_000 }
      const answer = await ask(server, sending, `with ms=${ms}`, rule)
      expect(answer, rule).toBeValidationFailure()
      expect(answer, rule).toBeJsonError()
    }),
  )
  expect(await world.rows(), 'the rows of jobs, when all had been refused').toEqual(before)
})

test('C9 writes the row when the time is over, and answers then', async () => {
  const world = await World.open(submission)
  const server = await world.ready()
  const ms = 400 + submission.fresh.int(0, 99)
  const begun = performance.now()
  const [ending] = await begin(server, [ms])
  while (performance.now() - begun < ms - 100) {
    const early = await world.rows()
    if (performance.now() - begun > ms) break
    expect(early, `the rows of jobs before ${ms} ms were over\n${RULE.row}`).toEqual([])
    await pause(10)
  }
  const answer = answerOf(await ending!, 'to a server that is ready', RULE.row)
  const took = `milliseconds that a job of ${ms} ms took\n${RULE.row}`
  expect(performance.now() - begun, took).toBeGreaterThanOrEqual(ms - EARLY_MS)
  await world.expectDone(answer, ms, 'to a server that is ready')

  let isAnswered = false
  const isInsert = ({ text }: { text: string }) => /\b(insert|merge|copy)\b/i.test(text)
  const { at, work, release } = await stopAt(world.between, isInsert, async () => {
    const [late] = await begin(server, [1])
    const one = await late!
    isAnswered = true
    return one
  })
  if (at) await readAll(server)
  const rows = at ? 'before its INSERT had reached PostgreSQL' : 'before there was an INSERT'
  if (isAnswered) expect.fail(`POST /work was answered ${rows}.\n${RULE.row}`)
  release()
  await world.expectDone(answerOf(await work, 'to a server that is ready', RULE.row), 1, 'at last')
})

test('C9 does jobs side by side', async () => {
  const world = await World.open(submission)
  const server = await world.ready()
  const long = await begin(server, [60_000, 60_000])
  await expectWorks(world, server, 'while two jobs of a minute were under way', RULE.beside)
  const over = await Promise.race([...long, undefined])
  const status = `the status of a job of a minute, a moment later\n${RULE.row}`
  expect(over?.answer?.status, status).toBeUndefined()
})

// ---------------------------------------------------------------- C10 connections

test('C10 opens no connection for a call of /readyz', { timeout: 120_000 }, async () => {
  const world = await World.open(submission)
  const { between } = world
  const server = await world.ready()
  const CALLS = 500
  for (let call = 0; call < CALLS; call += 10) {
    const ten = Array.from({ length: 10 }, () =>
      ask(server, { path: '/readyz' }, 'often', RULE.ready),
    )
    for (const answer of await Promise.all(ten)) {
      expect(answer, RULE.ready).toHaveStatus(200, 503)
    }
  }
  // A new connection has a number, and so tells how many there were before it.
  between.cut()
  between.heal()
  // The first job may still meet a connection that was reset.
  const isDone = async () => {
    const answer = await ask(server, working(0), 'after its connections were reset', RULE.table)
    return answer.status
  }
  const message = `the status of POST /work, after its connections were reset\n${RULE.again}`
  const statements = await between.during(() =>
    expect.poll(isDone, { timeout: PATIENCE, interval: 20, message }).toBe(201),
  )
  const opened = Math.max(...statements.map(({ connection }) => connection))
  const what = `connections to PostgreSQL, after ${CALLS} calls of /readyz\n${RULE.noneEach}`
  // Ten before, ten after, and some that took the place of others.
  expect(opened, what).toBeLessThanOrEqual(30)
})

test('C10 has 10 connections at most', async () => {
  const world = await World.open(submission)
  const { between } = world
  const server = await world.ready()
  between.delay(20)
  let most = 0
  const counting = setInterval(() => {
    most = Math.max(most, between.connections)
  }, 2)
  try {
    const endings = await begin(
      server,
      Array.from({ length: 40 }, () => 200),
    )
    for (const ending of endings) {
      const answer = answerOf(await ending, 'with 39 others', RULE.row)
      expect(answer, `one of 40 jobs at once\n${RULE.row}`).toHaveStatus(201)
    }
  } finally {
    clearInterval(counting)
  }
  const what = `connections to PostgreSQL at once, when 40 jobs ended at once\n${RULE.few}`
  expect(most, what).toBeLessThanOrEqual(10)
})

// ---------------------------------------------------------------- C1 alive and ready

meanwhile('C1 is alive without the database, and ready only with it', { waits: 2 }, async () => {
  const world = await World.open(submission)
  const { between } = world
  const server = await world.ready()
  await expectWorks(world, server, 'after the start', RULE.table)
  for (const turn of ['', ' for the second time']) {
    const cut = `after PostgreSQL was gone${turn}`
    between.cut()
    await expectAlive(server, cut)
    await becomesUnready(server, cut)
    for (let look = 0; look < 3; look++) {
      await expectAlive(server, cut)
      await expectUnready(server, cut, RULE.ready)
    }
    const healed = `after PostgreSQL was back${turn}`
    between.heal()
    await becomesReady(server, healed)
    await expectAlive(server, healed)
    await expectWorks(world, server, healed, RULE.table)
  }
})

meanwhile('C1 answers 503 where the row cannot be written', { waits: 1 }, async () => {
  const world = await World.open(submission)
  const server = await world.ready()
  world.between.cut()
  const when = 'while PostgreSQL refuses connections'
  for (const ms of [0, moment()]) {
    const answer = await ask(server, working(ms), when, RULE.unwritten)
    expect(answer, `${when}\n${RULE.unwritten}`).toBeJsonError(503)
  }
  expect(await world.rows(), `the rows of jobs ${when}`).toEqual([])
  world.between.heal()
  await becomesReady(server, 'after PostgreSQL was back')
  await expectWorks(world, server, 'after PostgreSQL was back', RULE.table)
})

// ---------------------------------------------------------------- C2 under way

meanwhile('C2 finishes 20 jobs that a SIGTERM meets, and ends with 0', BY_ITS_CLOCK, async () => {
  const world = await World.open(submission)
  const drain = 600
  const server = await world.ready({ drain, grace: 30_000 })
  // Some end before the drain does, most of them after it.
  const jobs = submission.fresh
    .list(20, (index) => 250 + 70 * index)
    .map((ms) => ms + submission.fresh.int(0, 9))
  const endings = await begin(server, jobs)
  terminate(server)
  const when = `before a SIGTERM, and took longer (DRAIN_MS=${drain}, GRACE_MS=30000)`
  for (const [index, ms] of jobs.entries()) {
    const answer = answerOf(await endings[index]!, when, RULE.finished)
    await world.expectDone(answer, ms, `that was sent ${when}`, RULE.finished)
  }
  const after = 'after a SIGTERM, when the last job was done'
  expectZero(await ended(server, after, RULE.zero), after, RULE.zero)
  const took = (await world.rows()).map(({ ms }) => ms).sort((a, b) => a - b)
  expect(took, `ms of the rows of jobs at the end\n${RULE.finished}`).toEqual(jobs)
})

// ---------------------------------------------------------------- C3 idle connections

/** As a program has 4 seconds for nothing, it does not wait for what ends by itself after 5. */
const NO_WAITING = { drain: 700, grace: 4700 }

meanwhile('C3 does not wait for idle connections', BY_ITS_CLOCK, async () => {
  const world = await World.open(submission)
  const { drain, grace } = NO_WAITING
  const server = await world.ready(NO_WAITING)
  for (let number = 0; number < 5; number++) {
    await bare(server, rawGet('/livez'), { answered: true })
  }
  const { ms, ...exit } = await server.stop(grace + PATIENCE)
  const when = `after a SIGTERM with 5 idle connections (DRAIN_MS=${drain}, GRACE_MS=${grace})`
  expectZero(exit, when, `${RULE.idle}\n${RULE.zero}`)
  const early = `milliseconds from the SIGTERM to the end, with DRAIN_MS=${drain}\n${RULE.zero}`
  expect(ms, early).toBeGreaterThanOrEqual(drain - EARLY_MS)
})

meanwhile(
  'C3 does not wait for connections whose last job ends after the drain',
  BY_ITS_CLOCK,
  async () => {
    const world = await World.open(submission)
    const drain = 300
    const server = await world.ready({ drain, grace: 5000 })
    for (const ms of [700, 900]) await bare(server, rawPost(`/work?ms=${ms}`), { answered: false })
    await readAll(server)
    terminate(server)
    const when = `after a SIGTERM with 2 connections that were idle after their job (DRAIN_MS=${drain}, GRACE_MS=5000)`
    const rule = `${RULE.idle}\n${RULE.zero}`
    expectZero(await ended(server, when, rule), when, rule)
  },
)

meanwhile('C3 closes idle connections while a job goes on', { waits: 1 }, async () => {
  const world = await World.open(submission)
  const server = await world.ready({ drain: 300 })
  const idle = await bare(server, rawGet('/livez'), { answered: true })
  await begin(server, [60_000])
  terminate(server)
  const when = 'after a SIGTERM with DRAIN_MS=300, while a job goes on'
  const isClosed = await comes(idle.closed)
  if (!isClosed) {
    expect.fail(`An idle connection is still open ${PATIENCE / 1000} s ${when}.\n${RULE.idle}`)
  }
  expectRuns(server, when, RULE.finished)
})

// ---------------------------------------------------------------- C4 the drain

meanwhile('C4 is not ready at once, and serves all the same', { waits: 1 }, async () => {
  const world = await World.open(submission)
  const server = await world.ready()
  terminate(server)
  const when = 'after a SIGTERM, within DRAIN_MS (60000)'
  await becomesUnready(server, when, RULE.atOnce)
  for (let turn = 0; turn < 3; turn++) {
    await expectUnready(server, when, RULE.atOnce)
    await expectWorks(world, server, when, RULE.drain)
    await expectAlive(server, when)
  }
  expectRuns(server, when, RULE.drain)
})

meanwhile('C4 listens until DRAIN_MS is over, and no longer', { waits: 2 }, async () => {
  const world = await World.open(submission)
  const drain = 1500
  const server = await world.ready({ drain })
  // It keeps the process at work, whatever else there is.
  await begin(server, [60_000])
  const begun = performance.now()
  const sinceThen = () => Math.round(performance.now() - begun)
  terminate(server)
  const when = `after a SIGTERM with DRAIN_MS=${drain}`
  while (await serves(server)) {
    if (sinceThen() > drain + PATIENCE) {
      expect.fail(`New connections are still served ${sinceThen()} ms ${when}.\n${RULE.closed}`)
    }
    await pause(20)
  }
  if (sinceThen() < drain - EARLY_MS) {
    expect.fail(`GET /livez got no answer ${sinceThen()} ms ${when}.\n${RULE.drain}`)
  }
  expectRuns(server, `${when}, while a job of a minute was under way`, RULE.finished)
})

// ---------------------------------------------------------------- C5 what is stuck

meanwhile('C5 cuts what is stuck after GRACE_MS, and nothing before', BY_ITS_CLOCK, async () => {
  const world = await World.open(submission)
  const [drain, grace] = [300, 3000]
  const server = await world.ready({ drain, grace })
  const short = 900 + submission.fresh.int(0, 99)
  const [stuck, done] = await begin(server, [60_000, short])
  const begun = performance.now()
  terminate(server)
  const when = `before a SIGTERM with DRAIN_MS=${drain} and GRACE_MS=${grace}`
  const answer = answerOf(await done!, when, RULE.finished)
  await world.expectDone(answer, short, `that was sent ${when}`, RULE.finished)
  const after = `after a SIGTERM with a job of a minute, DRAIN_MS=${drain} and GRACE_MS=${grace}`
  const exit = await ended(server, after, RULE.cut, grace + PATIENCE)
  const took = performance.now() - begun
  expectNotZero(exit, after, RULE.cut)
  const early = `milliseconds from the SIGTERM to the end, with a job of a minute and GRACE_MS=${grace}\n${RULE.cut}`
  expect(took, early).toBeGreaterThanOrEqual(grace - EARLY_MS)
  const { answer: cut } = await stuck!
  expect(cut?.status, `the status of a job that was cut\n${RULE.cut}`).not.toBe(201)
  const rows = (await world.rows()).map(({ ms }) => ms)
  expect(rows, `ms of the rows of jobs ${after}\n${RULE.cut}`).toEqual([short])
})

meanwhile('C5 counts GRACE_MS from the SIGTERM', BY_ITS_CLOCK, async () => {
  const world = await World.open(submission)
  const [drain, grace, ms] = [3000, 3500, 5500]
  const server = await world.ready({ drain, grace })
  const [stuck] = await begin(server, [ms])
  terminate(server)
  const when = `after a SIGTERM with a job of ${ms} ms, DRAIN_MS=${drain} and GRACE_MS=${grace}`
  const exit = await ended(server, when, RULE.cut, grace + PATIENCE)
  const { answer } = await stuck!
  expect(answer?.status, `the status of a job of ${ms} ms ${when}\n${RULE.cut}`).not.toBe(201)
  expect(await world.rows(), `the rows of jobs ${when}\n${RULE.cut}`).toEqual([])
  expectNotZero(exit, when, RULE.cut)
})

meanwhile('C5 ends at once at a second SIGTERM', { waits: 1 }, async () => {
  const world = await World.open(submission)
  const server = await world.ready()
  const [stuck] = await begin(server, [60_000])
  terminate(server)
  await becomesUnready(server, 'after a SIGTERM', RULE.atOnce)
  expectRuns(server, 'after one SIGTERM, within DRAIN_MS', RULE.drain)
  terminate(server)
  const when = 'after a second SIGTERM, with a job of a minute under way'
  expectNotZero(await ended(server, when, RULE.second), when, RULE.second)
  const { answer } = await stuck!
  expect(answer?.status, `the status of a job that was cut\n${RULE.second}`).not.toBe(201)
  expect(await world.rows(), `the rows of jobs ${when}\n${RULE.cut}`).toEqual([])
})

// ---------------------------------------------------------------- C6 a late database

meanwhile('C6 starts while the database is away, and is ready when it comes', async () => {
  const world = await World.open(submission)
  const { between } = world
  between.cut()
  const server = await world.start()
  const when = 'after a start while PostgreSQL refuses connections'
  for (let look = 0; look < 3; look++) {
    await expectAlive(server, when)
    await expectUnready(server, when, RULE.late)
  }
  const answer = await ask(server, working(0), when, RULE.unwritten)
  expect(answer, `${when}\n${RULE.unwritten}`).toBeJsonError(503)
  between.heal()
  await becomesReady(server, 'after PostgreSQL came up, later than the server', RULE.late)
  await expectWorks(world, server, 'when the late database was there', RULE.table)
  await server.kill()

  const again = await world.ready()
  await expectWorks(world, again, 'after a second start, with the table there', RULE.table)
})

// ---------------------------------------------------------------- C7 sessions

meanwhile('C7 closes its sessions in order', { waits: 1, retry: 1 }, async () => {
  const world = await World.open(submission)
  const { db } = world
  const abandoned = async () => {
    // Only newer servers count them.
    if (db.major < 14) return 0
    const { rows } = await db.query(
      'select sessions_abandoned::int as count from pg_stat_database where datname = current_database()',
    )
    return rows[0].count as number
  }
  const sessions = async () => {
    const { rows } = await db.query(
      'select count(*)::int as count from pg_stat_activity where datname = current_database() and usename = $1',
      [db.name],
    )
    return rows[0].count as number
  }
  const server = await world.ready({ drain: 300, grace: 30_000, direct: true })
  // Several at once, so that there are several sessions.
  const before = 'before a SIGTERM'
  for (const ending of await begin(server, [100, 100, 100, 100])) {
    const answer = answerOf(await ending, before, RULE.row)
    expect(answer, `${before}\n${RULE.row}`).toHaveStatus(201)
  }
  const dropped = await abandoned()
  const last = await begin(server, [600, 600, 700])
  terminate(server)
  for (const ending of last) answerOf(await ending, 'before a SIGTERM', RULE.finished)
  const when = 'after a SIGTERM, when the last job was done'
  expectZero(await ended(server, when, RULE.zero), when, RULE.zero)
  const message = `sessions in pg_stat_activity after the end\n${RULE.leave}`
  await expect.poll(sessions, { timeout: PATIENCE, interval: 10, message }).toBe(0)
  const more = (await abandoned()) - dropped
  expect(more, `sessions that were dropped (sessions_abandoned) at the end\n${RULE.leave}`).toBe(0)
})

// ---------------------------------------------------------------- C8 a bug

for (const how of ['timer', 'promise']) {
  meanwhile(`C8 prints an error that nobody catches, and ends: in a ${how}`, async () => {
    const world = await World.open(submission)
    const server = await world.ready()
    const message = submission.fresh.unique('the label printer is on fire ')
    // It may be gone before it has answered.
    await server
      .send({ method: 'POST', path: `/boom?message=${encodeURIComponent(message)}&how=${how}` })
      .catch(() => {})
    const when = `after POST /boom with how=${how}`
    expectNotZero(await ended(server, when, RULE.over), when, RULE.over)
    const printed = () => server.output().includes(message)
    const what = `whether “${message}” was printed ${when}\n${RULE.printed}`
    await expect.poll(printed, { timeout: 2000, interval: 10, message: what }).toBe(true)
  })
}

// ---------------------------------------------------------------- C11 a silent database

meanwhile('C11 does not wait for a database that says nothing', { waits: 4 }, async () => {
  const world = await World.open(submission)
  const { between } = world
  const server = await world.ready()
  between.blackhole()
  const when = 'after PostgreSQL had fallen silent'
  await becomesUnready(server, when, RULE.silent)
  const looks = Array.from({ length: 15 }, () => expectUnready(server, when, RULE.silent))
  for (let look = 0; look < 3; look++) await expectAlive(server, when)
  await Promise.all(looks)
  await expectAlive(server, when)
  between.heal()
  await becomesReady(server, 'after PostgreSQL spoke again')
  await expectWorks(world, server, 'after PostgreSQL spoke again', RULE.table)
})

meanwhile('C11 starts beside a database that says nothing', { waits: 2 }, async () => {
  const world = await World.open(submission)
  const { between } = world
  between.blackhole()
  const server = await world.start()
  const when = 'after a start beside a PostgreSQL that says nothing'
  await expectAlive(server, when)
  await expectUnready(server, when, RULE.silent)
  await expectAlive(server, when)
  between.heal()
  await becomesReady(server, 'after PostgreSQL spoke', RULE.late)
  await expectWorks(world, server, 'after PostgreSQL spoke', RULE.table)
})

for (const [what, jobs] of [
  ['idle', []],
  ['with a job under way', [100]],
] as const) {
  meanwhile(`C11 ends beside a database that says nothing, ${what}`, { waits: 3 }, async () => {
    const world = await World.open(submission)
    const [drain, grace] = [300, 2000]
    const server = await world.ready({ drain, grace })
    world.between.blackhole()
    await becomesUnready(server, 'after PostgreSQL had fallen silent', RULE.silent)
    await begin(server, [...jobs])
    terminate(server)
    const when = `after a SIGTERM with GRACE_MS=${grace}, beside a PostgreSQL that says nothing`
    await ended(server, when, RULE.ended, grace + PATIENCE)
  })
}

// ---------------------------------------------------------------- C12 odd clients

meanwhile('C12 does not wait for connections that never said anything', BY_ITS_CLOCK, async () => {
  const world = await World.open(submission)
  const { drain, grace } = NO_WAITING
  const server = await world.ready(NO_WAITING)
  for (let number = 0; number < 3; number++) await bare(server, '', { answered: false })
  await readAll(server)
  terminate(server)
  const when = `after a SIGTERM with 3 connections on which nothing was sent (DRAIN_MS=${drain}, GRACE_MS=${grace})`
  const rule = `${RULE.idle}\n${RULE.zero}`
  expectZero(await ended(server, when, rule), when, rule)
})

meanwhile('C12 finishes jobs whose clients hang up', BY_ITS_CLOCK, async () => {
  const world = await World.open(submission)
  const server = await world.ready({ drain: 300, grace: 30_000 })
  const jobs = [900, 1000, 1100].map((ms) => ms + submission.fresh.int(0, 99))
  const clients = await Promise.all(
    jobs.map((ms) => bare(server, rawPost(`/work?ms=${ms}`), { answered: false })),
  )
  await readAll(server)
  for (const { socket } of clients) socket.destroy()
  await readAll(server)
  terminate(server)
  const when = 'after a SIGTERM, with jobs whose clients had hung up'
  expectZero(await ended(server, when, RULE.zero), when, RULE.zero)
  const took = (await world.rows()).map(({ ms }) => ms).sort((a, b) => a - b)
  expect(took, `ms of the rows of jobs ${when}\n${RULE.hungUp}`).toEqual(jobs)
})
