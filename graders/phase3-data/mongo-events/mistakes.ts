// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

const PUSH = '$push: { events: { $each: [event], $sort: { at: 1 }, $slice: -NEWEST } },'
const GUARD = "{ _id: code, 'events.eventId': { $ne: event.eventId } }"
const TRIES = '  return (await succeeds(addOnce)) || (await succeeds(addOnce))\n'
const INDEX =
  "await timelines.createIndex({ 'events.depot': 1, 'events.kind': 1, 'events.at': 1 })\n"
const SEARCH_CHECK = 'await search(Search.parse(request.query))'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'reads the document, changes it in the program, and writes it back',
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
    edits: [edit(GUARD, '{ _id: code }')],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'stores `at` as the text that came, and takes the day from its first ten characters',
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
    edits: [
      edit(
        "app.disable('x-powered-by')\n",
        "app.disable('x-powered-by')\napp.set('query parser', 'extended')\n",
      ),
      edit(
        SEARCH_CHECK,
        'await search({ limit: 20, ...request.query } as unknown as z.infer<typeof Search>)',
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'fetches all events and counts them in JavaScript',
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
    edits: [edit(INDEX, '')],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'looks first whether the event is there, and adds it then',
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
    edits: [edit('$each: [event], $sort: { at: 1 }, $slice', '$each: [event], $slice')],
  },
  {
    id: 'W11',
    check: 'C3',
    why: 'keeps the oldest 100 events',
    edits: [edit('$slice: -NEWEST', '$slice: NEWEST')],
  },
  {
    id: 'W12',
    check: 'C3',
    why: 'counts what the list holds now',
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
    edits: [edit('$lt: to', '$lte: to')],
  },
  {
    id: 'W15',
    check: 'C4',
    why: 'unwinds the documents that match, and counts all their events: those at other depots, too',
    edits: [edit("{ 'events.depot': depot, 'events.at': at }", "{ 'events.at': at }")],
  },
  {
    id: 'W16',
    check: 'C4',
    why: 'counts a parcel once for each of its events',
    edits: [edit("codes: { $addToSet: '$_id' }", "codes: { $push: '$_id' }")],
  },
  {
    id: 'W17',
    check: 'C5',
    why: 'takes any value for a text: {"$ne": null} is stored',
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
    edits: [edit('z.string().min(1).max(100)\n', 'z.string().min(1).max(100).regex(/^[^$]/)\n')],
  },
  {
    id: 'W19',
    check: 'C5',
    why: 'puts texts into an update pipeline, where "$depot" is a field and no text',
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
    check: 'C7',
    why: 'answers in MongoDB’s own JSON: {"$date": …}',
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
    edits: [edit("{ $sort: { 'events.at': -1 } }", "{ $sort: { 'events.at': 1 } }")],
  },
  {
    id: 'W23',
    check: 'C8',
    why: 'asks for the kind and the depot in the timeline, not in one event',
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
    edits: [edit('{ $gt: after }', '{ $gte: after }')],
  },
  {
    id: 'W25',
    check: 'C8',
    why: 'has no limit of its own where none is asked for',
    edits: [edit('.max(100).default(20)', '.max(100).default(100)')],
  },
  {
    id: 'W26',
    check: 'C9',
    why: 'notes the eventId in another collection first: after a kill it counts as added, and is not',
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
]
