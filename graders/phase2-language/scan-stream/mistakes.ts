// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

const DECODE = 'const text = this.#decoder.decode(chunk, { stream: true })'
const ROWS_OF_CHUNK = `    for (const row of this.#csv.read(text)) await this.#add(row)
`
const READ_ALL = '    await readAll(body, (chunk) => one.take(chunk))\n'
const LOOP = `  for await (const chunk of body) {
    // Reads on all the same: an answer is lost where the rest of the body meets a closed socket.
    if (fault !== undefined) continue
    try {
      await take(chunk)
    } catch (error) {
      fault = error
    }
  }
`
const BEGIN = `    await client.query('begin')
`
const END = "    await client.query(mode === 'atomic' && report.rejected > 0 ? 'rollback' : 'commit')\n"
const ROLLBACK = `    await client.query('rollback').catch(() => {
      broken = true
    })
`
const CONNECT = `  const client = await pool.connect()
`
const HEALTH =
  "  if (request.method === 'GET' && pathname === '/healthz') return answer(response, 200, {})\n"
const REPORT = '  const report = await importScans(request, mode)\n'
const PUSH =
  'if (this.report.errors.length < REPORTED) this.report.errors.push({ row: this.#rows, reason })'
const HEADER_CHECK = `      if (row.length !== 5 || row.join(',') !== HEADER) {
        throw new HttpError(422, \`the first row must be \${HEADER}\`)
      }
`
const LAST_FLUSH = '\n    await this.#flush()\n'
/** The end of the statement that inserts a batch. */
const INSERTED = `      columns,
    )
`

const commitsEachBatch = edit(
  INSERTED,
  `${INSERTED}    await this.#client.query('commit')
    await this.#client.query('begin')
`,
)

const SIZE = 'A body may have 300 MiB, with `Content-Length` or in chunks.'
const MEMORY =
  'Your process and those it starts stay below 400 MiB together, whatever comes.'
const HELD =
  'While Postgres takes nothing, you take no more than 32 MiB of the body, in memory, in files or anywhere.'
const GONE = 'Nothing of the import is kept, now or later.'
const LEFT = 'It leaves nothing behind: no transaction, no connection less.'
const AT_ONCE = 'Five imports at once: one whose client is slow holds up no other.'
const HEALTHY = '`GET /healthz` waits for no import and not for Postgres.'
const QUOTES = 'Any field may stand in `"…"`, also in the header. Inside, a comma, CR and LF are text, and `""` is one quote.'
const ENDS = 'CRLF or LF, one of them in the whole file; the last row may go without'
const PARCEL = '4 to 32 characters of `A`–`Z`, `0`–`9` and `-`'
const KIND = '`accepted`, `arrived`, `departed` or `delivered`'
const AT = 'then `Z` or an offset such as `+05:45`, up to 14 hours: a day and a time that exist'
const NOTE = 'up to 2,000 characters, or none; any text, kept as it came'
const HEADER_RULE =
  'An empty body, or a first row that is not these five names in this order, is refused.'
const REPORTED = 'the first 100 bad rows in the order of the file, one entry each'
const KEPT = 'the good rows are in `scans`, once each, and the bad ones are reported'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C3',
    rule: MEMORY,
    why: 'collects the whole body and then takes it apart',
    edits: [
      edit(
        READ_ALL,
        `    const chunks: Buffer[] = []
    await readAll(body, async (chunk) => void chunks.push(chunk))
    await one.take(Buffer.concat(chunks))
`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C1',
    rule: QUOTES,
    why: 'splits the text at line ends first: a field with a line break in it falls apart',
    edits: [
      edit('  #headed = false\n', "  #headed = false\n  #rest = ''\n"),
      edit(
        `    ${DECODE}\n${ROWS_OF_CHUNK}`,
        `    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\\n')
    this.#rest = lines.pop()!
    for (const line of lines) {
      for (const row of new CsvReader().read(\`\${line}\\n\`)) await this.#add(row)
    }
`,
      ),
      edit(
        'for (const row of this.#csv.read(this.#decoder.decode())) await this.#add(row)',
        'for (const row of this.#csv.read(this.#rest)) await this.#add(row)',
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C2',
    rule: NOTE,
    why: 'makes text of each piece by itself: a character that is cut in two becomes two others',
    edits: [edit(DECODE, "const text = chunk.toString().replace(/^\\ufeff/, '')")],
  },
  {
    id: 'W4',
    check: 'C7',
    rule: 'At most 30 and one for every 50 good rows; `COPY` is one.',
    why: 'one INSERT for each row',
    edits: [edit('const BATCH = 500', 'const BATCH = 1')],
  },
  {
    id: 'W5',
    check: 'C4',
    rule: HELD,
    why: 'sends the statements and does not wait for them: what Postgres has not taken piles up',
    edits: [edit('    await this.#client.query(\n', '    void this.#client.query(\n')],
  },
  {
    id: 'W6',
    check: 'C5',
    rule: 'Others see nothing of an import in `scans`.',
    why: 'no transaction: each batch is there for good at once',
    edits: [edit(BEGIN, '')],
  },
  {
    id: 'W7',
    check: 'C1',
    rule: QUOTES,
    why: 'splits at commas, and takes quotes for text',
    edits: [edit(`next === '"' && this.#state === 'start'`, `next === '\\0'`)],
  },
  {
    id: 'W8',
    check: 'C8',
    rule: HEALTHY,
    why: 'the health check asks Postgres, and waits with it',
    edits: [edit(HEALTH, HEALTH.replace(') return', ") await pool.query('select 1')\n  if (pathname === '/healthz') return"))],
  },
  {
    id: 'W9',
    check: 'C5',
    rule: GONE,
    why: 'takes a disconnect for the end of the body, and commits what has come',
    edits: [
      edit('  for await (const chunk of body) {\n', '  try {\n  for await (const chunk of body) {\n'),
      edit('  if (fault !== undefined) throw fault', '  } catch {}\n  if (fault !== undefined) throw fault'),
    ],
  },
  {
    id: 'W10',
    check: 'C5',
    rule: LEFT,
    why: 'waits for the end of the body, which never comes where the client has gone: each keeps a connection',
    edits: [
      edit(
        LOOP,
        `  await new Promise<void>((resolve) => {
    body.on('data', async (chunk: Buffer) => {
      body.pause()
      await take(chunk).catch((error) => {
        fault ??= error
      })
      body.resume()
    })
    body.on('end', resolve)
  })
`,
      ),
    ],
  },
  {
    id: 'W11',
    check: 'C5',
    rule: GONE,
    why: 'gives the connection back without a rollback: the next import commits the rows of the last',
    edits: [edit(ROLLBACK, '')],
  },
  {
    id: 'W12',
    check: 'C6',
    rule: '… with a bad row anywhere | `422` and a JSON error; nothing of the file is kept',
    why: 'atomic says 422 and keeps the good rows',
    edits: [edit(END, "    await client.query('commit')\n")],
  },
  {
    id: 'W13',
    check: 'C6',
    rule: '… with a bad row anywhere | `422` and a JSON error; nothing of the file is kept',
    why: 'atomic keeps nothing, and says 200',
    edits: [edit("if (mode === 'partial' || report.rejected === 0) return", 'return')],
  },
  {
    id: 'W14',
    check: 'C1',
    rule: KEPT,
    why: 'partial says 422 where a row is bad',
    edits: [edit("if (mode === 'partial' || report.rejected === 0) return", 'if (report.rejected === 0) return')],
  },
  {
    id: 'W15',
    check: 'C6',
    rule: '`POST /imports?mode=atomic` | the same where all rows are good',
    why: 'atomic never commits',
    edits: [edit("mode === 'atomic' && report.rejected > 0 ?", "mode === 'atomic' ?")],
  },
  {
    id: 'W16',
    check: 'C11',
    rule: 'another `mode`, or none | `400` or `422`',
    why: 'takes partial where no mode is given',
    edits: [edit("searchParams.get('mode') ?? ''", "searchParams.get('mode') || 'partial'")],
  },
  {
    id: 'W17',
    check: 'C11',
    rule: 'a `Content-Type` that is not `text/csv` | `415`, `400` or `422`',
    why: 'takes any Content-Type',
    edits: [edit("  if (!/^text\\/csv\\s*(;|$)/i.test(type)) throw new HttpError(415, 'send text/csv')\n", '')],
  },
  {
    id: 'W18',
    check: 'C11',
    rule: '`text/csv` may come in capitals, and with parameters',
    why: 'compares the whole Content-Type',
    edits: [edit('!/^text\\/csv\\s*(;|$)/i.test(type)', "type !== 'text/csv'")],
  },
  {
    id: 'W19',
    check: 'C8',
    rule: '`GET /healthz` | `200`',
    why: 'has no such route',
    edits: [edit("pathname === '/healthz'", "pathname === '/health'")],
  },
  {
    id: 'W20',
    check: 'C1',
    rule: 'how many rows were good and how many bad, all of them counted',
    why: 'counts the bad rows that it reports, and not those beyond 100',
    edits: [
      edit(
        '      this.report.rejected += 1\n',
        '      if (this.report.errors.length < REPORTED) this.report.rejected += 1\n',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C1',
    rule: REPORTED,
    why: 'reports every bad row: an answer as large as the file',
    edits: [edit('const REPORTED = 100', 'const REPORTED = 1_000_000')],
  },
  {
    id: 'W22',
    check: 'C1',
    rule: REPORTED,
    why: 'reports the last 100 bad rows',
    edits: [
      edit(
        PUSH,
        `this.report.errors.push({ row: this.#rows, reason })
      if (this.report.errors.length > REPORTED) this.report.errors.shift()`,
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C1',
    rule: 'which row of data it is, from 1: the header does not count, and a row may have many lines',
    why: 'counts the header',
    edits: [edit('  #rows = 0\n', '  #rows = 1\n')],
  },
  {
    id: 'W24',
    check: 'C1',
    rule: 'which row of data it is, from 1: the header does not count, and a row may have many lines',
    why: 'counts lines',
    edits: [edit('    this.#rows += 1\n', "    this.#rows += row.join('').split('\\n').length\n")],
  },
  {
    id: 'W25',
    check: 'C1',
    rule: '`reason` | a text that is not empty',
    why: 'gives no reason',
    edits: [edit(PUSH, PUSH.replace('reason }', "reason: '' }"))],
  },
  {
    id: 'W26',
    check: 'C11',
    rule: HEADER_RULE,
    why: 'skips the first row, whatever it is',
    edits: [edit(HEADER_CHECK, '')],
  },
  {
    id: 'W27',
    check: 'C11',
    rule: HEADER_RULE,
    why: 'takes an empty body for an import of no rows',
    edits: [edit('    if (!this.#headed) throw new HttpError(422, `the first row must be ${HEADER}`)\n', '')],
  },
  {
    id: 'W28',
    check: 'C11',
    rule: HEADER_RULE,
    why: 'takes the five names in any order, and their columns in the usual one',
    edits: [
      edit("row.join(',') !== HEADER) {", "row.toSorted().join(',') !== HEADER.split(',').toSorted().join(',')) {"),
    ],
  },
  {
    id: 'W29',
    check: 'C11',
    rule: 'A file whose last quote is never closed is refused.',
    why: 'leaves out the row whose quote is never closed',
    edits: [
      edit("if (this.#state === 'quoted') throw new HttpError(422, 'a quote is never closed')", "if (this.#state === 'quoted') return"),
    ],
  },
  {
    id: 'W30',
    check: 'C11',
    rule: 'any refusal | changes nothing',
    why: 'refuses a file, and keeps the batches that came before',
    edits: [
      edit("    await client.query('rollback').catch(", "    await client.query(error instanceof HttpError ? 'commit' : 'rollback').catch("),
    ],
  },
  {
    id: 'W31',
    check: 'C1',
    rule: '`parcel,depot,kind,at,note`; a header and no rows is an import of 0 rows',
    why: 'refuses a file without rows',
    edits: [
      edit(LAST_FLUSH, `\n    if (this.#rows === 0) throw new HttpError(422, 'no rows')${LAST_FLUSH}`),
    ],
  },
  {
    id: 'W32',
    check: 'C1',
    rule: 'may stand before the header, and belongs to nothing',
    why: 'takes a byte order mark for a part of the first name',
    edits: [edit('new TextDecoder()', "new TextDecoder('utf-8', { ignoreBOM: true })")],
  },
  {
    id: 'W33',
    check: 'C1',
    rule: ENDS,
    why: 'drops a last row that has no line end',
    edits: [edit('    for (const row of this.#csv.end()) await this.#add(row)\n', '')],
  },
  {
    id: 'W34',
    check: 'C1',
    rule: ENDS,
    why: 'knows LF only: the CR stays in the last field',
    edits: [
      edit("    if (this.#state === 'plain') this.#field = this.#field.replace(/\\r$/, '')\n", ''),
    ],
  },
  {
    id: 'W35',
    check: 'C1',
    rule: QUOTES,
    why: 'makes LF of every CRLF, in quotes too',
    edits: [edit(DECODE, `${DECODE}.replaceAll('\\r\\n', '\\n')`)],
  },
  {
    id: 'W36',
    check: 'C1',
    rule: QUOTES,
    why: 'loses doubled quotes',
    edits: [edit(`        this.#keep('"')\n`, '')],
  },
  {
    id: 'W37',
    check: 'C1',
    rule: QUOTES,
    why: 'looks for the header as text: in quotes it is not found',
    edits: [
      edit(
        ROWS_OF_CHUNK,
        `    if (!this.#headed && !text.startsWith(HEADER)) throw new HttpError(422, 'no header')
${ROWS_OF_CHUNK}`,
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C1',
    rule: 'belong to the field, in front, behind and alone',
    why: 'trims all fields',
    edits: [edit('this.#row.push(this.#field)', 'this.#row.push(this.#field.trim())')],
  },
  {
    id: 'W39',
    check: 'C1',
    rule: 'columns | five of them',
    why: 'leaves out what is beyond the fifth column',
    edits: [edit('if (row.length !== 5) return', 'if (row.length < 5) return')],
  },
  {
    id: 'W40',
    check: 'C1',
    rule: PARCEL,
    why: 'takes small letters, too',
    edits: [edit('/^[A-Z0-9-]{4,32}$/', '/^[A-Z0-9-]{4,32}$/i')],
  },
  {
    id: 'W41',
    check: 'C1',
    rule: PARCEL,
    why: 'looks at one line of a parcel with a line break',
    edits: [edit('/^[A-Z0-9-]{4,32}$/', '/^[A-Z0-9-]{4,32}$/m')],
  },
  {
    id: 'W42',
    check: 'C1',
    rule: 'three letters of `A`–`Z`',
    why: 'takes depots of any length',
    edits: [edit('/^[A-Z]{3}$/', '/^[A-Z]+$/')],
  },
  {
    id: 'W43',
    check: 'C1',
    rule: KIND,
    why: 'looks the kind up in an object, which has inherited names',
    edits: [
      edit('!KINDS.includes(kind)', '!(kind in { accepted: 1, arrived: 1, departed: 1, delivered: 1 })'),
    ],
  },
  {
    id: 'W44',
    check: 'C1',
    rule: AT,
    why: 'takes whatever Date.parse takes',
    edits: [edit('!isInstant(at)', 'Number.isNaN(Date.parse(at))')],
  },
  {
    id: 'W45',
    check: 'C1',
    rule: AT,
    why: 'stores the time of day, and ignores the offset',
    edits: [edit('$4::timestamptz[]', '$4::timestamp[]')],
  },
  {
    id: 'W46',
    check: 'C1',
    rule: 'with or without 1 to 3 decimals (`.5`)',
    why: 'knows no decimals',
    edits: [edit('(?:\\.\\d{1,3})?(?:Z', '(?:Z')],
  },
  {
    id: 'W47',
    check: 'C1',
    rule: NOTE,
    why: 'counts UTF-16 units: 2,000 characters beyond the BMP are refused',
    edits: [edit('return text.length > 2 * characters || [...text].length > characters', 'return true')],
  },
  {
    id: 'W48',
    check: 'C1',
    rule: NOTE,
    why: 'takes notes of any length',
    edits: [edit("  if (isLonger(note, 2000)) return 'note: more than 2000 characters'\n", '')],
  },
  {
    id: 'W49',
    check: 'C1',
    rule: NOTE,
    why: 'makes NULL of an empty note, which the table refuses, and with it the whole file',
    edits: [edit('this.#batch.map((row) => row[column])', 'this.#batch.map((row) => row[column] || null)')],
  },
  {
    id: 'W50',
    check: 'C1',
    rule: KEPT,
    why: 'forgets the last batch',
    edits: [edit(LAST_FLUSH, '\n')],
  },
  {
    id: 'W51',
    check: 'C3',
    rule: SIZE,
    why: 'refuses a body of more than 100 MiB',
    edits: [
      edit(
        REPORT,
        `  if (Number(request.headers['content-length']) > 100 * 1024 ** 2) {
    throw new HttpError(413, 'too large')
  }
${REPORT}`,
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C2',
    rule: SIZE,
    why: 'refuses a body without a Content-Length',
    edits: [
      edit(
        REPORT,
        `  if (!request.headers['content-length']) throw new HttpError(411, 'how long is it?')
${REPORT}`,
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C12',
    rule: MEMORY,
    why: 'collects a field without end: a quote that is never closed costs as much as the whole file',
    edits: [edit("    if (this.#size > LONGEST_ROW) throw new HttpError(422, 'a row is too long')\n", '')],
  },
  {
    id: 'W54',
    check: 'C12',
    rule: 'A row of more than 1 MiB is a bad row, or the file is refused with `400`, `413` or `422`.',
    why: 'answers 500 for a long row',
    edits: [edit("new HttpError(422, 'a row is too long')", "new HttpError(500, 'a row is too long')")],
  },
  {
    id: 'W55',
    check: 'C4',
    rule: HELD,
    why: 'writes the body to a file first: what Postgres does not take fills the disk',
    edits: [
      edit(
        "import http from 'node:http'\n",
        `import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { pipeline } from 'node:stream/promises'
`,
      ),
      edit(
        READ_ALL,
        `    const file = \`\${tmpdir()}/\${randomUUID()}.csv\`
    await pipeline(body, createWriteStream(file))
    for await (const chunk of createReadStream(file)) await one.take(chunk as Buffer)
`,
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C4',
    rule: 'An import waits for Postgres for half a minute, and then goes on.',
    why: 'gives up when Postgres does not answer within a second',
    edits: [edit('  max: 10,\n', '  max: 10,\n  query_timeout: 1000,\n')],
  },
  {
    id: 'W57',
    check: 'C4',
    rule: HELD,
    why: 'listens for `data` and does not pause: the stream goes on while it waits',
    edits: [
      edit(
        LOOP,
        `  let last = Promise.resolve()
  await new Promise<void>((resolve, reject) => {
    body.on('data', (chunk: Buffer) => {
      last = last.then(() => take(chunk)).catch((error) => {
        fault ??= error
      })
    })
    body.on('end', () => resolve(last))
    body.on('error', reject)
  })
`,
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C10',
    rule: AT_ONCE,
    why: 'has four connections, and each import keeps one',
    edits: [edit('  max: 10,\n', '  max: 4,\n')],
  },
  {
    id: 'W59',
    check: 'C10',
    rule: AT_ONCE,
    why: 'locks the table for the whole import',
    edits: [edit(BEGIN, `${BEGIN}    await client.query('lock table scans in exclusive mode')\n`)],
  },
  {
    id: 'W60',
    check: 'C9',
    rule: 'Nothing of the import is kept. Started again, it works.',
    why: 'commits each batch, and deletes them where something goes wrong: killed, it cannot',
    edits: [
      edit(
        '  let broken = false\n',
        `  let broken = false
  const { rows } = await client.query('select coalesce(max(id), 0) as last from scans')
`,
      ),
      commitsEachBatch,
      edit(
        "    await client.query('rollback').catch(",
        `    await client.query('rollback')
    await client.query('delete from scans where id > $1', [rows[0].last]).catch(`,
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C9',
    rule: 'Nothing of the import is kept. Started again, it works.',
    why: 'notes in a table that an import is running, and after a kill waits for it for ever',
    edits: [
      edit(
        CONNECT,
        `  const running = await pool.query('select 1 from running')
  if (running.rowCount! > 0) throw new HttpError(503, 'an import is running')
  await pool.query('insert into running values (1)')
${CONNECT}`,
      ),
      edit(
        '    client.release(broken)\n',
        `    client.release(broken)
    await pool.query('delete from running')
`,
      ),
      edit(
        'const server = http.createServer(',
        `await pool.query('create table if not exists running (id integer)')

const server = http.createServer(`,
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C9',
    rule: 'A `5xx` JSON error, or a broken connection; nothing is kept, your process lives.',
    why: 'nobody listens to the errors of a connection in use, and the process ends',
    edits: [
      edit(
        "pool.on('connect', (client) => client.on('error', (error) => console.error(error.message)))\n",
        '',
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C9',
    rule: 'At most 5 s later imports work again.',
    why: 'refuses every import for a minute once Postgres was gone',
    edits: [
      edit(CONNECT, `  if (Date.now() < goneUntil) throw new HttpError(503, 'later')\n${CONNECT}`),
      edit('      broken = true\n', '      broken = true\n      goneUntil = Date.now() + 60_000\n'),
      edit('async function importScans(', 'let goneUntil = 0\n\nasync function importScans('),
    ],
  },
  {
    id: 'W64',
    check: 'C8',
    rule: HEALTHY,
    why: 'does one request after the other, health checks too',
    edits: [
      edit(
        'const server = http.createServer((request, response) => {\n  handle(request, response).catch(',
        `let last: Promise<unknown> = Promise.resolve()

const server = http.createServer((request, response) => {
  last = last.then(() => handle(request, response)).catch(`,
      ),
    ],
  },
]
