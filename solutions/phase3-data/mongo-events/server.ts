// Pelican Post, the timelines of parcels. Two copies of this program run at once, on one database.
import express, { type NextFunction, type Request, type Response } from 'express'
import { MongoClient, MongoServerError } from 'mongodb'
import { z } from 'zod'

const NEWEST = 100
const DUPLICATE_KEY = 11_000

/** In characters, not in units of UTF-16: 📦 is one. */
const Text = z
  .string()
  .min(1)
  .refine((text) => [...text].length <= 100, 'at most 100 characters')
const Instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
const Day = z.iso.date().transform((text) => new Date(`${text}T00:00:00Z`))
const Event = z.object({ eventId: Text, kind: Text, depot: Text, at: Instant })
const Days = z.object({ from: Day, to: Day })
const Search = z.object({
  kind: Text,
  depot: Text,
  after: Instant.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
})
type Event = z.infer<typeof Event>

// ---------------------------------------------------------------- MongoDB

/** One document holds all that is shown of a parcel, so that one update changes all of it. */
type Timeline = {
  /** The parcel's code: unique, and looked up by an index that every collection has. */
  _id: string
  /** By `at`, oldest first; the newest 100. */
  events: Event[]
  /** How many there ever were. */
  total: number
}

const client = new MongoClient(process.env.MONGODB_URL ?? 'mongodb://127.0.0.1:27017/pelican')
const timelines = client.db().collection<Timeline>('timelines')
await timelines.createIndex({ 'events.depot': 1, 'events.kind': 1, 'events.at': 1 })

/** @returns false where the parcel has that event already */
async function append(code: string, event: Event): Promise<boolean> {
  const addOnce = () =>
    timelines.updateOne(
      { _id: code, 'events.eventId': { $ne: event.eventId } },
      {
        $push: { events: { $each: [event], $sort: { at: 1 }, $slice: -NEWEST } },
        $inc: { total: 1 },
      },
      { upsert: true },
    )
  // The document exists, but the filter does not match: it has the event, or somebody made it just
  // now. The second try can tell: then only the event can be the reason.
  return (await succeeds(addOnce)) || (await succeeds(addOnce))
}

async function succeeds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false
    throw error
  }
}

/** The documents that have such an event, then their events, then those events alone. */
const eventsWhere = (event: object, each: object) => [
  { $match: { events: { $elemMatch: event } } },
  { $unwind: '$events' },
  { $match: each },
]

async function daily(depot: string, from: Date, to: Date) {
  const at = { $gte: from, $lt: to }
  return timelines
    .aggregate([
      ...eventsWhere({ depot, at }, { 'events.depot': depot, 'events.at': at }),
      {
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
}

async function search({ kind, depot, after, limit }: z.infer<typeof Search>) {
  const at = after && { $gt: after }
  return timelines
    .aggregate([
      ...eventsWhere(
        { kind, depot, ...(at && { at }) },
        { 'events.kind': kind, 'events.depot': depot, ...(at && { 'events.at': at }) },
      ),
      { $sort: { 'events.at': -1 } },
      { $limit: limit },
      { $replaceWith: { $mergeObjects: [{ code: '$_id' }, '$events'] } },
    ])
    .toArray()
}

// ---------------------------------------------------------------- HTTP

const app = express()
app.disable('x-powered-by')
app.use(express.json())

app.post('/parcels/:code/events', async (request, response) => {
  const added = await append(Text.parse(request.params.code), Event.parse(request.body))
  response.status(added ? 201 : 200).json({ added })
})

app.get('/parcels/:code', async (request, response) => {
  const timeline = await timelines.findOne({ _id: request.params.code })
  if (!timeline) {
    response.status(404).json({ error: 'no such parcel' })
    return
  }
  const { _id: code, events, total } = timeline
  response.json({ code, events, total })
})

app.get('/depots/:depot/daily', async (request, response) => {
  const { from, to } = Days.parse(request.query)
  response.json(await daily(request.params.depot, from, to))
})

app.get('/search', async (request, response) => {
  response.json(await search(Search.parse(request.query)))
})

app.use((_request, response) => {
  response.status(404).json({ error: 'not found' })
})

app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  if (error instanceof z.ZodError) {
    response.status(422).json({ error: z.prettifyError(error) })
    return
  }
  const status = (error as { status?: number }).status ?? 500
  if (status >= 500) console.error(error)
  response.status(status).json({ error: status < 500 ? 'bad request' : 'try again later' })
})

// ---------------------------------------------------------------- start and stop

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => client.close())
  server.closeIdleConnections()
})
