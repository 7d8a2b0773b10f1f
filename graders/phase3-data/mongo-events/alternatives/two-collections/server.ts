// All events in one collection of their own, for the questions; the newest 100 in `timelines`.
import Fastify from 'fastify'
import { MongoClient, MongoServerError } from 'mongodb'

type Event = { eventId: string; kind: string; depot: string; at: Date }
const client = new MongoClient(process.env.MONGODB_URL as string)
const db = client.db()
const events = db.collection<Event & { code: string }>('events')
const timelines = db.collection<{ code: string; total: number; newest: Event[] }>('timelines')
await events.createIndex({ code: 1, eventId: 1 }, { unique: true })
await events.createIndex({ depot: 1, at: -1 })
await events.createIndex({ kind: 1 })
await timelines.createIndex({ code: 1 }, { unique: true })

const duplicate = (error: unknown) => {
  if (error instanceof MongoServerError && error.code === 11000) return
  throw error
}

const text = { type: 'string', minLength: 1, maxLength: 100 } as const
const instant = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d)$' } as const
// JavaScript makes 2 March of 30 February.
const dayOf = (text: string) => {
  const date = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(+date) && date.toISOString().startsWith(text) ? date : undefined
}
const instantOf = (at: string) => (dayOf(at.slice(0, 10)) && !Number.isNaN(Date.parse(at)) ? new Date(at) : undefined)
const app = Fastify({ ajv: { customOptions: { coerceTypes: false } }, routerOptions: { maxParamLength: 1000 } })

app.post<{ Params: { code: string }; Body: { eventId: string; kind: string; depot: string; at: string } }>(
  '/parcels/:code/events',
  { schema: { params: { type: 'object', properties: { code: text } }, body: { type: 'object', required: ['eventId', 'kind', 'depot', 'at'], properties: { eventId: text, kind: text, depot: text, at: instant } } } },
  async (request, reply) => {
    const { code } = request.params
    const { eventId, kind, depot } = request.body
    const at = instantOf(request.body.at)
    if (!at) return reply.code(422).send({ error: 'no such instant' })
    const event: Event = { eventId, kind, depot, at }
    // The unique index decides what the event is: who comes second takes the first one's word.
    const first = await events.insertOne({ code, ...event }).then(() => true, duplicate)
    const stored = first ? event : ((await events.findOne({ code, eventId }, { projection: { _id: 0, code: 0 } })) as Event)
    // The timeline follows, also for one whose first sender was killed half-way: it is set from all
    // events, and only ever to more of them.
    await timelines.updateOne({ code }, { $setOnInsert: { total: 0, newest: [] } }, { upsert: true }).catch(duplicate)
    const total = await events.countDocuments({ code })
    const newest = await events.find({ code }, { projection: { _id: 0, code: 0 } }).sort({ at: -1 }).limit(100).toArray()
    await timelines.updateOne({ code, total: { $lt: total } }, { $set: { total, newest } })
    return reply.code(first ? 201 : 200).send({ code, ...stored })
  },
)

app.get<{ Params: { code: string } }>('/parcels/:code', async (request, reply) => {
  const timeline = await timelines.findOne({ code: request.params.code })
  if (!timeline?.total) return reply.code(404).send({ error: 'unknown parcel' })
  return { code: timeline.code, total: timeline.total, events: timeline.newest.toReversed() }
})

app.get<{ Params: { depot: string }; Querystring: { from: string; to: string } }>('/depots/:depot/daily', async (request, reply) => {
  const [from, to] = [dayOf(request.query.from), dayOf(request.query.to)]
  if (!from || !to) return reply.code(422).send({ error: 'from and to are days' })
  return events.aggregate([
    { $match: { depot: request.params.depot, at: { $gte: from, $lt: to } } },
    { $group: { _id: { y: { $year: '$at' }, m: { $month: '$at' }, d: { $dayOfMonth: '$at' } }, events: { $sum: 1 }, codes: { $addToSet: '$code' }, at: { $min: '$at' } } },
    { $sort: { at: 1 } },
    { $project: { _id: 0, day: { $dateToString: { date: '$at', format: '%Y-%m-%d' } }, events: 1, parcels: { $size: '$codes' } } },
  ]).toArray()
})

app.get<{ Querystring: { kind: string; depot: string; after?: string; limit?: string } }>(
  '/search',
  { schema: { querystring: { type: 'object', required: ['kind', 'depot'], properties: { kind: text, depot: text, after: instant, limit: { type: 'string', pattern: '^([1-9]\\d?|100)$' } } } } },
  async ({ query: { kind, depot, after, limit } }, reply) => {
    const later = after === undefined ? undefined : instantOf(after)
    if (after !== undefined && !later) return reply.code(422).send({ error: 'no such instant' })
    const found = await events
      .find({ kind, depot, ...(later ? { at: { $gt: later } } : {}) }, { projection: { _id: 0 } })
      .sort({ at: -1 }).limit(Number(limit ?? 20)).toArray()
    return found
  },
)

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
