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
    why: 'keeps names in "utf8", which has three bytes a character and no emoji',
    edits: [
      edit('name varchar(60) character set utf8mb4', 'name varchar(60) character set utf8mb3'),
    ],
  },
  {
    id: 'W2',
    check: 'C8',
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
    why: 'takes the latest time for the newest order',
    edits: [edit('from orders order by id desc', 'from orders order by at desc, id desc')],
  },
  {
    id: 'W12',
    check: 'C4',
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
    why: 'counts the last day in, as BETWEEN does',
    edits: [
      edit('where at >= ? and at < ? group by day', 'where date(at) between ? and ? group by day'),
    ],
  },
  {
    id: 'W14',
    check: 'C8',
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
    why: 'counts the length of names in bytes',
    edits: [edit('[...name].length <= 60', 'Buffer.byteLength(name) <= 60')],
  },
  {
    id: 'W16',
    check: 'C3',
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
    why: 'looks for an address in the text, in place of comparing all of it',
    edits: [edit('.regex(/^[!-?A-~]+@[!-?A-~]+$/)', '.regex(/[!-?A-~]+@[!-?A-~]+/)')],
  },
  {
    id: 'W19',
    check: 'C5',
    why: 'takes an article for right whose name begins well',
    edits: [edit('/^[A-Z0-9-]{1,20}$/', '/^[A-Z0-9-]{1,20}/')],
  },
]
