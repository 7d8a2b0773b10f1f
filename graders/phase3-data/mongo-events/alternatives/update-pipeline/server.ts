// One findOneAndUpdate with a pipeline per event, plain node:http; what was there before tells whether it is new.
import { createServer } from 'node:http'
import { MongoClient, type Document } from 'mongodb'

const db = (await new MongoClient(process.env.MONGODB_URL!).connect()).db()
const timelines = db.collection('timelines')
await timelines.createIndexes([
  { key: { code: 1 }, unique: true },
  { key: { 'events.depot': 1 } },
])

class Refused extends Error { status = 400 }
const text = (value: unknown): string => {
  if (typeof value !== 'string' || value.length < 1 || [...value].length > 100) throw new Refused('a text of 1 to 100 characters, please')
  return value
}
const instant = (value: unknown): Date => {
  const date = new Date(text(value))
  if (!/^.{10}T\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/.test(value as string) || Number.isNaN(+date)) throw new Refused('an instant, please')
  day((value as string).slice(0, 10))
  return date
}
const day = (value: unknown): Date => {
  const date = new Date(`${text(value)}T00:00:00.000Z`)
  if (Number.isNaN(+date) || date.toISOString().slice(0, 10) !== value) throw new Refused('a day, please')
  return date
}

async function append(code: string, { eventId, kind, depot, at }: Document): Promise<boolean> {
  const event = { eventId: { $literal: text(eventId) }, kind: { $literal: text(kind) }, depot: { $literal: text(depot) }, at: instant(at) }
  const known = { $in: [event.eventId, { $ifNull: ['$events.eventId', []] }] }
  const all = { $concatArrays: [{ $ifNull: ['$events', []] }, [event]] }
  const kept = { $slice: [{ $sortArray: { input: all, sortBy: { at: 1 } } }, -100] }
  for (;;) {
    try {
      const before = await timelines.findOneAndUpdate(
        { code },
        [{ $set: {
          events: { $cond: [known, '$events', kept] },
          total: { $cond: [known, '$total', { $add: [{ $ifNull: ['$total', 0] }, 1] }] },
        } }],
        { upsert: true, returnDocument: 'before', projection: { 'events.eventId': 1 } },
      )
      return !before?.events?.some((one: Document) => one.eventId === eventId)
    } catch (error) {
      if ((error as { code?: number }).code !== 11000) throw error
    }
  }
}

async function answer(method: string, url: URL, read: () => Promise<any>): Promise<[number, unknown]> {
  const [first, second, third, rest] = url.pathname.split('/').slice(1).map(decodeURIComponent)
  const q = url.searchParams
  if (first === 'parcels' && second && third === 'events' && method === 'POST') {
    const body = await read()
    if (typeof body !== 'object' || body === null) throw new Refused('an object, please')
    return [(await append(text(second), body)) ? 201 : 200, { eventId: body.eventId }]
  }
  if (method !== 'GET' || rest !== undefined) return [404, { message: 'not here' }]
  if (first === 'parcels' && second) {
    const found = await timelines.findOne({ code: second })
    return found ? [200, { ...found, _id: undefined, note: 'more properties are welcome' }] : [404, { message: 'no such parcel' }]
  }
  if (first === 'depots' && third === 'daily') {
    const [from, to] = [day(q.get('from')), day(q.get('to'))]
    const days = await timelines.aggregate([
      { $match: { 'events.depot': second } },
      { $project: { code: 1, at: { $map: { input: { $filter: { input: '$events', as: 'e', cond: { $and: [
        { $eq: ['$$e.depot', { $literal: second }] }, { $gte: ['$$e.at', from] }, { $lt: ['$$e.at', to] } ] } } }, as: 'e', in: '$$e.at' } } } },
      { $unwind: '$at' },
      { $group: { _id: { day: { $dateTrunc: { date: '$at', unit: 'day' } }, code: '$code' }, n: { $sum: 1 } } },
      { $group: { _id: '$_id.day', events: { $sum: '$n' }, parcels: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ]).toArray()
    return [200, days.map(({ _id, events, parcels }) => ({ day: _id.toISOString().slice(0, 10), events, parcels }))]
  }
  if (first === 'search') {
    const [kind, depot] = [text(q.get('kind')), text(q.get('depot'))]
    const limit = Number(q.get('limit') ?? 20)
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new Refused('a limit from 1 to 100, please')
    const after = q.has('after') ? instant(q.get('after')) : new Date('0001-01-01T00:00:00Z')
    const found = await timelines.aggregate([
      { $match: { 'events.depot': depot, 'events.kind': kind } },
      { $unwind: '$events' },
      { $match: { 'events.depot': depot, 'events.kind': kind, 'events.at': { $gt: after } } },
      { $sort: { 'events.at': -1 } },
      { $limit: limit },
    ]).toArray()
    return [200, found.map(({ code, events }) => ({ code, ...events }))]
  }
  return [404, { message: 'not here' }]
}

createServer(async (request, response) => {
  let status = 500
  let body: unknown = { message: 'a fault of ours' }
  try {
    const url = new URL(request.url!, 'http://here')
    const type = request.headers['content-type'] ?? ''
    if (request.method === 'POST' && !/^application\/json *(;|$)/i.test(type)) throw new Refused('JSON, please')
    ;[status, body] = await answer(request.method!, url, async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      try { return JSON.parse(Buffer.concat(chunks).toString()) } catch { throw new Refused('JSON, please') }
    })
  } catch (error) {
    if (error instanceof Refused) [status, body] = [400, { message: error.message }]
    else console.error(error)
  }
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}).listen(Number(process.env.PORT), '127.0.0.1')
