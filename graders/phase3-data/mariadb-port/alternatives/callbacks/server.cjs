var express = require('express')
var mysql = require('mysql2')

var connection = mysql.createConnection({
  uri: process.env.MARIADB_URL.replace('mariadb://', 'mysql://'),
  timezone: '+00:00',
  dateStrings: true,
  charset: 'utf8mb4_bin',
  supportBigNumbers: true,
  bigNumberStrings: true,
  multipleStatements: true,
})

var tables =
  'CREATE TABLE IF NOT EXISTS customer (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(200) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL, name VARCHAR(60) CHARACTER SET utf8mb4 NOT NULL, UNIQUE KEY (email));' +
  'CREATE TABLE IF NOT EXISTS stock (sku CHAR(20) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY, quantity BIGINT NOT NULL);' +
  'CREATE TABLE IF NOT EXISTS orders (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, sku CHAR(20) CHARACTER SET ascii NOT NULL, qty INT NOT NULL, at DATETIME NOT NULL)'

var app = express()
app.use(express.json())

function fail(response, status, message) {
  response.status(status).json({ error: message })
}

function whole(value) {
  return typeof value === 'number' && Math.floor(value) === value && value >= 1 && value <= 1000000
}

function isSku(value) {
  return typeof value === 'string' && /^[A-Z0-9-]{1,20}$/.test(value)
}

function show(row) {
  return { id: String(row.id), sku: row.sku, qty: row.qty, at: row.at.replace(' ', 'T') + 'Z' }
}

app.post('/customers', function (request, response) {
  var email = request.body && request.body.email
  var name = request.body && request.body.name
  if (typeof email !== 'string' || !/^[!-?A-~]+@[!-?A-~]+$/.test(email) || email.length > 200) return fail(response, 400, 'email')
  if (typeof name !== 'string' || !/^[^]{1,60}$/u.test(name)) return fail(response, 400, 'name')
  connection.query('INSERT INTO customer SET ?', { email: email, name: name }, function (error, result) {
    if (error && error.errno === 1062) return fail(response, 409, 'this address is taken')
    if (error) return fail(response, 500, error.code)
    response.status(201).json({ id: result.insertId, email: email, name: name })
  })
})

app.get('/customers/:id', function (request, response) {
  if (!/^[0-9]+$/.test(request.params.id)) return fail(response, 404, 'not found')
  connection.query('SELECT * FROM customer WHERE id = ?', [request.params.id], function (error, rows) {
    if (error) return fail(response, 500, error.code)
    if (rows.length === 0) return fail(response, 404, 'not found')
    response.json(rows[0])
  })
})

app.put('/stock/:sku', function (request, response) {
  var sku = request.params.sku
  var add = request.body && request.body.add
  if (!isSku(sku) || !whole(add)) return fail(response, 400, 'add')
  connection.query('INSERT INTO stock VALUES (?, ?) ON DUPLICATE KEY UPDATE quantity = quantity + ?; SELECT quantity FROM stock WHERE sku = ?', [sku, add, add, sku], function (error, results) {
    if (error) return fail(response, 500, error.code)
    response.json({ sku: sku, quantity: Number(results[1][0].quantity) })
  })
})

app.get('/stock/:sku', function (request, response) {
  connection.query('SELECT quantity FROM stock WHERE sku = ?', [request.params.sku], function (error, rows) {
    if (error) return fail(response, 500, error.code)
    if (rows.length === 0) return fail(response, 404, 'not found')
    response.json({ sku: request.params.sku, quantity: Number(rows[0].quantity) })
  })
})

app.post('/orders', function (request, response) {
  var body = request.body || {}
  if (!isSku(body.sku) || !whole(body.qty)) return fail(response, 400, 'sku, qty')
  var at = body.at === undefined ? new Date() : new Date(body.at)
  if (isNaN(at.getTime())) return fail(response, 400, 'at')
  var text = at.toISOString().slice(0, 19).replace('T', ' ')
  // One connection sends one statement after the other, but the other copy has one of its own: the
  // row that INSERT … SELECT reads is locked until the end of the transaction.
  var sql =
    'START TRANSACTION; UPDATE stock SET quantity = quantity - ? WHERE sku = ? AND quantity >= ?; ' +
    'INSERT INTO orders (sku, qty, at) SELECT ?, ?, ? FROM DUAL WHERE ROW_COUNT() = 1; ' +
    'SELECT * FROM orders WHERE ROW_COUNT() = 1 AND id = LAST_INSERT_ID(); COMMIT'
  connection.query(sql, [body.qty, body.sku, body.qty, body.sku, body.qty, text], function (error, results) {
    if (error) return connection.query('ROLLBACK', function () { fail(response, 500, error.code) })
    if (results[1].affectedRows === 0) return fail(response, 409, 'not enough')
    response.status(201).json(show(results[3][0]))
  })
})

function number(text, otherwise, min, max) {
  if (text === undefined) return otherwise
  if (!/^[0-9]{1,9}$/.test(text) || Number(text) < min || Number(text) > max) return -1
  return Number(text)
}

app.get('/orders', function (request, response) {
  var limit = number(request.query.limit, 20, 1, 100)
  var offset = number(request.query.offset, 0, 0, 1e9)
  if (limit < 0 || offset < 0) return fail(response, 400, 'limit, offset')
  connection.query('SELECT * FROM orders ORDER BY id DESC LIMIT ?, ?', [offset, limit], function (error, rows) {
    if (error) return fail(response, 500, error.code)
    response.json({ orders: rows.map(show) })
  })
})

function isDay(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !isNaN(Date.parse(text))
}

app.get('/report', function (request, response) {
  var from = request.query.from
  var to = request.query.to
  if (!isDay(from) || !isDay(to)) return fail(response, 400, 'from, to')
  connection.query('SELECT qty, at FROM orders WHERE at >= ? AND at < ?', [from, to], function (error, rows) {
    if (error) return fail(response, 500, error.code)
    var days = {}
    rows.forEach(function (row) {
      var day = row.at.slice(0, 10)
      days[day] = days[day] || { day: day, orders: 0, qty: 0 }
      days[day].orders += 1
      days[day].qty += row.qty
    })
    var sorted = Object.keys(days).sort().map(function (day) { return days[day] })
    response.json({ days: sorted })
  })
})

app.use(function (error, request, response, next) {
  fail(response, error.status || 500, error.message)
})

connection.query(tables, function (error) {
  if (error) throw error
  app.listen(process.env.PORT, '127.0.0.1')
})
