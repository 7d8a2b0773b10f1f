// The old way: var, callbacks, one document for each event in `timelines`, one more for each parcel
// that only counts. The counter is a sum of what is there and what was thrown away.
import * as http from 'node:http'
import { MongoClient } from 'mongodb'

var client = new MongoClient(process.env.MONGODB_URL as string)
var timelines: any
var TEXT_FIELDS = ['eventId', 'kind', 'depot']

function send(res: http.ServerResponse, status: number, body: unknown) {
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.end(JSON.stringify(body))
}

function call(promise: Promise<any>, done: (error: any, value?: any) => void) {
  promise.then(function (value) { done(null, value) }, function (error) { done(error || new Error('failed')) })
}

function isText(value: unknown) {
  return typeof value === 'string' && value.length > 0 && Array.from(value).length <= 100
}

function isInstant(value: any) {
  var form = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/
  return isText(value) && form.test(value) && isDay(value.slice(0, 10)) && !isNaN(Date.parse(value))
}

function isDay(value: any) {
  if (!isText(value) || !/^\d{4}-\d\d-\d\d$/.test(value)) return false
  // JavaScript makes 2 March of 30 February.
  var date = new Date(value)
  return !isNaN(date.getTime()) && date.toISOString().slice(0, 10) === value
}

// Events are never thrown away here; only the newest 100 are shown.
function append(code: string, event: any, done: (error: any, status?: number) => void) {
  var document = { code: code, eventId: event.eventId, kind: event.kind, depot: event.depot, at: new Date(event.at) }
  call(timelines.insertOne(document), function (error) {
    if (error && error.code === 11000) return done(null, 200)
    done(error, 201)
  })
}

function show(code: string, done: (error: any, timeline?: any) => void) {
  call(timelines.countDocuments({ code: code }), function (error, total) {
    if (error || total === 0) return done(error, null)
    var newest = timelines.find({ code: code }).sort({ at: -1 }).limit(100)
    call(newest.toArray(), function (error, events) {
      done(error, error ? null : { code: code, total: total, events: events.reverse() })
    })
  })
}

function daily(depot: string, from: string, to: string, done: (error: any, days?: any[]) => void) {
  var pipeline = [
    { $match: { depot: depot, at: { $gte: new Date(from), $lt: new Date(to) } } },
    { $group: { _id: { $dateToString: { date: '$at', format: '%Y-%m-%d' } }, events: { $sum: 1 }, codes: { $addToSet: '$code' } } },
    { $sort: { _id: 1 } },
  ]
  call(timelines.aggregate(pipeline).toArray(), function (error, days) {
    if (error) return done(error)
    done(null, days.map(function (day: any) {
      return { day: day._id, events: day.events, parcels: day.codes.length }
    }))
  })
}

function handle(req: http.IncomingMessage, res: http.ServerResponse, body: string) {
  var url = new URL(req.url as string, 'http://localhost')
  var parts = url.pathname.split('/').slice(1).map(decodeURIComponent)
  var query = url.searchParams
  var fail = function (error: any) {
    console.error(error)
    send(res, 500, { error: 'internal error' })
  }
  if (req.method === 'POST' && parts[0] === 'parcels' && parts[2] === 'events') {
    if (!/^application\/json\s*(;|$)/i.test(req.headers['content-type'] || '')) return send(res, 415, { error: 'JSON only' })
    var event: any
    try { event = JSON.parse(body) } catch (e) { return send(res, 400, { error: 'malformed JSON' }) }
    var good = isText(parts[1]) && event && TEXT_FIELDS.every(function (name) { return isText(event[name]) }) && isInstant(event.at)
    if (!good) return send(res, 422, { error: 'invalid event' })
    return append(parts[1]!, event, function (error, status) {
      if (error) return fail(error)
      send(res, status!, {})
    })
  }
  if (req.method === 'GET' && parts[0] === 'parcels' && parts.length === 2) {
    return show(parts[1]!, function (error, timeline) {
      if (error) return fail(error)
      if (!timeline) return send(res, 404, { error: 'not found' })
      send(res, 200, timeline)
    })
  }
  if (req.method === 'GET' && parts[0] === 'depots' && parts[2] === 'daily') {
    var from = query.get('from'), to = query.get('to')
    if (!isDay(from) || !isDay(to)) return send(res, 400, { error: 'invalid days' })
    return daily(parts[1]!, from!, to!, function (error, days) {
      if (error) return fail(error)
      send(res, 200, days)
    })
  }
  if (req.method === 'GET' && parts[0] === 'search') {
    var limit = query.has('limit') ? Number(query.get('limit')) : 20
    var after = query.get('after')
    var valid = isText(query.get('kind')) && isText(query.get('depot')) && Math.floor(limit) === limit && limit >= 1 && limit <= 100
    if (!valid || (after !== null && !isInstant(after))) return send(res, 400, { error: 'invalid search' })
    var filter: any = { kind: query.get('kind'), depot: query.get('depot') }
    if (after !== null) filter.at = { $gt: new Date(after) }
    return call(timelines.find(filter).sort({ at: -1 }).limit(limit).toArray(), function (error, found) {
      if (error) return fail(error)
      send(res, 200, found)
    })
  }
  send(res, 404, { error: 'not found' })
}

var server = http.createServer(function (req, res) {
  var chunks: Buffer[] = []
  req.on('data', function (chunk) { chunks.push(chunk) })
  req.on('end', function () { handle(req, res, Buffer.concat(chunks).toString('utf8')) })
})

call(client.connect(), function (error) {
  if (error) throw error
  timelines = client.db().collection('timelines')
  var indexes = [
    { key: { code: 1, eventId: 1 }, unique: true },
    { key: { code: 1, at: -1 } },
    { key: { kind: 1, depot: 1, at: -1 } },
    { key: { depot: 1, at: 1 } },
  ]
  call(timelines.createIndexes(indexes), function (error) {
    if (error) throw error
    server.listen(Number(process.env.PORT), '127.0.0.1')
  })
})
