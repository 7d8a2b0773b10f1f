import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const GATEWAY_KEY = "'Idempotency-Key': charge_key"
const ID_BY_KEY = `    'SELECT * FROM payments WHERE customer = $1 AND key = $2',
    [customer, key],`
const UNIQUE = '  UNIQUE (customer, key)\n'
const CONFLICT = 'ON CONFLICT (customer, key) DO UPDATE SET leased_until = excluded.leased_until'
const CLAIM = `  const { rows } = await pool.query<Payment>(
    \`INSERT INTO payments (customer, key, cents, charge_key, leased_until)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')
     ON CONFLICT (customer, key) DO UPDATE SET leased_until = excluded.leased_until
     WHERE payments.status IS NULL AND payments.cents = excluded.cents
       AND payments.leased_until < now()
     RETURNING *\`,
    [customer, key, cents, randomUUID(), LEASE_SECONDS],
  )
  return rows[0]
`
const PLAIN_INSERT = `  const { rows } = await pool.query<Payment>(
    \`INSERT INTO payments (customer, key, cents, charge_key, leased_until)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second') RETURNING *\`,
    [customer, key, cents, randomUUID(), LEASE_SECONDS],
  )
`
const FIND_BODY = `  const { rows } = await pool.query<Payment>(
${ID_BY_KEY}
  )
  return rows[0]!
`
const GIVE_BACK =
  "  await pool.query('UPDATE payments SET leased_until = now() WHERE id = $1', [id])\n"
const OTHER_BODY = `  if (payment.cents !== wish.cents) {
    throw new HttpError(422, 'this key was used for another payment')
  }
`
const UNDER_WAY =
  "  if (payment.status === null) throw new HttpError(409, 'this payment is under way; ask again')\n"
const DECLINED = '    if (answer.status === 402) return { status: 402, charge: null }\n'
const SAY_DECLINED =
  "    if (payment.status === 402) throw new HttpError(402, 'the card was declined')\n"
const FAILED = "  throw new HttpError(502, 'the gateway does not answer as it should')"
const MADE_BY_US = `    const outcome = await charge(own).catch(async (error) => {
      await giveBack(own)
      throw error
    })
    await store(own, outcome)
`
const WANT_PAYMENT = '  const own = await claim(wish)\n'
const CHECK_KEY = '  if (!/^[A-Za-z0-9_-]{8,64}$/.test(key)) {'
const READ_KEY = "const key = request.get('idempotency-key') ?? ''"
const LENGTH = "const length = typeof customer === 'string' ? [...customer].length : 0"
const CHECK_CENTS = '  if (!Number.isInteger(cents) || cents < 1 || cents > 1_000_000) {'
const RETURN_WISH = '  return { customer, key, cents }\n}'
const ASKED_BODY = 'body: JSON.stringify({ customer, cents }),'
const SIGNAL = '      signal: AbortSignal.timeout(GATEWAY_MS),\n'
const SHOWN =
  'const shown = ({ id, customer, cents, charge }: Payment) => ({ id, customer, cents, charge })'
const KNOWN_ID = 'const known = /^[1-9][0-9]{0,17}$/.test(id)'
const ASK = '    const answer = await fetch('
const CHARGE_HEAD =
  'async function charge({ customer, cents, charge_key }: Payment): Promise<Outcome> {\n'
const FROM_NAMES = "'Idempotency-Key': `${customer}:${key}`"
const FROM_JOINED =
  "'Idempotency-Key': createHash('sha256').update(`${customer}-${key}`).digest('hex')"
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text

const ONCE = "A customer's key is charged **once** at most, however often the gateway fails."
const SCOPE = 'A key belongs to its customer: the same key of another one is a payment of its own.'
const BUSY =
  'A repeat that arrives while the first request is under way waits and gets its answer, or gets `409`.'
const OTHER =
  'The same customer and key with another body get `409` or `422`; nothing is charged, and the first payment stays as it is.'
const UNKNOWN =
  'Where the outcome is unknown, the answer is `502` or `504`, and is not stored: the next request with that key asks the gateway again.'
const REMEMBERED =
  '`402` from the gateway is `402` here, and is stored like a payment: it comes again, whatever the card could pay by then.'
const AGAIN =
  'The same customer, key and body get the stored answer again: the same status and the same payment.'
const AFTER_KILL =
  'After a kill, whenever it comes, a repeat leads to `201` and to one charge in all.'
const TEN_SECONDS = 'A repeat may get `409` for 10 seconds after the kill, and not longer.'
const ALONE = "A payment does not wait for another customer's payment."
const FREE = 'What is refused by these rules is not charged, and leaves its key free.'
const BAD_KEY = 'A key that is missing, or is of another form, gets `400`.'
const CAPITALS = 'Capitals matter in a key and in a customer.'
const CENTS = '`cents` is a whole number from 1 to 1000000.'
const CUSTOMER = '`customer` is a text of 1 to 40 characters.'
const ASKED = 'The gateway is asked for the `customer` and the `cents` that were sent.'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'knows keys in the memory of the process alone',
    rule: 'The stored answer comes from both copies, after both were killed, and while the gateway is away.',
    edits: [
      edit(UNIQUE, '  CHECK (cents > 0)\n'),
      edit(
        CLAIM,
        `  const name = JSON.stringify([customer, key])
  if (memory.has(name)) return undefined
  memory.set(name, '0')
${PLAIN_INSERT}  memory.set(name, rows[0]!.id)
  return rows[0]
`,
      ),
      edit(
        FIND_BODY,
        `  const { rows } = await pool.query<Payment>('SELECT * FROM payments WHERE id = $1', [
    memory.get(JSON.stringify([customer, key])),
  ])
  return rows[0] ?? ({ cents: NaN, status: null } as Payment)
`,
      ),
      edit(GIVE_BACK, '  for (const [name, one] of memory) if (one === id) memory.delete(name)\n'),
      edit(
        'const GATEWAY_MS = 2000\n',
        'const GATEWAY_MS = 2000\nconst memory = new Map<string, string>()\n',
      ),
      edit(
        OTHER_BODY,
        OTHER_BODY.replace(
          'payment.cents !== wish.cents',
          'payment.status && payment.cents !== wish.cents',
        ),
      ),
    ],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'looks whether the key is known, and inserts it then',
    rule: BUSY,
    edits: [
      edit(UNIQUE, '  CHECK (cents > 0)\n'),
      edit(
        CLAIM,
        `  const known = await pool.query<Payment>(
    \`SELECT *, leased_until < now() AND status IS NULL AND cents = $3 AS free FROM payments
     WHERE customer = $1 AND key = $2\`,
    [customer, key, cents],
  )
  if (known.rows[0]) return (known.rows[0] as Payment & { free: boolean }).free ? known.rows[0] : undefined
${PLAIN_INSERT}  return rows[0]
`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C7',
    why: 'marks a payment as under way, and nobody takes the mark away when the process dies',
    rule: TEN_SECONDS,
    edits: [edit("now() + $5 * interval '1 second'", "now() + $5 * interval '1 year'")],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'stores 502 as an outcome',
    rule: UNKNOWN,
    edits: [
      edit(
        MADE_BY_US,
        `    const outcome = await charge(own).catch(() => ({ status: 502, charge: null }) as never)
    await store(own, outcome)
`,
      ),
      edit(
        SAY_DECLINED,
        `${SAY_DECLINED}    if (payment.status === 502) throw new HttpError(502, 'the gateway has failed')\n`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C6',
    why: 'asks the gateway with a new key each time',
    rule: AFTER_KILL,
    edits: [
      edit(GATEWAY_KEY, "'Idempotency-Key': randomUUID()"),
      edit('{ customer, cents, charge_key }: Payment): P', '{ customer, cents }: Payment): P'),
    ],
  },
  {
    id: 'W6',
    check: 'C3',
    why: 'gives the stored answer whatever the body is',
    rule: OTHER,
    edits: [edit(OTHER_BODY, '')],
  },
  {
    id: 'W7',
    check: 'C4',
    why: 'has one space of keys for all customers',
    rule: SCOPE,
    edits: [
      edit(UNIQUE, '  UNIQUE (key)\n'),
      edit('ON CONFLICT (customer, key)', 'ON CONFLICT (key)'),
      edit(ID_BY_KEY, "    'SELECT * FROM payments WHERE key = $1',\n    [key],"),
      edit('async function find({ customer, key }: Wish)', 'async function find({ key }: Wish)'),
    ],
  },
  {
    id: 'W8',
    check: 'C4',
    why: 'hands the client’s key on to the gateway, where two customers may have the same',
    rule: SCOPE,
    edits: [
      edit(GATEWAY_KEY, "'Idempotency-Key': key"),
      edit('{ customer, cents, charge_key }: Payment): P', '{ customer, cents, key }: Payment): P'),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'puts the customer into a header, which cannot hold every character',
    rule: CUSTOMER,
    edits: [
      edit(GATEWAY_KEY, FROM_NAMES),
      edit('{ customer, cents, charge_key }: Payment): P', '{ customer, cents, key }: Payment): P'),
    ],
  },
  {
    id: 'W10',
    check: 'C4',
    why: 'makes the gateway’s key of customer and key joined with a hyphen, which is the same for two payments',
    rule: SCOPE,
    edits: [
      edit(
        "import { randomUUID } from 'node:crypto'",
        "import { createHash, randomUUID } from 'node:crypto'",
      ),
      edit(GATEWAY_KEY, FROM_JOINED),
      edit('{ customer, cents, charge_key }: Payment): P', '{ customer, cents, key }: Payment): P'),
    ],
  },
  {
    id: 'W11',
    check: 'C4',
    why: 'stores key and customer joined in one column',
    rule: SCOPE,
    edits: [
      edit(UNIQUE, '  name text GENERATED ALWAYS AS (key || customer) STORED UNIQUE\n'),
      edit('ON CONFLICT (customer, key)', 'ON CONFLICT (name)'),
      edit(ID_BY_KEY, "    'SELECT * FROM payments WHERE name = $2 || $1',\n    [customer, key],"),
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'compares bodies as texts, in which fields have an order',
    rule: 'Bodies are the same where `customer` and `cents` are, however they are written.',
    edits: [
      edit('  cents integer NOT NULL,\n', '  cents integer NOT NULL,\n  body text,\n'),
      edit(
        "type Wish = Pick<Payment, 'customer' | 'key' | 'cents'>",
        "type Wish = Pick<Payment, 'customer' | 'key' | 'cents'> & { body: string }",
      ),
      edit(RETURN_WISH, '  return { customer, key, cents, body: JSON.stringify(body) }\n}'),
      edit(
        OTHER_BODY,
        `  await pool.query('UPDATE payments SET body = coalesce(body, $2) WHERE id = $1', [payment.id, wish.body])
  const { rows } = await pool.query('SELECT body FROM payments WHERE id = $1', [payment.id])
${OTHER_BODY.replace('payment.cents !== wish.cents', 'rows[0].body !== wish.body')}`,
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C3',
    why: 'does not look at the body where the card was declined',
    rule: OTHER,
    edits: [
      edit(
        OTHER_BODY,
        OTHER_BODY.replace(
          'payment.cents !== wish.cents',
          'payment.status !== 402 && payment.cents !== wish.cents',
        ),
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C3',
    why: 'refuses another body, and has overwritten the first one',
    rule: OTHER,
    edits: [
      edit(
        '  const payment = await find(wish)\n',
        "  const payment = await find(wish)\n  await pool.query('UPDATE payments SET cents = $2 WHERE id = $1', [payment.id, wish.cents])\n",
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'answers a repeat with 200',
    rule: AGAIN,
    edits: [
      edit('  return payment\n}', '  return { ...payment, key: own ? "" : payment.key }\n}'),
      edit('    response.status(201)', "    response.status(payment.key === '' ? 201 : 200)"),
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'refuses every repeat with 409',
    rule: AGAIN,
    edits: [edit(UNDER_WAY, UNDER_WAY.replace('payment.status === null', '!own'))],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'charges once, and makes a payment with a new id of each repeat',
    rule: AGAIN,
    edits: [
      edit(
        '  return payment\n}',
        `  if (own || payment.status !== 201) return payment
  const { rows } = await pool.query<Payment>(
    \`INSERT INTO payments (customer, key, cents, charge_key, leased_until, status, charge)
     SELECT customer, key || '.' || gen_random_uuid(), cents, charge_key, leased_until, status, charge
     FROM payments WHERE id = $1 RETURNING *\`,
    [payment.id],
  )
  return rows[0]!
}`,
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C5',
    why: 'does not store that a card was declined',
    rule: REMEMBERED,
    edits: [
      edit(
        DECLINED,
        "    if (answer.status === 402) throw new HttpError(402, 'the card was declined')\n",
      ),
      edit(
        "  } catch (error) {\n    console.error('the gateway did not answer:', (error as Error).message)\n",
        "  } catch (error) {\n    if (error instanceof HttpError) throw error\n    console.error('the gateway did not answer:', (error as Error).message)\n",
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C5',
    why: 'takes a declined card for a gateway that fails',
    rule: REMEMBERED,
    edits: [edit(DECLINED, '')],
  },
  {
    id: 'W20',
    check: 'C5',
    why: 'answers 201 although the card was declined',
    rule: REMEMBERED,
    edits: [edit(SAY_DECLINED, '')],
  },
  {
    id: 'W21',
    check: 'C5',
    why: 'answers 500 where the gateway fails',
    rule: UNKNOWN,
    edits: [edit('new HttpError(502,', 'new HttpError(500,')],
  },
  {
    id: 'W22',
    check: 'C5',
    why: 'takes every answer without an error for a charge',
    rule: UNKNOWN,
    edits: [
      edit(
        '    const body = (await answer.json()) as { id?: unknown } | null\n',
        "    const body = (await answer.json().catch(() => ({ id: 'unknown' }))) as { id?: unknown } | null\n",
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C5',
    why: 'forgets the payment when the gateway fails, and the gateway’s key with it',
    rule: ONCE,
    edits: [edit(GIVE_BACK, "  await pool.query('DELETE FROM payments WHERE id = $1', [id])\n")],
  },
  {
    id: 'W24',
    check: 'C5',
    why: 'keeps the mark after the gateway has failed, so that the next request gets 409 for a while',
    rule: UNKNOWN,
    edits: [edit('      await giveBack(own)\n', '      void giveBack\n')],
  },
  {
    id: 'W25',
    check: 'C11',
    why: 'waits for the gateway as long as that likes',
    rule: 'So it is where there is no whole answer after 2 seconds.',
    edits: [edit(SIGNAL, '      signal: AbortSignal.timeout(GATEWAY_MS * 100),\n')],
  },
  {
    id: 'W26',
    check: 'C11',
    why: 'limits the time until the answer begins, and not its whole',
    rule: 'So it is where there is no whole answer after 2 seconds.',
    edits: [
      edit(
        ASK,
        '    const stop = new AbortController()\n    const timer = setTimeout(() => stop.abort(), GATEWAY_MS)\n    const answer = await fetch(',
      ),
      edit(SIGNAL, '      signal: stop.signal,\n'),
      edit('    const body = (await', '    clearTimeout(timer)\n    const body = (await'),
    ],
  },
  {
    id: 'W27',
    check: 'C11',
    why: 'gives up after half a second',
    rule: 'An answer that takes less than that is good.',
    edits: [edit('const GATEWAY_MS = 2000', 'const GATEWAY_MS = 500')],
  },
  {
    id: 'W28',
    check: 'C11',
    why: 'makes one payment at a time',
    rule: ALONE,
    edits: [
      edit(
        CHARGE_HEAD,
        `${CHARGE_HEAD}  const before = turn\n  const { promise, resolve } = Promise.withResolvers<void>()\n  turn = promise\n  await before\n`,
      ),
      edit(FAILED, `  finally {\n    resolve()\n  }\n${FAILED}`),
      edit('const GATEWAY_MS = 2000\n', 'const GATEWAY_MS = 2000\nlet turn = Promise.resolve()\n'),
    ],
  },
  {
    id: 'W29',
    check: 'C11',
    why: 'locks all payments while the gateway is asked',
    rule: ALONE,
    edits: [
      edit(
        WANT_PAYMENT,
        `  const db = await pool.connect()
  await db.query('SELECT pg_advisory_lock(1)')
  const own = await claim(wish)
`,
      ),
      edit(
        MADE_BY_US,
        MADE_BY_US.replace(
          '      throw error\n',
          "      await db.query('SELECT pg_advisory_unlock_all()')\n      db.release()\n      throw error\n",
        ),
      ),
      edit(
        '  const payment = await find(wish)\n',
        "  await db.query('SELECT pg_advisory_unlock_all()')\n  db.release()\n  const payment = await find(wish)\n",
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C2',
    why: 'answers a repeat with 201 before there is a charge',
    rule: BUSY,
    edits: [edit(UNDER_WAY, '')],
  },
  {
    id: 'W31',
    check: 'C2',
    why: 'answers 500 to a repeat that arrives too early',
    rule: BUSY,
    edits: [edit('new HttpError(409,', 'new HttpError(500,')],
  },
  {
    id: 'W32',
    check: 'C10',
    why: 'compares bodies first, and has keys with amounts afterwards: two bodies at once are both charged',
    rule: 'Another body that arrives meanwhile gets `409` or `422`: one of the two is charged, and gets `201`.',
    edits: [
      edit(UNIQUE, '  UNIQUE (customer, key, cents)\n'),
      edit('ON CONFLICT (customer, key)', 'ON CONFLICT (customer, key, cents)'),
      edit(
        WANT_PAYMENT,
        `  const first = await find(wish)
  if (first && first.cents !== wish.cents) throw new HttpError(422, 'another payment')
  const own = await claim(wish)
`,
      ),
      edit(
        '  const payment = await find(wish)\n',
        `  const { rows } = await pool.query<Payment>(
    'SELECT * FROM payments WHERE customer = $1 AND key = $2 AND cents = $3',
    [wish.customer, wish.key, wish.cents],
  )
  const payment = rows[0]!
`,
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C6',
    why: 'stores a payment after the charge alone, and asks the gateway with a key that nobody knows any more',
    rule: AFTER_KILL,
    edits: [
      edit(
        WANT_PAYMENT,
        `  let own: Payment | undefined
  if (!(await find(wish))) {
    const made = await charge({ ...wish, charge_key: randomUUID() } as Payment)
    own = await claim(wish)
    if (own) await store(own, made)
  }
`,
      ),
      edit(`  if (own) {\n${MADE_BY_US}  }\n`, '  void giveBack\n'),
    ],
  },
  {
    id: 'W34',
    check: 'C12',
    why: 'takes a payment over with a new key for the gateway',
    rule: AFTER_KILL,
    edits: [edit(CONFLICT, `${CONFLICT}, charge_key = excluded.charge_key`)],
  },
  {
    id: 'W35',
    check: 'C7',
    why: 'takes a payment over after a minute',
    rule: TEN_SECONDS,
    edits: [edit('const LEASE_SECONDS = 4', 'const LEASE_SECONDS = 60')],
  },
  {
    id: 'W36',
    check: 'C7',
    why: 'takes marks away when it starts, and not while it runs',
    rule: TEN_SECONDS,
    edits: [
      edit("now() + $5 * interval '1 second'", "now() + $5 * interval '1 year'"),
      edit(
        'type Payment = {',
        "await pool.query('UPDATE payments SET leased_until = now() WHERE status IS NULL')\n\ntype Payment = {",
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C7',
    why: 'stores a payment as paid before the gateway has charged it',
    rule: AFTER_KILL,
    edits: [
      edit(
        '  if (own) {\n',
        "  if (own) {\n    await store(own, { status: 201, charge: 'soon' })\n",
      ),
      edit(
        GIVE_BACK,
        "  await pool.query('UPDATE payments SET leased_until = now(), status = NULL WHERE id = $1', [id])\n",
      ),
      edit("WHERE id = $1 AND status IS NULL'", "WHERE id = $1'"),
    ],
  },
  {
    id: 'W38',
    check: 'C8',
    why: 'takes 0 cents',
    rule: CENTS,
    edits: [edit(CHECK_CENTS, CHECK_CENTS.replace('cents < 1', 'cents < 0'))],
  },
  {
    id: 'W39',
    check: 'C8',
    why: 'knows no upper end of the amount',
    rule: CENTS,
    edits: [edit(CHECK_CENTS, CHECK_CENTS.replace(' || cents > 1_000_000', ''))],
  },
  {
    id: 'W40',
    check: 'C8',
    why: 'rounds fractions of a cent',
    rule: CENTS,
    edits: [
      edit(
        CHECK_CENTS,
        CHECK_CENTS.replace('!Number.isInteger(cents)', "typeof cents !== 'number'"),
      ),
      edit(RETURN_WISH, '  return { customer, key, cents: Math.round(cents) }\n}'),
    ],
  },
  {
    id: 'W41',
    check: 'C1',
    why: 'refuses the largest amount',
    rule: CENTS,
    edits: [edit(CHECK_CENTS, CHECK_CENTS.replace('> 1_000_000', '>= 1_000_000'))],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'counts UTF-16 units as characters',
    rule: CUSTOMER,
    edits: [edit(LENGTH, LENGTH.replace('[...customer].length', 'customer.length'))],
  },
  {
    id: 'W43',
    check: 'C8',
    why: 'takes a customer without a name',
    rule: CUSTOMER,
    edits: [edit(LENGTH, LENGTH.replace(': 0', ': 99')), edit('length < 1 || ', '')],
  },
  {
    id: 'W44',
    check: 'C1',
    why: 'trims the customer',
    rule: ASKED,
    edits: [edit(RETURN_WISH, '  return { customer: customer.trim() || customer, key, cents }\n}')],
  },
  {
    id: 'W45',
    check: 'C1',
    why: 'asks the gateway for another amount: with a fee',
    rule: ASKED,
    edits: [
      edit(
        ASKED_BODY,
        'body: JSON.stringify({ customer, cents: cents + Math.floor(cents / 100) }),',
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C1',
    why: 'takes keys in capitals and in small letters for the same',
    rule: CAPITALS,
    edits: [edit(READ_KEY, "const key = (request.get('idempotency-key') ?? '').toLowerCase()")],
  },
  {
    id: 'W47',
    check: 'C1',
    why: 'takes customers in capitals and in small letters for the same',
    rule: CAPITALS,
    edits: [
      edit(
        UNIQUE,
        '  name text GENERATED ALWAYS AS (lower(customer)) STORED,\n  UNIQUE (name, key)\n',
      ),
      edit('ON CONFLICT (customer, key)', 'ON CONFLICT (name, key)'),
      edit('WHERE customer = $1 AND key = $2', 'WHERE name = lower($1) AND key = $2'),
    ],
  },
  {
    id: 'W48',
    check: 'C8',
    why: 'looks at the beginning of a key alone',
    rule: BAD_KEY,
    edits: [edit(CHECK_KEY, CHECK_KEY.replace('{8,64}$', '{8}'))],
  },
  {
    id: 'W49',
    check: 'C8',
    why: 'makes a key up where none is sent',
    rule: BAD_KEY,
    edits: [edit(READ_KEY, "const key = request.get('idempotency-key') || randomUUID()")],
  },
  {
    id: 'W50',
    check: 'C8',
    why: 'answers 428 where the key is missing',
    rule: BAD_KEY,
    edits: [
      edit(
        CHECK_KEY,
        `  if (key === '') throw new HttpError(428, 'send an Idempotency-Key')\n${CHECK_KEY}`,
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'takes UUIDs alone for keys',
    rule: 'A key has 8 to 64 characters: letters `A`–`Z` and `a`–`z`, digits, `_` and `-`.',
    edits: [edit(CHECK_KEY, CHECK_KEY.replace('[A-Za-z0-9_-]{8,64}', '[A-Za-z0-9-]{8,36}'))],
  },
  {
    id: 'W52',
    check: 'C8',
    why: 'remembers a refused body under its key',
    rule: FREE,
    edits: [
      edit(
        CHECK_CENTS,
        `  if (!Number.isInteger(cents)) {
    void pool.query(
      \`INSERT INTO payments (customer, key, cents, charge_key, leased_until, status)
       VALUES ($1, $2, 0, $3, now(), 422) ON CONFLICT DO NOTHING\`,
      [customer, key, randomUUID()],
    )
  }
${CHECK_CENTS}`,
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C8',
    why: 'looks at the amount when it has been charged',
    rule: FREE,
    edits: [
      edit(CHECK_CENTS, CHECK_CENTS.replace('> 1_000_000', '> 2_000_000_000')),
      edit(
        SAY_DECLINED,
        `${SAY_DECLINED}    if (payment.cents > 1_000_000) throw new HttpError(422, 'too much')\n`,
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C1',
    why: 'gives its own id in place of the charge’s',
    rule: '`charge` is the `id` that the gateway gave.',
    edits: [edit(SHOWN, SHOWN.replace(', cents, charge })', ', cents, charge: charge && id })'))],
  },
  {
    id: 'W55',
    check: 'C1',
    why: 'asks the gateway for every repeat',
    rule: 'The stored answer comes from both copies, after both were killed, and while the gateway is away.',
    edits: [
      edit(
        '  const payment = await find(wish)\n',
        '  const payment = await find(wish)\n  if (!own && payment.status === 201 && payment.cents === wish.cents) await charge(payment)\n',
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C1',
    why: 'takes the same order for a repeat, whatever its key is',
    rule: 'Another key is another payment, whatever its body.',
    edits: [
      edit(
        WANT_PAYMENT,
        `  const { rows } = await pool.query<Payment>(
    'SELECT * FROM payments WHERE customer = $1 AND cents = $2 AND status = 201',
    [wish.customer, wish.cents],
  )
  if (rows[0]) return rows[0]
  const own = await claim(wish)
`,
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C4',
    why: 'keeps answers in a cache by key alone',
    rule: SCOPE,
    edits: [
      edit(
        WANT_PAYMENT,
        '  const cached = cache.get(wish.key)\n  if (cached?.cents === wish.cents) return cached\n  const own = await claim(wish)\n',
      ),
      edit('  return payment\n}', '  cache.set(wish.key, payment)\n  return payment\n}'),
      edit('class HttpError', 'const cache = new Map<string, Payment>()\n\nclass HttpError'),
    ],
  },
  {
    id: 'W58',
    check: 'C9',
    why: 'hands any id to the database',
    rule: 'an id that nothing has, in any form',
    edits: [edit(KNOWN_ID, 'const known = id.length > 0')],
  },
  {
    id: 'W59',
    check: 'C9',
    why: 'hands numbers of any length to the database',
    rule: 'an id that nothing has, in any form',
    edits: [edit(KNOWN_ID, 'const known = /^[1-9][0-9]*$/.test(id)')],
  },
  {
    id: 'W60',
    check: 'C9',
    why: 'does not know 405',
    rule: 'a path that the README names, with another method',
    edits: [
      edit(
        "  .all((_request, response) => {\n    response.status(405).set('Allow', 'POST').json({ error: 'POST a payment here' })\n  })\n",
        '',
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C13',
    why: 'breaks over a customer that is no text',
    rule: CUSTOMER,
    edits: [edit(LENGTH, 'const { length } = [...customer]')],
  },
]
