// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

const PUSH = '$push: { events: { $each: [event], $sort: { at: 1 }, $slice: -NEWEST } },'
const GUARD = "{ _id: code, 'events.eventId': { $ne: event.eventId } }"
const TRIES = '  return (await succeeds(addOnce)) || (await succeeds(addOnce))\n'
const INDEX =
  "await timelines.createIndex({ 'events.depot': 1, 'events.kind': 1, 'events.at': 1 })\n"
const SEARCH_CHECK = 'await search(Search.parse(request.query))'

const TEXTS =
  '`code`, `eventId`, `kind`, `depot` | any text of 1 to 100 characters; `$ne`, `$$ROOT` and `Łódź 2.0` are texts like any other'
const CALENDAR = '`2026-02-30` in any of them | is refused: the calendar has no such day'
const LIMIT = '`limit` | 1 to 100; 20 where it is left out'
const NEW =
  'an `eventId` that is new to this parcel | `201`; the event is in the timeline from now on, on both copies'
const KNOWN =
  'one that this parcel has already | `200`; nothing changes, whatever else a valid body says'
const NEWEST_FIRST = '`events` | the newest 100 by `at`, oldest first, in whatever order they came'
const ENTRIES = 'Each day with an event has one entry, the first day first.'
const SEARCH = '`search` finds events with that kind **and** that depot, both in one event.'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'reads the document, changes it in the program, and writes it back',
    rule: 'several `POST`s at once, to whichever copies | no event is lost, and `total` is exact',
    edits: [
      edit(
        TRIES,
        `  const known = await timelines.findOne({ _id: code })
  if (known?.events.some(({ eventId }) => eventId === event.eventId)) return false
  const events = [...(known?.events ?? []), event].sort((a, b) => Number(a.at) - Number(b.at))
  const next = { events: events.slice(-NEWEST), total: (known?.total ?? 0) + 1 }
  await timelines.replaceOne({ _id: code }, next, { upsert: true })
  return true || addOnce
`,
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'does not look whether the event is there already',
    rule: 'one that this parcel has already | `200`; nothing changes, whatever else a valid body says',
    edits: [edit(GUARD, '{ _id: code }')],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'stores `at` as the text that came, and takes the day from its first ten characters',
    rule: 'A day is a day in UTC, whatever `TZ` says and in whatever offset an event came.',
    edits: [
      edit(
        'z.iso.datetime({ offset: true }).transform((text) => new Date(text))',
        'z.iso.datetime({ offset: true }) as unknown as z.ZodType<Date>',
      ),
      edit(
        "{ $dateToString: { date: '$events.at', format: '%Y-%m-%d' } }",
        "{ $substrCP: ['$events.at', 0, 10] }",
      ),
      edit(
        '  const at = { $gte: from, $lt: to }\n',
        '  const at = { $gte: from.toISOString(), $lt: to.toISOString() } as object\n',
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'the list grows for ever; only the answer is cut',
    rule: 'a list or an object in a document | has at most 100 entries, at whatever depth',
    edits: [
      edit(PUSH, '$push: { events: { $each: [event], $sort: { at: 1 } } },'),
      edit(
        'response.json({ code, events, total })',
        'response.json({ code, events: events.slice(-NEWEST), total })',
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'the query string goes to the database as it is, with a parser that makes objects',
    rule: '`kind[$ne]=x` and the like | never an operator',
    edits: [
      edit(
        "app.disable('x-powered-by')\n",
        "app.disable('x-powered-by')\napp.set('query parser', 'extended')\n",
      ),
      edit(
        SEARCH_CHECK,
        `await search({
    ...Search.parse({ ...request.query, kind: 'a', depot: 'a' }),
    ...({ kind: request.query.kind, depot: request.query.depot } as { kind: string; depot: string }),
  })`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'fetches all events and counts them in JavaScript',
    rule: '`daily` | gets at most twice as many documents from MongoDB as there are days from `from` to `to`',
    edits: [
      edit(
        `      {
        $group: {
          _id: { $dateToString: { date: '$events.at', format: '%Y-%m-%d' } },
          events: { $sum: 1 },
          codes: { $addToSet: '$_id' },
        },
      },
      { $project: { _id: 0, day: '$_id', events: 1, parcels: { $size: '$codes' } } },
      { $sort: { day: 1 } },
    ])
    .toArray()
`,
        `    ])
    .toArray()
    .then((found) => {
      const days = Object.groupBy(found, ({ events }) => events.at.toISOString().slice(0, 10))
      return Object.keys(days).sort().map((day) => ({
        day,
        events: days[day]!.length,
        parcels: new Set(days[day]!.map(({ _id }) => _id)).size,
      }))
    })
`,
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'makes no index: each search reads all timelines',
    rule: '`GET /search` | examines at most 50 documents, too',
    edits: [edit(INDEX, '')],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'looks first whether the event is there, and adds it then',
    rule: '… with the same `eventId` | one sender gets `201`, all others `200`, and the event is there once',
    edits: [
      edit(GUARD, '{ _id: code }'),
      edit(
        TRIES,
        `  if (await timelines.findOne({ _id: code, 'events.eventId': event.eventId })) return false
${TRIES}`,
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C6',
    why: 'fetches all timelines, and looks for the parcel in JavaScript',
    rule: '`GET /parcels/{code}` | examines at most 50 documents',
    edits: [
      edit(
        'await timelines.findOne({ _id: request.params.code })',
        '(await timelines.find().toArray()).find(({ _id }) => _id === request.params.code)',
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'keeps the events in the order they came in',
    rule: '`events` | the newest 100 by `at`, oldest first, in whatever order they came',
    edits: [edit('$each: [event], $sort: { at: 1 }, $slice', '$each: [event], $slice')],
  },
  {
    id: 'W11',
    check: 'C3',
    why: 'keeps the oldest 100 events',
    rule: '`events` | the newest 100 by `at`, oldest first, in whatever order they came',
    edits: [edit('$slice: -NEWEST', '$slice: NEWEST')],
  },
  {
    id: 'W12',
    check: 'C3',
    why: 'counts what the list holds now',
    rule: '`total` | counts **all that were ever added**',
    edits: [
      edit(
        'response.json({ code, events, total })',
        'response.json({ code, events, total: Math.min(total, events.length) })',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C4',
    why: 'groups by the day of the server’s own time zone',
    rule: 'A day is a day in UTC, whatever `TZ` says and in whatever offset an event came.',
    edits: [
      edit(
        "format: '%Y-%m-%d' }",
        "format: '%Y-%m-%d', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone }",
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C4',
    why: 'counts the first instant of `to`, too',
    rule: '`to` is not.',
    edits: [edit('$lt: to', '$lte: to')],
  },
  {
    id: 'W15',
    check: 'C4',
    why: 'unwinds the documents that match, and counts all their events: those at other depots, too',
    rule: '`daily` looks at the events at exactly this depot.',
    edits: [edit("{ 'events.depot': depot, 'events.at': at }", "{ 'events.at': at }")],
  },
  {
    id: 'W16',
    check: 'C4',
    why: 'counts a parcel once for each of its events',
    rule: '`parcels` is the number of different parcels that they belong to.',
    edits: [edit("codes: { $addToSet: '$_id' }", "codes: { $push: '$_id' }")],
  },
  {
    id: 'W17',
    check: 'C5',
    why: 'takes any value for a text: {"$ne": null} is stored',
    rule: '`{"$ne":null}` and the like in place of a text | `400` or `422`, and nothing is stored',
    edits: [
      edit(
        'const Event = z.object({ eventId: Text, kind: Text, depot: Text, at: Instant })',
        'const Any = z.any().transform((value) => value as string)\nconst Event = z.object({ eventId: Any, kind: Any, depot: Any, at: Instant })',
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C5',
    why: 'refuses texts that begin with $, which are texts like any other',
    rule: '`code`, `eventId`, `kind`, `depot` | any text of 1 to 100 characters',
    edits: [edit('  .string()\n  .min(1)\n', '  .string()\n  .min(1)\n  .regex(/^[^$]/)\n')],
  },
  {
    id: 'W19',
    check: 'C5',
    why: 'puts texts into an update pipeline, where "$depot" is a field and no text',
    rule: '`code`, `eventId`, `kind`, `depot` | any text of 1 to 100 characters',
    edits: [
      edit(
        `      {
        ${PUSH}
        $inc: { total: 1 },
      },
`,
        `      [
        {
          $set: {
            total: { $add: [{ $ifNull: ['$total', 0] }, 1] },
            events: {
              $slice: [
                {
                  $sortArray: {
                    input: { $concatArrays: [{ $ifNull: ['$events', []] }, [event]] },
                    sortBy: { at: 1 },
                  },
                },
                -NEWEST,
              ],
            },
          },
        },
      ],
`,
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C7',
    why: 'stores `at` as a text, if a tidy one',
    rule: 'their `at` | is a BSON **date**',
    edits: [
      edit(
        '.transform((text) => new Date(text))\nconst Day',
        '.transform((text) => new Date(text).toISOString() as unknown as Date)\nconst Day',
      ),
      edit("date: '$events.at'", "date: { $toDate: '$events.at' }"),
      edit(
        '  const at = { $gte: from, $lt: to }\n',
        '  const at = { $gte: from.toISOString(), $lt: to.toISOString() } as object\n',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'answers in MongoDB’s own JSON: {"$date": …}',
    rule: 'A time is ISO 8601 with an offset or `Z`.',
    edits: [
      edit(
        "import { MongoClient, MongoServerError } from 'mongodb'",
        "import { BSON, MongoClient, MongoServerError } from 'mongodb'",
      ),
      edit(
        'response.json({ code, events, total })',
        'response.json(BSON.EJSON.serialize({ code, events, total }))',
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C8',
    why: 'shows the oldest first',
    rule: 'The newest comes first.',
    edits: [edit("{ $sort: { 'events.at': -1 } }", "{ $sort: { 'events.at': 1 } }")],
  },
  {
    id: 'W23',
    check: 'C8',
    why: 'asks for the kind and the depot in the timeline, not in one event',
    rule: '`search` finds events with that kind **and** that depot, both in one event.',
    edits: [
      edit(
        "{ 'events.kind': kind, 'events.depot': depot, ...(at && { 'events.at': at }) }",
        "{ 'events.kind': kind, ...(at && { 'events.at': at }) }",
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C8',
    why: 'shows the event at `after` itself once more',
    rule: 'With `after`, only *later* events count.',
    edits: [edit('{ $gt: after }', '{ $gte: after }')],
  },
  {
    id: 'W25',
    check: 'C8',
    why: 'has no limit of its own where none is asked for',
    rule: '`limit` | 1 to 100; 20 where it is left out',
    edits: [edit('.max(100).default(20)', '.max(100).default(100)')],
  },
  {
    id: 'W26',
    check: 'C9',
    why: 'notes the eventId in another collection first: after a kill it counts as added, and is not',
    rule: 'killed (`SIGKILL`) in the middle of a `POST`, started, and sent the same again',
    edits: [
      edit(
        TRIES,
        `  const ids = client.db().collection<{ _id: { code: string; eventId: string } }>('ids')
  const noted = await succeeds(() => ids.insertOne({ _id: { code, eventId: event.eventId } }))
  if (!noted) return false
${TRIES}`,
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C9',
    why: 'adds the event and counts it in two updates: after a kill it is there and not counted',
    rule: 'killed (`SIGKILL`) in the middle of a `POST`, started, and sent the same again',
    edits: [
      edit('        $inc: { total: 1 },\n', ''),
      edit(
        TRIES,
        `  const added = (await succeeds(addOnce)) || (await succeeds(addOnce))
  if (added) await timelines.updateOne({ _id: code }, { $inc: { total: 1 } })
  return added
`,
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C5',
    why: 'trims texts',
    rule: 'A text is kept as it came: blanks, accents, capitals.',
    edits: [edit('  .string()\n  .min(1)\n', '  .string()\n  .trim()\n  .min(1)\n')],
  },
  {
    id: 'W29',
    check: 'C5',
    why: 'counts units of UTF-16: 60 emoji are refused',
    rule: 'A character is a Unicode code point, and not a byte.',
    edits: [edit('[...text].length <= 100', 'text.length <= 100')],
  },
  {
    id: 'W30',
    check: 'C5',
    why: 'takes texts of 99 characters at most',
    rule: TEXTS,
    edits: [edit('[...text].length <= 100', '[...text].length < 100')],
  },
  {
    id: 'W31',
    check: 'C5',
    why: 'takes texts of any length',
    rule: TEXTS,
    edits: [edit('[...text].length <= 100', '[...text].length <= 100_000')],
  },
  {
    id: 'W32',
    check: 'C1',
    why: 'takes E-1 for e-1: ids are stored in small letters',
    rule: NEW,
    edits: [edit('eventId: Text,', 'eventId: Text.transform((text) => text.toLowerCase()),')],
  },
  {
    id: 'W33',
    check: 'C1',
    why: 'takes an eventId for known that another parcel has',
    rule: 'one that another parcel has | is new here',
    edits: [
      edit(
        TRIES,
        `  if (await timelines.findOne({ 'events.eventId': event.eventId })) return false\n${TRIES}`,
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C1',
    why: 'changes an event that comes again: the last word counts',
    rule: KNOWN,
    edits: [
      edit(
        TRIES,
        `  if ((await succeeds(addOnce)) || (await succeeds(addOnce))) return true
  await timelines.updateOne(
    { _id: code, 'events.eventId': event.eventId },
    { $set: { 'events.$.kind': event.kind, 'events.$.depot': event.depot } },
  )
  return false
`,
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C1',
    why: 'refuses a known eventId with 409',
    rule: KNOWN,
    edits: [edit('added ? 201 : 200', 'added ? 201 : 409')],
  },
  {
    id: 'W36',
    check: 'C1',
    why: 'answers 201 to a known eventId',
    rule: KNOWN,
    edits: [edit('added ? 201 : 200', 'added ? 201 : 201')],
  },
  {
    id: 'W37',
    check: 'C1',
    why: 'answers 200 and an empty timeline for a parcel that nobody knows',
    rule: '`GET` of a parcel without events | `404`',
    edits: [
      edit(
        "    response.status(404).json({ error: 'no such parcel' })\n",
        '    response.json({ code: request.params.code, events: [], total: 0 })\n',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C1',
    why: 'counts what comes a second time',
    rule: '`total` | counts **all that were ever added**',
    edits: [
      edit(
        TRIES,
        `  const added = (await succeeds(addOnce)) || (await succeeds(addOnce))
  if (!added) await timelines.updateOne({ _id: code }, { $inc: { total: 1 } })
  return added
`,
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C1',
    why: 'shows the newest first in a timeline, too',
    rule: NEWEST_FIRST,
    edits: [
      edit(
        'response.json({ code, events, total })',
        'response.json({ code, events: events.reverse(), total })',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C7',
    why: 'takes 30 February: JavaScript makes 2 March of it',
    rule: CALENDAR,
    edits: [
      edit(
        'z.iso.datetime({ offset: true }).transform',
        'z.string().regex(/T.*(Z|[+-]\\d\\d:\\d\\d)$/).refine((text) => Date.parse(text)).transform',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C4',
    why: 'takes 30 February for a day',
    rule: CALENDAR,
    edits: [
      edit(
        'z.iso.date().transform',
        'z.string().regex(/^\\d{4}-\\d\\d-\\d\\d$/).refine((text) => Date.parse(text)).transform',
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C7',
    why: 'takes an instant without an offset, for the time of its own zone',
    rule: '`at`, `after` | an instant, as a text: day, `T`, time with seconds, up to three more digits, `Z` or an offset',
    edits: [
      edit(
        'z.iso.datetime({ offset: true }).transform',
        'z.iso.datetime({ offset: true, local: true }).transform',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C7',
    why: 'cuts the milliseconds off',
    rule: '`at`, `after` | an instant, as a text: day, `T`, time with seconds, up to three more digits, `Z` or an offset',
    edits: [
      edit(
        'transform((text) => new Date(text))\nconst Day',
        'transform((text) => new Date(Math.floor(Date.parse(text) / 1000) * 1000))\nconst Day',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C8',
    why: 'takes 20 for any limit that it cannot read',
    rule: "`limit` and `offset` | whole numbers in digits; beyond the README's range `400` or `422`",
    edits: [edit('.max(100).default(20)', '.max(100).default(20).catch(20)')],
  },
  {
    id: 'W45',
    check: 'C8',
    why: 'takes a limit of 101',
    rule: LIMIT,
    edits: [edit('.max(100).default(20)', '.max(1000).default(20)')],
  },
  {
    id: 'W46',
    check: 'C4',
    why: 'leaves the first instant of `from` out',
    rule: '`from` is included.',
    edits: [edit('const at = { $gte: from, $lt: to }', 'const at = { $gt: from, $lt: to }')],
  },
  {
    id: 'W47',
    check: 'C4',
    why: 'counts all of the day `to`, as most reports do',
    rule: '`to` is not.',
    edits: [
      edit(
        '  const at = { $gte: from, $lt: to }\n',
        '  const at = { $gte: from, $lt: new Date(Number(to) + 86_400_000) }\n',
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C4',
    why: 'shows the last day first',
    rule: ENTRIES,
    edits: [edit('{ $sort: { day: 1 } }', '{ $sort: { day: -1 } }')],
  },
  {
    id: 'W49',
    check: 'C4',
    why: 'has an entry for a day without events, too',
    rule: ENTRIES,
    edits: [
      edit(
        'response.json(await daily(request.params.depot, from, to))',
        `const found = await daily(request.params.depot, from, to)
  const days: object[] = []
  for (let at = Number(from); at < Number(to) && days.length < 1000; at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10)
    days.push(found.find((entry) => entry.day === day) ?? { day, events: 0, parcels: 0 })
  }
  response.json(days)`,
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C4',
    why: 'counts each parcel once for the events, too',
    rule: '`events` is the number of events of that day.',
    edits: [
      edit("day: '$_id', events: 1, parcels", "day: '$_id', events: { $size: '$codes' }, parcels"),
    ],
  },
  {
    id: 'W51',
    check: 'C8',
    why: 'finds events of that kind or at that depot',
    rule: SEARCH,
    edits: [
      edit(
        `        { kind, depot, ...(at && { at }) },
        { 'events.kind': kind, 'events.depot': depot, ...(at && { 'events.at': at }) },
`,
        `        { $or: [{ kind }, { depot }], ...(at && { at }) },
        { $or: [{ 'events.kind': kind }, { 'events.depot': depot }], ...(at && { 'events.at': at }) },
`,
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C4',
    why: 'takes Vigo and vigo for one depot',
    rule: '`daily` looks at the events at exactly this depot.',
    edits: [
      edit(
        "...eventsWhere({ depot, at }, { 'events.depot': depot, 'events.at': at }),",
        `...eventsWhere(
        { at },
        {
          $expr: {
            $eq: [{ $toLower: '$events.depot' }, { $literal: depot.toLowerCase() }],
          },
          'events.at': at,
        },
      ),`,
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C8',
    why: 'searches all kinds where none is given',
    rule: '`kind` and `depot` are both required.',
    edits: [
      edit(
        '  kind: Text,\n  depot: Text,\n  after',
        '  kind: Text.optional(),\n  depot: Text,\n  after',
      ),
      edit(
        '        { kind, depot, ...(at && { at }) },\n',
        '        { ...(kind && { kind }), depot, ...(at && { at }) },\n',
      ),
      edit(
        "{ 'events.kind': kind, 'events.depot': depot, ...",
        "{ ...(kind && { 'events.kind': kind }), 'events.depot': depot, ...",
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C8',
    why: 'cuts before it sorts: any 20 events, newest first',
    rule: 'The newest comes first.',
    edits: [
      edit(
        `      { $sort: { 'events.at': -1 } },
      { $limit: limit },
`,
        `      { $limit: limit },
      { $sort: { 'events.at': -1 } },
`,
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C8',
    why: 'takes the kind for a pattern: `sorted` finds `unsorted`, too',
    rule: SEARCH,
    edits: [
      edit(
        '        { kind, depot, ...(at && { at }) },\n',
        '        { depot, ...(at && { at }) },\n',
      ),
      edit(
        "{ 'events.kind': kind, 'events.depot'",
        "{ 'events.kind': { $regex: kind }, 'events.depot'",
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C1',
    why: 'keeps timelines in its own memory until it has changed them itself',
    rule: NEW,
    edits: [
      edit(
        'const app = express()\n',
        'const seen = new Map<string, Timeline | null>()\nconst app = express()\n',
      ),
      edit(
        'const timeline = await timelines.findOne({ _id: request.params.code })',
        `const known = seen.get(request.params.code)
  const timeline = known ?? (await timelines.findOne({ _id: request.params.code }))
  if (seen.size < 10_000) seen.set(request.params.code, timeline)`,
      ),
      edit(
        '  response.status(added',
        '  seen.delete(request.params.code)\n  response.status(added',
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C2',
    why: 'takes every 11000 for an event that is there: of two first ones at once one is lost',
    rule: 'several `POST`s at once, to whichever copies | no event is lost, and `total` is exact',
    edits: [edit(TRIES, '  return succeeds(addOnce)\n')],
  },
  {
    id: 'W58',
    check: 'C2',
    why: 'looks whether somebody else has changed the document meanwhile, and answers 409 then',
    rule: "two that are in each other's way in the database | both get `200` or `201`, never an error",
    edits: [
      edit(
        TRIES,
        `  const known = await timelines.findOne({ _id: code })
  if (known?.events.some(({ eventId }) => eventId === event.eventId)) return false
  if (!known) return (await succeeds(addOnce)) || (await succeeds(addOnce))
  const events = [...known.events, event].sort((a, b) => Number(a.at) - Number(b.at))
  const next = { events: events.slice(-NEWEST), total: known.total + 1 }
  const { modifiedCount } = await timelines.replaceOne({ _id: code, total: known.total }, next)
  if (modifiedCount === 0) throw Object.assign(new Error('conflict'), { status: 409 })
  return true
`,
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C2',
    why: 'has requests for a parcel wait for each other, but in one process only',
    rule: 'several `POST`s at once, to whichever copies | no event is lost, and `total` is exact',
    edits: [
      edit(
        TRIES,
        `  const turn = (last.get(code) ?? Promise.resolve()).then(async () => {
    const known = await timelines.findOne({ _id: code })
    if (known?.events.some(({ eventId }) => eventId === event.eventId)) return false
    const events = [...(known?.events ?? []), event].sort((a, b) => Number(a.at) - Number(b.at))
    const next = { events: events.slice(-NEWEST), total: (known?.total ?? 0) + 1 }
    await timelines.replaceOne({ _id: code }, next, { upsert: true })
    return true || addOnce
  })
  last.set(code, turn.catch(() => false))
  return turn
`,
      ),
      edit(
        'async function succeeds(',
        'const last = new Map<string, Promise<boolean>>()\nasync function succeeds(',
      ),
    ],
  },
  {
    id: 'W60',
    check: 'C3',
    why: 'keeps 101 events',
    rule: NEWEST_FIRST,
    edits: [edit('const NEWEST = 100\n', 'const NEWEST = 101\n')],
  },
  {
    id: 'W61',
    check: 'C3',
    why: 'keeps all eventIds beside the events, for the guard',
    rule: 'a list or an object in a document | has at most 100 entries, at whatever depth',
    edits: [
      edit(GUARD, '{ _id: code, ids: { $ne: event.eventId } } as object'),
      edit(
        `        ${PUSH}\n`,
        '        $push: {\n          events: { $each: [event], $sort: { at: 1 }, $slice: -NEWEST },\n          ids: event.eventId,\n        } as object,\n',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C3',
    why: 'names the collection `parcels`',
    rule: 'the newest 100 events of each parcel | are in there, in documents of any shape and number',
    edits: [edit("collection<Timeline>('timelines')", "collection<Timeline>('parcels')")],
  },
  {
    id: 'W63',
    check: 'C3',
    why: 'moves a parcel’s older half to a collection of its own',
    rule: 'the newest 100 events of each parcel | are in there, in documents of any shape and number',
    edits: [
      edit(PUSH, '$push: { events: { $each: [event], $sort: { at: 1 }, $slice: -50 } },'),
      edit(
        TRIES,
        `  const older = client.db().collection('older')
  const before = await older.findOne({ code, eventId: event.eventId })
  if (before) return false
  const added = (await succeeds(addOnce)) || (await succeeds(addOnce))
  if (added) await older.insertOne({ code, ...event })
  return added
`,
      ),
      edit(
        '  const { _id: code, events, total } = timeline\n',
        `  const { _id: code, total } = timeline
  const older = client.db().collection('older')
  const newest = await older.find({ code }).sort({ at: -1 }).limit(NEWEST).toArray()
  const events = newest.reverse()
`,
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C5',
    why: 'makes the document before it looks at the body: a refused event leaves an empty timeline',
    rule: 'any refusal | changes nothing',
    edits: [
      edit(
        "app.post('/parcels/:code/events', async (request, response) => {\n",
        `app.post('/parcels/:code/events', async (request, response) => {
  const empty = { $setOnInsert: { events: [], total: 0 } }
  await succeeds(() => timelines.updateOne({ _id: request.params.code }, empty, { upsert: true }))
`,
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C5',
    why: 'answers errors with a text',
    rule: 'an object with a text in `error`, `message`, `title` or `detail`, and a JSON `Content-Type`.',
    edits: [
      edit(
        'response.status(422).json({ error: z.prettifyError(error) })',
        'response.status(422).send(z.prettifyError(error))',
      ),
    ],
  },
  {
    id: 'W66',
    check: 'C5',
    why: 'reads any body as JSON, whatever its Content-Type says',
    rule: "a `Content-Type` that is not JSON's | `400`, `415` or `422`",
    edits: [edit('app.use(express.json())', 'app.use(express.json({ type: () => true }))')],
  },
  {
    id: 'W67',
    check: 'C5',
    why: 'answers 500 to a body that is no JSON',
    rule: 'no JSON | `400`',
    edits: [
      edit(
        'const status = (error as { status?: number }).status ?? 500',
        'const status = error ? 500 : 400',
      ),
    ],
  },
  {
    id: 'W68',
    check: 'C5',
    why: 'puts a depot into an expression, where `$$ROOT` is no text',
    rule: TEXTS,
    edits: [
      edit(
        "...eventsWhere({ depot, at }, { 'events.depot': depot, 'events.at': at }),",
        "...eventsWhere({ depot, at }, { $expr: { $eq: ['$events.depot', depot] }, 'events.at': at }),",
      ),
    ],
  },
  {
    id: 'W69',
    check: 'C5',
    why: 'writes é always in one code point',
    rule: 'A text is kept as it came: blanks, accents, capitals.',
    edits: [
      edit(
        "  .refine((text) => [...text].length <= 100, 'at most 100 characters')\n",
        "  .refine((text) => [...text].length <= 100, 'at most 100 characters')\n  .transform((text) => text.normalize())\n",
      ),
    ],
  },
  {
    id: 'W70',
    check: 'C5',
    why: 'makes a text of whatever the query string has: {"$ne":"x"} is searched as [object Object]',
    rule: '`kind[$ne]=x` and the like | never an operator',
    edits: [
      edit(
        "app.disable('x-powered-by')\n",
        "app.disable('x-powered-by')\napp.set('query parser', 'extended')\n",
      ),
      edit(
        SEARCH_CHECK,
        `await search(Search.parse({
    ...request.query,
    kind: String(request.query.kind),
    depot: String(request.query.depot),
  }))`,
      ),
    ],
  },
  {
    id: 'W71',
    check: 'C5',
    why: 'reads a text that looks like JSON as JSON',
    rule: TEXTS,
    edits: [
      edit(
        SEARCH_CHECK,
        `await search({
    ...Search.parse(request.query),
    ...(String(request.query.kind).startsWith('{') && { kind: JSON.parse(String(request.query.kind)) }),
  })`,
      ),
    ],
  },
  {
    id: 'W72',
    check: 'C1',
    why: 'takes pel-1001 for PEL-1001',
    rule: 'An id is a text or a whole number, and only its own spelling is the id.',
    edits: [
      edit(
        'await timelines.findOne({ _id: request.params.code })',
        'await timelines.findOne({ _id: request.params.code.toUpperCase() })',
      ),
      edit(
        'await append(Text.parse(request.params.code),',
        'await append(Text.parse(request.params.code).toUpperCase(),',
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C8',
    why: 'ignores an `after` that is no instant',
    rule: '`at`, `after` | an instant, as a text: day, `T`, time with seconds, up to three more digits, `Z` or an offset',
    edits: [edit('after: Instant.optional(),', 'after: Instant.optional().catch(undefined),')],
  },
  {
    id: 'W74',
    check: 'C4',
    why: 'takes any date that JavaScript can read for a day',
    rule: '`from`, `to` | a day, `YYYY-MM-DD`',
    edits: [
      edit(
        'z.iso.date().transform((text) => new Date(`${text}T00:00:00Z`))',
        'z.string().refine((text) => Date.parse(text)).transform((text) => new Date(text))',
      ),
    ],
  },
  {
    id: 'W75',
    check: 'C6',
    why: 'makes an index on `at` alone',
    rule: '`GET /search` | examines at most 50 documents, too',
    edits: [edit(INDEX, "await timelines.createIndex({ 'events.at': 1 })\n")],
  },
  {
    id: 'W76',
    check: 'C6',
    why: 'has MongoDB count by parcel and day, and adds that up in JavaScript',
    rule: '`daily` | gets at most twice as many documents from MongoDB as there are days from `from` to `to`',
    edits: [
      edit(
        `          _id: { $dateToString: { date: '$events.at', format: '%Y-%m-%d' } },
          events: { $sum: 1 },
          codes: { $addToSet: '$_id' },
        },
      },
      { $project: { _id: 0, day: '$_id', events: 1, parcels: { $size: '$codes' } } },
      { $sort: { day: 1 } },
    ])
    .toArray()
`,
        `          _id: { day: { $dateToString: { date: '$events.at', format: '%Y-%m-%d' } }, code: '$_id' },
          events: { $sum: 1 },
        },
      },
      { $sort: { _id: 1 } },
    ])
    .toArray()
    .then((found) => {
      const days = Object.groupBy(found, ({ _id }) => _id.day)
      return Object.keys(days).sort().map((day) => ({
        day,
        events: days[day]!.reduce((sum, { events }) => sum + events, 0),
        parcels: days[day]!.length,
      }))
    })
`,
      ),
    ],
  },
  {
    id: 'W77',
    check: 'C7',
    why: 'stores `at` as a number',
    rule: 'their `at` | is a BSON **date**',
    edits: [
      edit(
        PUSH,
        '$push: { events: { $each: [{ ...event, at: Number(event.at) } as never], $sort: { at: 1 }, $slice: -NEWEST } },',
      ),
      edit("date: '$events.at'", "date: { $toDate: '$events.at' }"),
      edit(
        '  const at = { $gte: from, $lt: to }\n',
        '  const at = { $gte: Number(from), $lt: Number(to) } as object\n',
      ),
      edit('after && { $gt: after }', 'after && { $gt: Number(after) }'),
      edit(
        'response.json({ code, events, total })',
        'response.json({ code, events: events.map((one) => ({ ...one, at: new Date(one.at) })), total })',
      ),
      edit(
        "      { $replaceWith: { $mergeObjects: [{ code: '$_id' }, '$events'] } },\n    ])\n    .toArray()\n",
        "      { $replaceWith: { $mergeObjects: [{ code: '$_id' }, '$events'] } },\n    ])\n    .toArray()\n    .then((found) => found.map((one) => ({ ...one, at: new Date(one.at) })))\n",
      ),
    ],
  },
  {
    id: 'W78',
    check: 'C6',
    why: 'looks a parcel up by an expression, which takes no index',
    rule: '`GET /parcels/{code}` | examines at most 50 documents',
    edits: [
      edit(
        'await timelines.findOne({ _id: request.params.code })',
        "await timelines.findOne({ $expr: { $eq: ['$_id', { $literal: request.params.code }] } })",
      ),
    ],
  },
  {
    id: 'W79',
    check: 'C9',
    why: 'begins with an empty collection at each start',
    rule: 'killed (`SIGKILL`) in the middle of a `POST`, started, and sent the same again',
    edits: [edit(INDEX, `await timelines.deleteMany({})\n${INDEX}`)],
  },
  {
    id: 'W80',
    check: 'C5',
    why: 'refuses a Content-Type with a charset',
    rule: 'JSON with a charset, or in capitals | as JSON',
    edits: [
      edit(
        'app.use(express.json())',
        "app.use(express.json({ type: (request) => request.headers['content-type'] === 'application/json' }))",
      ),
    ],
  },
  {
    id: 'W81',
    check: 'C7',
    why: 'takes a blank in place of the T',
    rule: '`at`, `after` | an instant, as a text: day, `T`, time with seconds, up to three more digits, `Z` or an offset',
    edits: [
      edit(
        'z.iso.datetime({ offset: true }).transform',
        "z.string().transform((text) => text.replace(' ', 'T')).pipe(z.iso.datetime({ offset: true })).transform",
      ),
    ],
  },
  {
    id: 'W82',
    check: 'C4',
    why: 'shows with each day the parcels of all days',
    rule: '`parcels` is the number of different parcels that they belong to.',
    edits: [
      edit(
        'response.json(await daily(request.params.depot, from, to))',
        `const { depot } = request.params
  const at = { $gte: from, $lt: to }
  const parcels = await timelines.countDocuments({ events: { $elemMatch: { depot, at } } })
  response.json((await daily(depot, from, to)).map((day) => ({ ...day, parcels })))`,
      ),
    ],
  },
  {
    id: 'W83',
    check: 'C8',
    why: 'takes all events of the day of `after`',
    rule: 'With `after`, only *later* events count.',
    edits: [
      edit(
        'const at = after && { $gt: after }',
        'const at = after && { $gte: new Date(after.toISOString().slice(0, 10)) }',
      ),
    ],
  },
  {
    id: 'W84',
    check: 'C5',
    why: 'keeps a number as a number',
    rule: 'Where another JSON type is sent, it is refused, or taken for the value it reads as if that is a right one.',
    edits: [
      edit(
        'const Event = z.object({ eventId: Text, kind: Text, depot: Text, at: Instant })',
        'const Any = z.union([Text, z.number()]) as unknown as typeof Text\nconst Event = z.object({ eventId: Any, kind: Any, depot: Any, at: Instant })',
      ),
    ],
  },
  {
    id: 'W85',
    check: 'C5',
    why: 'refuses parameters that it does not know',
    rule: 'a parameter that the README does not name | is ignored',
    edits: [edit('const Search = z.object({', 'const Search = z.strictObject({')],
  },
  {
    id: 'W86',
    check: 'C2',
    why: 'answers before the event is stored',
    rule: NEW,
    edits: [
      edit(
        TRIES,
        `  if (await timelines.findOne({ _id: code, 'events.eventId': event.eventId })) return false
  void succeeds(addOnce).then((added) => added || succeeds(addOnce))
  return true
`,
      ),
    ],
  },
  {
    id: 'W87',
    check: 'C8',
    why: 'leaves out what comes in the same second as `after`',
    rule: 'With `after`, only *later* events count.',
    edits: [
      edit(
        'const at = after && { $gt: after }',
        'const at = after && { $gt: new Date(Math.floor(Number(after) / 1000) * 1000 + 999) }',
      ),
    ],
  },
]
