import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  type Answer,
  dribble,
  openSubmission,
  requireService,
  type Sending,
  SubjectError,
  shared,
} from '../../harness/index.ts'
import { block, importBig } from './big.ts'
import {
  BAD,
  bad,
  badRow,
  csv,
  describeStyle,
  GOOD,
  good,
  goodRow,
  HEADER,
  type Judged,
  KINDS,
  LONG_NOTES,
  line,
  NOTES,
  outcomeOf,
  PLAIN,
  type Row,
  randomStyle,
  type Style,
  withField,
} from './model.ts'
import { Upload } from './upload.ts'
import { expectKept, expectReport, sharedWorld, World } from './world.ts'

const submission = openSubmission(import.meta)
const calm = sharedWorld(submission, 'valve')
const counted = sharedWorld(submission, 'proxy')

const MIB = 1024 ** 2

/** The memory that the program may use, in MiB. */
const MEMORY = 400

/**
 * What may be taken while Postgres takes nothing, in bytes. The README says half of it: the system's own
 * buffers are large on some machines.
 */
const HELD = 64 * MIB

/**
 * How long nothing must have been taken until the sender counts as stopped, in ms; so long Postgres is
 * shut elsewhere, too.
 */
const QUIET_MS = 2000

/** Time on the clock for tests that send much, in ms; slow machines need it. */
const LONG = 300_000

const CRLF: Style = { ...PLAIN, eol: '\r\n' }

const goodRows = (count: number): Judged[] => {
  const { fresh } = submission
  return fresh.list(count, () => good(goodRow(fresh)))
}

const textOf = (rows: Judged[], style = PLAIN, header = HEADER) =>
  csv(
    rows.map(({ row }) => row),
    style,
    header,
  )

// ---------------------------------------------------------------- C1: CSV

test('C1 puts the rows of a file into scans, beside those that are there', async () => {
  const world = await calm()
  const first = goodRows(4)
  const second = goodRows(3)
  expectReport(await world.import(textOf(first)), first, 'a file of four rows')
  expectKept(await world.kept(), outcomeOf(first).kept, 'a file of four rows')
  expectReport(await world.import(textOf(second)), second, 'a second file')
  expectKept(await world.kept(), outcomeOf([...first, ...second]).kept, 'two files')
})

test('C1 keeps a row that comes twice as two rows', async () => {
  const world = await calm()
  const [row] = goodRows(1) as [Judged]
  await world.expectImport([row, ...goodRows(2), row], PLAIN, 'a file with the same row twice')
})

test('C1 takes a header without rows', async () => {
  const world = await calm()
  for (const style of [PLAIN, { ...CRLF, mark: true }, { ...PLAIN, closed: false }]) {
    await world.expectImport([], style, `a header alone (${describeStyle(style)})`)
  }
})

test('C1 keeps each note as it came', async () => {
  const world = await calm()
  const { fresh } = submission
  for (const style of [PLAIN, CRLF]) {
    const rows = [...NOTES, ...LONG_NOTES].map((note) => good(goodRow(fresh, note)))
    await world.expectImport(rows, style, `notes of every kind (${describeStyle(style)})`)
  }
})

test('C1 tells good rows from bad ones', async () => {
  const world = await calm()
  const { fresh } = submission
  const rows = [
    ...GOOD.map(([column, text]) => good(withField(goodRow(fresh), column, text))),
    ...BAD.map(([column, text]) => bad(withField(goodRow(fresh), column, text))),
  ]
  await world.expectImport(fresh.shuffle(rows), PLAIN, 'fields that are just right, or wrong')
  const row = goodRow(fresh)
  const columns = [row.slice(0, 4), row.slice(0, 1), [...row, ''], [...row, 'x'], [...row, ...row]]
  const mixed = [...goodRows(3), ...columns.map(bad), ...goodRows(2)]
  await world.expectImport(mixed, PLAIN, 'rows with too few columns, or too many')
})

test('C1 counts rows and not lines, and reports the first 100 bad ones in order', async () => {
  const world = await calm()
  const { fresh } = submission
  const many = fresh.shuffle([
    ...fresh.list(137, () => bad(withField(goodRow(fresh), 2, 'lost'))),
    ...fresh.list(200, () => good(goodRow(fresh, 'one\ntwo\r\n\nfour'))),
  ])
  await world.expectImport(many, PLAIN, '137 bad rows among 200 of four lines each')
  const hundred = fresh.list(100, () => bad(withField(goodRow(fresh), 1, 'nowhere')))
  await world.expectImport([...goodRows(1), ...hundred], CRLF, '100 bad rows')
})

test('C1 reads a byte order mark, quotes everywhere, and a last row without line end', async () => {
  const world = await calm()
  const always: Style = { mark: true, eol: '\r\n', closed: false, quoted: () => true }
  await world.expectImport(goodRows(5), always, 'a file with all of it')
  await world.expectImport(goodRows(5), { ...PLAIN, mark: true }, 'a byte order mark')
  await world.expectImport(goodRows(5), { ...PLAIN, quoted: () => true }, 'quotes, and the header')
  await world.expectImport(goodRows(5), { ...CRLF, closed: false }, 'a last row without line end')
  const { fresh } = submission
  const last = [...goodRows(2), good(goodRow(fresh, ''))]
  await world.expectImport(last, { ...PLAIN, closed: false }, 'a file that ends with a comma')
  await world.expectImport(last, CRLF, 'CRLF after an empty field')
})

test('C1 reads files of any style, with good and bad rows', async () => {
  const world = await calm()
  const { fresh } = submission
  for (let nth = 1; nth <= 20; nth++) {
    const style = randomStyle(fresh)
    const rows = fresh.list(fresh.int(1, 40), () => {
      if (fresh.oneIn(4)) return bad(badRow(fresh))
      return good(goodRow(fresh, fresh.pick(NOTES)))
    })
    await world.expectImport(rows, style, `a random file, no. ${nth} (${describeStyle(style)})`)
  }
})

// ---------------------------------------------------------------- C2: pieces

test('C2 reads a body in pieces of 1 to 7 bytes', async () => {
  const world = await calm()
  const { fresh } = submission
  const notes = ['Zürich → São Paulo 📦', 'said "left"\r\nat the door', '""', '📦📦 é']
  for (const [least, most] of [
    [1, 1],
    [1, 7],
  ] as const) {
    await world.empty()
    const wrong = bad(withField(goodRow(fresh), 2, 'lost'))
    const rows = [...notes.map((note) => good(goodRow(fresh, note))), wrong]
    const sending: Sending = {
      method: 'POST',
      path: '/imports?mode=partial',
      headers: { 'Content-Type': 'text/csv' },
      body: textOf(fresh.shuffle(rows), { ...CRLF, mark: true, closed: false }),
    }
    const what = `a file in pieces of ${least === most ? '1 byte' : `${least} to ${most} bytes`}`
    const answer = await dribble(world.server, sending, () => fresh.int(least, most))
    expect(answer, what).toHaveStatus(200)
    expectKept(await world.kept(), outcomeOf(rows).kept, what)
    expect(answer.body?.rejected, `${what}: "rejected"`).toBe(1)
  }
})

test('C2 reads pieces that end anywhere, in chunks and with a length', async () => {
  const world = await calm()
  const { fresh } = submission
  const rows = fresh.list(400, () => good(goodRow(fresh, fresh.pick(NOTES))))
  const bytes = Buffer.from(textOf(rows, CRLF))
  for (const length of [undefined, bytes.length]) {
    await world.empty()
    const upload = new Upload(world.server, { length })
    for (let at = 0; at < bytes.length; ) {
      const end = at + fresh.int(1, 999)
      await upload.write(bytes.subarray(at, end))
      at = end
    }
    const what = `400 rows in pieces, ${length ? 'with a Content-Length' : 'in chunks'}`
    expectReport(await upload.finish(), rows, what)
    expectKept(await world.kept(), outcomeOf(rows).kept, what)
  }
})

// ---------------------------------------------------------------- C3, C8, C12: size

const big = shared(async () => {
  const world = await World.open(submission, 'valve')
  const result = await importBig(world, submission.fresh)
  const count = await world.count()
  await world.server.kill()
  return { ...result, count }
})

function expectMemory(peak: number, what: string): void {
  if (peak < MEMORY) return
  // In steps, for the last digits differ from run to run.
  const steps = Math.floor(peak / 100) * 100
  expect.fail(`${what}: the program used more than ${steps} MiB of memory, expected less than 400`)
}

test('C3 takes a body of 300 MiB with less than 400 MiB of memory', { timeout: LONG }, async () => {
  requireService('postgres')
  const { answer, rows, peak, count } = await big()
  expectMemory(peak, 'a body of 300 MiB')
  expectReport(answer, rows, 'a body of 300 MiB')
  expect(count, 'the rows in scans after a body of 300 MiB').toBe(outcomeOf(rows).kept.length)
})

test('C8 answers health checks all through an import of 300 MiB', { timeout: LONG }, async () => {
  requireService('postgres')
  const { answer, waits, took, unhealthy } = await big()
  expect(answer).toHaveStatus(200)
  if (unhealthy) throw unhealthy
  // Both are slow on a slow machine; who waits for the import's end waits for most of it.
  const most = Math.max(2000, took / 4)
  if (Math.max(...waits) >= most) {
    expect.fail('GET /healthz was answered late: it waited for a quarter of the import, or more')
  }
})

test('C12 stands a field of 192 MiB', { timeout: LONG }, async () => {
  const world = await calm()
  const { fresh } = submission
  const memory = await world.watchMemory()
  const rows = goodRows(3)
  const upload = new Upload(world.server)
  await upload.write(textOf(rows))
  // The last field is empty so far.
  await upload.write(`${line(goodRow(fresh, ''))}"`)
  const lines = Buffer.from(`${'x'.repeat(99)}\n`.repeat(10_000))
  for (let sent = 0; sent < 192 * MIB && !upload.isOver; sent += lines.length) {
    await upload.write(lines)
  }
  await upload.write('"\n')
  const what = 'a file with a field of 192 MiB'
  let answer: Answer | undefined
  try {
    answer = await upload.finish()
  } catch (error) {
    // An answer before the end of the body may be lost in a reset.
    if (!(error instanceof SubjectError && error.fault === 'connection')) throw error
  }
  memory.stop()
  expectMemory(memory.peak(), what)
  if (answer?.status === 200) expectReport(answer, [...rows, bad(goodRow(fresh))], what)
  else if (answer) expect(answer, what).toBeJsonError(400, 413, 422)
  await world.expectNothingOpen(`after ${what}`)
  const kept = answer?.status === 200 ? outcomeOf(rows).kept : []
  expectKept(await world.kept(), kept, what)
  await world.expectImport(goodRows(2), PLAIN, 'the next file')
})

test('C12 takes a row of 2 MiB for a bad one, or refuses the file', async () => {
  const world = await calm()
  const { fresh } = submission
  const rows = [...goodRows(600), bad(goodRow(fresh, 'x'.repeat(2 * MIB))), ...goodRows(1)]
  const what = 'a file with a row of 2 MiB'
  const answer = await world.import(textOf(rows))
  if (answer.status === 200) expectReport(answer, rows, what)
  else expect(answer, what).toBeJsonError(400, 413, 422)
  expectKept(await world.kept(), answer.status === 200 ? outcomeOf(rows).kept : [], what)
})

// ---------------------------------------------------------------- C4: back pressure

/** Sends one block after the other, until no more is taken, or more than may be. */
async function untilHalted(upload: Upload, bytes: Buffer): Promise<{ stop(): void }> {
  let isStopped = false
  const send = async (): Promise<void> => {
    while (!isStopped && !upload.isOver && upload.sent < 2 * HELD) await upload.write(bytes)
  }
  void send()
  let seen = -1
  let since = Date.now()
  while (Date.now() - since < QUIET_MS && upload.sent <= HELD && !upload.isOver) {
    if (upload.sent !== seen) {
      seen = upload.sent
      since = Date.now()
    }
    await pause(25)
  }
  return {
    stop() {
      isStopped = true
    },
  }
}

test('C4 stops reading while Postgres takes nothing, and goes on when it does', { timeout: LONG }, async () => {
  const world = await calm()
  const { fresh } = submission
  const { bytes } = block(fresh, 1)
  const warm = goodRows(1)
  expectReport(await world.import(textOf(warm)), warm, 'a file before')
  const memory = await world.watchMemory()
  world.valve!.shut()
  const upload = new Upload(world.server)
  try {
    await upload.write(`${HEADER.join(',')}\n`)
    const sending = await untilHalted(upload, bytes)
    if (upload.sent > HELD) {
      expect.fail(
        'Postgres takes nothing, and more than 64 MiB of the body were taken all the same; 32 MiB may be',
      )
    }
    if (upload.isOver) {
      const answer = await upload.answer
      expect.fail(
        `Postgres took nothing for a moment: expected the import to wait, and it was answered ${answer.status}\n${answer.text.slice(0, 300)}`,
      )
    }
    expectMemory(memory.peak(), 'while Postgres takes nothing')
    const before = upload.sent
    world.valve!.open()
    const deadline = Date.now() + 60_000
    while (upload.sent === before && !upload.isOver && Date.now() < deadline) await pause(25)
    if (upload.sent === before) {
      expect.fail('Postgres takes everything again, and within a minute the import did not go on')
    }
    sending.stop()
  } finally {
    world.valve!.open()
    upload.abort()
    memory.stop()
  }
  await world.expectNothingOpen('after an upload that broke off')
  expectKept(await world.kept(), outcomeOf(warm).kept, 'after an upload that broke off')
})

test('C4 finishes an import that had to wait for Postgres', async () => {
  const world = await calm()
  const rows = goodRows(3000)
  const upload = new Upload(world.server)
  await upload.write(textOf(rows.slice(0, 1500)))
  world.valve!.shut()
  try {
    const rest = textOf(rows.slice(1500)).replace(/^.*\n/, '')
    const written = upload.write(rest)
    await world.expectHealthy('while Postgres takes nothing')
    await pause(QUIET_MS)
    world.valve!.open()
    await written
    const what = 'a file for which Postgres was shut for a while'
    expectReport(await upload.finish(), rows, what)
    expectKept(await world.kept(), outcomeOf(rows).kept, what)
  } finally {
    world.valve!.open()
  }
})

// ---------------------------------------------------------------- C5: breaking off

test('C5 keeps nothing of uploads that break off, and leaves nothing behind', { timeout: LONG }, async () => {
  const world = await calm()
  const text = textOf(goodRows(20_000))
  const small = text.slice(0, text.indexOf('\n', 40_000) + 1)
  for (let nth = 0; nth < 30; nth++) {
    const body = nth === 0 ? text : small
    const upload = new Upload(world.server, {
      mode: nth % 3 === 2 ? 'atomic' : 'partial',
      // Behind a whole row, or in one: the rest of the length never comes.
      length: nth % 2 === 0 ? 2 * text.length : undefined,
    })
    await upload.write(nth % 4 < 2 ? body : body.slice(0, -20))
    // Answered later than the body came in.
    await world.expectHealthy('in the midst of an import')
    if (nth === 0) {
      const seen = await world.count()
      if (seen > 0) expect.fail('in the midst of an import its rows can be seen in scans')
    }
    upload.abort()
  }
  const rows = goodRows(3)
  expectReport(await world.import(textOf(rows)), rows, 'a file after 30 uploads that broke off')
  await world.expectNothingOpen('after 30 uploads that broke off')
  expectKept(await world.kept(), outcomeOf(rows).kept, 'a file after 30 uploads that broke off')
})

// ---------------------------------------------------------------- C6: atomic

test('C6 keeps nothing of an atomic import with a bad row, wherever it stands', async () => {
  const world = await calm()
  const { fresh } = submission
  const all = goodRows(3000)
  for (const [where, at] of [
    ['first', 0],
    ['in the middle', 1500],
    ['last', 3000],
  ] as const) {
    const rows = all.toSpliced(at, 0, bad(withField(goodRow(fresh), 2, 'lost')))
    const what = `an atomic import of 3001 rows, the bad one ${where}`
    expect(await world.import(textOf(rows), 'atomic'), what).toBeJsonError(422)
    expectKept(await world.kept(), [], what)
  }
})

test('C6 keeps all of an atomic import without a bad row', async () => {
  const world = await calm()
  const { fresh } = submission
  const rows = goodRows(1200)
  const answer = await world.import(textOf(rows), 'atomic')
  expectReport(answer, rows, 'an atomic import of good rows')
  const wrong = [...goodRows(700), bad(badRow(fresh))]
  expect(await world.import(textOf(wrong), 'atomic'), 'one with a bad row').toBeJsonError(422)
  const what = 'after an atomic import of good rows, and one with a bad row'
  expectKept(await world.kept(), outcomeOf(rows).kept, what)
})

// ---------------------------------------------------------------- C7: statements

test('C7 sends Postgres at most one statement for every 50 rows', { timeout: LONG }, async () => {
  const world = await counted()
  const first = goodRows(2)
  expectReport(await world.import(textOf(first)), first, 'a file before')
  await world.empty()
  const rows = goodRows(20_000)
  const statements = await world.way!.during(async () => {
    expectReport(await world.import(textOf(rows)), rows, 'a file of 20,000 rows')
  })
  const most = 30 + rows.length / 50
  const often = Object.entries(Object.groupBy(statements, ({ text }) => text.slice(0, 120)))
    .sort(([, a], [, b]) => b!.length - a!.length)
    .slice(0, 2)
    .map(([text, list]) => `${list!.length} × ${text}`)
  if (statements.length > most) {
    expect.fail(
      `20,000 rows took ${statements.length} statements, expected at most ${most}\n${often.join('\n')}`,
    )
  }
  expect(await world.count(), 'rows in scans after a file of 20,000').toBe(rows.length)
})

// ---------------------------------------------------------------- C8: health

test('C8 answers health checks while a client is slow, or Postgres takes nothing', async () => {
  const world = await calm()
  const rows = goodRows(2000)
  const upload = new Upload(world.server)
  await upload.write(textOf(rows.slice(0, 1000)))
  await world.expectHealthy('while an import waits for its client')
  world.valve!.shut()
  try {
    const rest = textOf(rows.slice(1000)).replace(/^.*\n/, '')
    const written = upload.write(rest)
    for (let nth = 0; nth < 12; nth++) {
      await world.expectHealthy('while an import waits for Postgres')
    }
    world.valve!.open()
    await written
  } finally {
    world.valve!.open()
  }
  expectReport(await upload.finish(), rows, 'an import meanwhile')
})

// ---------------------------------------------------------------- C9: kills and cuts

test('C9 keeps nothing when it is killed in the middle, and works when started again', async () => {
  requireService('postgres')
  const world = await World.open(submission, 'proxy')
  const rows = goodRows(10_000)
  const text = textOf(rows)
  const upload = new Upload(world.server)
  await upload.write(text.slice(0, text.indexOf('\n', text.length / 2) + 1))
  await world.expectHealthy('in the midst of an import')
  await world.server.kill()
  upload.abort()
  await upload.answer.catch(() => {})
  world.server = await world.server.restart()
  await world.expectNothingOpen('after a SIGKILL in the middle of an import')
  expectKept(await world.kept(), [], 'killed in the middle of an import')
  expectReport(await world.import(text), rows, 'the same file again')
  expectKept(await world.kept(), outcomeOf(rows).kept, 'the same file again')
})

test('C9 keeps nothing when Postgres is cut off, and works when it is back', async () => {
  requireService('postgres')
  const world = await World.open(submission, 'proxy')
  const rows = goodRows(10_000)
  const upload = new Upload(world.server)
  await upload.write(textOf(rows))
  await world.expectHealthy('in the midst of an import')
  world.way!.cut()
  const what = 'an import in whose middle Postgres is cut off'
  try {
    await upload.write(textOf(goodRows(700)).replace(/^.*\n/, ''))
    const answer = await upload.finish()
    if (answer.status < 500) expect.fail(`${what}: answered ${answer.status}, expected 5xx`)
    expect(answer, what).toBeJsonError()
  } catch (error) {
    if (!(error instanceof SubjectError && error.fault === 'connection')) throw error
  }
  await world.expectHealthy('after Postgres was cut off')
  world.way!.heal()
  const next = goodRows(5)
  // The README gives 5 s; a slow machine four times that.
  const deadline = Date.now() + 20_000
  let answer = await world.import(textOf(next))
  while (answer.status >= 500 && Date.now() < deadline) {
    await pause(100)
    answer = await world.import(textOf(next))
  }
  expectReport(answer, next, 'an import when Postgres is back')
  await world.expectNothingOpen('when Postgres is back')
  expectKept(await world.kept(), outcomeOf(next).kept, `${what}, and the next one`)
})

// ---------------------------------------------------------------- C10: at once

test('C10 ends an import while four others wait for their clients', { timeout: LONG }, async () => {
  const world = await calm()
  const files = submission.fresh.list(4, () => goodRows(1600))
  const uploads = files.map(() => new Upload(world.server))
  for (const [nth, upload] of uploads.entries()) {
    await upload.write(textOf(files[nth]!.slice(0, 800)))
  }
  await world.expectHealthy('while four imports wait for their clients')
  const fifth = goodRows(700)
  const what = 'an import while four others wait for their clients'
  expectReport(await world.import(textOf(fifth)), fifth, what)
  expectKept(await world.kept(), outcomeOf(fifth).kept, what)
  // The last to come is the first to end.
  for (const [nth, upload] of [...uploads.entries()].reverse()) {
    await upload.write(textOf(files[nth]!.slice(800)).replace(/^.*\n/, ''))
    expectReport(await upload.finish(), files[nth]!, 'one of the four')
  }
  const all = [...files.flat(), ...fifth]
  expectKept(await world.kept(), outcomeOf(all).kept, 'five imports at once')
})

// ---------------------------------------------------------------- C11: no imports

test('C11 refuses a mode that is none, and a body that is not text/csv', async () => {
  const world = await calm()
  const body = textOf(goodRows(3))
  const send = (path: string, type: string) =>
    world.server.send({ method: 'POST', path, headers: { 'Content-Type': type }, body })
  for (const path of ['/imports', '/imports?mode=', '/imports?mode=both', '/imports?mode=ATOMIC']) {
    expect(await send(path, 'text/csv'), 'the mode').toBeJsonError(400, 422)
  }
  for (const type of ['application/json', 'text/plain', 'text/csvx', 'application/octet-stream']) {
    const answer = await send('/imports?mode=partial', type)
    expect(answer, `Content-Type: ${type}`).toBeJsonError(400, 415, 422)
  }
  expectKept(await world.kept(), [], 'after refusals')
  for (const type of ['text/csv; charset=utf-8', 'TEXT/CSV', 'text/csv;header=present']) {
    const answer = await send('/imports?mode=partial', type)
    expect(answer, `Content-Type: ${type}`).toHaveStatus(200)
  }
})

test('C11 refuses a file without the header, and one whose quote is never closed', async () => {
  const world = await calm()
  const rows = goodRows(3)
  const headers: [what: string, header: Row][] = [
    ['a column less', HEADER.slice(0, 4)],
    ['a column more', [...HEADER, 'by']],
    ['another order', ['depot', 'parcel', 'kind', 'at', 'note']],
    ['another name', ['parcel', 'depot', 'kind', 'when', 'note']],
    ['a row of data in its place', rows[0]!.row],
    ['one field', [HEADER.join(',')]],
  ]
  const files: [what: string, text: string][] = headers.map(([what, header]) => {
    return [`a header with ${what}`, textOf(rows, PLAIN, header)]
  })
  const unclosed = `${textOf(goodRows(1200))}PEL-1001,ATH,${KINDS[1]},2026-03-29T10:00:00Z,"left`
  files.push(['an empty body', ''], ['a quote that is never closed', unclosed])
  for (const mode of ['partial', 'atomic'] as const) {
    for (const [what, text] of files) {
      expect(await world.import(text, mode), what).toBeJsonError(400, 413, 422)
      expectKept(await world.kept(), [], what)
    }
  }
  await world.expectNothingOpen('after files that were refused')
  await world.expectImport(rows, PLAIN, 'a file after those that were refused')
})
