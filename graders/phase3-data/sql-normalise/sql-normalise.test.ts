import { expect, test } from 'vitest'
import { openSubmission, requireService, shared } from '../../harness/index.ts'
import { expectAllOrNothing, stateOf } from './all-or-nothing.ts'
import { expectChanges } from './changes.ts'
import { expectSame } from './compare.ts'
import { makeUnseen } from './data.ts'
import { busiest, expectRaw, expectRejects, expectView, idOf } from './expectations.ts'
import { lostId, newFamily, newRows } from './family.ts'
import { accepts, deletes, GIVEN, refuses, refusesRow } from './inserts.ts'
import { COLUMNS, customersOf, type RawRow, type Shipment, sortOut } from './oracle.ts'
import {
  expectShape,
  makeWorld,
  migrate,
  openSession,
  type Row,
  readTable,
  type Session,
  type Text,
  trial,
  type World,
} from './world.ts'

const submission = openSubmission(import.meta)

const newWorld = (rows: 'the sample' | RawRow[]) => makeWorld(submission.exercise, rows)

async function up(world: World): Promise<World> {
  await migrate(submission, world, 'up.sql')
  await expectShape(world, 'up.sql')
  return world
}

async function down(world: World): Promise<World> {
  await migrate(submission, world, 'down.sql')
  await expectShape(world, 'down.sql')
  return world
}

/** A migrated database for all tests of the file, which leave it as it is. */
function migrated(rows: () => 'the sample' | RawRow[]): () => Promise<World> {
  const made = shared(async () => up(await newWorld(rows())))
  return () => {
    requireService('postgres')
    return made()
  }
}

const unseenRows = () => makeUnseen(submission.seed)
const sample = migrated(() => 'the sample')
const unseen = migrated(unseenRows)
const BOTH = { 'the sample': sample, 'the unseen rows': unseen }

/** Tries something with a new family of rows in the migrated database, and takes it all back. */
async function withFamily(
  action: (world: World, family: Awaited<ReturnType<typeof newFamily>>) => Promise<void>,
): Promise<void> {
  const world = await unseen()
  await trial(world, async () => action(world, await newFamily(world, submission.fresh)))
}

for (const [name, load] of Object.entries(BOTH)) {
  test(`C1 shipments_flat shows every row that can be converted, of ${name}`, async () => {
    const world = await load()
    await expectView(world, `of ${name}`, sortOut(world.raw).good)
  })
}

test('C1 shipments_flat shows nothing of a customer or a depot without a parcel', async () => {
  const world = await unseen()
  await trial(world, async () => {
    const make = newRows(submission.fresh)
    const customer_id = await accepts(world, 'customers', make.customer())
    await accepts(world, 'customer_phones', { customer_id, phone: make.phone() })
    await accepts(world, 'depots', make.depot())
    const where = 'after a customer with a phone, and a depot, were added without a parcel'
    await expectView(world, where, sortOut(world.raw).good)
  })
})

test('C2 takes rows that obey the rules, and fills in their ids', async () => {
  await withFamily(async (world, { make, customer, phone, from, to, parcelId, tag }) => {
    // Same name and city, same phone: another customer all the same.
    const { name, city } = customer
    const other = await accepts(world, 'customers', make.customer({ name: name!, city: city! }))
    await accepts(world, 'customer_phones', { customer_id: other, phone })
    await accepts(world, 'customer_phones', { customer_id: other, phone: make.phone() })
    const free = make.parcel(to, to, { price_cents: '0' })
    const second = await accepts(world, 'parcels', free)
    await accepts(world, 'parcels', make.parcel(from, to, { customer_id: other }))
    await accepts(world, 'parcel_tags', { parcel_id: second, tag })
    await accepts(world, 'parcel_tags', { parcel_id: parcelId, tag: 'express' })
  })
})

test('C2 refuses a second customer with an e-mail, in whatever case', async () => {
  await withFamily(async (world, { make, customer }) => {
    for (const email of [customer.email!, customer.email!.toUpperCase()]) {
      const why = `there is a customer ${customer.email} already`
      await refusesRow(world, why, 'customers', make.customer({ email }))
    }
    // A migrated one too.
    const { email } = busiest(sortOut(world.raw).good)
    const again = make.customer({ email: email.toUpperCase() })
    await refusesRow(world, `there is a customer ${email} already`, 'customers', again)
  })
})

test('C2 refuses a second depot with a name, in whatever case', async () => {
  await withFamily(async (world, { make }) => {
    const depot = make.depot()
    await accepts(world, 'depots', depot)
    for (const name of [depot.name!, depot.name!.toUpperCase()]) {
      await refusesRow(world, `there is a depot ${depot.name} already`, 'depots', { name })
    }
  })
})

test('C2 refuses a second parcel with a code', async () => {
  await withFamily(async (world, { make, parcel, from, to }) => {
    const again = make.parcel(from, to, { code: parcel.code! })
    await refusesRow(world, `there is a parcel ${parcel.code} already`, 'parcels', again)
  })
})

test('C2 refuses a parcel of a customer or a depot that does not exist', async () => {
  await withFamily(async (world, { make, from, to }) => {
    const customer_id = await lostId(world, 'customers', make.customer())
    const noDepot = await lostId(world, 'depots', make.depot())
    const none = 'does not exist: it was inserted and deleted again'
    const parcels = {
      [`customer ${customer_id} ${none}`]: make.parcel(from, to, { customer_id }),
      [`depot ${noDepot} (from_depot_id) ${none}`]: make.parcel(noDepot, to),
      [`depot ${noDepot} (to_depot_id) ${none}`]: make.parcel(from, noDepot),
    }
    for (const [why, parcel] of Object.entries(parcels)) {
      await refusesRow(world, why, 'parcels', parcel)
    }
  })
})

test('C2 refuses a tag of a parcel, and a phone of a customer, that does not exist', async () => {
  await withFamily(async (world, { make, from, to, tag, phone }) => {
    const parcel_id = await lostId(world, 'parcels', make.parcel(from, to))
    const customer_id = await lostId(world, 'customers', make.customer())
    const none = 'does not exist: it was inserted and deleted again'
    await refusesRow(world, `parcel ${parcel_id} ${none}`, 'parcel_tags', { parcel_id, tag })
    const row = { customer_id, phone }
    await refusesRow(world, `customer ${customer_id} ${none}`, 'customer_phones', row)
  })
})

test('C2 refuses a tag twice on a parcel, a phone twice for a customer, and an empty tag', async () => {
  await withFamily(async (world, { parcelId, tag, customerId, phone }) => {
    const tagged = { parcel_id: parcelId, tag }
    await refusesRow(world, 'the parcel has this tag already', 'parcel_tags', tagged)
    const called = { customer_id: customerId, phone }
    await refusesRow(world, 'the customer has this phone already', 'customer_phones', called)
    await refusesRow(world, 'the tag is empty', 'parcel_tags', { ...tagged, tag: '' })
  })
})

test('C2 refuses a negative price', async () => {
  await withFamily(async (world, { make, from, to }) => {
    const parcel = make.parcel(from, to, { price_cents: '-1' })
    await refusesRow(world, 'the price is negative', 'parcels', parcel)
  })
})

test('C2 refuses NULL in every column but parcels.customer_id', async () => {
  await withFamily(async (world, { make, customerId, from, to, parcelId }) => {
    const right: Record<keyof typeof GIVEN, () => Row> = {
      customers: make.customer,
      customer_phones: () => ({ customer_id: customerId, phone: make.phone() }),
      depots: make.depot,
      parcels: () => make.parcel(from, to),
      parcel_tags: () => ({ parcel_id: parcelId, tag: 'heavy' }),
    }
    for (const [table, columns] of Object.entries(GIVEN)) {
      for (const column of columns) {
        if (column === 'customer_id' && table === 'parcels') continue
        const row = { ...right[table as keyof typeof GIVEN](), [column]: null }
        await refusesRow(world, `${column} is NULL`, table as keyof typeof GIVEN, row)
      }
    }
  })
})

test('C2 random inserts and updates are taken or refused as the rules say', async () => {
  const world = await unseen()
  await expectChanges(world, submission.fresh, sortOut(world.raw).good, 'inserts and updates')
})

test('C3 all parcels of a customer follow when the city is changed once', async () => {
  const world = await unseen()
  const { good } = sortOut(world.raw)
  const { email } = busiest(good)
  const city = `New${submission.fresh.word()}`
  await trial(world, async () => {
    const id = await idOf(world, 'customers', 'email', email)
    await world.ask('update public.customers set city = $1 where id::text = $2', [city, id])
    const wanted = good.map((shipment) =>
      shipment.customer?.email === email
        ? { ...shipment, customer: { ...shipment.customer, city } }
        : shipment,
    )
    await expectView(world, `after customers.city of ${email} was set to ${city}`, wanted)
  })
})

test('C3 all parcels from and to a depot follow when it is renamed once', async () => {
  const world = await unseen()
  const { good } = sortOut(world.raw)
  const depot = good.find(({ from, to }) => from === to)!.from
  const name = `New${submission.fresh.word()}`
  await trial(world, async () => {
    const id = await idOf(world, 'depots', 'name', depot)
    await world.ask('update public.depots set name = $1 where id::text = $2', [name, id])
    const renamed = (old: string) => (old === depot ? name.toLowerCase() : old)
    const wanted = good.map((one) => ({ ...one, from: renamed(one.from), to: renamed(one.to) }))
    await expectView(world, `after depots.name of ${depot} was set to ${name}`, wanted)
  })
})

const readCustomers = (world: World) => readTable(world, 'customers', ['id', ...GIVEN.customers])
const readParcels = (world: World) => readTable(world, 'parcels', ['id', ...GIVEN.parcels])

/** Ids are compared as texts, and mean nothing: messages show what they stand for. */
const byId = (rows: Row[], name: string) =>
  new Map<Text | undefined, Text>(rows.map((row) => [row.id, row[name] ?? null]))

for (const [name, load] of Object.entries(BOTH)) {
  const test4 = (requirement: string, action: (world: World, good: Shipment[]) => Promise<void>) =>
    test(`C4 ${requirement}, of ${name}`, async () => {
      const world = await load()
      await action(world, sortOut(world.raw).good)
    })

  test4(
    'customers has one row for each e-mail, without spaces at the ends',
    async (world, good) => {
      const rows = await readCustomers(world)
      const line = (row: Record<string, Text | undefined>) =>
        JSON.stringify([row.name, row.email?.toLowerCase() ?? null, row.city])
      const wanted = customersOf(good).map(({ name, email, city }) => line({ name, email, city }))
      expectSame('customers (name, email, city)', rows.map(line), wanted)
    },
  )

  test4('customer_phones has one row for each phone of a customer', async (world, good) => {
    const emails = byId(await readCustomers(world), 'email')
    const phones = await readTable(world, 'customer_phones', GIVEN.customer_phones)
    const got = phones.map(({ customer_id, phone }) =>
      JSON.stringify([emails.get(customer_id)?.toLowerCase() ?? null, phone]),
    )
    const wanted = customersOf(good).flatMap(({ email, phones }) =>
      phones.map((phone) => JSON.stringify([email, phone])),
    )
    expectSame("customer_phones (customer's e-mail, phone)", got, wanted)
  })

  test4('depots has one row for each name', async (world, good) => {
    const rows = await readTable(world, 'depots', GIVEN.depots)
    const wanted = new Set(good.flatMap(({ from, to }) => [from, to]))
    const got = rows.map((row) => row.name?.toLowerCase() ?? 'NULL')
    const quoted = (texts: Iterable<string>) => [...texts].map((text) => JSON.stringify(text))
    expectSame('depots (name in lower case)', quoted(got), quoted(wanted))
  })

  test4('parcels has one row for each parcel', async (world, good) => {
    const emails = byId(await readCustomers(world), 'email')
    const depots = byId(await readTable(world, 'depots', ['id', 'name']), 'name')
    const depotOf = (id: Text | undefined) => depots.get(id)?.toLowerCase() ?? null
    const got = (await readParcels(world)).map((row) =>
      JSON.stringify([
        row.code,
        row.customer_id ? (emails.get(row.customer_id)?.toLowerCase() ?? '?') : null,
        depotOf(row.from_depot_id),
        depotOf(row.to_depot_id),
        row.price_cents === null ? null : Number(row.price_cents),
        row.created?.slice(0, 10) ?? null,
      ]),
    )
    const wanted = good.map(({ code, customer, from, to, cents, created }) =>
      JSON.stringify([code, customer?.email ?? null, from, to, cents, created]),
    )
    const columns = "code, customer's e-mail, from, to, price_cents, created"
    expectSame(`parcels (${columns})`, got, wanted)
  })

  test4('parcel_tags has one row for each tag of a parcel', async (world, good) => {
    const codes = byId(await readParcels(world), 'code')
    const tags = await readTable(world, 'parcel_tags', GIVEN.parcel_tags)
    const got = tags.map((row) => JSON.stringify([codes.get(row.parcel_id) ?? null, row.tag]))
    const wanted = good.flatMap(({ code, tags }) => tags.map((tag) => JSON.stringify([code, tag])))
    expectSame("parcel_tags (parcel's code, tag)", got, wanted)
  })
}

test('C4 no table says the name or the city of a customer twice', async () => {
  const world = await unseen()
  const { name, city } = busiest(sortOut(world.raw).good)
  const tables = await world.ask(
    `select format('%I.%I', nspname, relname) as name
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'm') and nspname !~ '^pg_' and nspname <> 'information_schema'
       and (nspname, relname) <> ('public', 'rejects')
     order by 1 limit 100`,
  )
  for (const table of tables) {
    for (const fact of [name, city]) {
      const [found] = await world.ask(
        `select count(*) as rows from ${table.name} as t where strpos(t::text, $1) > 0`,
        [fact],
      )
      if (Number(found?.rows) <= 1) continue
      expect.fail(
        `${table.name} says "${fact}" in ${found?.rows} rows. It is a fact about one customer, and belongs in that customer's row only.`,
      )
    }
  }
})

test('C4 a tag more, and a tag less, is a row more or less, and the view follows', async () => {
  const world = await unseen()
  const { good } = sortOut(world.raw)
  const shipment = good.find(({ tags }) => tags.length > 1)!
  const [tag] = shipment.tags
  await trial(world, async () => {
    const parcel_id = await idOf(world, 'parcels', 'code', shipment.code)
    const added = `x${submission.fresh.word()}`
    await accepts(world, 'parcel_tags', { parcel_id, tag: added })
    await world.ask('delete from public.parcel_tags where parcel_id::text = $1 and tag = $2', [
      parcel_id,
      tag!,
    ])
    const tags = [...shipment.tags.slice(1), added].sort()
    const wanted = good.map((one) => (one === shipment ? { ...one, tags } : one))
    const where = `after ${shipment.code} was given the tag ${added} and lost ${tag}`
    await expectView(world, where, wanted)
  })
})

for (const rows of ['the sample', 'the unseen rows'] as const) {
  test(`C5 down.sql gives ${rows} back, and up.sql takes them apart again`, async () => {
    const world = await newWorld(rows === 'the sample' ? rows : unseenRows())
    const { good, rejects } = sortOut(world.raw)
    await down(await up(world))
    const columns = await world.ask(
      `select attname as name, format_type(atttypid, null) as type from pg_catalog.pg_attribute
       where attrelid = 'public.shipments_raw'::regclass and attnum > 0 and not attisdropped
       order by attnum`,
    )
    const shown = columns.map(
      ({ name, type }) => `${name} ${type?.replace(/^character varying$/, 'text')}`,
    )
    const wanted = COLUMNS.map((name) => `${name} ${name === 'created' ? 'date' : 'text'}`)
    expect(shown, 'the columns of shipments_raw after down.sql').toEqual(wanted)
    await expectRaw(world, 'after up.sql and down.sql', good, rejects)
    await up(world)
    await expectView(world, 'after up.sql, down.sql and up.sql', good)
    await expectRejects(world, 'after up.sql, down.sql and up.sql')
  })
}

test('C6 up.sql happens as a whole or not at all', async () => {
  const world = await newWorld('the sample')
  await expectAllOrNothing(submission, world, 'up.sql', async () => stateOf(await sample()))
  await expectShape(world, 'up.sql')
})

test('C6 down.sql happens as a whole or not at all', async () => {
  const world = await up(await newWorld('the sample'))
  await expectAllOrNothing(submission, world, 'down.sql', async () =>
    stateOf(await down(await up(await newWorld('the sample')))),
  )
  await expectShape(world, 'down.sql')
})

/** How many rows of a table have this id in a column. */
async function count(session: Session, table: string, column: string, id: string): Promise<number> {
  const [row] = await session.ask(
    `select count(*) as rows from public.${table} where ${column}::text = $1`,
    [id],
  )
  return Number(row?.rows)
}

test('C7 deleting a parcel deletes its tags', async () => {
  await withFamily(async (world, { parcelId, customerId }) => {
    await accepts(world, 'parcel_tags', { parcel_id: parcelId, tag: 'heavy' })
    await deletes(world, 'a parcel with tags', 'parcels', parcelId)
    expect(await count(world, 'parcels', 'id', parcelId), 'rows of the deleted parcel').toBe(0)
    const tags = await count(world, 'parcel_tags', 'parcel_id', parcelId)
    expect(tags, 'rows of parcel_tags for the deleted parcel').toBe(0)
    const customers = await count(world, 'customers', 'id', customerId)
    expect(customers, 'rows of the customer whose parcel was deleted').toBe(1)
  })
})

test('C7 refuses to delete a customer or a depot with parcels', async () => {
  await withFamily(async (world, { customerId, from, to }) => {
    const sql = (table: string) => `delete from public.${table} where id::text = $1`
    const why = 'it still has a parcel'
    const shown = (table: string, id: string) => `DELETE FROM ${table} WHERE id = '${id}'`
    for (const [table, id] of [
      ['customers', customerId],
      ['depots', from],
      ['depots', to],
    ] as const) {
      await refuses(world, why, sql(table), [id], shown(table, id))
    }
  })
})

test('C7 deleting a customer without parcels deletes their phones', async () => {
  await withFamily(async (world, { customerId, parcelId }) => {
    await deletes(world, 'a parcel', 'parcels', parcelId)
    await deletes(world, 'a customer without parcels', 'customers', customerId)
    expect(await count(world, 'customers', 'id', customerId), 'rows of the customer').toBe(0)
    const phones = await count(world, 'customer_phones', 'customer_id', customerId)
    expect(phones, 'rows of customer_phones for the deleted customer').toBe(0)
  })
})

test('C7 random inserts and deletes do what the rules say', async () => {
  const world = await unseen()
  await expectChanges(world, submission.fresh, sortOut(world.raw).good, 'deletes')
})

for (const [name, load] of Object.entries(BOTH)) {
  test(`C8 rejects holds every other row as it was, with a reason, of ${name}`, async () => {
    const world = await load()
    await expectRejects(world, `of ${name}`)
    for (const row of await readTable(world, 'rejects', [...COLUMNS, 'reason'])) {
      if (!row.reason?.trim()) expect.fail(`A row of rejects has no reason: ${JSON.stringify(row)}`)
    }
  })
}

test('C9 down.sql keeps what has changed since up.sql', async () => {
  const world = await up(await newWorld(unseenRows()))
  const { good, rejects } = sortOut(world.raw)
  const { email } = busiest(good)
  const owner = await idOf(world, 'customers', 'email', email)
  const city = `New${submission.fresh.word()}`
  await world.ask('update public.customers set city = $1 where id::text = $2', [city, owner])

  const [deleted, dearer, ...others] = good
  const id = await idOf(world, 'parcels', 'code', deleted!.code)
  await deletes(world, 'a parcel', 'parcels', id)
  const cents = submission.fresh.int(100_001, 900_000)
  await world.ask('update public.parcels set price_cents = $1 where code = $2', [
    String(cents),
    dearer!.code,
  ])
  const { customer, phone, parcel, tag, from, to } = await newFamily(world, submission.fresh)
  const depots = byId(await readTable(world, 'depots', ['id', 'name']), 'name')
  const born: Shipment = {
    code: parcel.code!,
    customer: {
      name: customer.name!,
      email: customer.email!,
      city: customer.city!,
      phones: [phone],
    },
    from: depots.get(from)?.toLowerCase() ?? '',
    to: depots.get(to)?.toLowerCase() ?? '',
    tags: [tag],
    cents: Number(parcel.price_cents),
    created: parcel.created!,
  }
  const moved = [{ ...dearer!, cents }, ...others].map((one) =>
    one.customer?.email === email ? { ...one, customer: { ...one.customer, city } } : one,
  )
  await down(world)
  const changes = `a customer moved to ${city}, ${deleted!.code} was deleted, ${dearer!.code} got dearer and ${parcel.code} is new`
  await expectRaw(
    world,
    `after up.sql, changes and down.sql (${changes})`,
    [...moved, born],
    rejects,
  )
})

test('C10 refuses a second customer with an e-mail while the first is not committed', async () => {
  const world = await up(await newWorld('the sample'))
  const make = newRows(submission.fresh)
  const customer = make.customer()
  const upper = make.customer({ email: customer.email!.toUpperCase() })
  const other = await openSession(world.db)
  const [{ pid } = {}] = await other.ask('select pg_backend_pid() as pid')
  await world.ask('begin')
  await accepts(world, 'customers', customer)
  let over = false
  const second = other
    .attempt('insert into public.customers (name, email, city) values ($1, $2, $3)', [
      upper.name!,
      upper.email!,
      upper.city!,
    ])
    .finally(() => {
      over = true
    })
  // It goes through, is refused, or waits for the first to end.
  const watcher = await openSession(world.db)
  const settled = async () => {
    const [row] = await watcher.ask('select wait_event_type from pg_stat_activity where pid = $1', [
      pid!,
    ])
    return over || row?.wait_event_type === 'Lock'
  }
  await expect.poll(settled, { timeout: 20_000, interval: 5 }).toBe(true)
  await world.ask('commit')
  await second
  const rows = await world.ask(
    'select email from public.customers where lower(email) = lower($1) limit 5',
    [customer.email!],
  )
  expect(
    rows.length,
    `rows of customers after one session inserted ${customer.email} and, before that was committed, another inserted ${upper.email}`,
  ).toBe(1)
})

const FEW = {
  'an empty table': [],
  'a table of rejects only': [{ price: 'free' }, { price: null }],
}
for (const [name, rows] of Object.entries(FEW)) {
  test(`C11 up.sql and down.sql work with ${name}`, async () => {
    const raw = rows.map(({ price }): RawRow => {
      const blank = Object.fromEntries(COLUMNS.map((column) => [column, null]))
      const code = `PP-${submission.fresh.unique()}`
      const depots = { from_depot: 'Harbour', to_depot: 'Station' }
      return { ...(blank as RawRow), code, ...depots, price, created: '2026-04-01' }
    })
    const world = await up(await newWorld(raw))
    await expectView(world, `of ${name}`, [])
    await expectRejects(world, `of ${name}`)
    await trial(world, async () => void (await newFamily(world, submission.fresh)))
    await down(world)
    await expectRaw(world, 'after up.sql and down.sql', [], sortOut(raw).rejects)
  })
}
