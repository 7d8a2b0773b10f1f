import { expect, test } from 'vitest'
import { meanwhile, openSubmission, race, requireService, shared } from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { add, EAST, objectOf, order, orders, Shop, sharedShop, stock, WEST } from './shop.ts'
import { shopModel } from './shop-model.ts'

const submission = openSubmission(import.meta)
const shop = sharedShop(submission)

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

const REQUIREMENTS = {
  C1: 'C1 gives customers back as they came, and 404 where there is none',
  C2: 'C2 keeps one customer per e-mail address, whatever its case',
  C3: 'C3 adds to the stock, takes from it for orders, and never goes below zero',
  C4: 'C4 lists orders newest first, in pages, and refuses odd ones',
  C5: 'C5 takes what is at the ends of the rules, refuses what is beyond, and changes nothing then',
  C6: 'C6 counts orders by days in UTC, wherever its copies stand',
}

/** Hundreds of requests one after the other: a server that thinks for a tenth of a second needs a minute. */
const unhurried = { timeout: 300_000 }

for (const [check, requirement] of Object.entries(REQUIREMENTS)) {
  test(requirement, unhurried, async () => {
    await expectAgreement(shopModel(submission, shop), check, submission.fresh)
  })
}

// ------------------------------------------------------------ days

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
  // A copy that keeps what it has read must have read it.
  for (const one of [server, second.server]) expect(await stock(one, sku)).toBe(7)
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
    expect(listed, `${which}: the orders`).toEqual([id, ...before].slice(0, 100))
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

test('C9 loses nothing where additions and orders of one article come at once', async () => {
  const { a, b, slowly } = await twins()
  const sku = article('BOTH')
  await add(a, sku, 40)
  // As many of each, and enough for all orders even if they come first.
  const requests = Array.from({ length: 40 }, (_, index) => ({
    to: index % 4 < 2 ? a : b,
    ...(index % 2 === 0
      ? { method: 'PUT', path: `/stock/${sku}`, json: { add: 3 } }
      : { method: 'POST', path: '/orders', json: { sku, qty: 2 } }),
  }))
  const answers = await slowly(20, () => race(requests))
  answers.forEach((answer, index) => {
    expect(answer).toHaveStatus(index % 2 === 0 ? 200 : 201)
  })
  expect(await stock(b, sku), '40 at first, 20 times 3 more, 20 orders of 2').toBe(60)
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
  const howMany = 'than 10 of 30 orders for one each were accepted, where there were 10'
  if (sold > 10) expect.fail(`more ${howMany}`)
  if (sold < 10) expect.fail(`fewer ${howMany}`)
  expect(await stock(b, sku), 'the stock after it').toBe(0)
  const own = (await orders(a)).filter((one) => one.sku === sku)
  expect(own, 'the orders after it').toHaveLength(10)
})

test('C10 sells what there is while orders of more than that come at once to two copies', async () => {
  const { a, b, slowly } = await twins()
  const sku = article('SOME')
  await add(a, sku, 10)
  // Every second one asks for more than there ever is.
  const requests = Array.from({ length: 20 }, (_, index) => ({
    to: index % 4 < 2 ? a : b,
    method: 'POST',
    path: '/orders',
    json: { sku, qty: index % 2 === 0 ? 1 : 11 + index },
  }))
  const answers = await slowly(30, () => race(requests))
  const where = 'where there were 10, and 10 orders of one each came among 10 of more than that'
  answers.forEach((answer, index) => {
    if (index % 2 === 0) expect(answer, where).toHaveStatus(201)
    else expect(answer, where).toHaveStatus(409)
  })
  expect(await stock(b, sku), 'the stock after it').toBe(0)
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
