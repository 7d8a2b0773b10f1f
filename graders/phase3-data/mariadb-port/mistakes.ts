// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

/** The statement that both checks and takes. */
const TAKE = `    // One statement both checks and takes, on the row as it is now, not as a snapshot shows it.
    const { affectedRows } = await connection.query(
      'update stock set quantity = quantity - ? where sku = ? and quantity >= ?',
      [order.qty, order.sku, order.qty],
    )
    if (affectedRows === 0) throw new Refusal(409, \`there are not \${order.qty} of \${order.sku}\`)
`

const ADD = `  const [{ quantity }] = await pool.query(
    \`insert into stock (sku, quantity) values (?, ?)
     on duplicate key update quantity = quantity + values(quantity)
     returning quantity\`,
    [read(sku, request.params.sku), add],
  )
`

const INSERT_CUSTOMER = "await pool.query('insert into customers (email, name) values (?, ?)', ["

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    rule: 'any text of 1 to 60 characters: letters of every script, emoji, quotes',
    why: 'keeps names in "utf8", which has three bytes a character and no emoji',
    edits: [
      edit('name varchar(60) character set utf8mb4', 'name varchar(60) character set utf8mb3'),
    ],
  },
  {
    id: 'W2',
    check: 'C8',
    rule: 'of equal addresses one is taken',
    why: 'looks whether the address is taken, then inserts it, without a unique key',
    edits: [
      edit('collate ascii_general_ci not null unique,', 'collate ascii_general_ci not null,'),
      edit(
        `    const { insertId } = ${INSERT_CUSTOMER}`,
        `    const known = await pool.query('select id from customers where email = ?', [email])
    if (known.length > 0) throw new Refusal(409, 'there is a customer with this e-mail address')
    const { insertId } = ${INSERT_CUSTOMER}`,
      ),
    ],
  },
  {
    id: 'W3',
    check: 'C9',
    rule: 'no addition is lost',
    why: 'reads the quantity, adds to it in the program, and writes it back',
    edits: [
      edit(
        ADD,
        `  const article = read(sku, request.params.sku)
  const [old] = await pool.query('select quantity from stock where sku = ?', [article])
  const quantity = Number(old?.quantity ?? 0) + add
  await pool.query('replace into stock (sku, quantity) values (?, ?)', [article, quantity])
`,
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C10',
    rule: 'the quantity never falls below zero, not even for a moment',
    why: 'looks at the stock in the transaction, as if its snapshot kept others from changing it',
    edits: [
      edit('quantity bigint not null check (quantity >= 0)', 'quantity bigint not null'),
      edit(
        TAKE,
        `    const [row] = await connection.query('select quantity from stock where sku = ?', [order.sku])
    if (Number(row?.quantity ?? 0) < order.qty) throw new Refusal(409, 'there are not so many')
    await connection.query('update stock set quantity = quantity - ? where sku = ?', [
      order.qty,
      order.sku,
    ])
`,
      ),
      edit(
        '    const [row] = await connection.query(\n',
        '    const [made] = await connection.query(\n',
      ),
      edit('    return row as OrderRow', '    return made as OrderRow'),
    ],
  },
  {
    id: 'W5',
    check: 'C11',
    rule: 'JSON numbers or texts, shown exactly: also `9007199254740993`',
    why: 'has the driver make numbers of BIGINT, which rounds them',
    edits: [
      edit(
        '  bigIntAsNumber: false,\n  insertIdAsNumber: false,',
        '  bigIntAsNumber: true,\n  insertIdAsNumber: true,\n  checkNumberRange: false,',
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C5',
    rule: 'any text of 1 to 60 characters: letters of every script, emoji, quotes',
    why: 'leaves the length to the database, and has INSERT IGNORE cut what is too long',
    edits: [
      edit('name.length > 0 && [...name].length <= 60', 'name.length > 0'),
      edit(
        "'insert into customers (email, name) values (?, ?)'",
        "'insert ignore into customers (email, name) values (?, ?)'",
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    rule: 'It is shown as the same instant.',
    why: 'writes times as the clock of the machine shows them',
    edits: [
      edit('dateStrings: true', 'dateStrings: false'),
      edit("at.toISOString().slice(0, 23).replace('T', ' ')", 'at as unknown as DateTime'),
      edit("  at: `${at.replace(' ', 'T')}Z`,", '  at,'),
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    rule: '`Ann@Example.test` and `ann@example.test` are the same address.',
    why: 'has a unique key that tells capitals from small letters',
    edits: [
      edit(
        'ascii collate ascii_general_ci not null unique',
        'ascii collate ascii_bin not null unique',
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C7',
    rule: 'What was answered is there after a `SIGKILL` and a new start',
    why: 'makes its tables anew at each start',
    edits: [
      edit(
        'for (const statement of SCHEMA) await pool.query(statement)',
        "for (const statement of SCHEMA) {\n  await pool.query(statement.replace('create table if not exists', 'create or replace table'))\n}",
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C3',
    rule: '… for more than there is | `409`',
    why: 'takes from the stock without looking whether there is enough',
    edits: [
      edit('quantity bigint not null check (quantity >= 0)', 'quantity bigint not null'),
      edit(
        "'update stock set quantity = quantity - ? where sku = ? and quantity >= ?',\n      [order.qty, order.sku, order.qty],",
        "'update stock set quantity = quantity - ? where sku = ?',\n      [order.qty, order.sku],",
      ),
    ],
  },
  {
    id: 'W11',
    check: 'C4',
    rule: 'the highest `id` first: an order of the past, with its own `at`, is new when it is entered',
    why: 'takes the latest time for the newest order',
    edits: [edit('from orders order by id desc', 'from orders order by at desc, id desc')],
  },
  {
    id: 'W12',
    check: 'C4',
    rule: 'a whole number from 1 to 100; 20 where it is left out',
    why: 'reads limit and offset with parseInt, which takes 2x for 2',
    edits: [
      edit(
        '  .string()\n  .regex(/^\\d{1,9}$/)\n  .transform(Number)',
        '  .string()\n  .transform((text) => Number.parseInt(text, 10))',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C6',
    rule: '`from` is included, `to` is not.',
    why: 'counts the last day in, as BETWEEN does',
    edits: [
      edit('where at >= ? and at < ? group by day', 'where date(at) between ? and ? group by day'),
    ],
  },
  {
    id: 'W14',
    check: 'C8',
    rule: 'None of them ends in a `5xx`.',
    why: 'does not expect the error of the unique key: it looked before, and answers 500',
    edits: [
      edit(
        `    const { insertId } = ${INSERT_CUSTOMER}`,
        `    const known = await pool.query('select id from customers where email = ?', [email])
    if (known.length > 0) throw new Refusal(409, 'there is a customer with this e-mail address')
    const { insertId } = ${INSERT_CUSTOMER}`,
      ),
      edit(
        'error instanceof SqlError && error.errno === DUPLICATE',
        'error instanceof SqlError && DUPLICATE < 0',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C5',
    rule: 'any text of 1 to 60 characters: letters of every script, emoji, quotes',
    why: 'counts the length of names in bytes',
    edits: [edit('[...name].length <= 60', 'Buffer.byteLength(name) <= 60')],
  },
  {
    id: 'W16',
    check: 'C3',
    rule: '… for more than there is | `409`',
    why: 'takes from the stock and refuses the order, outside of a transaction',
    edits: [
      edit('quantity bigint not null check (quantity >= 0)', 'quantity bigint not null'),
      edit(
        TAKE,
        `    await pool.query('update stock set quantity = quantity - ? where sku = ?', [order.qty, order.sku])
    const [left] = await pool.query('select quantity from stock where sku = ?', [order.sku])
    if (Number(left?.quantity ?? -1) < 0) throw new Refusal(409, 'there are not so many')
`,
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C9',
    rule: 'no addition is lost',
    why: 'inserts the first addition to an article without thinking of another one',
    edits: [
      edit(
        ADD,
        `  const article = read(sku, request.params.sku)
  const { affectedRows } = await pool.query(
    'update stock set quantity = quantity + ? where sku = ?',
    [add, article],
  )
  if (affectedRows === 0) await pool.query('insert into stock values (?, ?)', [article, add])
  const [{ quantity }] = await pool.query('select quantity from stock where sku = ?', [article])
`,
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C5',
    rule: '3 to 200 characters of printable ASCII without spaces.',
    why: 'looks for an address in the text, in place of comparing all of it',
    edits: [edit('.regex(/^[!-?A-~]+@[!-?A-~]+$/)', '.regex(/[!-?A-~]+@[!-?A-~]+/)')],
  },
  {
    id: 'W19',
    check: 'C5',
    rule: '1 to 20 of `A`–`Z`, `0`–`9` and `-`.',
    why: 'takes an article for right whose name begins well',
    edits: [edit('/^[A-Z0-9-]{1,20}$/', '/^[A-Z0-9-]{1,20}/')],
  },
  {
    id: 'W20',
    check: 'C1',
    rule: '`404` for an id that no customer has',
    why: 'hands the id to MariaDB as it came, which reads 1abc as 1',
    edits: [
      edit(
        'const known = id.safeParse(request.params.id).success\n  const [customer] = known',
        'const known = true\n  const [customer] = known',
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C3',
    rule: '`404` for an article that was never added to',
    why: 'makes the row of an article when somebody orders it, and leaves it there',
    edits: [
      edit(
        '  const made = await transaction(',
        "  await pool.query('insert ignore into stock (sku, quantity) values (?, 0)', [order.sku])\n  const made = await transaction(",
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C5',
    rule: '3 to 200 characters of printable ASCII without spaces.',
    why: 'has a column of 191 letters for addresses, as old guides say',
    edits: [edit('    .max(200)\n', '    .max(191)\n')],
  },
  {
    id: 'W23',
    check: 'C5',
    rule: 'Exactly one is an `@`, and something stands on both sides of it: `a@b`',
    why: 'takes an address with two @',
    edits: [edit('.regex(/^[!-?A-~]+@[!-?A-~]+$/)', '.regex(/^[!-~]+@[!-?A-~]+$/)')],
  },
  {
    id: 'W24',
    check: 'C5',
    rule: 'Exactly one is an `@`, and something stands on both sides of it: `a@b`',
    why: 'asks for a dot in the host, as z.email() does',
    edits: [edit('.regex(/^[!-?A-~]+@[!-?A-~]+$/)', '.regex(/^[!-?A-~]+@[!-?A-~]+\\.[!-?A-~]+$/)')],
  },
  {
    id: 'W25',
    check: 'C2',
    rule: 'Everything else does.',
    why: 'keeps addresses as gmail does: what follows a + does not count',
    edits: [
      edit(
        "    const { insertId } = await pool.query('insert into customers (email, name) values (?, ?)', [",
        "    const [twin] = await pool.query('select 1 from customers where replace(email, ?, ?) like ?', ['+a', '', email.replace('+a', '')])\n    if (twin) throw new Refusal(409, 'taken')\n    const { insertId } = await pool.query('insert into customers (email, name) values (?, ?)', [",
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C2',
    rule: '`201` and `{id, email, name}`, as they were sent',
    why: 'stores addresses in small letters and shows them so',
    edits: [
      edit(
        'const { email, name } = read(customerInput, request.body)',
        'const { email: sent, name } = read(customerInput, request.body)\n  const email = sent.toLowerCase()',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C1',
    rule: '`201` and `{id, email, name}`, as they were sent',
    why: 'trims names',
    edits: [edit('  name: z.string().refine(', '  name: z.string().trim().refine(')],
  },
  {
    id: 'W28',
    check: 'C3',
    rule: '`quantity`, `qty` and `orders` are JSON numbers in every answer.',
    why: 'answers the quantity as the text that the driver gives',
    edits: [
      edit(
        '  response.json({ sku: request.params.sku, quantity: Number(quantity) })',
        '  response.json({ sku: request.params.sku, quantity: String(quantity) })',
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C3',
    rule: 'takes `qty` from the stock: `201` and `{id, sku, qty, at}`',
    why: 'never sells the last one',
    edits: [edit("where sku = ? and quantity >= ?'", "where sku = ? and quantity > ?'")],
  },
  {
    id: 'W30',
    check: 'C4',
    rule: 'a whole number from 0; 0 where it is left out',
    why: 'counts pages in place of rows',
    edits: [edit('    [limit, offset],', '    [limit, offset * BigInt(limit)],')],
  },
  {
    id: 'W31',
    check: 'C4',
    rule: 'a whole number from 1 to 100; 20 where it is left out',
    why: 'gives ten where nobody says how many',
    edits: [edit('.default(20)', '.default(10)')],
  },
  {
    id: 'W32',
    check: 'C4',
    rule: 'a whole number from 1 to 100; 20 where it is left out',
    why: 'cuts a limit that is too large in place of refusing it',
    edits: [
      edit(
        'whole.pipe(z.number().min(1).max(100))',
        'whole.pipe(z.number().min(1)).transform((n) => Math.min(n, 100))',
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C3',
    rule: 'a whole number from 1 to 1,000,000',
    why: 'has a smallint for what is ordered: from 32,768 on it fails',
    edits: [edit('     qty int not null,', '     qty smallint not null,')],
  },
  {
    id: 'W34',
    check: 'C6',
    rule: 'days, written `2026-03-08`; both are needed.',
    why: 'takes anything for a day that new Date can read',
    edits: [
      edit(
        'const period = z.object({ from: z.iso.date(), to: z.iso.date() })',
        'const day = z.string().refine((text) => !Number.isNaN(new Date(text).getTime()))\nconst period = z.object({ from: day, to: day })',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C5',
    rule: 'a text that is no time.',
    why: 'takes now where it cannot read the time',
    edits: [
      edit(
        'at: z.iso.datetime({ offset: true }).optional()',
        'at: z.iso.datetime({ offset: true }).optional().catch(undefined)',
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C6',
    rule: 'a day in UTC, wherever your server runs: from 00:00:00 to, not including, the next 00:00:00.',
    why: 'compares days as the session sees them, in the zone of the copy',
    edits: [
      edit(
        "`select date_format(at, '%Y-%m-%d') as day,",
        "`select date_format(at + interval ${-new Date().getTimezoneOffset()} minute, '%Y-%m-%d') as day,",
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C6',
    rule: '`quantity`, `qty` and `orders` are JSON numbers in every answer.',
    why: 'gives the sum as the text that the driver makes of a DECIMAL',
    edits: [edit('qty: Number(row.qty) }', 'qty: row.qty }')],
  },
  {
    id: 'W38',
    check: 'C6',
    rule: '`200` and `{"days": [{day, orders, qty}, …]}`, oldest first',
    why: 'gives the newest day first',
    edits: [edit('group by day order by day`', 'group by day order by day desc`')],
  },
  {
    id: 'W39',
    check: 'C6',
    rule: 'Days without an order are left out.',
    why: 'begins with the day before the first one, which has nothing',
    edits: [
      edit(
        'days: rows.map((row) => ({ day: row.day, orders: Number(row.orders), qty: Number(row.qty) })),',
        'days: [\n      ...rows.slice(0, 1).map(({ day }) => ({ day: new Date(new Date(day).getTime() - 86_400_000).toISOString().slice(0, 10), orders: 0, qty: 0 })),\n      ...rows.map((row) => ({ day: row.day, orders: Number(row.orders), qty: Number(row.qty) })),\n    ],',
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C6',
    rule: '… left out | now',
    why: 'takes the time of MariaDB in the zone of the copy for an order without one',
    edits: [
      edit(
        'order.at ? new Date(order.at) : new Date()',
        'order.at ? new Date(order.at) : new Date(Date.now() - new Date().getTimezoneOffset() * 60_000)',
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C11',
    rule: 'Orders stand in a table `orders`, whose `id` is a `BIGINT` that counts up by `AUTO_INCREMENT`.',
    why: 'numbers orders with an INT',
    edits: [
      edit(
        'create table if not exists orders (\n     id bigint auto_increment',
        'create table if not exists orders (\n     id int auto_increment',
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C6',
    rule: 'It is shown as the same instant.',
    why: 'shows times without a zone, as MariaDB gives them',
    edits: [edit("at: `${at.replace(' ', 'T')}Z`", "at: at.replace(' ', 'T')")],
  },
  {
    id: 'W45',
    check: 'C2',
    rule: 'Everything else does.',
    why: 'looks for an address with LIKE, where _ and % stand for other letters',
    edits: [
      edit(
        "    const { insertId } = await pool.query('insert into customers (email, name) values (?, ?)', [",
        "    const [twin] = await pool.query('select 1 from customers where ? like email or email like ?', [email, email])\n    if (twin) throw new Refusal(409, 'taken')\n    const { insertId } = await pool.query('insert into customers (email, name) values (?, ?)', [",
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C5',
    rule: 'small letters make another one',
    why: 'has MariaDB look for the article, whose collation does not tell capitals from small letters',
    edits: [
      edit(
        'sku varchar(20) character set ascii collate ascii_bin primary key',
        'sku varchar(20) character set ascii collate ascii_general_ci primary key',
      ),
      edit('const known = sku.safeParse(request.params.sku).success', 'const known = true'),
    ],
  },
  {
    id: 'W47',
    check: 'C2',
    rule: '… with an address that a customer has | `409`',
    why: 'takes the same name with the same address for a request that is sent again',
    edits: [
      edit(
        '    if (error instanceof SqlError && error.errno === DUPLICATE) {',
        "    if (error instanceof SqlError && error.errno === DUPLICATE) {\n      const [same] = await pool.query('select id, email, name from customers where email = ? and binary name = ?', [email, name])\n      if (same) return void response.status(201).json({ ...same, id: String(same.id) })",
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C6',
    rule: '`from` is included, `to` is not.',
    why: 'refuses a report of more than a year',
    edits: [
      edit(
        '  const { from, to } = read(period, request.query)',
        "  const { from, to } = read(period, request.query)\n  if (new Date(to).getTime() - new Date(from).getTime() > 366 * 86_400_000) throw new Refusal(400, 'too long')",
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C7',
    rule: 'and the other copy shows it at once.',
    why: 'keeps what it has read of the stock until it changes it itself',
    edits: [
      edit(
        'app.use(express.json())\n',
        `app.use(express.json())
const kept = new Map<string, object>()
app.use((request, _response, next) => {
  if (request.method !== 'GET') kept.clear()
  next()
})
`,
      ),
      edit(
        "app.get('/stock/:sku', async (request, response) => {\n",
        `app.get('/stock/:sku', async (request, response) => {
  const before = kept.get(request.params.sku)
  if (before) return void response.json(before)
`,
      ),
      edit(
        '  response.json({ sku: row.sku, quantity: Number(row.quantity) })',
        `  const body = { sku: row.sku, quantity: Number(row.quantity) }
  kept.set(row.sku, body)
  response.json(body)`,
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C6',
    rule: 'from the years 2000 to 2037.',
    why: 'refuses orders of the future',
    edits: [
      edit(
        '  const when = toDateTime(',
        "  if (order.at && new Date(order.at) > new Date()) throw new Refusal(400, 'in the future')\n  const when = toDateTime(",
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C9',
    rule: 'None of them ends in a `5xx`.',
    why: 'locks the row that is to be added to, which locks a gap where there is none: two of those wait for each other',
    edits: [
      edit(
        ADD,
        `  const { quantity } = await transaction(async (connection) => {
    const article = read(sku, request.params.sku)
    const [old] = await connection.query('select quantity from stock where sku = ? for update', [article])
    const quantity = Number(old?.quantity ?? 0) + add
    const sql = old ? 'update stock set quantity = ? where sku = ?' : 'insert into stock (quantity, sku) values (?, ?)'
    await connection.query(sql, [quantity, article])
    return { quantity }
  })
`,
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C3',
    rule: '`404` for an article that was never added to',
    why: 'takes an article that is sold out for one that is unknown',
    edits: [
      edit(
        "  if (!row) throw new Refusal(404, 'no such article')",
        "  if (!row || Number(row.quantity) === 0) throw new Refusal(404, 'no such article')",
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C10',
    rule: 'the quantity never falls below zero, not even for a moment',
    why: 'takes from the stock, and puts it back where it was too much',
    edits: [
      edit('quantity bigint not null check (quantity >= 0)', 'quantity bigint not null'),
      edit(
        TAKE,
        `    await connection.commit()
    await connection.query('update stock set quantity = quantity - ? where sku = ?', [order.qty, order.sku])
    const [left] = await connection.query('select quantity from stock where sku = ?', [order.sku])
    if (Number(left?.quantity ?? -1) < 0) {
      await connection.query('update stock set quantity = quantity + ? where sku = ?', [order.qty, order.sku])
      throw new Refusal(409, 'there are not so many')
    }
    await connection.beginTransaction()
`,
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C3',
    rule: 'adds to the stock of an article, which begins at 0: `200` and `{sku, quantity}` with the new quantity',
    why: 'answers how many were added',
    edits: [
      edit(
        "quantity: Number(quantity) })\n})\n\napp.get('/stock",
        "quantity: add, was: Number(quantity) })\n})\n\napp.get('/stock",
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C6',
    rule: 'how many orders, and the sum of their `qty`',
    why: 'counts how many articles were ordered',
    edits: [edit('count(*) as orders', 'count(distinct sku) as orders')],
  },
]
