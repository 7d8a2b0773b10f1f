// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

/** One edit of the reference. */
const edit = editing('server.ts')

const errorHandler = `const answerError: ErrorRequestHandler = (err, _req, res, next) => {
  if (res.headersSent) return next(err) // too late for JSON; Express cuts the connection
  // Express and its body parser put a 4xx \`status\` on what is the client's fault. The rest are bugs.
  const forClient = err instanceof HttpError || (err.status >= 400 && err.status < 500)
  const { status, message } = forClient ? err : new HttpError(500, 'internal server error')
  if (status >= 500) console.error(res.get('X-Request-Id'), err) // the stack is for us
  res.status(status).json({ error: message })
}
app.use(answerError)
`

const setRequestId = "res.set('X-Request-Id', /^[\\w-]{8,64}$/.test(sent) ? sent : randomUUID())"

const requestIdMiddleware = `app.use((req, res, next) => {
  const sent = req.get('X-Request-Id') ?? ''
  ${setRequestId}
  next()
})
`

const bodyParser = 'app.use(express.json({ limit: MAX_BODY_BYTES }))\n'

const boomAsync = `app.get('/boom-async', async () => {
  await sleep(5)
  throw new Error('boom, a moment later')
})
`

const notFound = `app.use(() => {
  throw new HttpError(404, 'no such page')
})
`

const applyChanges = '{ ...parcel, ...validate(ParcelChanges, req.body) }'

const newParcel = "{ code: randomUUID(), to, weightG, status: 'new' }"

const fetchQuote = 'await fetch(`${PRICING_URL}/quote?weight=${weightG}`, { signal })'

const quoteAnswer = 'res.json({ cents: await fetchCents(weightG) })'

const startClock = 'const signal = AbortSignal.timeout(PRICING_TIMEOUT_MS)'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C4',
    rule: 'an exception that you did not expect | `500`',
    why: 'the error handler has three parameters, so Express takes it for ordinary middleware',
    edits: [
      edit(
        errorHandler,
        errorHandler
          .replace('(err, _req, res, next) =>', '(err, _req, res) =>')
          .replace('return next(err)', 'return res.destroy()'),
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C4',
    rule: 'an exception that you did not expect | `500`',
    why: 'the error handler stands before the routes and never sees their errors',
    edits: [edit(errorHandler, ''), edit(bodyParser, bodyParser + errorHandler)],
  },
  {
    id: 'W3',
    check: 'C4',
    rule: 'After an error the server goes on, with all its parcels.',
    why: 'nobody waits for the promise that rejects, and the whole process dies',
    edits: [
      edit(
        boomAsync,
        `const boomLater = async () => {
  await sleep(5)
  throw new Error('boom, a moment later')
}

app.get('/boom-async', (_req, res) => {
  boomLater().then(() => res.end())
})
`,
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    rule: 'has not sent its *complete* answer after 1 second | `504`, at that moment',
    why: 'waits for the pricing service as long as it likes',
    edits: [edit(startClock, 'const { signal } = new AbortController()')],
  },
  {
    id: 'W5',
    check: 'C1',
    rule: '`200` and the parcel: the fields that were sent are changed, and no others',
    why: 'PATCH replaces the whole parcel',
    edits: [
      edit(applyChanges, '{ code: parcel.code, ...validate(ParcelChanges, req.body) } as Parcel'),
    ],
  },
  {
    id: 'W6',
    check: 'C4',
    rule: 'a path that does not exist | `404`',
    why: 'leaves unknown paths to Express, which answers with an HTML page',
    edits: [edit(notFound, '')],
  },
  {
    id: 'W7',
    check: 'C3',
    rule: 'Every answer carries `X-Request-Id`.',
    why: 'sets X-Request-Id only on answers that went well',
    edits: [
      edit(
        setRequestId,
        `const json = res.json.bind(res)
  res.json = (body) => {
    if (res.statusCode < 400) ${setRequestId}
    return json(body)
  }`,
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C3',
    rule: 'Every answer carries `X-Request-Id`.',
    why: 'sets X-Request-Id after the body parser, so the 400 and the 413 have none',
    edits: [edit(requestIdMiddleware, ''), edit(bodyParser, bodyParser + requestIdMiddleware)],
  },
  {
    id: 'W9',
    check: 'C3',
    rule: 'When the request has one of 8 to 64 characters, all of them letters `A–Z` `a–z`, digits, `_` or `-`, the answer repeats it.',
    why: 'repeats whatever the client sends as X-Request-Id',
    edits: [edit(setRequestId, "res.set('X-Request-Id', sent || randomUUID())")],
  },
  {
    id: 'W10',
    check: 'C3',
    rule: 'Otherwise you make a new one of that form, another one for each request.',
    why: 'makes one X-Request-Id for all requests',
    edits: [
      edit(setRequestId, setRequestId.replace('randomUUID()', 'ownId')),
      edit('const app = express()', 'const ownId = randomUUID()\nconst app = express()'),
    ],
  },
  {
    id: 'W11',
    check: 'C1',
    rule: 'No code is used twice, not even after a `DELETE`.',
    why: 'makes the code from the number of parcels, so one comes again after a DELETE',
    edits: [edit(newParcel, "{ code: `PP-${parcels.size + 1}`, to, weightG, status: 'new' }")],
  },
  {
    id: 'W12',
    check: 'C1',
    rule: '`new`, `moving` or `delivered`; a new parcel is always `new`, whatever the body says',
    why: 'spreads the body over the new parcel, so that clients choose code and status',
    edits: [edit(newParcel, "{ code: randomUUID(), to, weightG, status: 'new', ...req.body }")],
  },
  {
    id: 'W13',
    check: 'C1',
    rule: 'A `PATCH` with one invalid field changes nothing at all.',
    why: 'changes field by field, so a refused PATCH is half done',
    edits: [
      edit(
        applyChanges,
        `parcel
  for (const [name, value] of Object.entries(req.body ?? {})) {
    Object.assign(parcel, validate(ParcelChanges, { [name]: value }))
  }
  validate(ParcelChanges, req.body)`,
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C2',
    rule: 'a status that is none of the three, also in `?status=`',
    why: 'answers an unknown status with an empty list',
    edits: [
      edit(
        'validate(ParcelFilter, req.query)',
        'req.query.status ? { status: req.query.status } : {}',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C2',
    rule: 'a value of another JSON type: `"1200"` is no whole number, 7 no text',
    why: 'takes a weight that is text for a number',
    edits: [edit('weightG: z.int()', 'weightG: z.coerce.number().int()')],
  },
  {
    id: 'W16',
    check: 'C5',
    rule: '`4xx` or `5xx`, a body that is not JSON, no whole number in `cents` | `502`',
    why: 'believes the price in an answer of 404 or 503, for fetch does not reject on those',
    edits: [edit('if (!reply.ok) {', 'if (reply.status === 500) {')],
  },
  {
    id: 'W17',
    check: 'C5',
    rule: '`4xx` or `5xx`, a body that is not JSON, no whole number in `cents` | `502`',
    why: 'a broken answer of the pricing service becomes a 500',
    edits: [
      edit(
        "throw new HttpError(502, 'the pricing service gave no usable answer', { cause })",
        'throw cause',
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C5',
    rule: 'has not sent its *complete* answer after 1 second | `504`, at that moment',
    why: 'answers 502 also when the pricing service is only slow',
    edits: [edit('throw new HttpError(504,', 'throw new HttpError(502,')],
  },
  {
    id: 'W19',
    check: 'C5',
    rule: '(the parcel’s `weightG`), and each time anew: prices change.',
    why: 'remembers the first price of a weight for ever',
    edits: [
      edit('const fetchCents = async', 'const askForCents = async'),
      edit(
        'const parcels = new Map<string, Parcel>()',
        `const known = new Map<number, number>()
const fetchCents = async (weightG: number): Promise<number> => {
  const cents = known.get(weightG) ?? (await askForCents(weightG))
  known.set(weightG, cents)
  return cents
}

const parcels = new Map<string, Parcel>()`,
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C5',
    rule: '`4xx` or `5xx`, a body that is not JSON, no whole number in `cents` | `502`',
    why: 'sends any cents on, also text or nothing',
    edits: [edit('cents: z.int()', 'cents: z.any()')],
  },
  {
    id: 'W21',
    check: 'C6',
    rule: 'No answer shows a stack trace or the path of a file',
    why: 'sends the stack of a bug to the client',
    edits: [
      edit("new HttpError(500, 'internal server error')", 'new HttpError(500, String(err.stack))'),
    ],
  },
  {
    id: 'W22',
    check: 'C6',
    rule: 'No answer has a header `X-Powered-By`.',
    why: 'leaves X-Powered-By on',
    edits: [edit("app.disable('x-powered-by')\n", '')],
  },
  {
    id: 'W23',
    check: 'C4',
    rule: 'a body of more than 100 KiB (102,400 bytes), with or without `Content-Length`',
    why: 'takes bodies of up to a megabyte',
    edits: [edit('const MAX_BODY_BYTES = 100 * 1024', 'const MAX_BODY_BYTES = 1024 * 1024')],
  },
  {
    id: 'W24',
    check: 'C7',
    rule: 'a body of more than 100 KiB (102,400 bytes), with or without `Content-Length`',
    why: 'believes Content-Length, so a body without one may be of any size',
    edits: [
      edit(
        bodyParser,
        `app.use((req, _res, next) => {
  if (Number(req.get('Content-Length') ?? 0) > MAX_BODY_BYTES) throw new HttpError(413, 'too large')
  next()
})
app.use(express.json({ limit: '50mb' }))
`,
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C7',
    rule: 'on all routes | `404`',
    why: 'keeps the parcels in a plain object, which knows "constructor" too',
    edits: [
      edit(
        'const parcels = new Map<string, Parcel>()',
        `const byCode: Record<string, Parcel> = {}
const parcels = {
  get: (code: string) => byCode[code],
  set: (code: string, parcel: Parcel) => {
    byCode[code] = parcel
  },
  delete: (code: string) => delete byCode[code],
  values: () => Object.values(byCode),
}`,
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C8',
    rule: 'With the `504` your request to the pricing service ends: its socket is closed, or the service would collect them.',
    why: 'races fetch against a timer: the 504 comes, the request stays open',
    edits: [
      edit(
        fetchQuote,
        fetchQuote.replace('fetch(', 'Promise.race([fetch(').replace(', { signal })', '), late])'),
      ),
      edit('await reply.json()', '(await Promise.race([reply.json(), late]))'),
      edit(
        startClock,
        `${startClock}
  const late = sleep(PRICING_TIMEOUT_MS + 5).then((): never => {
    throw new Error('late')
  })
  late.catch(() => {})`,
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C8',
    rule: 'has not sent its *complete* answer after 1 second | `504`, at that moment',
    why: 'stops the clock when the headers are there, and waits for the body without end',
    edits: [
      edit(startClock, `const { signal, clock } = startClock()`),
      edit('if (!reply.ok) {', 'clearTimeout(clock)\n    if (!reply.ok) {'),
      edit(
        'const fetchCents = async',
        `const startClock = () => {
  const controller = new AbortController()
  const clock = setTimeout(() => controller.abort(), PRICING_TIMEOUT_MS)
  return { signal: controller.signal, clock }
}

const fetchCents = async`,
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C5',
    rule: 'has not sent its *complete* answer after 1 second | `504`, at that moment',
    why: 'answers the late quote with a bare status, past the one place for all errors',
    edits: [
      edit(
        quoteAnswer,
        `try {
    ${quoteAnswer}
  } catch (err) {
    if (!(err instanceof HttpError) || err.status !== 504) throw err
    res.sendStatus(504)
  }`,
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C5',
    rule: '`200` with a JSON object whose `cents` is a whole number, also 0 | `200` and `{cents}`',
    why: 'takes a price of 0 for none',
    edits: [
      edit(
        '    return Quote.parse(await reply.json()).cents',
        "    const { cents } = Quote.parse(await reply.json())\n    if (!cents) throw new Error('no price')\n    return cents",
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C2',
    rule: 'a status that is none of the three, also in `?status=`',
    why: 'takes an empty ?status= for none',
    edits: [
      edit(
        'validate(ParcelFilter, req.query)',
        'validate(ParcelFilter, req.query.status ? req.query : {})',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    rule: 'text of 1 to 200 characters, kept as sent',
    why: 'lets a text of 200 characters out',
    edits: [edit('z.string().min(1).max(200)', 'z.string().min(1).max(199)')],
  },
  {
    id: 'W32',
    check: 'C2',
    rule: 'text of 1 to 200 characters, kept as sent',
    why: 'trims texts',
    edits: [edit('  to: z.string().min(1).max(200),', '  to: z.string().trim().min(1).max(200),')],
  },
  {
    id: 'W33',
    check: 'C2',
    rule: 'a whole number from 1 to 30000',
    why: 'lets the heaviest parcel out',
    edits: [edit('.max(30_000)', '.max(29_999)')],
  },
  {
    id: 'W34',
    check: 'C2',
    rule: '`to` or `weightG` is missing in a `POST`',
    why: 'gives a parcel without a weight one gram',
    edits: [
      edit(
        '  weightG: z.int().min(1).max(30_000),',
        '  weightG: z.int().min(1).max(30_000).default(1),',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C2',
    rule: '`null` is a value, and not a valid one',
    why: 'takes null in a PATCH for a field that was not sent',
    edits: [
      edit('validate(ParcelChanges, req.body)', 'validate(ParcelChanges, dropNulls(req.body))'),
      edit(
        'const app = express()\n',
        "const dropNulls = (body: unknown) =>\n  body !== null && typeof body === 'object' && !Array.isArray(body)\n    ? Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null))\n    : body\n\nconst app = express()\n",
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C1',
    rule: '`201`, the new parcel, and a `Location` header that leads to it, absolute or relative',
    why: 'sends no Location',
    edits: [
      edit(
        'res.status(201).location(`/parcels/${parcel.code}`).json(parcel)',
        'res.status(201).json(parcel)',
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C1',
    rule: '`200` or `204`, and the parcel is gone',
    why: 'marks a parcel as deleted, and still lists it',
    edits: [
      edit(
        '  parcels.delete(find(req.params.code).code)\n',
        '  gone.add(find(req.params.code).code)\n',
      ),
      edit(
        'const parcels = new Map<string, Parcel>()\n',
        'const parcels = new Map<string, Parcel>()\nconst gone = new Set<string>()\n',
      ),
      edit(
        '  const parcel = parcels.get(code)\n',
        '  const parcel = gone.has(code) ? undefined : parcels.get(code)\n',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C1',
    rule: 'You choose it, never the client, and it never changes.',
    why: 'lets a PATCH change the code',
    edits: [
      edit(
        'const changed = { ...parcel, ...validate(ParcelChanges, req.body) }\n',
        "const changed = { ...parcel, ...validate(ParcelChanges, req.body) }\n  if (typeof req.body?.code === 'string') changed.code = req.body.code\n",
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C1',
    rule: '`200` and an array of all parcels, in any order',
    why: 'lists ten parcels at most, as a page',
    edits: [
      edit(
        '  const all = [...parcels.values()]\n',
        '  const all = [...parcels.values()].slice(0, 10)\n',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C2',
    rule: '`200` and an array of the parcels with that status',
    why: 'looks whether the status is right, and then lists all',
    edits: [
      edit(
        'res.json(status === undefined ? all : all.filter((parcel) => parcel.status === status))',
        'res.json(status === undefined ? all : [...all])',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C5',
    rule: 'refuses the connection, or breaks it off | `502`',
    why: 'tries a refused connection again until the second is over, and says 504',
    edits: [
      edit(
        '    if (signal.aborted) throw',
        "    if (cause instanceof TypeError) {\n      await sleep(PRICING_TIMEOUT_MS)\n      throw new HttpError(504, 'the pricing service cannot be reached', { cause })\n    }\n    if (signal.aborted) throw",
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C8',
    rule: 'While quotes wait, all other requests are served as usual.',
    why: 'lets one request after the other in',
    edits: [
      edit(
        'app.use(express.json({ limit: MAX_BODY_BYTES }))\n',
        "let last: Promise<unknown> = Promise.resolve()\napp.use((_req, res, next) => {\n  const turn = last\n  last = new Promise((resolve) => res.on('close', resolve))\n  turn.then(() => next())\n})\napp.use(express.json({ limit: MAX_BODY_BYTES }))\n",
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C3',
    rule: 'When the request has one of 8 to 64 characters',
    why: 'repeats ids of 8 to 63 characters only',
    edits: [edit('/^[\\w-]{8,64}$/', '/^[\\w-]{8,63}$/')],
  },
  {
    id: 'W44',
    check: 'C4',
    rule: 'throws an `Error` right in the handler: `500`',
    why: 'answers /boom with 400, as if it were the fault of the client',
    edits: [edit("  throw new Error('boom')\n", "  throw new HttpError(400, 'boom')\n")],
  },
  {
    id: 'W45',
    check: 'C4',
    rule: 'awaits something short, then throws: `500`',
    why: 'catches what is thrown later, and says that all is well',
    edits: [
      edit(
        "  throw new Error('boom, a moment later')\n",
        "  try {\n    throw new Error('boom, a moment later')\n  } catch {}\n",
      ),
      edit(
        "app.get('/boom-async', async () => {",
        "app.get('/boom-async', async (_req, res) => {\n  res.status(204).end()",
      ),
    ],
  },
]
