// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

/** Edits of the reference. */
const server = editing('server.ts')
const data = editing('data.ts')
const logging = editing('log.ts')

const STARTED = '  const started = performance.now()\n'
const REQUEST_ID = 'const requestId = /^[\\w-]{8,64}$/.test(sent) ? sent : randomUUID()'
const SET_ID = "  response.set('X-Request-Id', requestId)\n"
const AT_THE_END = "response.once('close', () => {"
const LOCALS = 'const { userId, error } = response.locals'
const DURATION = 'const durationMs = Math.round((performance.now() - started) * 1000) / 1000'
const LINE = 'const line = { requestId, method, path, durationMs, userId }'
const ABORTED = "log('warn', 'request aborted', { ...line, status: 499, aborted: true })"
const STATUS = 'const status = response.statusCode'
const ERR = 'const err = error === undefined ? undefined : describeError(error)'
const COMPLETED = "log(levelOf(status), 'request completed', { ...line, status, err })"
const NEXT = '  whileServing(requestId, () => next())\n'
const USER = 'response.locals.userId = response.locals.customer?.id'
const PARSER = 'app.use(express.json())\n'
const LIVEZ = `app.get('/livez', (_request, response) => {
  response.json({ live: true })
})
`
const OF_5XX = "if (status >= 500) return 'error'"
const OF_OTHERS = "return status >= 400 ? 'warn' : 'info'"
const KEEP_ERROR = 'if (status >= 500) response.locals.error = error'
const DOMAIN = "const emailDomain = email.split('@')[1]"
const LOGIN_FAILED = "log('warn', 'login failed', { event: 'login_failed', emailDomain })"
const UNCAUGHT = `process.on('uncaughtException', (error) => {
  // The line is out, and so are all before it, when the process ends.
  log('fatal', 'uncaught exception', { err: describeError(error) }, () => process.exit(1))
})
`
const FATAL =
  "log('fatal', 'uncaught exception', { err: describeError(error) }, () => process.exit(1))"
const CLOSE = 'server.close(() => void closePool())'

const SERVING = `export const whileServing = <T>(requestId: string, action: () => T): T =>
  serving.run(requestId, action)
`
const ID_OF_LINE = 'requestId: serving.getStore(), '
const WANTED = "const wanted = LEVELS.indexOf(process.env.LOG_LEVEL ?? 'info')"
const LOWEST = "const lowest = wanted === -1 ? LEVELS.indexOf('info') : wanted"
const IS_BELOW = 'if (LEVELS.indexOf(level) < lowest) {'
const TIME = '  const time = new Date().toISOString()\n'
const FIELDS = 'const line = { time, level, msg, requestId: serving.getStore(), ...fields }'
const WRITE = '  process.stdout.write(`${JSON.stringify(line)}\\n`, () => written())\n'
const TOLD = '? { type: error.name, stack: error.stack }'

const CREATED = "log('info', 'parcel created', parcel)"
const LOADING = "    log('debug', 'loading parcel', { code })\n"
const LOADED = "    log('debug', 'parcel loaded', { code, found: rows.length > 0 })\n"

/** Lines wait in the memory; `flush` says when they are written. */
const buffered = (flush: string) => [
  logging(WANTED, `const buffer: string[] = []\n${flush}\n${WANTED}`),
  logging(WRITE, '  buffer.push(`${JSON.stringify(line)}\\n`)\n  written()\n'),
]
const OUT = "process.stdout.write(buffer.splice(0).join(''))"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    rule: 'holds nothing but JSON objects, one a line, from the first line on',
    why: 'writes lines of text, as console.log does',
    edits: [
      logging(
        WRITE,
        "  process.stdout.write(`${time} ${level} ${msg} ${line.requestId ?? ''}\\n`, () => written())\n",
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C2',
    rule: "is on each line that is written while a request is served, however deep in the code; it is that request's, however many run at once",
    why: 'keeps the current id in a variable of the module: the next request changes it',
    edits: [
      logging(
        SERVING,
        `let current: string | undefined
export const whileServing = <T>(requestId: string, action: () => T): T => {
  current = requestId
  return action()
}
`,
      ),
      logging(ID_OF_LINE, 'requestId: current, '),
    ],
  },
  {
    id: 'W3',
    check: 'C3',
    rule: 'good or wrong, of whatever request, also in a malformed body',
    why: 'logs the body of each request',
    edits: [server(COMPLETED, COMPLETED.replace('err }', 'err, body: request.body }'))],
  },
  {
    id: 'W4',
    check: 'C3',
    rule: "also where the bank's error holds them, or a body has them somewhere else",
    why: 'logs the body, and covers only secrets that stand at its top',
    edits: [
      server(
        COMPLETED,
        `const secret = ['password', 'number', 'token', 'email']
    const body = Object.entries(request.body ?? {}).map(([name, value]) => [
      name,
      secret.includes(name) ? '***' : value,
    ])
    ${COMPLETED.replace('err }', 'err, body: Object.fromEntries(body) }')}`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C1',
    rule: 'for each request, whatever its answer, once it is over',
    why: 'logs each request as it arrives, without a status',
    edits: [
      server(
        AT_THE_END,
        "log('info', 'request', { requestId, method, path })\n  response.once('never', () => {",
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C7',
    rule: 'every request whose head had come has its line, and every line is out before the process ends',
    why: 'gathers lines and writes them now and then: the last are lost',
    edits: buffered(`setInterval(() => ${OUT}, 300).unref()`),
  },
  {
    id: 'W7',
    check: 'C1',
    rule: 'for each request, whatever its answer, once it is over',
    why: 'logs a request that failed twice: in the error handler, and at its end',
    edits: [
      server(
        KEEP_ERROR,
        `${KEEP_ERROR}
    if (status >= 500) {
      const { method, path } = _request
      log('error', 'request failed', { method, path, status, durationMs: 0, userId: null })
    }`,
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C3',
    rule: 'made, sent in a header, or in a query, of any path',
    why: 'logs the URL with its query, and so the tokens in links',
    edits: [server(LINE, LINE.replace('path,', 'path, url: request.originalUrl,'))],
  },
  {
    id: 'W9',
    check: 'C1',
    rule: 'holds nothing but JSON objects, one a line, from the first line on',
    why: 'says in plain text that it listens, and writes JSON from then on',
    edits: [server("log('info', 'listening')", "console.log('listening')")],
  },
  {
    id: 'W10',
    check: 'C1',
    rule: 'holds nothing but JSON objects, one a line, from the first line on',
    why: 'writes each object over several lines, for people to read',
    edits: [logging('JSON.stringify(line)', 'JSON.stringify(line, null, 2)')],
  },
  {
    id: 'W11',
    check: 'C1',
    rule: 'when it was written: ISO 8601 with `Z` or an offset, or milliseconds since 1970',
    why: 'gives the time in seconds',
    edits: [logging(TIME, '  const time = Math.floor(Date.now() / 1000)\n')],
  },
  {
    id: 'W12',
    check: 'C1',
    rule: 'when it was written: ISO 8601 with `Z` or an offset, or milliseconds since 1970',
    why: 'gives a time without its offset, which nobody can compare',
    edits: [logging(TIME, TIME.replace('()\n', '().slice(0, 19)\n'))],
  },
  {
    id: 'W13',
    check: 'C8',
    rule: 'when it was written: ISO 8601 with `Z` or an offset, or milliseconds since 1970',
    why: 'takes the time once, at the start of the program',
    edits: [
      logging(TIME, ''),
      logging(WANTED, `const time = new Date().toISOString()\n${WANTED}`),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    rule: "`debug`, `info`, `warn`, `error` or `fatal`, in small letters or capitals, or pino's numbers for them: 20, 30, 40, 50, 60",
    why: 'numbers the levels in its own way',
    edits: [logging(FIELDS, FIELDS.replace('level,', 'level: LEVELS.indexOf(level),'))],
  },
  {
    id: 'W15',
    check: 'C1',
    rule: 'a text, not empty',
    why: 'calls it message',
    edits: [logging(FIELDS, FIELDS.replace('msg,', 'message: msg,'))],
  },
  {
    id: 'W16',
    check: 'C2',
    rule: "is on each line that is written while a request is served, however deep in the code; it is that request's, however many run at once",
    why: 'has the id on the line of the request only',
    edits: [logging(ID_OF_LINE, '')],
  },
  {
    id: 'W17',
    check: 'C2',
    rule: "is on each line that is written while a request is served, however deep in the code; it is that request's, however many run at once",
    why: 'makes an id for each line',
    edits: [
      logging(ID_OF_LINE, 'requestId: serving.getStore() && crypto.randomUUID(), '),
    ],
  },
  {
    id: 'W18',
    check: 'C5',
    rule: 'stands in its field as the text that it is: quotes, newlines and escape sequences make no lines and change none',
    why: 'puts the JSON together by hand, with quotation marks around whatever a text holds',
    edits: [
      logging(
        WRITE,
        `  const pairs = Object.entries(line).filter(([, value]) => value !== undefined)
  const text = pairs.map(([name, value]) =>
    typeof value === 'string' ? \`"\${name}":"\${value}"\` : \`"\${name}":\${JSON.stringify(value)}\`,
  )
  process.stdout.write(\`{\${text.join()}}\\n\`, () => written())
`,
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C5',
    rule: 'stands in its field as the text that it is: quotes, newlines and escape sequences make no lines and change none',
    why: 'takes newlines and escape sequences out of a town, which nobody finds then',
    edits: [
      data(CREATED, "log('info', 'parcel created', { ...parcel, town: town.replace(/[\\0-\\x1f]/g, '') })"),
    ],
  },
  {
    id: 'W20',
    check: 'C5',
    rule: 'stands in its field as the text that it is: quotes, newlines and escape sequences make no lines and change none',
    why: 'shortens a town to 20 characters',
    edits: [data(CREATED, "log('info', 'parcel created', { ...parcel, town: town.slice(0, 20) })")],
  },
  {
    id: 'W21',
    check: 'C1',
    rule: 'a line is out within a second',
    why: 'writes its lines twice a minute, and at the end',
    edits: buffered(`setInterval(() => ${OUT}, 30_000).unref()\nprocess.on('exit', () => ${OUT})`),
  },
  {
    id: 'W22',
    check: 'C2',
    rule: '`X-Request-Id` with 8 to 64 letters `A–Z` `a–z`, digits, `_` or `-` | is the `requestId`',
    why: 'always makes an id of its own',
    edits: [server(REQUEST_ID, 'const requestId = randomUUID()')],
  },
  {
    id: 'W23',
    check: 'C2',
    rule: 'you make one of that form, another one for each request',
    why: 'takes whatever was sent for an id',
    edits: [server(REQUEST_ID, 'const requestId = sent || randomUUID()')],
  },
  {
    id: 'W24',
    check: 'C2',
    rule: 'you make one of that form, another one for each request',
    why: 'gives all requests without an id the same one',
    edits: [
      server(REQUEST_ID, REQUEST_ID.replace('randomUUID()', "'request-without-id'")),
    ],
  },
  {
    id: 'W25',
    check: 'C2',
    rule: 'you make one of that form, another one for each request',
    why: 'counts requests: ids of one digit, which begin anew with each start',
    edits: [
      server(REQUEST_ID, REQUEST_ID.replace('randomUUID()', 'String(++made)')),
      server('const app = express()\n', 'const app = express()\nlet made = 0\n'),
    ],
  },
  {
    id: 'W26',
    check: 'C2',
    rule: 'the answer | carries it as `X-Request-Id`',
    why: 'keeps the id to itself',
    edits: [server(SET_ID, '')],
  },
  {
    id: 'W27',
    check: 'C1',
    rule: 'for each request, whatever its answer, once it is over',
    why: 'reads the body first: a request with a malformed one has no line',
    edits: [
      server(
        `app.use((request, response, next) => {\n${STARTED}`,
        `${PARSER}app.use((request, response, next) => {\n${STARTED}`,
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C1',
    rule: 'for each request, whatever its answer, once it is over',
    why: 'logs only what went well or badly, and no 404',
    edits: [server(COMPLETED, `if (status !== 404) ${COMPLETED}`)],
  },
  {
    id: 'W29',
    check: 'C1',
    rule: '`method` | as it was sent',
    why: 'logs HEAD as GET, as which it is served',
    edits: [server(LINE, LINE.replace('method,', "method: method === 'HEAD' ? 'GET' : method,"))],
  },
  {
    id: 'W30',
    check: 'C1',
    rule: 'what was sent before the `?`, as it came or decoded',
    why: 'logs the pattern of the route in place of the path',
    edits: [server(LINE, LINE.replace('path,', 'path: request.route?.path ?? path,'))],
  },
  {
    id: 'W31',
    check: 'C1',
    rule: 'what was sent before the `?`, as it came or decoded',
    why: 'logs the query with the path, without its values',
    edits: [
      server(
        LINE,
        LINE.replace('path,', "path: request.originalUrl.replace(/=[^&]*/g, '='),"),
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C1',
    rule: "the answer's, a number",
    why: 'logs the status as a text',
    edits: [server(COMPLETED, COMPLETED.replace('status, err', 'status: String(status), err'))],
  },
  {
    id: 'W33',
    check: 'C1',
    rule: "the answer's, a number",
    why: 'reads the status before there is an answer',
    edits: [
      server(STARTED, `${STARTED}  const { statusCode } = response\n`),
      server(STATUS, 'const status = statusCode'),
    ],
  },
  {
    id: 'W34',
    check: 'C8',
    rule: "a number: milliseconds from the arrival of the request's head, before its body, to the end of its answer",
    why: 'gives seconds',
    edits: [server(DURATION, 'const durationMs = (performance.now() - started) / 1000')],
  },
  {
    id: 'W35',
    check: 'C1',
    rule: "a number: milliseconds from the arrival of the request's head, before its body, to the end of its answer",
    why: 'gives a text with a unit',
    edits: [
      server(DURATION, 'const durationMs = `${Math.round(performance.now() - started)} ms`'),
    ],
  },
  {
    id: 'W36',
    check: 'C8',
    rule: "a number: milliseconds from the arrival of the request's head, before its body, to the end of its answer",
    why: 'begins to measure when the body is there',
    edits: [
      server(
        PARSER,
        `${PARSER}app.use((_request, response, next) => {
  response.locals.started = performance.now()
  next()
})
`,
      ),
      server(DURATION, DURATION.replace('started)', '(response.locals.started ?? started))')),
    ],
  },
  {
    id: 'W37',
    check: 'C8',
    rule: "a number: milliseconds from the arrival of the request's head, before its body, to the end of its answer",
    why: 'measures in the first handler alone, which is done at once',
    edits: [
      server(NEXT, `${NEXT}  spent = performance.now() - started\n`),
      server(STARTED, `${STARTED}  let spent = 0\n`),
      server(DURATION, 'const durationMs = spent'),
    ],
  },
  {
    id: 'W38',
    check: 'C1',
    rule: 'the `id` of the customer, where the request has a good token; else it is missing or `null`',
    why: 'knows nobody who comes by a link',
    edits: [server(USER, `if (!request.query.token) ${USER}`)],
  },
  {
    id: 'W39',
    check: 'C1',
    rule: 'the `id` of the customer, where the request has a good token; else it is missing or `null`',
    why: 'keeps the last customer, and gives it to requests without a token',
    edits: [
      server(USER, 'app.locals.userId = response.locals.customer?.id'),
      server(LOCALS, 'const { error } = response.locals\n    const { userId } = app.locals'),
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    rule: 'the `id` of the customer, where the request has a good token; else it is missing or `null`',
    why: 'says only on /me who is asking',
    edits: [server(USER, `if (request.path === '/me') ${USER}`)],
  },
  {
    id: 'W41',
    check: 'C4',
    rule: '`info` below 400; `warn` or `info` from 400; `error` from 500',
    why: 'logs a 404 as an error, and wakes somebody at night',
    edits: [server(OF_OTHERS, "return status >= 400 ? 'error' : 'info'")],
  },
  {
    id: 'W42',
    check: 'C4',
    rule: '`info` below 400; `warn` or `info` from 400; `error` from 500',
    why: 'logs a 500 as a warning',
    edits: [server(OF_5XX, "if (status >= 500) return 'warn'")],
  },
  {
    id: 'W43',
    check: 'C4',
    rule: 'from 500: an object whose `stack` is the stack trace of the error, several lines in one text',
    why: 'keeps the message of an error only',
    edits: [logging(TOLD, '? { type: error.name, stack: error.message }')],
  },
  {
    id: 'W44',
    check: 'C4',
    rule: 'from 500: an object whose `stack` is the stack trace of the error, several lines in one text',
    why: 'makes JSON of the Error itself, which leaves its stack out',
    edits: [server(ERR, 'const err = error')],
  },
  {
    id: 'W45',
    check: 'C4',
    rule: 'an error stands in the log once: no other line of the request has `err` or the level `error`',
    why: 'logs an error where it is caught, and once more at the end of the request',
    edits: [
      server(
        KEEP_ERROR,
        `${KEEP_ERROR}
    if (status >= 500) log('error', error.message, { err: describeError(error) })`,
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C9',
    rule: 'a request whose client hangs up has one line too, at once or when its answer would have been sent',
    why: 'waits for finish, which never comes where the client has gone',
    edits: [server(AT_THE_END, "response.once('finish', () => {")],
  },
  {
    id: 'W47',
    check: 'C9',
    rule: 'a request whose client hangs up has one line too, at once or when its answer would have been sent',
    why: 'logs a client that hangs up twice: by its connection and by its answer',
    edits: [
      server(
        NEXT,
        `  request.socket.once('close', () => {
    if (!answered) {
      const line = { requestId, method, path, durationMs: performance.now() - started }
      log('warn', 'the client has gone', { ...line, aborted: true })
    }
  })
${NEXT}`,
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C9',
    rule: 'it has `aborted: true`, the level `info` or `warn`, and any `status` or none; all others have no `aborted`, or `false`',
    why: 'does not say that the client has hung up',
    edits: [server(ABORTED, ABORTED.replace(', aborted: true', ''))],
  },
  {
    id: 'W49',
    check: 'C9',
    rule: 'it has `aborted: true`, the level `info` or `warn`, and any `status` or none; all others have no `aborted`, or `false`',
    why: 'logs a client that hangs up as an error of the server',
    edits: [server(ABORTED, ABORTED.replace("'warn'", "'error'"))],
  },
  {
    id: 'W50',
    check: 'C1',
    rule: 'it has `aborted: true`, the level `info` or `warn`, and any `status` or none; all others have no `aborted`, or `false`',
    why: 'says of each request that it was aborted: takes the end of its answer for that',
    edits: [server(COMPLETED, COMPLETED.replace('err }', 'err, aborted: response.writableEnded }'))],
  },
  {
    id: 'W51',
    check: 'C1',
    rule: '`GET /livez` | has no line, on any level',
    why: 'logs every probe',
    edits: [server(LIVEZ, ''), server(PARSER, `${PARSER}\n${LIVEZ}`)],
  },
  {
    id: 'W52',
    check: 'C2',
    rule: '`msg` is `loading parcel`, the level `debug`, `code` the one in the path, decoded',
    why: 'says nothing in the data layer before it asks the database',
    edits: [data(LOADING, '')],
  },
  {
    id: 'W53',
    check: 'C2',
    rule: '`msg` is `loading parcel`, the level `debug`, `code` the one in the path, decoded',
    why: 'writes what helps in a search for faults on the level info',
    edits: [data(LOADING, LOADING.replace("'debug'", "'info'"))],
  },
  {
    id: 'W54',
    check: 'C5',
    rule: '`msg` is `loading parcel`, the level `debug`, `code` the one in the path, decoded',
    why: 'writes the code in URL-encoding',
    edits: [data(LOADING, LOADING.replace('{ code }', '{ code: encodeURIComponent(code) }'))],
  },
  {
    id: 'W55',
    check: 'C2',
    rule: '`msg` is `parcel loaded`, the level `debug`, with `code`, and `found`, `true` or `false`',
    why: 'says nothing of parcels that are not there',
    edits: [data(LOADED, LOADED.replace('    log', '    if (rows[0]) log'))],
  },
  {
    id: 'W56',
    check: 'C2',
    rule: '`msg` is `parcel loaded`, the level `debug`, with `code`, and `found`, `true` or `false`',
    why: 'gives the number of rows in place of true and false',
    edits: [data(LOADED, LOADED.replace('rows.length > 0', 'rows.length'))],
  },
  {
    id: 'W57',
    check: 'C4',
    rule: '`msg` is `parcel created`, the level `info`, with `code` and `town`',
    why: 'puts the values into the message, where they cannot be searched for',
    edits: [data(CREATED, "log('info', `parcel created: ${parcel.code} to ${town}`)")],
  },
  {
    id: 'W58',
    check: 'C4',
    rule: '`msg` is `parcel created`, the level `info`, with `code` and `town`',
    why: 'leaves the town out',
    edits: [data(CREATED, "log('info', 'parcel created', { code: parcel.code })")],
  },
  {
    id: 'W59',
    check: 'C4',
    rule: 'one line, its own or the request\'s, has `event: "login_failed"` and the level `warn` or `info`',
    why: 'says nothing of a login that fails but its status',
    edits: [server(LOGIN_FAILED, 'void emailDomain')],
  },
  {
    id: 'W60',
    check: 'C4',
    rule: 'one line, its own or the request\'s, has `event: "login_failed"` and the level `warn` or `info`',
    why: 'logs a wrong password as an error',
    edits: [server(LOGIN_FAILED, LOGIN_FAILED.replace("'warn'", "'error'"))],
  },
  {
    id: 'W61',
    check: 'C4',
    rule: 'with `emailDomain`, what stands after the `@`, or `emailHash`, a text that is the same for the same e-mail only',
    why: 'takes the part before the @',
    edits: [server(DOMAIN, "const emailDomain = email.split('@')[0]")],
  },
  {
    id: 'W62',
    check: 'C4',
    rule: 'with `emailDomain`, what stands after the `@`, or `emailHash`, a text that is the same for the same e-mail only',
    why: 'salts each hash anew, so that nobody sees that one account is tried again and again',
    edits: [
      server(DOMAIN, 'const emailHash = randomUUID()'),
      server(LOGIN_FAILED, LOGIN_FAILED.replace('emailDomain', 'emailHash')),
    ],
  },
  {
    id: 'W63',
    check: 'C3',
    rule: 'e-mail addresses | as a whole',
    why: 'logs the whole e-mail of a login that fails',
    edits: [server(LOGIN_FAILED, LOGIN_FAILED.replace('emailDomain }', 'emailDomain, email }'))],
  },
  {
    id: 'W64',
    check: 'C6',
    rule: 'lines below it are not written',
    why: 'writes everything, whatever LOG_LEVEL says',
    edits: [logging(LOWEST, 'const lowest = Math.min(wanted, 0)')],
  },
  {
    id: 'W65',
    check: 'C6',
    rule: '… | all others are',
    why: 'leaves out the lines of the level itself',
    edits: [
      logging(IS_BELOW, 'if (LEVELS.indexOf(level) <= lowest && lowest > 0) {'),
    ],
  },
  {
    id: 'W66',
    check: 'C6',
    rule: 'no `LOG_LEVEL` | is `info`',
    why: 'writes everything where there is no LOG_LEVEL',
    edits: [logging(WANTED, WANTED.replace("'info'", "'debug'"))],
  },
  {
    id: 'W67',
    check: 'C6',
    rule: 'no `LOG_LEVEL` | is `info`',
    why: 'writes warnings and errors only where there is no LOG_LEVEL',
    edits: [logging(WANTED, WANTED.replace("'info'", "'warn'"))],
  },
  {
    id: 'W68',
    check: 'C3',
    rule: 'good or wrong, of whatever request, also in a malformed body',
    why: "logs the error of each refusal: the parser's message shows a part of the body",
    edits: [server(KEEP_ERROR, 'response.locals.error = error')],
  },
  {
    id: 'W69',
    check: 'C3',
    rule: '`Authorization` and `Cookie` | whatever their values',
    why: 'logs the headers of each request',
    edits: [server(COMPLETED, COMPLETED.replace('err }', 'err, headers: request.headers }'))],
  },
  {
    id: 'W70',
    check: 'C3',
    rule: '`Authorization` and `Cookie` | whatever their values',
    why: 'logs the headers without Authorization, and forgets cookies',
    edits: [
      server(
        COMPLETED,
        `const { authorization: _, ...headers } = request.headers
    ${COMPLETED.replace('err }', 'err, headers }')}`,
      ),
    ],
  },
  {
    id: 'W71',
    check: 'C3',
    rule: "also where the bank's error holds them, or a body has them somewhere else",
    why: 'logs the cause of an error, whose message holds what was sent to the bank',
    edits: [
      logging(TOLD, '? { type: error.name, stack: error.stack, cause: String(error.cause) }'),
    ],
  },
  {
    id: 'W72',
    check: 'C3',
    rule: '`$BANK_KEY` | which that error holds too',
    why: 'logs every field of an error, and so the request to the bank',
    edits: [logging(TOLD, '? { ...error, type: error.name, stack: error.stack }')],
  },
  {
    id: 'W73',
    check: 'C3',
    rule: '`$BANK_KEY` | which that error holds too',
    why: 'prints the error to stderr, with all that it holds',
    edits: [server(KEEP_ERROR, `${KEEP_ERROR}\n    if (status >= 500) console.error(error)`)],
  },
  {
    id: 'W74',
    check: 'C7',
    rule: 'every request whose head had come has its line, and every line is out before the process ends',
    why: 'ends at once at SIGTERM, with requests under way',
    edits: [server(CLOSE, 'process.exit(0)')],
  },
  {
    id: 'W75',
    check: 'C7',
    rule: 'the process ends, with another code than 0',
    why: 'logs an uncaught error and goes on as if nothing had been',
    edits: [server(FATAL, "log('fatal', 'uncaught exception', { err: describeError(error) })")],
  },
  {
    id: 'W76',
    check: 'C7',
    rule: 'the process ends, with another code than 0',
    why: 'ends after an uncaught error as if all were well',
    edits: [server(FATAL, FATAL.replace('exit(1)', 'exit(0)'))],
  },
  {
    id: 'W77',
    check: 'C7',
    rule: 'all lines from before are out',
    why: 'gathers lines, and ends after an uncaught error before they are written',
    edits: [
      logging(WANTED, `const buffer: string[] = []\n${WANTED}`),
      logging(
        WRITE,
        `  if (buffer.push(\`\${JSON.stringify(line)}\\n\`) === 1) setTimeout(() => ${OUT}, 200)\n  written()\n`,
      ),
    ],
  },
  {
    id: 'W78',
    check: 'C7',
    rule: 'and one more, `fatal` or `error`, with its `err` as above and without `durationMs`',
    why: 'leaves an uncaught error to Node, which tells stderr alone',
    edits: [server(UNCAUGHT, '')],
  },
  {
    id: 'W79',
    check: 'C7',
    rule: 'and one more, `fatal` or `error`, with its `err` as above and without `durationMs`',
    why: 'keeps the message of an uncaught error only',
    edits: [server(FATAL, FATAL.replace('describeError(error)', '{ message: error.message }'))],
  },
]
