import { expect, test } from 'vitest'
import { meanwhile, openSubmission, race, requireService, shared } from '../../harness/index.ts'
import { add, EAST, objectOf, order, orders, Shop, sharedShop, stock, WEST } from './shop.ts'

const submission = openSubmission(import.meta)
const shop = sharedShop(submission)

/** The copy that most tests share. */
async function openShop() {
  return (await shop()).west.server
}

/** Two copies on one database, each statement of which may be made to take a while to arrive. */
async function twins() {
  const copies = await (await shop()).twins()
  const [a, b] = copies.map(({ server }) => server)
  const slowly = async <T>(ms: number, act: () => Promise<T>): Promise<T> => {
    for (const { delay } of copies) delay(ms)
    try {
      return await act()
    } finally {
      for (const { delay } of copies) delay(0)
    }
  }
  return { a: a!, b: b!, slowly }
}

/** An article that no other test has. */
const article = (hint = 'BOX') => submission.fresh.unique(`${hint}-`).toUpperCase().slice(0, 20)

/** The same word in capitals, in small letters, and in both. */
const cases = (word: string): string[] => [
  word,
  word.toUpperCase(),
  word[0]!.toUpperCase() + word.slice(1),
]

// ------------------------------------------------------------ customers

const NAMES = ['Łukasz Żółć', 'Ζωή', '李小龍', 'Renée 📦', '👩🏽‍🚀🚀', 'O\'Brien \\ "x" %_']

for (const name of NAMES) {
  test(`C1 gives the name ${name} back as it came`, async () => {
    const server = await openShop()
    const email = submission.fresh.email()
    const made = await server.http.post('/customers').send({ email, name })
    expect(made).toHaveStatus(201)
    expect(objectOf(made), 'the customer as POST answers it').toMatchObject({ email, name })
    const found = await server.http.get(`/customers/${objectOf(made).id}`)
    expect(found).toHaveStatus(200)
    expect(objectOf(found), 'the same customer, read again').toMatchObject({ email, name })
  })
}

test('C1 answers 404 for a customer who does not exist', async () => {
  const server = await openShop()
  expect(await server.http.get('/customers/987654321')).toBeJsonError(404)
  const odd = await server.http.get('/customers/nobody')
  expect(odd).toBeJsonError(404, 400, 422)
})

test('C2 refuses an e-mail address that a customer has, whatever its case', async () => {
  const server = await openShop()
  const email = submission.fresh.email()
  const post = (address: string) =>
    server.http.post('/customers').send({ email: address, name: submission.fresh.name() })
  expect(await post(email)).toHaveStatus(201)
  for (const same of cases(email)) {
    expect(await post(same), `${same}, where there is ${email}`).toBeJsonError(409)
  }
  expect(await post(`x${email}`), 'another address').toHaveStatus(201)
})

// ------------------------------------------------------------ stock and orders

test('C3 adds to the stock, takes from it for orders, and never goes below zero', async () => {
  const server = await openShop()
  const sku = article()
  const [first, second] = [submission.fresh.int(3, 9), submission.fresh.int(3, 9)]
  expect(await server.http.get(`/stock/${sku}`), 'before anything was added').toBeJsonError(404)
  const made = await server.http.put(`/stock/${sku}`).send({ add: first })
  expect(made).toHaveStatus(200)
  expect(objectOf(made), `after ${first} were added`).toMatchObject({ sku, quantity: first })
  const more = await server.http.put(`/stock/${sku}`).send({ add: second })
  expect(objectOf(more), `after ${second} more`).toMatchObject({ sku, quantity: first + second })
  const bought = await order(server, { sku, qty: first })
  expect(bought, 'the order as POST answers it').toMatchObject({ sku, qty: first })
  expect(await stock(server, sku), `after an order of ${first}`).toBe(second)
  const tooMany = { sku, qty: second + 1 }
  expect(await server.http.post('/orders').send(tooMany), 'one too many').toBeJsonError(409)
  expect(await stock(server, sku), 'after an order that was refused').toBe(second)
  await order(server, { sku, qty: second })
  expect(await stock(server, sku), 'after all were ordered').toBe(0)
  const own = (await orders(server)).filter((one) => one.sku === sku)
  const listed = own.map(({ qty }) => qty)
  expect(listed, 'GET /orders shows the two orders that were accepted').toEqual([second, first])
  const unknown = await server.http.post('/orders').send({ sku: 'NEVER-SEEN', qty: 1 })
  expect(unknown, 'an article that there never was').toHaveStatus(404, 409)
})

test('C4 lists orders newest first, in pages', async () => {
  const server = await openShop()
  const sku = article('TAPE')
  await add(server, sku, 100)
  const ids = (await orders(server)).map(({ id }) => id)
  // The times say nothing of which is newest: orders of the past are entered, too.
  for (const at of [
    '2026-03-02T00:00:00Z',
    undefined,
    '2026-03-01T00:00:00Z',
    undefined,
    undefined,
  ]) {
    ids.unshift((await order(server, { sku, qty: 1, at })).id)
  }
  const page = async (query: string) => (await orders(server, query)).map(({ id }) => id)
  expect(await page(''), 'GET /orders').toEqual(ids.slice(0, 20))
  expect(await page('?limit=2'), 'GET /orders?limit=2').toEqual(ids.slice(0, 2))
  expect(await page('?limit=2&offset=3'), 'GET /orders?limit=2&offset=3').toEqual(ids.slice(3, 5))
  const end = `?offset=${ids.length}`
  expect(await page(end), `GET /orders${end}, of ${ids.length}`).toEqual([])
})

const JUNK = ['limit=0', 'limit=101', 'limit=-1', 'limit=ten', 'limit=2x', 'limit=1.5', 'limit=']
const MORE_JUNK = [
  'offset=-1',
  'offset=x',
  'offset=1e1',
  'limit=1;drop%20table%20orders',
  'limit=1%20or%201',
]

for (const query of [...JUNK, ...MORE_JUNK]) {
  test(`C4 refuses GET /orders?${query}`, async () => {
    const server = await openShop()
    expect(await server.http.get(`/orders?${query}`)).toBeValidationFailure()
    expect(await server.http.get('/orders'), 'and goes on').toHaveStatus(200)
  })
}

// ------------------------------------------------------------ what is refused

test('C5 takes a name of 60 characters and refuses one of 61, without keeping a part of it', async () => {
  const server = await openShop()
  const post = (email: string, name: string) => server.http.post('/customers').send({ email, name })
  const { fresh } = submission
  for (const letter of ['a', 'Ł']) {
    const email = fresh.email()
    const refused = await post(email, letter.repeat(61))
    expect(refused, `61 times ${letter}`).toBeValidationFailure()
    const name = letter.repeat(60)
    const made = await post(email, name)
    expect(made, `60 times ${letter}, with the address that was refused before`).toHaveStatus(201)
    const found = await server.http.get(`/customers/${objectOf(made).id}`)
    expect(objectOf(found).name, 'the name as it is kept').toBe(name)
  }
})

const NO_CUSTOMERS: [string, object][] = [
  ['no name', { email: 'ann@example.test' }],
  ['an empty name', { email: 'ann@example.test', name: '' }],
  ['a name that is a number', { email: 'ann@example.test', name: 7 }],
  ['no address', { name: 'Ann' }],
  ['an address without @', { email: 'ann.example.test', name: 'Ann' }],
  ['an address with two @', { email: 'ann@lee@example.test', name: 'Ann' }],
  ['an address with an é', { email: 'anné@example.test', name: 'Ann' }],
  ['an address with a space', { email: 'ann lee@example.test', name: 'Ann' }],
  ['an address of 201 characters', { email: `${'a'.repeat(188)}@example.test`, name: 'Ann' }],
  ['an address that is a list', { email: ['ann@example.test'], name: 'Ann' }],
]

for (const [what, json] of NO_CUSTOMERS) {
  test(`C5 refuses a customer with ${what}`, async () => {
    const server = await openShop()
    expect(await server.http.post('/customers').send(json)).toBeValidationFailure()
    const good = { email: submission.fresh.email(), name: 'Ann' }
    expect(await server.http.post('/customers').send(good), 'a good one after it').toHaveStatus(201)
  })
}

for (const sku of ['box-S', 'BOX-s', 'BOX_S', 'BOXES'.repeat(5)]) {
  test(`C5 refuses the article ${sku}`, async () => {
    const server = await openShop()
    // Whoever has no route for it says 404.
    const put = await server.http.put(`/stock/${sku}`).send({ add: 2 })
    expect(put).toBeJsonError(400, 422, 404)
    const post = await server.http.post('/orders').send({ sku, qty: 1 })
    expect(post, `an order of ${sku}`).toBeJsonError(400, 422, 404, 409)
    const found = await server.http.get(`/stock/${sku}`)
    expect(found, 'after it was refused').toBeJsonError(404, 400, 422)
  })
}

for (const amount of [0, -3, 1.5, '2', null, 1_000_001]) {
  test(`C5 refuses the amount ${JSON.stringify(amount)}, and the stock stays as it was`, async () => {
    const server = await openShop()
    const sku = article()
    await add(server, sku, 5)
    const put = server.http.put(`/stock/${sku}`).send({ add: amount })
    expect(await put, `PUT /stock/${sku}`).toBeValidationFailure()
    const post = server.http.post('/orders').send({ sku, qty: amount })
    expect(await post, 'POST /orders').toBeValidationFailure()
    expect(await stock(server, sku), 'the stock after both').toBe(5)
    const own = (await orders(server)).filter((one) => one.sku === sku)
    expect(own, 'the orders after both').toEqual([])
  })
}

test('C5 answers 400 to a body that is no JSON', async () => {
  const server = await openShop()
  const headers = { 'Content-Type': 'application/json' }
  const sending = { method: 'POST', path: '/customers', headers, body: '{"email": "a@b' }
  expect(await server.send(sending)).toHaveStatus(400)
})

// ------------------------------------------------------------ days

test('C6 counts orders by days in UTC, wherever its copies stand', async () => {
  const { a: west, b: east } = await twins()
  const sku = article()
  await add(west, sku, 1000)
  const { fresh } = submission
  const days: Record<string, string[]> = {
    '2026-03-07': ['2026-03-07T23:59:59Z'],
    '2026-03-08': [
      '2026-03-08T00:00:00Z',
      '2026-03-08T00:05:00Z',
      '2026-03-08T23:55:00Z',
      '2026-03-09T05:30:00+05:45',
      '2026-03-07T22:00:00-02:30',
    ],
    '2026-03-10': ['2026-03-10T12:00:00Z'],
    '2026-03-11': ['2026-03-11T00:00:00Z'],
  }
  const wanted: object[] = []
  for (const [day, times] of Object.entries(days)) {
    let qty = 0
    for (const [index, at] of times.entries()) {
      const each = fresh.int(1, 9)
      qty += each
      const made = await order(index % 2 === 0 ? west : east, { sku, qty: each, at })
      const shown = made.at
      const right = new Date(String(shown)).getTime() === new Date(at).getTime()
      if (!right) expect.fail(`the order was made at ${at}, and the answer says ${shown}`)
    }
    wanted.push({ day, orders: times.length, qty })
  }
  for (const server of [west, east]) {
    const report = await server.http.get('/report?from=2026-03-07&to=2026-03-12')
    expect(report).toHaveStatus(200)
    expect(objectOf(report).days, 'all days').toMatchObject(wanted)
    expect(objectOf(report).days, 'days without orders are left out').toHaveLength(wanted.length)
    const part = await server.http.get('/report?from=2026-03-08&to=2026-03-11')
    expect(objectOf(part).days, 'from is included, to is not').toMatchObject(wanted.slice(1, 3))
    expect(objectOf(part).days, 'from is included, to is not').toHaveLength(2)
  }
})

test('C6 takes the present moment for an order that names none, wherever it stands', async () => {
  const { a, b } = await twins()
  const sku = article()
  await add(a, sku, 2)
  for (const [zone, server] of [
    [WEST, a],
    [EAST, b],
  ] as const) {
    const made = await order(server, { sku, qty: 1 })
    const [listed] = await orders(server)
    for (const at of [made.at, listed?.at]) {
      const minutes = Math.abs(Date.now() - new Date(String(at)).getTime()) / 60_000
      // Half an hour is far more than any clock or machine is late, and less than any zone is off.
      if (!(minutes < 30)) expect.fail(`with TZ=${zone} the order says it was made at ${at}`)
    }
  }
})

test.each(['from=x&to=2026-03-09', 'from=2026-03-08', 'from=2026-13-01&to=2026-03-09'])(
  'C6 refuses GET /report?%s',
  async (query) => {
    const server = await openShop()
    expect(await server.http.get(`/report?${query}`)).toBeValidationFailure()
  },
)

// ------------------------------------------------------------ restart and twins

test('C7 keeps everything over a restart, and a second copy shows the same', async () => {
  const open = await shop()
  const [first, second] = await open.twins()
  const { server } = first
  const sku = article()
  const email = submission.fresh.email()
  const customer = await server.http.post('/customers').send({ email, name: 'Ann' })
  expect(customer).toHaveStatus(201)
  await add(server, sku, 7)
  const before = (await orders(second.server)).map(({ id }) => id)
  const { id } = await order(server, { sku, qty: 3 })
  first.server = await shared(() => server.restart())()
  for (const [which, one] of Object.entries({
    'after a restart': first.server,
    'the second copy': second.server,
  })) {
    const found = await one.http.get(`/customers/${objectOf(customer).id}`)
    expect(found, `${which}: the customer`).toHaveStatus(200)
    expect(objectOf(found), `${which}: the customer`).toMatchObject({ email, name: 'Ann' })
    expect(await stock(one, sku), `${which}: the stock`).toBe(4)
    const listed = (await orders(one)).map(({ id }) => id)
    expect(listed, `${which}: the orders`).toEqual([id, ...before])
    const taken = await one.http.post('/customers').send({ email, name: 'Eve' })
    expect(taken, `${which}: the address is still taken`).toBeJsonError(409)
  }
})

test('C8 makes one customer of twenty equal e-mail addresses that come at once', async () => {
  const { a, b, slowly } = await twins()
  const email = submission.fresh.email()
  const requests = Array.from({ length: 20 }, (_, index) => ({
    to: index % 2 === 0 ? a : b,
    method: 'POST',
    path: '/customers',
    json: { email: cases(email)[index % 3], name: `Ann ${index}` },
  }))
  const answers = await slowly(40, () => race(requests))
  for (const answer of answers) expect(answer).toHaveStatus(201, 409)
  // How many exactly is chance, and would tell nothing.
  const made = answers.filter(({ status }) => status === 201).length
  if (made === 0) expect.fail('none of 20 requests for one new address was answered with 201')
  if (made > 1) expect.fail('more than one of 20 requests for one address was answered with 201')
})

test('C9 loses none of sixty additions that come at once to two copies', async () => {
  const { a, b, slowly } = await twins()
  // One article that there is before, and one that the additions create.
  const [old, made] = [article('OLD'), article('NEW')]
  await add(a, old, 5)
  const requests = Array.from({ length: 60 }, (_, index) => ({
    to: index % 2 === 0 ? a : b,
    method: 'PUT',
    path: `/stock/${index % 3 === 0 ? made : old}`,
    json: { add: 1 + (index % 4) },
  }))
  const answers = await slowly(20, () => race(requests))
  for (const answer of answers) expect(answer).toHaveStatus(200)
  const sum = (sku: string) =>
    requests
      .filter(({ path }) => path === `/stock/${sku}`)
      .reduce((total, { json }) => total + json.add, 0)
  for (const [sku, right] of [
    [made, sum(made)],
    [old, 5 + sum(old)],
  ] as const) {
    const quantity = Number(await stock(b, sku))
    if (quantity < right) {
      expect.fail(`additions to ${sku} were lost, though all were answered with 200`)
    }
    expect(quantity, `the stock of ${sku}`).toBe(right)
  }
})

test('C10 sells no more than there is when thirty orders come at once to two copies', async () => {
  const { a, b, slowly } = await twins()
  const sku = article('RARE')
  await add(a, sku, 10)
  const requests = Array.from({ length: 30 }, (_, index) => ({
    to: index % 2 === 0 ? a : b,
    method: 'POST',
    path: '/orders',
    json: { sku, qty: 1 },
  }))
  const answers = await slowly(30, () => race(requests))
  for (const answer of answers) expect(answer).toHaveStatus(201, 409)
  const sold = answers.filter(({ status }) => status === 201).length
  if (sold > 10)
    expect.fail('more than 10 of 30 orders for one each were accepted, where there were 10')
  expect(sold, 'how many of 30 orders for one each were accepted, where there were 10').toBe(10)
  expect(await stock(b, sku), 'the stock after it').toBe(0)
  const own = (await orders(a)).filter((one) => one.sku === sku)
  expect(own, 'the orders after it').toHaveLength(10)
})

// In a shop of its own, where no other test's orders get such ids.
meanwhile('C11 shows ids beyond 2^53 exactly', async () => {
  requireService('mariadb')
  const { db, west } = await Shop.open(submission)
  const { server } = west
  await add(server, 'BOX-S', 10)
  await order(server, { sku: 'BOX-S', qty: 1 })
  const next = 9_007_199_254_740_993n + BigInt(2 * submission.fresh.int(0, 5000))
  await db.query(`alter table orders auto_increment = ${next}`).catch((error: Error) => {
    expect.fail(`the table "orders" must count up its id by AUTO_INCREMENT: ${error.message}`)
  })
  const made = [
    await order(server, { sku: 'BOX-S', qty: 1 }),
    await order(server, { sku: 'BOX-S', qty: 1 }),
  ]
  const wanted = [String(next), String(next + 1n)]
  expect(
    made.map((one) => one.id),
    'the ids as POST answers them',
  ).toEqual(wanted)
  const listed = (await orders(server, '?limit=2')).map((one) => one.id)
  expect(listed, 'the ids as GET /orders shows them').toEqual(wanted.toReversed())
})
