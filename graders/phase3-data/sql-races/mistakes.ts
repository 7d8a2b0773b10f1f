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
    why: 'looks for a free locker, then takes it: two see the same one',
    edits: [lookThenTake],
  },
  {
    id: 'W2',
    check: 'C3',
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
    why: 'SERIALIZABLE without a retry: conflicts become 5xx',
    edits: [
      edit(`client.query('begin')`, `client.query('begin isolation level serializable')`),
      edit(' order by id for update', ''),
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'no listener for errors of idle clients: the process ends when a connection breaks',
    edits: [
      edit(`pool.on('error', (error) => console.error('idle client:', error.message))\n`, ''),
      // The pool passes on what an idle client says, whoever else listens to that client.
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'looks whether the parcel is booked, then books it: two see that it is not',
    edits: [edit(PARCEL_LOCK, ''), edit(UNIQUE, '')],
  },
  {
    id: 'W9',
    check: 'C1',
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
    why: 'no transaction: killed between the two updates, the cents are gone',
    edits: [onThePool('  return work(client)\n')],
  },
  {
    id: 'W11',
    check: 'C7',
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
    why: 'checks the balance without a lock: two transfers of the same cents make it negative',
    edits: [edit(' order by id for update', '')],
  },
  {
    id: 'W16',
    check: 'C10',
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
    why: 'gives a client back with its transaction open: the locks stay',
    edits: [edit(ROLLBACK, '    broken = false\n')],
  },
  {
    id: 'W19',
    check: 'C3',
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
    why: 'answers a parcel that has its locker already with 409',
    edits: [edit('      if (held.rows[0].depot_id === depotId) return held.rows[0].id\n', '')],
  },
  {
    id: 'W26',
    check: 'C3',
    why: 'refuses exactly 1 000 000 000 cents',
    edits: [edit('.max(1_000_000_000)', '.max(999_999_999)')],
  },
  {
    id: 'W27',
    check: 'C3',
    why: 'gives a request up that has waited 2 s for one of its ten connections',
    edits: [edit('connectionTimeoutMillis: 15_000', 'connectionTimeoutMillis: 2_000')],
  },
  {
    id: 'W28',
    check: 'C11',
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
]
