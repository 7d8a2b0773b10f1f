// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const inServer = editing('src/server.ts')
const inModel = editing('src/models/parcels.ts')
const inViews = editing('src/views/parcels.ts')
const inController = editing('src/controllers/parcels.ts')

const SAME =
  'Each request is answered as by the old server: status, `Location`, `Content-Type` and HTML.'
const CREATE =
  'Takes three texts as they were typed, trims the first two, keeps the parcel and resolves to it.'
const INVALID = "Rejects with an `Error` whose `name` is `'Invalid'`."
const ERRORS =
  'Its `errors` has a text for each field that is wrong, and no other, in the words of the old form.'
const FIND =
  "If there is none, rejects with an `Error` named `'NotFound'`, whose message is that of the old page."
const LIST =
  "Resolves to the parcels that are `'waiting'`, `'delivered'`, or all for `undefined`; the newest first."
const DELIVER = 'Marks the parcel as delivered and resolves to it.'
const CONFLICT =
  "Rejects as `find` does, or, if it is delivered already, with an `Error` named `'Conflict'`, whose message is that of the old page."
const PARCEL =
  '`{ id, recipient, city, weightG, delivered }`: two numbers, two texts, and a boolean.'
const FORM_VIEW =
  'The page of the form, with the values that were typed and the errors; either may lack fields.'
const MESSAGE_VIEW = 'The page of every error: the title, and the message in a paragraph.'
const PURE = 'Return the whole page as a text, at once, and the same for the same data.'
const CHANGES_NOTHING = 'They change nothing that they get.'
const ESCAPING = 'Each text is escaped, wherever it stands: titles and messages, too.'
const INDEX =
  'Asks `model.list` for `query.status`, if that is one of the two, and else for `undefined`.'
const HANDS =
  "Hands the three fields of the body as they are to `model.create`; what is missing is `''`."
const SHOW = 'Asks `model.find` for the number in `params.id`.'
const ASKS_DELIVER = 'Asks `model.deliver` for the number in `params.id`.'
const BY_NAME =
  'Known by their `name` alone: `Invalid` gives `422` and the form with the values and the `errors`, `NotFound` gives `404`, and `Conflict` `409`, with a page of their message.'
const OTHER = 'The handler rejects with it.'
const ANY_MODEL = 'A controller asks the model it was given, each time, and no other.'
const NO_DATABASE = 'Nothing in it knows of a database.'
const REPLIES = 'Status, location and page are those of the old server.'
const MODEL_SEAM =
  'Imports nothing of `views`, `controllers` and `server.ts`, and neither `node:http`, `node:https` nor a framework such as `express`.'
const VIEW_SEAM =
  'Imports nothing of `models`, `controllers` and `server.ts`, and neither `pg`, `node:fs`, `node:net` nor `node:http`.'
const CONTROLLER_SEAM = 'Imports neither `pg`, `node:net` nor `server.ts`.'
const BY_WAY = 'What a file imports by way of other files of yours counts as its own import.'
const FAILS = "The request gets the old server's page with `500`, and the server goes on."
const WAY =
  'The five routes below are answered by the handlers of `parcelsController` from `src/controllers/parcels.ts`, with a model on your database.'
const GIVEN_DB = 'Use `db.query` and nothing else of `db`, and no other database.'
const ONCE =
  'Of two calls for the same parcel at the same time, one resolves and the other rejects.'
const PAGES = 'They come from `src/views/`.'
const NOTHING_SHARED =
  'Controllers and requests share nothing: a reply never depends on another request.'
const CIRCLE = 'No file imports itself by way of others.'

const SHOW_BODY = `      const parcel = await model.find(Number(params.id))
`
const VIEW_TYPES = "import type { NewParcel, Parcel, Status } from '../models/parcels.ts'\n"
const OWN_PAGES = `
const esc = (text: string) => text.replace(/[&<>"']/g, (one) => \`&#\${one.charCodeAt(0)};\`)
  .replaceAll('&#38;', '&amp;').replaceAll('&#60;', '&lt;').replaceAll('&#62;', '&gt;').replaceAll('&#34;', '&quot;')
const page = (title: string, body: string) =>
  \`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>\${esc(title)}</title></head><body><h1>\${esc(title)}</h1>\${body}</body></html>\`
const messagePage = ({ title, message }: Record<'title' | 'message', string>) => page(title, \`<p>\${esc(message)}</p>\`)
const parcelPage = ({ parcel: { id, recipient, city, weightG, delivered } }: { parcel: Parcel }) =>
  page(\`Parcel \${id}\`, \`<p>To \${esc(recipient)} in \${esc(city)}, \${weightG} g</p>\${delivered ? '<p>Delivered.</p>' : \`<form method="post" action="/parcels/\${id}/deliver"><button>Deliver</button></form>\`}\`)
const listPage = ({ parcels, status }: { parcels: Parcel[]; status: Status }) =>
  page(
    \`\${status === 'waiting' ? 'Waiting' : status ? 'Delivered' : 'All'} parcels\`,
    parcels.length === 0
      ? '<p>No parcels.</p>'
      : \`<ul>\${parcels.map((one) => \`<li><a href="/parcels/\${one.id}">\${esc(one.recipient)}, \${esc(one.city)}</a>\${one.delivered ? ' (delivered)' : ''}</li>\`).join('')}</ul>\`,
  )
const formPage = ({ values, errors }: { values: Partial<NewParcel>; errors: Partial<NewParcel> }) =>
  page(
    'New parcel',
    \`<form method="post" action="/parcels">\${(['recipient', 'city', 'weight'] as const).map((name) => \`<p><label>\${name} <input name="\${name}" value="\${esc(values[name] ?? '')}"></label>\${errors[name] ? \` <strong>\${esc(errors[name])}</strong>\` : ''}</p>\`).join('')}<button>Save</button></form>\`,
  )
`
const POOL =
  "import pg from 'pg'\n\nconst db = new pg.Pool({ connectionString: process.env.DATABASE_URL })\n"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C6',
    why: 'a fat controller: it looks the parcel up by SQL of its own before it asks the model',
    rule: NO_DATABASE,
    edits: [
      inController(
        SHOW_BODY,
        `      await db.query('select * from parcels where id = $1', [Number(params.id)])\n${SHOW_BODY}`,
      ),
      inController(
        "import type { NewParcel, Parcel, Status } from '../models/parcels.ts'\n",
        `${POOL}import type { NewParcel, Parcel, Status } from '../models/parcels.ts'\n`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'create takes a request: it looks for the fields in its body',
    rule: CREATE,
    edits: [
      inModel(
        'export async function create(db: Db, values: NewParcel): Promise<Parcel> {\n',
        'export async function create(db: Db, request: any): Promise<Parcel> {\n  const values: NewParcel = { recipient: "", city: "", weight: "", ...request.body }\n',
      ),
      inServer(
        'create: (values) => parcels.create(db, values)',
        'create: (values) => parcels.create(db, { body: values })',
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C3',
    why: 'the view can load a parcel by itself, when it is shown',
    rule: VIEW_SEAM,
    edits: [
      inViews(
        VIEW_TYPES,
        `${VIEW_TYPES}import { find } from '../models/parcels.ts'\n\nvoid find\n`,
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'words.ts takes its escaping from parcels.ts, which takes its words from words.ts',
    rule: CIRCLE,
    edits: [
      inViews(VIEW_TYPES, `${VIEW_TYPES}import { none } from './words.ts'\n`),
      inViews("'<p>No parcels.</p>'", 'none()'),
      inViews('function escaped(', 'export function escaped('),
    ],
    files: {
      'src/views/words.ts':
        "import { escaped } from './parcels.ts'\n\nexport const none = () => `<p>${escaped('No parcels.')}</p>`\n",
    },
  },
  {
    id: 'W5',
    check: 'C1',
    why: 'the city lost its escaping in the move',
    rule: SAME,
    edits: [inViews('${escaped(recipient)}, ${escaped(city)}`', '${escaped(recipient)}, ${city}`')],
  },
  {
    id: 'W6',
    check: 'C3',
    why: 'one index.ts exports everything, and the views import from it',
    rule: BY_WAY,
    edits: [
      inViews(VIEW_TYPES, `${VIEW_TYPES}import { LANGUAGE } from '../index.ts'\n`),
      inViews('<html lang="en">', '<html lang="${LANGUAGE}">'),
    ],
    files: {
      'src/index.ts': "export * from './models/parcels.ts'\nexport const LANGUAGE = 'en'\n",
    },
  },
  {
    id: 'W7',
    check: 'C2',
    why: 'the same index.ts for the model, which loads the views with it',
    rule: MODEL_SEAM,
    edits: [
      inModel('const CONDITIONS', "import { MOST } from '../index.ts'\n\nconst CONDITIONS"),
      inModel('grams > 30_000', 'grams > MOST'),
    ],
    files: {
      'src/index.ts': "export * from './views/parcels.ts'\nexport const MOST = 30_000\n",
    },
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'the model makes an answer of node:http',
    rule: MODEL_SEAM,
    edits: [
      inModel(
        'export class NotFound extends Error {\n',
        "import { STATUS_CODES } from 'node:http'\nexport class NotFound extends Error {\n  status = STATUS_CODES[404]\n",
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C3',
    why: 'titles are not escaped, for the old ones were fixed',
    rule: ESCAPING,
    edits: [inViews('const text = escaped(title)', 'const text = title')],
  },
  {
    id: 'W10',
    check: 'C3',
    why: 'messages are not escaped',
    rule: ESCAPING,
    edits: [inViews('`<p>${escaped(message)}</p>`', '`<p>${message}</p>`')],
  },
  {
    id: 'W11',
    check: 'C3',
    why: 'apostrophes are not escaped',
    rule: ESCAPING,
    edits: [inViews('/[&<>"\']/g', '/[&<>"]/g')],
  },
  {
    id: 'W12',
    check: 'C3',
    why: 'escapes twice',
    rule: ESCAPING,
    edits: [inViews('`<p>${escaped(message)}</p>`', '`<p>${escaped(escaped(message))}</p>`')],
  },
  {
    id: 'W13',
    check: 'C3',
    why: 'a value that is missing is shown as undefined',
    rule: FORM_VIEW,
    edits: [inViews("escaped(values[name] ?? '')", 'escaped(String(values[name]))')],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'the form shows no values once there are errors',
    rule: FORM_VIEW,
    edits: [
      inViews("escaped(values[name] ?? '')", "escaped(errors[name] ? '' : (values[name] ?? ''))"),
    ],
  },
  {
    id: 'W15',
    check: 'C3',
    why: 'the view sorts the parcels that it was given, in place',
    rule: CHANGES_NOTHING,
    edits: [
      inViews(
        'const items = parcels.map(',
        'const items = parcels.sort((a, b) => a.id - b.id).map(',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C3',
    why: 'counts how often a page was shown',
    rule: PURE,
    edits: [
      inViews(
        '  return page(title, `<p>',
        '  shown += 1\n  return page(shown > 1 ? `${title} ` + shown : title, `<p>',
      ),
      inViews('/** Returns a page that says', 'let shown = 0\n\n/** Returns a page that says'),
    ],
  },
  {
    id: 'W17',
    check: 'C3',
    why: 'a view that is async gives a promise',
    rule: PURE,
    edits: [
      inViews(
        'export function messagePage({ title, message }: { title: string; message: string }): string {\n  return page',
        'export function messagePage({ title, message }: { title: string; message: string }): any {\n  return Promise.resolve(page',
      ),
      inViews('`<p>${escaped(message)}</p>`)', '`<p>${escaped(message)}</p>`))'),
      inController(
        "return { status: 404, html: messagePage({ title: 'Not found', message }) }",
        "return { status: 404, html: await messagePage({ title: 'Not found', message }) }",
      ),
      inController(
        "return { status: 409, html: messagePage({ title: 'Conflict', message }) }",
        "return { status: 409, html: await messagePage({ title: 'Conflict', message }) }",
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'the message has no paragraph any more',
    rule: MESSAGE_VIEW,
    edits: [inViews('`<p>${escaped(message)}</p>`', 'escaped(message)')],
  },
  {
    id: 'W19',
    check: 'C2',
    why: 'the model does not trim: the controller did, and it does not do so any more',
    rule: CREATE,
    edits: [
      inModel(
        'const [recipient, city] = [values.recipient.trim(), values.city.trim()]',
        'const { recipient, city } = values',
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C2',
    why: 'stops at the first field that is wrong',
    rule: ERRORS,
    edits: [inModel("if (city === '') errors", "if (recipient !== '' && city === '') errors")],
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'has an empty text for each field that is right',
    rule: ERRORS,
    edits: [
      inModel(
        'throw new Invalid(errors)',
        "throw new Invalid({ recipient: '', city: '', weight: '', ...errors })",
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C2',
    why: 'the error of a field is called ValidationError',
    rule: INVALID,
    edits: [
      inModel("override name = 'Invalid'", "override name = 'ValidationError'"),
      inController("error.name !== 'Invalid'", "error.name !== 'ValidationError'"),
    ],
  },
  {
    id: 'W23',
    check: 'C2',
    why: 'keeps the parcel, and then looks whether it is valid',
    rule: 'Nothing is kept.',
    edits: [
      inModel('  if (Object.keys(errors).length > 0) throw new Invalid(errors)\n', ''),
      inModel(
        '    [recipient, city, grams],\n  )\n',
        '    [recipient, city, grams],\n  )\n  if (Object.keys(errors).length > 0) throw new Invalid(errors)\n',
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C2',
    why: 'find gives undefined where there is none, and the controller looks at that',
    rule: FIND,
    edits: [
      inModel(
        '  if (rows.length === 0) throw new NotFound(`There is no parcel ${id}.`)\n',
        '  if (rows.length === 0) return undefined as unknown as Parcel\n',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C2',
    why: 'the message is one for developers',
    rule: FIND,
    edits: [inModel('`There is no parcel ${id}.`', '`parcels: no row with id ${id}`')],
  },
  {
    id: 'W26',
    check: 'C2',
    why: 'the oldest first',
    rule: LIST,
    edits: [inModel('order by id desc', 'order by id')],
  },
  {
    id: 'W27',
    check: 'C2',
    why: 'waiting and delivered the wrong way round',
    rule: LIST,
    edits: [
      inModel("waiting: 'where delivered_at is null'", "waiting: 'where delivered_at is not null'"),
    ],
  },
  {
    id: 'W28',
    check: 'C2',
    why: 'delivers again what is delivered',
    rule: CONFLICT,
    edits: [
      inModel('where id = $1 and delivered_at is null returning *', 'where id = $1 returning *'),
    ],
  },
  {
    id: 'W29',
    check: 'C2',
    why: 'a parcel that does not exist is in conflict',
    rule: CONFLICT,
    edits: [inModel('  await find(db, id)\n', '')],
  },
  {
    id: 'W30',
    check: 'C2',
    why: 'deliver gives the parcel as it was before',
    rule: DELIVER,
    edits: [
      inModel(
        '  if (rows.length > 0) return parcelOf(rows[0])\n',
        '  if (rows.length > 0) return { ...parcelOf(rows[0]), delivered: false }\n',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    why: 'gives the rows of the table: weight_g and delivered_at',
    rule: PARCEL,
    edits: [
      inModel(
        '  return { id, recipient, city, weightG, delivered: delivered_at !== null }',
        '  return { id, recipient, city, weightG, delivered: delivered_at }',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C4',
    why: 'asks the model for whatever stands in the query',
    rule: INDEX,
    edits: [
      inController(
        "asked === 'waiting' || asked === 'delivered' ? asked : undefined",
        '(asked as Status) || undefined',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C4',
    why: 'trims in the controller as well: the form shows other values than those that were typed',
    rule: HANDS,
    edits: [
      inController(
        'const values = { recipient, city, weight }',
        'const values = { recipient: recipient.trim(), city: city.trim(), weight }',
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C4',
    why: 'a field that is missing is undefined',
    rule: HANDS,
    edits: [
      inController("recipient = '', city = '', weight = ''", "recipient = '', city = '', weight"),
      inController(
        'const values = { recipient, city, weight }',
        'const values = { recipient, city, weight: weight as string }',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C4',
    why: 'hands the id on as a text',
    rule: SHOW,
    edits: [inController('model.find(Number(params.id))', 'model.find(params.id as never)')],
  },
  {
    id: 'W36',
    check: 'C4',
    why: 'asks for the parcel before it delivers it',
    rule: ASKS_DELIVER,
    edits: [
      inController(
        'const { id } = await model.deliver(',
        'await model.find(Number(params.id))\n      const { id } = await model.deliver(',
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C4',
    why: "knows errors by the model's classes: another model's are nothing to it",
    rule: BY_NAME,
    edits: [
      inController("if (name === 'NotFound')", 'if (error instanceof NotFound)'),
      inController(
        'import { formPage',
        "import { NotFound } from '../models/parcels.ts'\nimport { formPage",
      ),
      inController('const { name, message } = error', 'const { name, message } = error as Error'),
    ],
  },
  {
    id: 'W38',
    check: 'C4',
    why: 'a conflict is a 400',
    rule: BY_NAME,
    edits: [inController('status: 409', 'status: 400')],
  },
  {
    id: 'W39',
    check: 'C4',
    why: 'makes 404 of every error',
    rule: OTHER,
    edits: [inController("if (name === 'NotFound')", "if (name !== 'Conflict')")],
  },
  {
    id: 'W40',
    check: 'C4',
    why: 'takes every error of create for a wrong field',
    rule: OTHER,
    edits: [
      inController(
        "if (!(error instanceof Error) || error.name !== 'Invalid') throw error",
        'if (!(error instanceof Error)) throw error',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C4',
    why: 'keeps the first model for all controllers',
    rule: ANY_MODEL,
    edits: [
      inController(
        'export function parcelsController(model: Model): Controller {\n',
        'let first: Model | undefined\nexport function parcelsController(given: Model): Controller {\n  first ??= given\n  const model = first\n',
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C4',
    why: 'redirects with 302',
    rule: REPLIES,
    edits: [
      inController(
        'const { id } = await model.deliver(Number(params.id))\n      return { status: 303',
        'const { id } = await model.deliver(Number(params.id))\n      return { status: 302',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C4',
    why: 'each list has the title of the whole list',
    rule: REPLIES,
    edits: [
      inController(
        'html: listPage({ parcels: await model.list(status), status })',
        'html: listPage({ parcels: await model.list(status), status: undefined })',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C5',
    why: 'the controller brings pg, and does not use it',
    rule: CONTROLLER_SEAM,
    edits: [inController('import { formPage', "import 'pg'\nimport { formPage")],
  },
  {
    id: 'W45',
    check: 'C5',
    why: 'a view that reads its frame from a file',
    rule: VIEW_SEAM,
    edits: [
      inViews(VIEW_TYPES, `${VIEW_TYPES}import { existsSync } from 'node:fs'\n\nvoid existsSync\n`),
    ],
  },
  {
    id: 'W46',
    check: 'C1',
    why: 'ids with a zero in front lead to parcels',
    rule: SAME,
    edits: [
      inServer(
        "['GET', /^\\/parcels\\/(?<id>[1-9][0-9]{0,8})$/, 'show']",
        "['GET', /^\\/parcels\\/(?<id>[0-9]{1,9})$/, 'show']",
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C1',
    why: '/ is not found',
    rule: SAME,
    edits: [
      inServer(
        "  if (request.method === 'GET' && url.pathname === '/') return { status: 302, location: '/parcels' }\n",
        '',
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C1',
    why: 'the charset was lost in the move',
    rule: SAME,
    edits: [inServer("'text/html; charset=utf-8'", "'text/html'")],
  },
  {
    id: 'W49',
    check: 'C1',
    why: 'of a parameter that stands twice, the last one counts',
    rule: SAME,
    edits: [
      inServer('Object.fromEntries([...fields].toReversed())', 'Object.fromEntries([...fields])'),
    ],
  },
  {
    id: 'W50',
    check: 'C4',
    why: 'form asks the model for all parcels',
    rule: 'Gives the empty form.',
    edits: [
      inController(
        '    async form() {\n',
        '    async form() {\n      await model.list(undefined)\n',
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C3',
    why: 'the button stands there for delivered parcels as well',
    rule: 'The page of one parcel.',
    edits: [
      inViews(
        "(delivered ? '<p>Delivered.</p>' : form)",
        "(delivered ? '<p>Delivered.</p>' : '') + form",
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C3',
    why: 'an empty list in place of the sentence',
    rule: 'The page of `GET /parcels`.',
    edits: [
      inViews("items.length === 0 ? '<p>No parcels.</p>' : `<ul>", "items.length < 0 ? '' : `<ul>"),
    ],
  },
  {
    id: 'W53',
    check: 'C2',
    why: 'find takes the id from the end of the list',
    rule: 'Resolves to the parcel.',
    edits: [
      inModel(
        "'select * from parcels where id = $1', [id]",
        "'select * from parcels where id >= $1 order by id desc', [id]",
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C1',
    why: 'nobody catches what a handler rejects with: the process ends',
    rule: FAILS,
    edits: [
      inServer(
        "  try {\n    answer = await reply(request)\n  } catch (error) {\n    console.error(error)\n    const html = messagePage({ title: 'Error', message: 'Something went wrong.' })\n    answer = { status: 500, html }\n  }\n",
        '  answer = await reply(request)\n',
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C1',
    why: 'shows what the database said, in place of the page',
    rule: FAILS,
    edits: [inServer("message: 'Something went wrong.'", 'message: String(error)')],
  },
  {
    id: 'W56',
    check: 'C1',
    why: 'the list stays in server.ts, with its SQL; the handler for it is never asked',
    rule: WAY,
    edits: [
      inServer(
        '  for (const [method, path, handler] of ROUTES) {\n',
        "  if (request.method === 'GET' && url.pathname === '/parcels') {\n    const asked = url.searchParams.get('status')\n    const status = asked === 'waiting' || asked === 'delivered' ? asked : undefined\n    const { rows } = await db.query('select *, weight_g as \"weightG\", delivered_at is not null as delivered from parcels order by id desc')\n    const shown = rows.filter((one) => !status || one.delivered === (status === 'delivered'))\n    return { status: 200, html: listPage({ parcels: shown, status }) }\n  }\n  for (const [method, path, handler] of ROUTES) {\n",
      ),
      inServer('import { messagePage }', 'import { listPage, messagePage }'),
    ],
  },
  {
    id: 'W57',
    check: 'C2',
    why: 'the model has a pool of its own and never looks at the one it is given',
    rule: GIVEN_DB,
    edits: [
      inModel(
        'const CONDITIONS',
        "import pg from 'pg'\nconst own = new pg.Pool({ connectionString: process.env.DATABASE_URL })\nconst CONDITIONS",
      ),
      inModel(
        'const { rows } = await db.query(`select * from parcels ${condition}',
        'const { rows } = await own.query(`select * from parcels ${condition}',
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C2',
    why: 'takes a client of the pool for a transaction',
    rule: GIVEN_DB,
    edits: [
      inModel(
        "  const { rows } = await db.query(\n    'insert into parcels (recipient, city, weight_g) values ($1, $2, $3) returning *',\n    [recipient, city, grams],\n  )\n",
        "  const client = await (db as any).connect()\n  const { rows } = await client.query(\n    'insert into parcels (recipient, city, weight_g) values ($1, $2, $3) returning *',\n    [recipient, city, grams],\n  )\n  client.release()\n",
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C2',
    why: 'looks whether the parcel waits, and then marks it, whatever has happened in between',
    rule: ONCE,
    edits: [
      inModel(
        "  const { rows } = await db.query(\n    'update parcels set delivered_at = now() where id = $1 and delivered_at is null returning *',\n    [id],\n  )\n  if (rows.length > 0) return parcelOf(rows[0])\n  await find(db, id)\n  throw new Conflict(`Parcel ${id} is delivered already.`)\n",
        "  const { delivered } = await find(db, id)\n  if (delivered) throw new Conflict(`Parcel ${id} is delivered already.`)\n  await db.query('update parcels set delivered_at = now() where id = $1', [id])\n  return find(db, id)\n",
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C5',
    why: 'the controller has the pages in its own file; those in views are never shown',
    rule: PAGES,
    edits: [
      inController(
        "import { formPage, listPage, messagePage, parcelPage } from '../views/parcels.ts'\n",
        OWN_PAGES,
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C4',
    why: 'the model is kept in the module: the last one given is the one for all',
    rule: ANY_MODEL,
    edits: [
      inController(
        'export function parcelsController(model: Model): Controller {\n',
        'let model: Model\nexport function parcelsController(given: Model): Controller {\n  model = given\n',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C4',
    why: 'what was typed is kept in the module until the model has answered: another request changes it',
    rule: NOTHING_SHARED,
    edits: [
      inController(
        '      const values = { recipient, city, weight }\n',
        '      typed = { recipient, city, weight }\n',
      ),
      inController('model.create(values)', 'model.create(typed)'),
      inController('formPage({ values, errors })', 'formPage({ values: typed, errors })'),
      inController(
        '/** Returns the handlers',
        "let typed: NewParcel = { recipient: '', city: '', weight: '' }\n\n/** Returns the handlers",
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C1',
    why: 'answers 405 to other methods, as the house rules of JSON APIs have it',
    rule: SAME,
    edits: [
      inServer(
        '    if (!match || method !== request.method) continue\n',
        "    if (!match) continue\n    if (method !== request.method && !(path.source.endsWith('parcels$') && request.method === 'POST')) {\n      return { status: 405, html: messagePage({ title: 'Error', message: 'Something went wrong.' }) }\n    }\n    if (method !== request.method) continue\n",
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C1',
    why: 'of a field that was sent twice, the last one counts',
    rule: SAME,
    edits: [
      inServer(
        'body: firstOfEach(new URLSearchParams(text))',
        'body: Object.fromEntries(new URLSearchParams(text))',
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C1',
    why: 'paths in capitals lead to the list as well',
    rule: SAME,
    edits: [inServer("['GET', /^\\/parcels$/, 'index']", "['GET', /^\\/parcels$/i, 'index']")],
  },
  {
    id: 'W66',
    check: 'C1',
    why: 'a slash at the end leads to the list as well',
    rule: SAME,
    edits: [inServer("['GET', /^\\/parcels$/, 'index']", "['GET', /^\\/parcels\\/?$/, 'index']")],
  },
  {
    id: 'W67',
    check: 'C1',
    why: 'ids of more than six digits have no page of their own any more',
    rule: SAME,
    edits: [
      inServer(
        "['GET', /^\\/parcels\\/(?<id>[1-9][0-9]{0,8})$/, 'show']",
        "['GET', /^\\/parcels\\/(?<id>[1-9][0-9]{0,5})$/, 'show']",
      ),
    ],
  },
  {
    id: 'W68',
    check: 'C4',
    why: 'hands the whole body on, whatever stands in it',
    rule: HANDS,
    edits: [
      inController(
        'const values = { recipient, city, weight }',
        'const values = { ...body, recipient, city, weight }',
      ),
    ],
  },
  {
    id: 'W69',
    check: 'C4',
    why: 'knows errors by their class, if only by its name',
    rule: BY_NAME,
    edits: [
      inController(
        'const { name, message } = error',
        'const { message } = error\n      const { name } = error.constructor',
      ),
    ],
  },
  {
    id: 'W70',
    check: 'C4',
    why: 'knows the missing parcel by the words of the message',
    rule: BY_NAME,
    edits: [inController("if (name === 'NotFound')", "if (message.startsWith('There is no'))")],
  },
  {
    id: 'W71',
    check: 'C2',
    why: 'escapes the texts before it keeps them',
    rule: CREATE,
    edits: [
      inModel(
        'const [recipient, city] = [values.recipient.trim(), values.city.trim()]',
        "const [recipient, city] = [values.recipient, values.city].map((text) => text.trim().replaceAll('<', '&lt;')) as [string, string]",
      ),
    ],
  },
  {
    id: 'W72',
    check: 'C2',
    why: 'create resolves to the id alone',
    rule: CREATE,
    edits: [
      inModel(
        '    [recipient, city, grams],\n  )\n  return parcelOf(rows[0])\n',
        '    [recipient, city, grams],\n  )\n  return { id: rows[0].id } as Parcel\n',
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C3',
    why: 'the page of a parcel still reads a row of the table',
    rule: 'The page of one parcel.',
    edits: [
      inViews(
        'const { id, recipient, city, weightG, delivered } = parcel\n',
        'const { id, recipient, city, weightG, delivered_at: delivered } = parcel as Parcel & { delivered_at?: Date }\n',
      ),
    ],
  },
  {
    id: 'W74',
    check: 'C2',
    why: 'the weight is trimmed as well',
    rule: CREATE,
    edits: [inModel('/^[0-9]+$/.test(values.weight) ?', '/^[0-9]+$/.test(values.weight.trim()) ?')],
  },
]
