// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

/** The statement that takes a locker, from its beginning to the list of its values. */
const TAKE = `\`update lockers set parcel = $2
       where id = (
         select id from lockers where depot_id = $1 and parcel is null
         limit 1 for update skip locked
       )
       returning id\`,
      [depotId, parcel],`

const PARCEL_LOCK = `    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [parcel])
`
const UNIQUE = `await pool.query('create unique index if not exists lockers_parcel on lockers (parcel)')
`
const LOCK_WALLETS = `      'select id, cents from wallets where id = any($1::int[]) order by id for update',
      [[from, to]],
`
const DEBIT = `    await client.query('update wallets set cents = cents - $2 where id = $1', [from, cents])
`
const CREDIT = `    await client.query('update wallets set cents = cents + $2 where id = $1', [to, cents])
`
const TRANSACTION_BODY = `  const client = await pool.connect()
  let broken = false
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {
      broken = true
    })
    throw error
  } finally {
    client.release(broken)
  }
`
const ROLLBACK = `    await client.query('rollback').catch(() => {
      broken = true
    })
`

/** Runs one task after the other, in this process. */
const MUTEX = `let last: Promise<unknown> = Promise.resolve()
function alone<T>(task: () => Promise<T>): Promise<T> {
  const result = last.then(task)
  last = result.catch(() => {})
  return result
}

`

/** Looks for a free locker, and takes it in a second statement. */
const lookThenTake = edit(
  TAKE,
  `\`update lockers set parcel = $2
       where id = $1
       returning id\`,
      [(await client.query('select id from lockers where depot_id = $1 and parcel is null limit 1',
        [depotId])).rows[0]?.id, parcel],`,
)

/** Everything on whatever client the pool gives. */
const onThePool = (body: string) =>
  edit(
    TRANSACTION_BODY,
    `  const client = pool as unknown as pg.PoolClient
${body}`,
  )

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    rule: 'A locker holds one parcel.',
    why: 'looks for a free locker, then takes it: two see the same one',
    edits: [lookThenTake],
  },
  {
    id: 'W2',
    check: 'C3',
    rule: 'Whoever reads the database, at whatever moment: the sum of all wallets is the same, and none is below 0.',
    why: 'BEGIN, the work and COMMIT through pool.query: each may go to another client',
    edits: [
      onThePool(`  await client.query('begin')
  try {
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  }
`),
    ],
  },
  {
    id: 'W3',
    check: 'C1',
    rule: 'A locker holds one parcel.',
    why: 'a mutex in the process: the other copy has its own',
    edits: [
      lookThenTake,
      edit('async function book(', `${MUTEX}async function book(`),
      edit(
        'locker: await book(depotId, parcel)',
        'locker: await alone(() => book(depotId, parcel))',
      ),
    ],
  },
  {
    id: 'W4',
    check: 'C3',
    rule: 'A conflict is no answer.',
    why: 'locks the wallets in the order of the request: opposite transfers end in a deadlock',
    edits: [
      edit(
        LOCK_WALLETS,
        `      \`select id, cents from wallets where id = any($1::int[])
       order by array_position($1::int[], id) for update\`,
      [[from, to]],
`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C5',
    rule: 'They leave nothing behind: no transaction open, no lock, no connection less.',
    why: 'does not give the client back after an error: the pool is empty after ten refusals',
    edits: [
      edit('    return result\n  } catch', '    client.release()\n    return result\n  } catch'),
      edit('  } finally {\n    client.release(broken)\n  }\n', '  }\n'),
      edit('  let broken = false\n', ''),
      edit(ROLLBACK, `    await client.query('rollback')\n`),
    ],
  },
  {
    id: 'W6',
    check: 'C3',
    rule: 'A conflict is no answer.',
    why: 'SERIALIZABLE without a retry: conflicts become 5xx',
    edits: [
      edit(`client.query('begin')`, `client.query('begin isolation level serializable')`),
      edit(' order by id for update', ''),
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    rule: 'Whatever needs Postgres is a `5xx` JSON error, within 10 s. Your process lives.',
    why: 'no listener for errors of idle clients: the process ends when a connection breaks',
    edits: [
      edit(`pool.on('error', (error) => console.error('idle client:', error.message))\n`, ''),
      // The pool passes on what an idle client says, whoever else listens to that client.
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    rule: 'A parcel is in one locker at most, of all depots.',
    why: 'looks whether the parcel is booked, then books it: two see that it is not',
    edits: [edit(PARCEL_LOCK, ''), edit(UNIQUE, '')],
  },
  {
    id: 'W9',
    check: 'C1',
    rule: 'A booking is refused only when each locker of the depot holds a parcel, or is locked by a request under way that gives it away.',
    why: 'one UPDATE whose sub-select locks nothing: who comes second gets no row, though lockers are free',
    edits: [
      edit('limit 1 for update skip locked', 'order by id limit 1'),
      edit(
        `       )
       returning id\`,`,
        `       ) and parcel is null
       returning id\`,`,
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C4',
    rule: 'Each transfer is done wholly or not at all; what was answered stays.',
    why: 'no transaction: killed between the two updates, the cents are gone',
    edits: [onThePool('  return work(client)\n')],
  },
  {
    id: 'W11',
    check: 'C7',
    rule: 'What is no whole number, or too large for `integer`, gets `404`, `400` or `422`',
    why: 'an id beyond integer reaches Postgres, whose error becomes a 500',
    edits: [
      edit(
        'const Id = z.coerce.number().pipe(z.int32())',
        'const Id = z.coerce.number().pipe(z.int())',
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C8',
    rule: 'A parcel is in one locker at most, of all depots.',
    why: 'locks the depot instead of the parcel: at another depot nobody waits',
    edits: [
      edit(
        PARCEL_LOCK,
        `    await client.query('select from lockers where depot_id = $1 for update', [depotId])
`,
      ),
      edit(UNIQUE, ''),
    ],
  },
  {
    id: 'W13',
    check: 'C9',
    rule: 'A locker holds one parcel.',
    why: 'looks up the locker, then frees it by its id: by then it is another parcel’s',
    edits: [
      edit(
        `  const { rowCount } = await pool.query('update lockers set parcel = null where parcel = $1', [
    parcel,
  ])
`,
        `  const found = await pool.query('select id from lockers where parcel = $1', [parcel])
  const { rowCount } = await pool.query('update lockers set parcel = null where id = $1', [
    found.rows[0]?.id,
  ])
`,
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C3',
    rule: 'Whoever reads the database, at whatever moment: the sum of all wallets is the same, and none is below 0.',
    why: 'reads balances without a lock, computes, and writes the results: updates are lost',
    edits: [
      edit(' order by id for update', ''),
      edit(DEBIT, ''),
      edit(
        CREDIT,
        `    const now = new Map(rows.map(({ id, cents }) => [id, cents]))
    for (const [id, sum] of [[from, now.get(from)! - cents], [to, now.get(to)! + cents]]) {
      await client.query('update wallets set cents = $2 where id = $1', [id, sum])
    }
`,
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C3',
    rule: 'Whoever reads the database, at whatever moment: the sum of all wallets is the same, and none is below 0.',
    why: 'checks the balance without a lock: two transfers of the same cents make it negative',
    edits: [edit(' order by id for update', '')],
  },
  {
    id: 'W16',
    check: 'C10',
    rule: 'A booking is refused only when each locker of the depot holds a parcel, or is locked by a request under way that gives it away.',
    why: 'only a unique index: who finds the last locker locked says there is none',
    edits: [
      edit(PARCEL_LOCK, ''),
      edit('async function book(', 'async function bookOnce('),
      edit(
        'async function free(',
        `async function book(depotId: number, parcel: string): Promise<number> {
  for (;;) {
    try {
      return await bookOnce(depotId, parcel)
    } catch (error) {
      if ((error as { code?: string }).code !== '23505') throw error
    }
  }
}

async function free(`,
      ),
    ],
  },
  {
    id: 'W17',
    check: 'C11',
    rule: 'A `5xx` JSON error, and the transfer is done once or not at all.',
    why: 'a client in use has no listener: the process ends when its connection breaks',
    edits: [
      edit(
        `pool.on('connect', (client) => client.on('error', (error) => console.error(error.message)))\n`,
        '',
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C5',
    rule: 'They leave nothing behind: no transaction open, no lock, no connection less.',
    why: 'gives a client back with its transaction open: the locks stay',
    edits: [edit(ROLLBACK, '    broken = false\n')],
  },
  {
    id: 'W19',
    check: 'C3',
    rule: 'A conflict is no answer.',
    why: 'NOWAIT, and a 409 when somebody else has the row',
    edits: [
      edit(' order by id for update', ' order by id for update nowait'),
      edit(
        '    throw error\n  } finally {',
        `    if ((error as { code?: string }).code === '55P03') throw new HttpError(409, 'busy')
    throw error
  } finally {`,
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C4',
    rule: 'What was answered `201` has happened, once, and can be seen at both copies.',
    why: 'answers 201 and credits the other wallet afterwards',
    edits: [
      edit(
        CREDIT,
        `    setTimeout(() => {
      pool.query('update wallets set cents = cents + $2 where id = $1', [to, cents])
    }, 20)
`,
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C3',
    rule: 'A conflict is no answer.',
    why: 'gives up after three tries: under fire that is a 5xx',
    edits: [
      edit(`client.query('begin')`, `client.query('begin isolation level serializable')`),
      edit(' order by id for update', ''),
      edit(
        '  await transfer(wanted)\n',
        `  for (let tries = 1; ; tries++) {
    try {
      await transfer(wanted)
      break
    } catch (error) {
      const { code } = error as { code?: string }
      if ((code !== '40001' && code !== '40P01') || tries === 3) throw error
    }
  }
`,
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C1',
    rule: 'A conflict is no answer.',
    why: 'locks the lockers FOR SHARE, then changes one: two who share wait for each other, a deadlock',
    edits: [
      edit('limit 1 for update skip locked\n       )', 'order by id limit 1\n       )'),
      edit(
        PARCEL_LOCK,
        `    await client.query('select from lockers where depot_id = $1 for share', [depotId])
`,
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C3',
    rule: 'A conflict is no answer.',
    why: 'debits and credits in one statement in the order of the request, without a retry',
    edits: [
      edit(' order by id for update', ''),
      edit(DEBIT, ''),
      edit(
        CREDIT,
        `    const paid = await client.query(
      \`with paid as (
         update wallets set cents = cents - $3 where id = $1 and cents >= $3 returning id
       )
       update wallets set cents = cents + $3 where id = $2 and exists (select from paid)\`,
      [from, to, cents],
    )
    if (paid.rowCount === 0) throw new HttpError(409, 'not enough')
`,
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C6',
    rule: 'At most 5 s later everything works again, by itself.',
    why: 'makes one connection at its start and never another',
    edits: [
      edit(
        "  const { rows } = await pool.query('select id, cents",
        `  const { rows } = await (await only).query('select id, cents`,
      ),
      edit(
        'async function transaction<T>',
        `const only = pool.connect()

async function transaction<T>`,
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C2',
    rule: '… the same parcel again, same depot | `200` or `201` with the locker it has',
    why: 'answers a parcel that has its locker already with 409',
    edits: [edit('      if (held.rows[0].depot_id === depotId) return held.rows[0].id\n', '')],
  },
  {
    id: 'W26',
    check: 'C3',
    rule: 'a whole number from 1 to 1 000 000 000, otherwise `400` or `422`',
    why: 'refuses exactly 1 000 000 000 cents',
    edits: [edit('.max(1_000_000_000)', '.max(999_999_999)')],
  },
  {
    id: 'W27',
    check: 'C3',
    rule: 'While a connection stands, the statements of a request may take up to 10 s together',
    why: 'gives a request up that has waited 2 s for one of its ten connections',
    edits: [edit('connectionTimeoutMillis: 15_000', 'connectionTimeoutMillis: 2_000')],
  },
  {
    id: 'W28',
    check: 'C11',
    rule: 'Nothing has happened; after a `5xx`, once or not at all.',
    why: 'tries again when the connection is lost, also at COMMIT: the transfer is done twice',
    edits: [
      edit(
        'async function transaction<T>(work',
        `async function transaction<T>(work: (client: pg.PoolClient) => Promise<T>, tries = 3): Promise<T> {
  try {
    return await once(work)
  } catch (error) {
    const lost = /Connection terminated|ECONNRESET/.test((error as Error).message)
    if (!lost || tries === 1) throw error
    return transaction(work, tries - 1)
  }
}

async function once<T>(work`,
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C8',
    rule: '… the same parcel again, other depot | `409`',
    why: 'has no lock for a parcel but a unique index, and then answers 200 whatever depot its locker is at',
    edits: [
      edit(
        "    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [parcel])\n",
        '',
      ),
      edit(
        `  response.status(201).json({ locker: await book(depotId, parcel) })`,
        `  await unique
  const locker = await book(depotId, parcel).catch(async (error) => {
    if (error.code !== '23505') throw error
    const { rows } = await pool.query('select id from lockers where parcel = $1', [parcel])
    return rows[0].id
  })
  response.status(201).json({ locker })`,
      ),
      edit(
        'async function transaction<T>(work',
        `const unique = pool
  .query('create unique index if not exists one_locker on lockers (parcel)')
  .catch(() => {})

async function transaction<T>(work`,
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C1',
    rule: '`201` `{"locker": 17}`: one of the free lockers of that depot now holds the parcel',
    why: `takes any free locker, whatever depot it is at`,
    edits: [
      edit(
        `where depot_id = $1 and parcel is null`,
        `where $1::int is not null and parcel is null`,
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C1',
    rule: '… when none is free | `409`',
    why: `says of a full depot that it is not there`,
    edits: [edit(`new HttpError(409, 'no free locker')`, `new HttpError(404, 'no free locker')`)],
  },
  {
    id: 'W32',
    check: 'C8',
    rule: '… the same parcel again, other depot | `409`',
    why: `answers with the locker that the parcel has, whatever depot it is at`,
    edits: [
      edit(
        `      throw new HttpError(409, 'that parcel is in a locker of another depot')`,
        `      return held.rows[0].id`,
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C1',
    rule: '`DELETE /bookings/{parcel}` | `200` or `204`; its locker is free again',
    why: `deletes the locker with the booking`,
    edits: [
      edit(
        `'update lockers set parcel = null where parcel = $1'`,
        `'delete from lockers where parcel = $1'`,
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C7',
    rule: '… in no locker | `404`, `200` or `204`',
    why: `a second DELETE is a conflict`,
    edits: [
      edit(
        `new HttpError(404, 'that parcel is in no locker')`,
        `new HttpError(409, 'that parcel is in no locker')`,
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C3',
    rule: '`201` and any JSON; the cents are moved',
    why: `answers a transfer with 200`,
    edits: [edit(`response.status(201).json(wanted)`, `response.status(200).json(wanted)`)],
  },
  {
    id: 'W36',
    check: 'C3',
    rule: '… not enough in `from` | `409`',
    why: `takes too little money for an invalid request`,
    edits: [edit(`new HttpError(409, 'not enough')`, `new HttpError(422, 'not enough')`)],
  },
  {
    id: 'W37',
    check: 'C7',
    rule: '… a wallet that does not exist | `404`',
    why: `looks for the wallet that pays only, and pays nobody`,
    edits: [edit(`if (rows.length < 2)`, `if (!rows.some(({ id }) => id === from))`)],
  },
  {
    id: 'W38',
    check: 'C3',
    rule: '`200` `{"id": 4, "cents": 1250}`; ids may be texts, cents are a number',
    why: `cents are a text, as a driver gives a bigint`,
    edits: [
      edit(
        `  response.json(rows[0])`,
        `  response.json({ ...rows[0], cents: String(rows[0].cents) })`,
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C7',
    rule: '… unknown | `404`',
    why: `a wallet that does not exist has no cents`,
    edits: [
      edit(
        `if (!rows[0]) throw new HttpError(404, 'no such wallet')`,
        `if (!rows[0]) rows[0] = { id, cents: 0 }`,
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C7',
    rule: '4 to 32 characters of `A`–`Z`, `0`–`9` and `-`.',
    why: `lower case passes as well`,
    edits: [edit('/^[A-Z0-9-]{4,32}$/', `/^[A-Z0-9-]{4,32}$/i`)],
  },
  {
    id: 'W41',
    check: 'C7',
    rule: 'not the same wallet, otherwise `400` or `422`',
    why: `a wallet may pay itself`,
    edits: [
      edit(
        `
  .refine(({ from, to }) => from !== to, 'from and to are the same wallet')`,
        ``,
      ),
      edit(`rows.length < 2`, `rows.length < (from === to ? 1 : 2)`),
    ],
  },
  {
    id: 'W42',
    check: 'C3',
    rule: 'What was answered `201` has happened, once, and can be seen at both copies.',
    why: `remembers the cents that it has shown, and forgets that there is another copy`,
    edits: [
      edit(
        `  const { rows } = await pool.query('select id, cents from wallets where id = $1', [id])
`,
        `  const { rows } = shown.get(id) ?? (await pool.query('select id, cents from wallets where id = $1', [id]))
  shown.set(id, { rows })
`,
      ),
      edit(
        `  await transfer(wanted)
`,
        `  await transfer(wanted)
  shown.clear()
`,
      ),
      edit(
        `const app = express()
`,
        `const shown = new Map<number, { rows: any[] }>()
const app = express()
`,
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C7',
    rule: 'Nothing has happened; after a `5xx`, once or not at all.',
    why: `commits the debit before it knows whether there is anybody to pay`,
    edits: [
      edit(
        `    if (rows.length < 2) throw new HttpError(404, 'no such wallet')
    if (rows.find(({ id }) => id === from)!.cents < cents)`,
        `    if (!rows.some(({ id }) => id === from)) throw new HttpError(404, 'no such wallet')
    if (rows.find(({ id }) => id === from)!.cents < cents)`,
      ),
      edit(
        `    await client.query('update wallets set cents = cents + $2 where id = $1', [to, cents])
`,
        `    const paid = await client.query('update wallets set cents = cents + $2 where id = $1', [to, cents])
    if (paid.rowCount === 0) {
      await client.query('commit')
      throw new HttpError(404, 'no such wallet')
    }
`,
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C1',
    rule: 'It works, on the same tables and what it has added to them.',
    why: `adds its index, and fails where it has added it before`,
    edits: [
      edit(
        `create unique index if not exists lockers_parcel`,
        `create unique index lockers_parcel`,
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C1',
    rule: '`lockers.parcel` and `wallets.cents` are the truth: what you keep elsewhere, the grader does not see.',
    why: `keeps the bookings in a table of its own`,
    edits: [
      edit(
        `'select id, depot_id from lockers where parcel = $1'`,
        `'select id, depot_id from lockers join booked on locker = id where booked.parcel = $1'`,
      ),
      edit(
        `\`update lockers set parcel = $2
       where id = (
         select id from lockers where depot_id = $1 and parcel is null
         limit 1 for update skip locked
       )
       returning id\``,
        `\`insert into booked
       select id, $2 from lockers where depot_id = $1 and id not in (select locker from booked)
       limit 1 returning locker as id\``,
      ),
      edit(
        `'update lockers set parcel = null where parcel = $1'`,
        `'delete from booked where parcel = $1'`,
      ),
      edit(
        `await pool.query('create unique index if not exists lockers_parcel on lockers (parcel)')
`,
        `await pool.query('create table if not exists booked (locker integer primary key, parcel text unique)')
`,
      ),
    ],
  },
  {
    id: 'W46',
    check: 'C6',
    rule: 'Whatever needs Postgres is a `5xx` JSON error, within 10 s. Your process lives.',
    why: `says of an error of its own what Express says: a text`,
    edits: [
      edit(
        `  if (status >= 500) console.error(error)
`,
        `  if (status >= 500) {
    response.sendStatus(status)
    return
  }
`,
      ),
    ],
  },
  {
    id: 'W47',
    check: 'C3',
    rule: 'A transfer is refused only when the wallet had too little at that moment.',
    why: `keeps a cent in each wallet`,
    edits: [edit(`.cents < cents)`, `.cents <= cents)`)],
  },
  {
    id: 'W48',
    check: 'C7',
    rule: 'What is no whole number, or too large for `integer`, gets `404`, `400` or `422`',
    why: `reads ids with parseInt, which takes 12abc for 12`,
    edits: [
      edit(
        `const Id = z.coerce.number().pipe(z.int32())`,
        `const Id = z
  .string()
  .transform((text) => Number.parseInt(text, 10))
  .pipe(z.int32())`,
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C1',
    rule: '4 to 32 characters of `A`–`Z`, `0`–`9` and `-`.',
    why: `thinks that a parcel begins with a letter or a digit`,
    edits: [edit(`/^[A-Z0-9-]{4,32}$/`, `/^[A-Z0-9][A-Z0-9-]{3,31}$/`)],
  },
  {
    id: 'W50',
    check: 'C2',
    rule: '`lockers.parcel` and `wallets.cents` are the truth: what you keep elsewhere, the grader does not see.',
    why: `remembers which parcel it gave which locker, and does not hear of a DELETE at the other copy`,
    edits: [
      edit(
        `  response.status(201).json({ locker: await book(depotId, parcel) })`,
        `  const key = [depotId, parcel].join()
  const locker = given.get(key) ?? (await book(depotId, parcel))
  given.set(key, locker)
  response.status(201).json({ locker })`,
      ),
      edit(
        `  await free(known(Parcel, request.params.parcel))
`,
        `  await free(known(Parcel, request.params.parcel))
  given.clear()
`,
      ),
      edit(
        `const app = express()
`,
        `const given = new Map<string, number>()
const app = express()
`,
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C2',
    rule: 'While a connection stands, the statements of a request may take up to 10 s together',
    why: `waits 2 s for a lock of a parcel, and gives up`,
    edits: [
      edit(
        `    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [parcel])
`,
        `    await client.query(\`set local lock_timeout = '2s'\`)
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [parcel])
`,
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C1',
    rule: 'What was answered `201` has happened, once, and can be seen at both copies.',
    why: 'answers a booking before its COMMIT has come back',
    edits: [
      edit(
        'work: (client: pg.PoolClient) => Promise<T>): Promise<T>',
        'work: (client: pg.PoolClient) => Promise<T>, early?: (result: T) => void): Promise<T>',
      ),
      edit(
        `    const result = await work(client)
`,
        `    const result = await work(client)
    early?.(result)
`,
      ),
      edit(
        'async function book(depotId: number, parcel: string): Promise<number> {',
        'async function book(depotId: number, parcel: string, early: (locker: number) => void): Promise<number> {',
      ),
      edit(
        `    return taken.rows[0].id
  })
}`,
        `    return taken.rows[0].id
  }, early)
}`,
      ),
      edit(
        `  response.status(201).json({ locker: await book(depotId, parcel) })`,
        `  await book(depotId, parcel, (locker) => response.status(201).json({ locker }))`,
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C4',
    rule: 'Each transfer is done wholly or not at all; what was answered stays.',
    why: 'tidies up at its start, and frees all lockers',
    edits: [edit(UNIQUE, `${UNIQUE}await pool.query('update lockers set parcel = null')\n`)],
  },
  {
    id: 'W54',
    check: 'C4',
    rule: 'What was answered `201` has happened, once, and can be seen at both copies.',
    why: 'keeps a journal, and plays again at its start what was not crossed out: that was done already',
    edits: [
      edit(
        `  await transfer(wanted)
`,
        `  const { rows } = await pool.query('insert into journal (wanted) values ($1) returning id', [wanted])
  try {
    await transfer(wanted)
  } finally {
    await pool.query('delete from journal where id = $1', [rows[0].id])
  }
`,
      ),
      edit(
        UNIQUE,
        `${UNIQUE}await pool.query('create table if not exists journal (id serial, wanted json)')
for (const { wanted } of (await pool.query('delete from journal returning wanted')).rows) {
  await transfer(wanted)
}
`,
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C1',
    rule: '`DELETE /bookings/{parcel}` | `200` or `204`; its locker is free again',
    why: 'frees every parcel whose code begins so',
    edits: [
      edit(
        `set parcel = null where parcel = $1', [
    parcel,
  ]`,
        `set parcel = null where starts_with(parcel, $1)', [
    parcel,
  ]`,
      ),
    ],
  },
]
