// @ts-nocheck
import express from 'express'
import { createClient } from 'redis'

var client = createClient({
  url: process.env.REDIS_URL,
  disableOfflineQueue: true,
  socket: { reconnectStrategy: function () { return 300 } },
})
client.on('error', function (err) { console.log('redis says: ' + err.message) })
var legacy = client.legacy()

var H = 3600
// 1500 points are "98499:": the more points, the earlier in the alphabet.
var MOST = 9999999999

var ADD =
  "local old = redis.call('GET', KEYS[3])\n" +
  'if not old then\n' +
  "  local before = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')\n" +
  '  local after = before + tonumber(ARGV[2])\n' +
  "  local function member(score) return string.format('%010.0f', " + MOST + " - score) .. ':' .. ARGV[1] end\n" +
  "  redis.call('ZREM', KEYS[2], member(before))\n" +
  "  redis.call('ZADD', KEYS[2], 0, member(after))\n" +
  "  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', after))\n" +
  "  redis.call('EXPIREAT', KEYS[1], ARGV[3])\n" +
  "  redis.call('EXPIREAT', KEYS[2], ARGV[3])\n" +
  "  redis.call('SETEX', KEYS[3], 100000, '1')\n" +
  "  redis.call('XADD', KEYS[4], 'MAXLEN', '20', '*', 'id', ARGV[4], 'courier', ARGV[1], 'points', ARGV[2])\n" +
  "  redis.call('EXPIRE', KEYS[4], 100000)\n" +
  'end\n' +
  "return redis.call('HGET', KEYS[1], ARGV[1])"

function pad(score) { return String(MOST - score).padStart(10, '0') }
function dayString(date) { return date.toISOString().substring(0, 10) }
function expiry(day) { return new Date(day + 'T00:00:00Z').getTime() / 1000 + 24 * H + 55 * H }
function hashKey(day) { return 'pelican:day:' + day + ':scores' }
function setKey(day) { return 'pelican:day:' + day + ':order' }

function fail(res, status, why) { if (!res.headersSent) res.status(status).json({ error: why, status: status }) }
function unavailable(res, err) {
  console.log(err.message)
  fail(res, 503, 'The leaderboard is not available at the moment.')
}
function validCourier(c) { return typeof c === 'string' && /^[a-z0-9-]{1,40}$/.test(c) }
function validDay(d) {
  if (typeof d !== 'string' || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(d)) return false
  var date = new Date(d + 'T00:00:00Z')
  return !isNaN(date.getTime()) && dayString(date) === d
}
function openDay(d) {
  if (!validDay(d)) return false
  for (var i = 0; i < 3; i++) if (dayString(new Date(Date.now() - i * 24 * H * 1000)) === d) return true
  return false
}
function number(text, standard, min, max) {
  if (text === undefined) return standard
  if (typeof text !== 'string' || !/^[0-9]{1,12}$/.test(text)) return undefined
  var n = parseInt(text, 10)
  return n < min || n > max ? undefined : n
}

var app = express()
app.use(function (req, res, next) {
  setTimeout(next, 20)
  var timer = setTimeout(function () { fail(res, 503, 'This takes too long.') }, 1600)
  res.on('close', function () { clearTimeout(timer) })
})
app.use(express.json())

app.post('/deliveries', function (req, res) {
  var body = req.body || {}
  var day = body.day === undefined ? dayString(new Date()) : body.day
  if (typeof body.id !== 'string' || !/^[a-z0-9-]{1,64}$/i.test(body.id)) return fail(res, 422, 'id?')
  if (!validCourier(body.courier)) return fail(res, 422, 'courier?')
  if (!openDay(day)) return fail(res, 422, 'day?')
  if (Math.floor(body.points) !== body.points || body.points < 1 || body.points > 1000) return fail(res, 422, 'points?')
  legacy.sendCommand(
    ['EVAL', ADD, '4', hashKey(day), setKey(day), 'pelican:seen:' + body.id, 'pelican:stream',
      body.courier, String(body.points), String(expiry(day)), body.id],
    function (err, score) {
      if (err) return unavailable(res, err)
      if (!res.headersSent) res.json({ score: Number(score || 0), unit: 'points' })
    })
})

app.get('/leaderboard', function (req, res) {
  var day = req.query.day === undefined ? dayString(new Date()) : req.query.day
  var limit = number(req.query.limit, 10, 1, 100)
  var offset = number(req.query.offset, 0, 0, 999999999999)
  if (!validDay(day)) return fail(res, 400, 'day?')
  if (limit === undefined) return fail(res, 400, 'limit?')
  if (offset === undefined) return fail(res, 400, 'offset?')
  legacy.sendCommand(['ZRANGE', setKey(day), String(offset), String(offset + limit - 1)], function (err, members) {
    if (err) return unavailable(res, err)
    var lines = members.map(function (member) {
      var parts = member.split(':')
      return { courier: parts[1], score: MOST - Number(parts[0]) }
    })
    if (lines.length === 0) return res.json([])
    legacy.sendCommand(['ZLEXCOUNT', setKey(day), '-', '(' + pad(lines[0].score)], function (err, better) {
      if (err) return unavailable(res, err)
      lines.forEach(function (line, i) {
        if (i === 0) line.rank = better + 1
        else line.rank = line.score === lines[i - 1].score ? lines[i - 1].rank : offset + i + 1
      })
      if (!res.headersSent) res.json(lines)
    })
  })
})

app.get('/couriers/:courier', function (req, res) {
  var day = req.query.day === undefined ? dayString(new Date()) : req.query.day
  if (!validDay(day)) return fail(res, 400, 'day?')
  legacy.sendCommand(['HGET', hashKey(day), req.params.courier], function (err, score) {
    if (err) return unavailable(res, err)
    if (score === null) return fail(res, 404, 'no score')
    legacy.sendCommand(['ZLEXCOUNT', setKey(day), '-', '(' + pad(Number(score))], function (err, better) {
      if (err) return unavailable(res, err)
      if (!res.headersSent) res.json({ score: Number(score), rank: better + 1 })
    })
  })
})

app.post('/bonus', function (req, res) {
  var body = req.body || {}
  var day = body.day === undefined ? dayString(new Date()) : body.day
  if (!validCourier(body.courier) || !openDay(day)) return fail(res, 422, 'courier or day?')
  legacy.sendCommand(['SET', 'pelican:bonus:' + body.courier + ':' + day, '1', 'NX', 'EXAT', String(expiry(day))], function (err, ok) {
    if (err) return unavailable(res, err)
    if (ok === null) return fail(res, 409, 'Only one a day.')
    if (!res.headersSent) res.json({ ok: true })
  })
})

app.get('/recent', function (req, res) {
  legacy.sendCommand(['XREVRANGE', 'pelican:stream', '+', '-'], function (err, entries) {
    if (err) return unavailable(res, err)
    if (res.headersSent) return
    res.json(entries.map(function (entry) {
      return { id: entry[1][1], courier: entry[1][3], points: Number(entry[1][5]), at: Number(entry[0].split('-')[0]) }
    }))
  })
})

app.use(function (err, req, res, next) { fail(res, err.status || 500, err.message || 'sorry') })

client.connect().then(function () {
  app.listen(Number(process.env.PORT), '127.0.0.1')
})
