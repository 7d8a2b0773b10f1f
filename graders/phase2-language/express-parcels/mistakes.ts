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

// biome-ignore lint/suspicious/noTemplateCurlyInString: source text
const fetchQuote = 'await fetch(`${PRICING_URL}/quote?weight=${weightG}`, { signal })'

const quoteAnswer = 'res.json({ cents: await fetchCents(weightG) })'

const startClock = 'const signal = AbortSignal.timeout(PRICING_TIMEOUT_MS)'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C4',
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
    why: 'the error handler stands before the routes and never sees their errors',
    edits: [edit(errorHandler, ''), edit(bodyParser, bodyParser + errorHandler)],
  },
  {
    id: 'W3',
    check: 'C4',
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
    why: 'waits for the pricing service as long as it likes',
    edits: [edit(startClock, 'const { signal } = new AbortController()')],
  },
  {
    id: 'W5',
    check: 'C1',
    why: 'PATCH replaces the whole parcel',
    edits: [
      edit(applyChanges, '{ code: parcel.code, ...validate(ParcelChanges, req.body) } as Parcel'),
    ],
  },
  {
    id: 'W6',
    check: 'C4',
    why: 'leaves unknown paths to Express, which answers with an HTML page',
    edits: [edit(notFound, '')],
  },
  {
    id: 'W7',
    check: 'C3',
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
    why: 'sets X-Request-Id after the body parser, so the 400 and the 413 have none',
    edits: [edit(requestIdMiddleware, ''), edit(bodyParser, bodyParser + requestIdMiddleware)],
  },
  {
    id: 'W9',
    check: 'C3',
    why: 'repeats whatever the client sends as X-Request-Id',
    edits: [edit(setRequestId, "res.set('X-Request-Id', sent || randomUUID())")],
  },
  {
    id: 'W10',
    check: 'C3',
    why: 'makes one X-Request-Id for all requests',
    edits: [
      edit(setRequestId, setRequestId.replace('randomUUID()', 'ownId')),
      edit('const app = express()', 'const ownId = randomUUID()\nconst app = express()'),
    ],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'makes the code from the number of parcels, so one comes again after a DELETE',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
    edits: [edit(newParcel, "{ code: `PP-${parcels.size + 1}`, to, weightG, status: 'new' }")],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'spreads the body over the new parcel, so that clients choose code and status',
    edits: [edit(newParcel, "{ code: randomUUID(), to, weightG, status: 'new', ...req.body }")],
  },
  {
    id: 'W13',
    check: 'C1',
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
    why: 'takes a weight that is text for a number',
    edits: [edit('weightG: z.int()', 'weightG: z.coerce.number().int()')],
  },
  {
    id: 'W16',
    check: 'C5',
    why: 'believes the price in an answer of 404 or 503, for fetch does not reject on those',
    edits: [edit('if (!reply.ok) {', 'if (reply.status === 500) {')],
  },
  {
    id: 'W17',
    check: 'C5',
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
    why: 'answers 502 also when the pricing service is only slow',
    edits: [edit('throw new HttpError(504,', 'throw new HttpError(502,')],
  },
  {
    id: 'W19',
    check: 'C5',
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
    why: 'sends any cents on, also text or nothing',
    edits: [edit('cents: z.int()', 'cents: z.any()')],
  },
  {
    id: 'W21',
    check: 'C6',
    why: 'sends the stack of a bug to the client',
    edits: [
      edit("new HttpError(500, 'internal server error')", 'new HttpError(500, String(err.stack))'),
    ],
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'leaves X-Powered-By on',
    edits: [edit("app.disable('x-powered-by')\n", '')],
  },
  {
    id: 'W23',
    check: 'C4',
    why: 'takes bodies of up to a megabyte',
    edits: [edit('const MAX_BODY_BYTES = 100 * 1024', 'const MAX_BODY_BYTES = 1024 * 1024')],
  },
  {
    id: 'W24',
    check: 'C7',
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
]
