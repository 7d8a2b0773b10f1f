// Mongoose, documents that are read, changed and saved; a version tells when somebody was quicker.
import express, { type NextFunction, type Request, type Response } from 'express'
import mongoose from 'mongoose'

const eventSchema = new mongoose.Schema(
  {
    eventId: { type: String, required: true },
    kind: { type: String, required: true },
    depot: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { _id: false },
)
const timelineSchema = new mongoose.Schema(
  {
    code: { type: String, required: true, unique: true },
    total: { type: Number, default: 0 },
    events: [eventSchema],
  },
  { optimisticConcurrency: true, collection: 'timelines' },
)
timelineSchema.index({ 'events.kind': 1 })
const Timeline = mongoose.model('Timeline', timelineSchema)

await mongoose.connect(process.env.MONGODB_URL!)
await Timeline.init()

class Invalid extends Error {}

function textOf(value: unknown): string {
  if (typeof value !== 'string' || value === '' || [...value].length > 100) throw new Invalid('not a text')
  return value
}

function dateOf(value: unknown): Date {
  const text = textOf(value)
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) throw new Invalid('not an instant')
  const [date, day] = [new Date(text), new Date(text.slice(0, 10))]
  const isReal = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10))
  if (!isReal || Number.isNaN(date.getTime())) throw new Invalid('not an instant')
  return date
}

// One at a time for each parcel within this process; the version settles it between processes.
const queues = new Map<string, Promise<unknown>>()
function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const turn = (queues.get(key) ?? Promise.resolve()).then(work, work)
  queues.set(key, turn)
  turn.finally(() => queues.get(key) === turn && queues.delete(key)).catch(() => {})
  return turn
}

async function append(code: string, event: { eventId: string; kind: string; depot: string; at: Date }) {
  for (;;) {
    const timeline = (await Timeline.findOne({ code })) ?? new Timeline({ code })
    if (timeline.events.some((each) => each.eventId === event.eventId)) return 200
    const all = [...timeline.events.map((each) => each.toObject()), event]
    all.sort((one, other) => one.at.getTime() - other.at.getTime())
    timeline.set('events', all.slice(-100))
    timeline.total += 1
    try {
      await timeline.save()
      return 201
    } catch (error) {
      const lost = error instanceof mongoose.Error.VersionError || error instanceof mongoose.Error.DocumentNotFoundError
      if (!lost && (error as { code?: number }).code !== 11000) throw error
    }
  }
}

const app = express()
app.use(express.json())

app.post('/parcels/:code/events', async (req, res) => {
  const { eventId, kind, depot, at } = req.body ?? {}
  const event = { eventId: textOf(eventId), kind: textOf(kind), depot: textOf(depot), at: dateOf(at) }
  const code = textOf(req.params.code)
  const status = await inTurn(code, () => append(code, event))
  res.status(status).json({ code, eventId })
})

app.get('/parcels/:code', async (req, res) => {
  const timeline = await Timeline.findOne({ code: req.params.code })
  if (!timeline) {
    res.status(404).json({ title: 'Unknown parcel' })
    return
  }
  res.json(timeline)
})

app.get('/depots/:depot/daily', async (req, res) => {
  const [from, to] = [req.query.from, req.query.to].map((day) => {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(textOf(day))) throw new Invalid('not a day')
    return dateOf(`${day}T00:00:00Z`)
  }) as [Date, Date]
  const days = await Timeline.aggregate([
    { $unwind: '$events' },
    { $match: { 'events.depot': req.params.depot, 'events.at': { $gte: from, $lt: to } } },
    { $group: { _id: { $dateToString: { date: '$events.at', format: '%Y-%m-%d', timezone: 'UTC' } }, events: { $sum: 1 }, parcels: { $addToSet: '$code' } } },
    { $set: { day: '$_id', parcels: { $size: '$parcels' } } },
    { $sort: { day: 1 } },
  ])
  res.json(days)
})

app.get('/search', async (req, res) => {
  const { kind, depot, after, limit = '20' } = req.query
  const most = Number(textOf(limit))
  if (!Number.isInteger(most) || most < 1 || most > 100) throw new Invalid('not a limit')
  const events: Record<string, unknown> = { 'events.kind': textOf(kind), 'events.depot': textOf(depot) }
  const found = await Timeline.aggregate([
    { $match: { ...events } },
    { $unwind: '$events' },
    { $match: after === undefined ? events : { ...events, 'events.at': { $gt: dateOf(after) } } },
    { $sort: { 'events.at': -1 } },
    { $limit: most },
    { $project: { _id: 0, code: 1, eventId: '$events.eventId', kind: '$events.kind', depot: '$events.depot', at: '$events.at' } },
  ])
  res.json(found)
})

app.use((error: Error & { status?: number }, _req: Request, res: Response, _next: NextFunction) => {
  if (error instanceof Invalid) res.status(400).json({ title: error.message })
  else res.status(error.status ?? 500).json({ title: error.message || 'error' })
})

app.listen(Number(process.env.PORT), '127.0.0.1')
