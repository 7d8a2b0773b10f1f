'use strict'

var http = require('node:http')
var crypto = require('node:crypto')
var express = require('express')

var PAUSE = 25
var FIELDS = ['to', 'weightG', 'status']
var STATES = ['new', 'moving', 'delivered']

function Problem(status, title) {
  Error.call(this, title)
  Error.captureStackTrace(this, Problem)
  this.message = title
  this.status = status
}
Problem.prototype = Object.create(Error.prototype)
Problem.prototype.constructor = Problem

/** Parcels by their index. A parcel that is gone leaves a hole, so no index is used twice. */
function Store() {
  this.parcels = []
}

Store.prototype.add = function (fields) {
  var code = this.parcels.length
  this.parcels.push({
    code: code,
    status: 'new',
    to: fields.to,
    weightG: fields.weightG,
    carrier: 'Pelican Post',
    changes: 0,
    links: { quote: `/parcels/${code}/quote` },
  })
  return this.parcels[code]
}

Store.prototype.find = function (code) {
  var parcel = /^(0|[1-9][0-9]*)$/.test(code) ? this.parcels[code] : undefined
  if (!parcel) throw new Problem(404, 'No parcel has this code')
  return parcel
}

Store.prototype.remove = function (parcel) {
  this.parcels[parcel.code] = null
}

function isValid(name, value) {
  switch (name) {
    case 'to':
      return typeof value === 'string' && value.length > 0 && Array.from(value).length <= 200
    case 'weightG':
      return Number.isInteger(value) && value >= 1 && value <= 30000
    case 'status':
      return STATES.indexOf(value) !== -1
    default:
      // The code is ours, and a parcel that is sent back as it came is no mistake.
      return name === 'code'
  }
}

function checkBody(body, names) {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Problem(422, 'Send a JSON object')
  }
  names.concat(Object.keys(body)).forEach((name) => {
    // A new parcel is new, whatever the body says.
    if (name === 'status' && names.length > 0) return
    if (!isValid(name, body[name])) throw new Problem(422, `Not valid: ${name.slice(0, 20)}`)
  })
}

function askPrice(weightG, callback) {
  var over = false
  var request = http.get(`${process.env.PRICING_URL}/quote?weight=${weightG}`, { agent: false })
  var timer = setTimeout(() => {
    finish(new Problem(504, 'The price is late'))
  }, 1000)

  function finish(error, quote) {
    if (over) return
    over = true
    clearTimeout(timer)
    request.destroy()
    callback(error, quote)
  }
  function broken() {
    finish(new Problem(502, 'The pricing service is out of order'))
  }

  request.on('error', broken)
  request.on('response', (response) => {
    var text = ''
    if (response.statusCode !== 200) return broken()
    response.setEncoding('utf8')
    response.on('data', (part) => {
      text += part
    })
    response.on('error', broken)
    response.on('aborted', broken)
    response.on('end', () => {
      var quote = null
      try {
        quote = JSON.parse(text)
      } catch (_) {
        return broken()
      }
      if (quote === null || !Number.isInteger(quote.cents)) return broken()
      finish(null, { currency: 'EUR', cents: quote.cents, weightG: weightG })
    })
  })
}

/** Sends indented JSON, a few bytes at a time and without a Content-Length. */
function sendJson(res, status, type, value) {
  var bytes = Buffer.from(`${JSON.stringify(value, null, '\t')}\r\n`)
  var at
  res.status(status).set('Content-Type', type)
  for (at = 0; at < bytes.length; at += 64) res.write(bytes.subarray(at, at + 64))
  res.end()
}

function sendParcels(res, status, value) {
  sendJson(res, status, 'application/json', value)
}

function notAllowed(allow) {
  return (_req, res, next) => {
    res.set('Allow', allow)
    next(new Problem(405, 'Not with this method'))
  }
}

var store = new Store()
var app = express()
app.disable('x-powered-by')
app.disable('etag')

app.use((req, res, next) => {
  var sent = req.get('X-Request-Id')
  var good = sent !== undefined && /^[A-Za-z0-9_-]{8,64}$/.test(sent)
  res.set('X-Request-Id', good ? sent : crypto.randomBytes(32).toString('hex'))
  setTimeout(next, PAUSE)
})
app.use(express.json({ limit: 102400, strict: false }))

app
  .route('/parcels')
  .get((req, res) => {
    var status = req.query.status
    if (status !== undefined && !isValid('status', status)) {
      throw new Problem(422, 'No such status')
    }
    sendParcels(
      res,
      200,
      store.parcels.filter((parcel) => parcel && (!status || parcel.status === status)).reverse(),
    )
  })
  .post((req, res) => {
    checkBody(req.body, ['to', 'weightG'])
    var parcel = store.add(req.body)
    // Relative to /parcels itself, so without a slash in front.
    res.set('Location', `parcels/${parcel.code}`)
    sendParcels(res, 201, parcel)
  })
  .all(notAllowed('GET, POST'))

app
  .route('/parcels/:code')
  .get((req, res) => {
    sendParcels(res, 200, store.find(req.params.code))
  })
  .patch((req, res) => {
    var parcel = store.find(req.params.code)
    var body = req.body
    checkBody(body, [])
    var names = FIELDS.filter((name) => Object.hasOwn(body, name))
    if (names.length === 0) throw new Problem(422, 'Nothing to change')
    names.forEach((name) => {
      parcel[name] = body[name]
    })
    parcel.changes += 1
    sendParcels(res, 200, parcel)
  })
  .delete((req, res) => {
    var parcel
    try {
      parcel = store.find(req.params.code)
    } catch (_) {
      return res.status(204).end()
    }
    store.remove(parcel)
    res.status(200).type('text').send('gone\n')
  })
  .all(notAllowed('GET, PATCH, DELETE'))

app
  .route('/parcels/:code/quote')
  .get((req, res, next) => {
    askPrice(store.find(req.params.code).weightG, (error, quote) => {
      if (error) return next(error)
      sendParcels(res, 200, quote)
    })
  })
  .all(notAllowed('GET'))

app
  .route('/boom')
  .get(() => {
    throw new Error('boom')
  })
  .all(notAllowed('GET'))

app
  .route('/boom-async')
  .get((_req, _res, next) => {
    // A throw in here would be nobody's: it has to be caught and handed on.
    setTimeout(() => {
      try {
        throw new Error('boom, later')
      } catch (error) {
        next(error)
      }
    }, 10)
  })
  .all(notAllowed('GET'))

app.use((_req, _res, next) => {
  next(new Problem(404, 'Nothing here'))
})

app.use((error, req, res, _next) => {
  var status = error.status
  if (!(status >= 400 && status <= 599)) {
    console.error(res.get('X-Request-Id'), error)
    status = 500
  }
  var known = error instanceof Problem || (status < 500 && error.type)
  sendJson(res, status, 'application/problem+json; charset=utf-8', {
    type: 'about:blank',
    status: status,
    title: http.STATUS_CODES[status],
    detail: known ? error.message : 'Something went wrong',
    instance: `urn:request:${req.method}`,
  })
})

var server = app.listen(Number(process.env.PORT), '127.0.0.1', (error) => {
  if (error) throw error
  console.log('ready')
})
process.on('SIGTERM', () => {
  server.close()
})
