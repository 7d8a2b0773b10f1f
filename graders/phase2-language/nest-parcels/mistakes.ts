// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const inMain = editing('src/main.ts')
const inModule = editing('src/app.module.ts')
const inController = editing('src/parcels.controller.ts')
const inService = editing('src/parcels.service.ts')
const inDto = editing('src/parcels.dto.ts')
const inPricing = editing('src/pricing.ts')

const SAME = 'As in express-parcels.'
const STRANGE = '`400`, and nothing is kept or changed.'
const TAKES = '`POST` takes `to` and `weightG`, `PATCH` takes `to`, `weightG` and `status`.'
const NAMED =
  'A JSON error with an array of texts in `message` or `errors`: at least one text for each of them, with its name, all in one answer.'
const LIMIT = 'At most 5 of the parcels, also together with `status`.'
const NO_LIMIT = 'Without `limit` all of them.'
const OTHER_LIMIT =
  'From 1 to 100, in digits alone; everything else is `400` or `422`: `0`, `101`, `5abc`, `1e1`, nothing.'
const EXPORT =
  '`200` and all parcels as NDJSON, a JSON object a line, with `Content-Type: application/x-ndjson`.'
const NO_LENGTH = 'It has no `Content-Length`, for it begins before its end is known.'
const FIXED = 'Each quote is `{"cents": 999}`, and the pricing service is never asked.'
const NOT_FIXED = 'The pricing service is asked, as ever.'
const RUNNING = 'They are still answered.'
const ENDS = 'Ends by itself with exit code 0 once they are answered.'

const PIPE = 'new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true })'
const HOOKS = "app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true })\n"
const LIMIT_RULES = '  @Digits()\n  @IsInt()\n  @Min(1)\n  @Max(100)\n  limit?: number\n'
const PROVIDER = "useClass: process.env.PRICING_MODE === 'fixed' ? FixedPricing : HttpPricing"
const IDS = `app.use((request: Request, response: Response, next: NextFunction) => {
  const sent = request.get('X-Request-Id') ?? ''
  response.set('X-Request-Id', /^[\\w-]{8,64}$/.test(sent) ? sent : randomUUID())
  next()
})
`
const PARSER = "app.useBodyParser('json', { limit: 100 * 1024 })\n"
const STREAM = `    return new StreamableFile(Readable.from(lines(), { objectMode: false }), {
      type: 'application/x-ndjson',
    })
`
const TEXT_RULE =
  "typeof value === 'string' && [...value].length >= min && [...value].length <= max"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'bodies meet no ValidationPipe',
    rule: STRANGE,
    edits: [inController(`const strict = [FlatPipe, ${PIPE}]`, 'const strict = [FlatPipe]')],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'whitelist alone drops the property in silence',
    rule: STRANGE,
    edits: [inController(PIPE, 'new ValidationPipe({ whitelist: true })')],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'the limit stays a text and is compared as one: "5" comes after "100"',
    rule: LIMIT,
    edits: [
      inDto(
        LIMIT_RULES,
        "  @ValidateBy({ name: 'limit', validator: { validate: (value) => value >= '1' && value <= '100' } })\n  limit?: number\n",
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'the controller makes its own pricing client',
    rule: FIXED,
    edits: [
      inController('await this.pricing.centsFor', 'await new HttpPricing().centsFor'),
      inController('import { Pricing }', 'import { HttpPricing, Pricing }'),
    ],
  },
  {
    id: 'W5',
    check: 'C6',
    why: 'no shutdown hooks: SIGTERM ends the process at once',
    rule: RUNNING,
    edits: [inMain(HOOKS, '')],
  },
  {
    id: 'W6',
    check: 'C1',
    why: 'a filter answers errors with a page',
    rule: SAME,
    edits: [
      inMain(
        PARSER,
        `${PARSER}app.useGlobalFilters({
  catch(error: { status?: number }, host: { switchToHttp(): { getResponse(): Response } }) {
    host.switchToHttp().getResponse().status(error.status ?? 500).send('<h1>Error</h1>')
  },
})
`,
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'Nest closes the server, and then ends the process by the signal',
    rule: ENDS,
    edits: [inMain("['SIGTERM'], { useProcessExit: true }", "['SIGTERM']")],
  },
  {
    id: 'W8',
    check: 'C3',
    why: 'reports the first field only',
    rule: NAMED,
    edits: [
      inController(
        PIPE,
        'new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, exceptionFactory: ([first]) => new BadRequestException(Object.values(first!.constraints!)) })',
      ),
      inController('import {\n  Body', 'import {\n  BadRequestException,\n  Body'),
    ],
  },
  {
    id: 'W9',
    check: 'C3',
    why: 'one text that holds all, and no array',
    rule: NAMED,
    edits: [
      inController(
        PIPE,
        "new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, exceptionFactory: (all) => new BadRequestException(all.flatMap((one) => Object.values(one.constraints ?? {})).join('; ')) })",
      ),
      inController('import {\n  Body', 'import {\n  BadRequestException,\n  Body'),
    ],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'says that a property is not known, but not which',
    rule: NAMED,
    edits: [
      inController(
        PIPE,
        "new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, exceptionFactory: (all) => new BadRequestException(all.flatMap((one) => one.constraints?.whitelistValidation ? ['a property is not known'] : Object.values(one.constraints ?? {}))) })",
      ),
      inController('import {\n  Body', 'import {\n  BadRequestException,\n  Body'),
    ],
  },
  {
    id: 'W11',
    check: 'C4',
    why: 'a limit beyond 100 is taken for 100',
    rule: OTHER_LIMIT,
    edits: [
      inDto('  @Max(100)\n', ''),
      inService('.take(limit)', '.take(Number.isFinite(limit) ? Math.min(limit, 100) : limit)'),
    ],
  },
  {
    id: 'W12',
    check: 'C4',
    why: 'a limit of 0 is allowed',
    rule: OTHER_LIMIT,
    edits: [inDto('  @Min(1)\n  @Max(100)\n', '  @Min(0)\n  @Max(100)\n')],
  },
  {
    id: 'W13',
    check: 'C4',
    why: 'reads the digits that a limit begins with',
    rule: OTHER_LIMIT,
    edits: [
      inDto(
        "typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value",
        "typeof value === 'string' ? Number.parseInt(value, 10) : value",
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C4',
    why: 'reads every number that JavaScript can',
    rule: OTHER_LIMIT,
    edits: [
      inDto(
        "typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value",
        'Number(value)',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C4',
    why: 'takes the limit first, and then looks at the status',
    rule: LIMIT,
    edits: [
      inService(
        '      .filter((parcel) => status === undefined || parcel.status === status)\n      .take(limit)\n',
        '      .take(limit)\n      .filter((parcel) => status === undefined || parcel.status === status)\n',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C4',
    why: 'a hundred parcels at most, also without a limit',
    rule: NO_LIMIT,
    edits: [inService('limit = Infinity', 'limit = 100')],
  },
  {
    id: 'W17',
    check: 'C5',
    why: 'asks the pricing service, and forgets what it said',
    rule: FIXED,
    edits: [
      inPricing(
        'export class FixedPricing extends Pricing {\n  async centsFor(): Promise<number> {\n',
        'export class FixedPricing extends Pricing {\n  async centsFor(): Promise<number> {\n    await fetch(`${process.env.PRICING_URL}/quote?weight=1`).catch(() => {})\n',
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'prices are fixed, whatever the setting says',
    rule: NOT_FIXED,
    edits: [inModule(PROVIDER, 'useClass: process.env.PRICING_MODE ? HttpPricing : FixedPricing')],
  },
  {
    id: 'W19',
    check: 'C7',
    why: 'exports one JSON array',
    rule: EXPORT,
    edits: [
      inController(
        'for (const parcel of parcels) yield `${JSON.stringify(parcel)}\\n`',
        'yield JSON.stringify([...parcels])',
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C7',
    why: 'calls NDJSON JSON',
    rule: EXPORT,
    edits: [inController("type: 'application/x-ndjson'", "type: 'application/json'")],
  },
  {
    id: 'W21',
    check: 'C7',
    why: 'makes the whole text first, and sends its length',
    rule: NO_LENGTH,
    edits: [
      inController(
        STREAM,
        "    return new StreamableFile(Buffer.from([...lines()].join('')), { type: 'application/x-ndjson' })\n",
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C7',
    why: ':code stands before export and takes it for a parcel',
    rule: EXPORT,
    edits: [
      inController(
        "  // Before :code, which would take it for a parcel.\n  @Get('export')\n",
        "  @Get(':code')\n  find(@Param('code') code: string): Parcel {\n    return this.parcels.find(code)\n  }\n\n  @Get('export')\n",
      ),
      inController(
        "    })\n  }\n\n  @Get(':code')\n  find(@Param('code') code: string): Parcel {\n    return this.parcels.find(code)\n  }\n",
        '    })\n  }\n',
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C7',
    why: 'exports a hundred parcels',
    rule: EXPORT,
    edits: [
      inController(
        'const parcels = this.parcels.all()',
        'const parcels = this.parcels.list(undefined, 100)',
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'null is taken for a field that was not sent',
    rule: SAME,
    edits: [
      inDto(
        'ValidateIf((_, value) => value !== undefined)',
        'ValidateIf((_, value) => value != null)',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'counts UTF-16 units, so an emoji is two characters',
    rule: SAME,
    edits: [
      inDto(TEXT_RULE, "typeof value === 'string' && value.length >= min && value.length <= max"),
    ],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'a weight in quotes is turned into a number',
    rule: SAME,
    edits: [
      inController(
        PIPE,
        'new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true, transformOptions: { enableImplicitConversion: true } })',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C1',
    why: 'ids are given after the body parser, which refuses some bodies before',
    rule: SAME,
    edits: [inMain(IDS, ''), inMain(PARSER, `${PARSER}${IDS}`)],
  },
  {
    id: 'W28',
    check: 'C1',
    why: 'says what it is made with',
    rule: SAME,
    edits: [inMain("app.disable('x-powered-by')\n", '')],
  },
  {
    id: 'W29',
    check: 'C1',
    why: 'takes bodies of a megabyte',
    rule: SAME,
    edits: [inMain('limit: 100 * 1024', "limit: '1mb'")],
  },
  {
    id: 'W30',
    check: 'C1',
    why: 'waits for the pricing service as long as it takes',
    rule: SAME,
    edits: [inPricing('AbortSignal.timeout(PATIENCE_MS)', 'new AbortController().signal')],
  },
  {
    id: 'W31',
    check: 'C1',
    why: 'one pipe for everything: a query parameter that nobody knows is refused',
    rule: SAME,
    edits: [
      inController(
        'new ValidationPipe({ transform: true, whitelist: true })',
        'new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true })',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C2',
    why: 'PATCH may bring what it likes',
    rule: TAKES,
    edits: [
      inController(
        '@Body(...strict) body: ParcelChanges',
        '@Body(FlatPipe, new ValidationPipe({ whitelist: true })) body: ParcelChanges',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C2',
    why: 'POST takes a status, and keeps to "new"',
    rule: TAKES,
    edits: [
      inDto(
        '  weightG!: number\n}\n',
        '  weightG!: number\n\n  @IfSent()\n  @IsIn(STATUSES)\n  status?: Status\n}\n',
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C6',
    why: 'ends with 0, but at once',
    rule: RUNNING,
    edits: [inMain(HOOKS, "process.once('SIGTERM', () => process.exit(0))\n")],
  },
  {
    id: 'W35',
    check: 'C8',
    why: 'copies arrays of any depth: the stack does not last',
    rule: SAME,
    edits: [inController(`const strict = [FlatPipe, ${PIPE}]`, `const strict = [${PIPE}]`)],
  },
  {
    id: 'W36',
    check: 'C8',
    why: 'answers after a second, and leaves its own request open',
    rule: SAME,
    edits: [
      inPricing(
        'const reply = await fetch(url, { signal })',
        "const reply = await Promise.race([fetch(url), new Promise<never>((_, fail) => signal.addEventListener('abort', fail))])",
      ),
    ],
  },
]
