import type fc from 'fast-check'
import { expect } from 'vitest'
import { type Fresh, forAll } from '../../harness/index.ts'
import { expectView, idOf } from './expectations.ts'
import { lostId, newRows } from './family.ts'
import type { Shipment } from './oracle.ts'
import { type Session, trial } from './world.ts'

/** So many programs of statements are tried. */
const PROGRAMS = 15
/** Constraints may be deferred: they speak when they are told to. */
const SPEAK = 'set constraints all immediate'

/**
 * The tables as the README has them: customers by the number of their e-mail, depots by that of their
 * name, parcels by that of their code. The texts themselves are in `Words`.
 */
type Customer = { name: string; city: string; phones: Set<string> }
type Parcel = {
  customer: number | null
  from: number
  to: number
  cents: number
  tags: Set<string>
}
type Tables = {
  customers: Map<number, Customer>
  depots: Set<number>
  parcels: Map<number, Parcel>
}

/** The texts of a program: a number stands for the same text, however it is spelled. */
type Words = {
  email(number: number, spelling: number): string
  depot(number: number, spelling: number): string
  code(number: number): string
  phone(number: number): string
  /** Ids that were there and are not any more. */
  lost: { customer: string; depot: string; parcel: string }
}

/** One statement: null stands for NULL; a number that nothing has stands for what is not there. */
type Step =
  | {
      does: 'add customer'
      email: number | null
      spelling: number
      name: string | null
      city: string | null
    }
  | { does: 'add phone'; customer: number | null; phone: number | null }
  | { does: 'add depot'; depot: number | null; spelling: number }
  | {
      does: 'add parcel'
      code: number | null
      customer: number | null
      from: number | null
      to: number | null
      cents: number | null
    }
  | { does: 'add tag'; parcel: number | null; tag: string | null }
  | { does: 'set e-mail'; customer: number; email: number | null; spelling: number }
  | { does: 'set city'; customer: number; city: string | null }
  | { does: 'set phone'; customer: number; phone: number; other: number | null }
  | { does: 'set depot'; depot: number; other: number | null; spelling: number }
  | { does: 'set code'; parcel: number; code: number | null }
  | { does: 'set customer'; parcel: number; customer: number | null }
  | { does: 'set way'; parcel: number; to: number | null }
  | { does: 'set price'; parcel: number; cents: number | null }
  | { does: 'set tag'; parcel: number; tag: string; other: string | null }
  | { does: 'drop customer'; customer: number }
  | { does: 'drop depot'; depot: number }
  | { does: 'drop parcel'; parcel: number }

const literal = (text: string | null): string =>
  text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`

/** A statement as it is sent, and as messages show it. */
function sqlOf(step: Step, words: Words, { customers, depots, parcels }: Tables): string {
  const customer = (number: number | null) => {
    if (number === null) return 'NULL'
    if (!customers.has(number)) return literal(words.lost.customer)
    return `(SELECT id FROM customers WHERE lower(email) = ${literal(words.email(number, 0).toLowerCase())})`
  }
  const depot = (number: number | null) => {
    if (number === null) return 'NULL'
    if (!depots.has(number)) return literal(words.lost.depot)
    return `(SELECT id FROM depots WHERE lower(name) = ${literal(words.depot(number, 0).toLowerCase())})`
  }
  const parcel = (number: number | null) => {
    if (number === null) return 'NULL'
    if (!parcels.has(number)) return literal(words.lost.parcel)
    return `(SELECT id FROM parcels WHERE code = ${literal(words.code(number))})`
  }
  const email = (number: number | null, spelling: number) =>
    literal(number === null ? null : words.email(number, spelling))
  const name = (number: number | null, spelling: number) =>
    literal(number === null ? null : words.depot(number, spelling))
  const code = (number: number | null) => literal(number === null ? null : words.code(number))
  const phone = (number: number | null) => literal(number === null ? null : words.phone(number))
  switch (step.does) {
    case 'add customer':
      return `INSERT INTO customers (name, email, city) VALUES (${literal(step.name)}, ${email(step.email, step.spelling)}, ${literal(step.city)})`
    case 'add phone':
      return `INSERT INTO customer_phones (customer_id, phone) VALUES (${customer(step.customer)}, ${phone(step.phone)})`
    case 'add depot':
      return `INSERT INTO depots (name) VALUES (${name(step.depot, step.spelling)})`
    case 'add parcel':
      return `INSERT INTO parcels (code, customer_id, from_depot_id, to_depot_id, price_cents, created) VALUES (${code(step.code)}, ${customer(step.customer)}, ${depot(step.from)}, ${depot(step.to)}, ${step.cents ?? 'NULL'}, '2026-10-05')`
    case 'add tag':
      return `INSERT INTO parcel_tags (parcel_id, tag) VALUES (${parcel(step.parcel)}, ${literal(step.tag)})`
    case 'set e-mail':
      return `UPDATE customers SET email = ${email(step.email, step.spelling)} WHERE id = ${customer(step.customer)}`
    case 'set city':
      return `UPDATE customers SET city = ${literal(step.city)} WHERE id = ${customer(step.customer)}`
    case 'set phone':
      return `UPDATE customer_phones SET phone = ${phone(step.other)} WHERE customer_id = ${customer(step.customer)} AND phone = ${phone(step.phone)}`
    case 'set depot':
      return `UPDATE depots SET name = ${name(step.other, step.spelling)} WHERE id = ${depot(step.depot)}`
    case 'set code':
      return `UPDATE parcels SET code = ${code(step.code)} WHERE id = ${parcel(step.parcel)}`
    case 'set customer':
      return `UPDATE parcels SET customer_id = ${customer(step.customer)} WHERE id = ${parcel(step.parcel)}`
    case 'set way':
      return `UPDATE parcels SET to_depot_id = ${depot(step.to)} WHERE id = ${parcel(step.parcel)}`
    case 'set price':
      return `UPDATE parcels SET price_cents = ${step.cents ?? 'NULL'} WHERE id = ${parcel(step.parcel)}`
    case 'set tag':
      return `UPDATE parcel_tags SET tag = ${literal(step.other)} WHERE parcel_id = ${parcel(step.parcel)} AND tag = ${literal(step.tag)}`
    case 'drop customer':
      return `DELETE FROM customers WHERE id = ${customer(step.customer)}`
    case 'drop depot':
      return `DELETE FROM depots WHERE id = ${depot(step.depot)}`
    case 'drop parcel':
      return `DELETE FROM parcels WHERE id = ${parcel(step.parcel)}`
  }
}

/** Moves what a map or set has under one number to another. */
function renumber<T>(map: Map<number, T>, from: number, to: number): void {
  const value = map.get(from)!
  map.delete(from)
  map.set(to, value)
}

const isNull = 'a column is NULL'

/** Does a statement on the model. @returns why it must be refused; undefined where it is done */
function play(step: Step, { customers, depots, parcels }: Tables): string | undefined {
  const parcelsWith = (test: (parcel: Parcel) => boolean) => [...parcels.values()].filter(test)
  switch (step.does) {
    case 'add customer': {
      if (step.email === null || step.name === null || step.city === null) return isNull
      if (customers.has(step.email)) return 'there is a customer with this e-mail'
      customers.set(step.email, { name: step.name, city: step.city, phones: new Set() })
      return
    }
    case 'add phone': {
      if (step.customer === null || step.phone === null) return isNull
      const customer = customers.get(step.customer)
      if (!customer) return 'there is no such customer'
      if (customer.phones.has(String(step.phone))) return 'the customer has this phone already'
      customer.phones.add(String(step.phone))
      return
    }
    case 'add depot':
      if (step.depot === null) return isNull
      if (depots.has(step.depot)) return 'there is a depot with this name'
      depots.add(step.depot)
      return
    case 'add parcel': {
      const { code, customer, from, to, cents } = step
      if (code === null || from === null || to === null || cents === null) return isNull
      if (parcels.has(code)) return 'there is a parcel with this code'
      if (customer !== null && !customers.has(customer)) return 'there is no such customer'
      if (!depots.has(from) || !depots.has(to)) return 'there is no such depot'
      if (cents < 0) return 'the price is negative'
      parcels.set(code, { customer, from, to, cents, tags: new Set() })
      return
    }
    case 'add tag': {
      if (step.parcel === null || step.tag === null) return isNull
      const parcel = parcels.get(step.parcel)
      if (!parcel) return 'there is no such parcel'
      if (step.tag === '') return 'the tag is empty'
      if (parcel.tags.has(step.tag)) return 'the parcel has this tag already'
      parcel.tags.add(step.tag)
      return
    }
    case 'set e-mail': {
      if (!customers.has(step.customer)) return
      if (step.email === null) return isNull
      if (step.email === step.customer) return
      if (customers.has(step.email)) return 'there is a customer with this e-mail'
      renumber(customers, step.customer, step.email)
      for (const parcel of parcelsWith(({ customer }) => customer === step.customer)) {
        parcel.customer = step.email
      }
      return
    }
    case 'set city': {
      const customer = customers.get(step.customer)
      if (!customer) return
      if (step.city === null) return isNull
      customer.city = step.city
      return
    }
    case 'set phone': {
      const phones = customers.get(step.customer)?.phones
      if (!phones?.has(String(step.phone))) return
      if (step.other === null) return isNull
      if (step.other === step.phone) return
      if (phones.has(String(step.other))) return 'the customer has this phone already'
      phones.delete(String(step.phone))
      phones.add(String(step.other))
      return
    }
    case 'set depot': {
      if (!depots.has(step.depot)) return
      if (step.other === null) return isNull
      if (step.other === step.depot) return
      if (depots.has(step.other)) return 'there is a depot with this name'
      depots.delete(step.depot)
      depots.add(step.other)
      for (const parcel of parcels.values()) {
        if (parcel.from === step.depot) parcel.from = step.other
        if (parcel.to === step.depot) parcel.to = step.other
      }
      return
    }
    case 'set code':
      if (!parcels.has(step.parcel)) return
      if (step.code === null) return isNull
      if (step.code === step.parcel) return
      if (parcels.has(step.code)) return 'there is a parcel with this code'
      renumber(parcels, step.parcel, step.code)
      return
    case 'set customer': {
      const parcel = parcels.get(step.parcel)
      if (!parcel) return
      if (step.customer !== null && !customers.has(step.customer))
        return 'there is no such customer'
      parcel.customer = step.customer
      return
    }
    case 'set way': {
      const parcel = parcels.get(step.parcel)
      if (!parcel) return
      if (step.to === null) return isNull
      if (!depots.has(step.to)) return 'there is no such depot'
      parcel.to = step.to
      return
    }
    case 'set price': {
      const parcel = parcels.get(step.parcel)
      if (!parcel) return
      if (step.cents === null) return isNull
      if (step.cents < 0) return 'the price is negative'
      parcel.cents = step.cents
      return
    }
    case 'set tag': {
      const tags = parcels.get(step.parcel)?.tags
      if (!tags?.has(step.tag)) return
      if (step.other === null) return isNull
      if (step.other === step.tag) return
      if (step.other === '') return 'the tag is empty'
      if (tags.has(step.other)) return 'the parcel has this tag already'
      tags.delete(step.tag)
      tags.add(step.other)
      return
    }
    case 'drop customer':
      if (parcelsWith(({ customer }) => customer === step.customer).length > 0) {
        return 'the customer has a parcel'
      }
      customers.delete(step.customer)
      return
    case 'drop depot':
      if (parcelsWith(({ from, to }) => from === step.depot || to === step.depot).length > 0) {
        return 'the depot has a parcel'
      }
      depots.delete(step.depot)
      return
    case 'drop parcel':
      parcels.delete(step.parcel)
      return
  }
}

function shipmentsOf({ customers, parcels }: Tables, words: Words): Shipment[] {
  return [...parcels].map(([code, parcel]) => {
    const customer = parcel.customer === null ? undefined : customers.get(parcel.customer)
    return {
      code: words.code(code),
      customer: customer
        ? {
            name: customer.name,
            email: words.email(parcel.customer!, 0).toLowerCase(),
            city: customer.city,
            phones: [...customer.phones].map((phone) => words.phone(Number(phone))).sort(),
          }
        : null,
      from: words.depot(parcel.from, 0).toLowerCase(),
      to: words.depot(parcel.to, 0).toLowerCase(),
      tags: [...parcel.tags].sort(),
      cents: parcel.cents,
      created: '2026-10-05',
    }
  })
}

/** What every program begins with: depots first, for without them there is no parcel. */
const DEPOTS: Step[] = [
  { does: 'add depot', depot: 0, spelling: 1 },
  { does: 'add depot', depot: 1, spelling: 0 },
]
const PRELUDE: Step[] = [
  { does: 'add customer', email: 0, spelling: 1, name: 'Ada Berg', city: 'Oslo' },
  { does: 'add customer', email: 1, spelling: 0, name: 'Nils Dahl', city: 'Athens' },
  { does: 'add phone', customer: 0, phone: 0 },
  { does: 'add phone', customer: 1, phone: 0 },
  { does: 'add phone', customer: 1, phone: 1 },
  { does: 'add parcel', code: 0, customer: 0, from: 0, to: 1, cents: 1250 },
  { does: 'add parcel', code: 1, customer: null, from: 0, to: 0, cents: 0 },
  { does: 'add tag', parcel: 0, tag: 'fragile' },
  { does: 'add tag', parcel: 0, tag: 'express' },
]

type Values = readonly (string | number | null)[]
const SPELLINGS = [0, 1, 2]
const CITIES = ['Oslo', 'Tromsø', null]
const CENTS = [50, 0, -1, null, 9_999_999]
/** What each field of a statement may be; after the prelude the first ones make a statement that is taken. */
const INSERTS: Record<string, Record<string, Values>> = {
  'add customer': {
    email: [2, 0, 1, null],
    spelling: SPELLINGS,
    name: ['Ada Berg', 'O’Hara', null],
    city: CITIES,
  },
  'add phone': { customer: [0, 1, 2, null], phone: [1, 0, null] },
  'add depot': { depot: [2, 0, 1, null], spelling: SPELLINGS },
  'add parcel': {
    code: [2, 0, 1, null],
    customer: [0, null, 2],
    from: [0, 1, 2, null],
    to: [1, 0, 2, null],
    cents: CENTS,
  },
  'add tag': { parcel: [0, 1, 2, null], tag: ['heavy', 'fragile', '', null] },
}
const UPDATES: Record<string, Record<string, Values>> = {
  'set e-mail': { customer: [0, 1, 2], email: [2, 0, 1, null], spelling: SPELLINGS },
  'set city': { customer: [0, 1, 2], city: CITIES },
  'set phone': { customer: [0, 1, 2], phone: [0, 1], other: [1, 0, null] },
  'set depot': { depot: [0, 1, 2], other: [2, 0, 1, null], spelling: SPELLINGS },
  'set code': { parcel: [0, 1, 2], code: [2, 0, 1, null] },
  'set customer': { parcel: [0, 1, 2], customer: [1, null, 0, 2] },
  'set way': { parcel: [0, 1, 2], to: [0, 1, 2, null] },
  'set price': { parcel: [0, 1, 2], cents: CENTS },
  'set tag': {
    parcel: [0, 1, 2],
    tag: ['fragile', 'express'],
    other: ['heavy', 'express', 'fragile', '', null],
  },
}
const DELETES: Record<string, Record<string, Values>> = {
  'drop customer': { customer: [0, 1, 2] },
  'drop depot': { depot: [0, 1, 2] },
  'drop parcel': { parcel: [0, 1, 2] },
}

const KINDS = {
  'inserts and updates': { tried: { ...INSERTS, ...UPDATES }, drawn: [INSERTS, UPDATES] },
  // Deletes twice as often: there must be something left to insert.
  deletes: { tried: DELETES, drawn: [INSERTS, DELETES, DELETES] },
}

/** Statements in which up to two fields are not the first ones. */
function eachOf(kinds: Record<string, Record<string, Values>>): Step[] {
  return Object.entries(kinds).flatMap(([does, fields]) => {
    let made: { step: Record<string, unknown>; other: number }[] = [{ step: { does }, other: 0 }]
    for (const [name, values] of Object.entries(fields)) {
      made = made
        .flatMap(({ step, other }) =>
          values.map((value, at) => ({
            step: { ...step, [name]: value },
            other: other + (at === 0 ? 0 : 1),
          })),
        )
        .filter(({ other }) => other <= 2)
    }
    return made.map(({ step }) => step as Step)
  })
}

/** Draws statements; the numbers are few, so that they meet, and NULL is rare. */
async function drawSteps(
  kinds: Record<string, Record<string, Values>>[],
): Promise<fc.Arbitrary<Step[]>> {
  const { default: fc } = await import('fast-check')
  const drawn = (values: Values) => {
    const some = fc.constantFrom(...values.filter((value) => value !== null))
    if (!values.includes(null)) return some
    return fc.oneof({ arbitrary: some, weight: 9 }, { arbitrary: fc.constant(null), weight: 1 })
  }
  const steps = kinds.flatMap((each) =>
    Object.entries(each).map(([does, fields]) =>
      fc.record({
        does: fc.constant(does),
        ...Object.fromEntries(
          Object.entries(fields).map(([name, values]) => [name, drawn(values)]),
        ),
      }),
    ),
  )
  return fc.array(fc.oneof(...steps) as fc.Arbitrary<unknown> as fc.Arbitrary<Step>, {
    minLength: 4,
    maxLength: 25,
  })
}

/** A transaction in which the tables have the rows of the prelude; it is taken back. */
async function inPrelude(
  session: Session,
  fresh: Fresh,
  action: (world: { words: Words; tables: Tables; done: string[] }) => Promise<void>,
): Promise<void> {
  await trial(session, async () => {
    const make = newRows(fresh)
    const letters = fresh.word()
    const phones = fresh.list(2, make.phone)
    const respell = (text: string, spelling: number) =>
      [text.toLowerCase(), text, text.toUpperCase()][spelling]!
    const words: Words = {
      email: (number, spelling) => respell(`Person${number}.${letters}@Mail.test`, spelling),
      depot: (number, spelling) => respell(`Harbour${number}${letters}`, spelling),
      code: (number) => `PX-${letters.toUpperCase()}${number}`,
      phone: (number) => phones[number]!,
      lost: {
        depot: await lostId(session, 'depots', make.depot()),
        customer: await lostId(session, 'customers', make.customer()),
        parcel: '',
      },
    }
    const tables: Tables = { customers: new Map(), depots: new Set(), parcels: new Map() }
    const world = { words, tables, done: [] }
    for (const step of DEPOTS) await run(session, step, world)
    const idOfDepot = (number: number) => idOf(session, 'depots', 'name', words.depot(number, 0))
    const parcel = make.parcel(await idOfDepot(0), await idOfDepot(1))
    words.lost.parcel = await lostId(session, 'parcels', parcel)
    for (const step of PRELUDE) await run(session, step, world)
    await action(world)
  })
}

const listOf = (statements: string[]): string => statements.map((sql) => `  ${sql};`).join('\n')

/** Runs one statement in the database and on the model, which must agree whether it is done. */
async function run(
  session: Session,
  step: Step,
  { words, tables, done }: { words: Words; tables: Tables; done: string[] },
): Promise<void> {
  const sql = sqlOf(step, words, tables)
  const why = play(step, tables)
  await session.ask('savepoint before')
  const answered = await session.attempt(sql)
  const answer = 'error' in answered ? answered : await session.attempt(SPEAK)
  if (why !== undefined && 'rows' in answer) {
    expect.fail(
      `The last of these statements must be refused with an error: ${why}. It was not.\n${listOf([...done, sql])}`,
    )
  }
  if (why === undefined && 'error' in answer) {
    expect.fail(
      `The last of these statements obeys the rules, and is refused. PostgreSQL says: ${answer.error}\n${listOf([...done, sql])}`,
    )
  }
  if (why === undefined) done.push(sql)
  else await session.ask('rollback to savepoint before')
}

/**
 * Tries each statement by itself, and random programs of them, in transactions that are taken back. The
 * database must refuse what the model refuses, take what it takes, and show the outcome in the view.
 * @param good what the view shows before
 */
export async function expectChanges(
  session: Session,
  fresh: Fresh,
  good: Shipment[],
  kinds: keyof typeof KINDS,
): Promise<void> {
  const { tried, drawn } = KINDS[kinds]
  await inPrelude(session, fresh, async ({ words, tables, done }) => {
    for (const step of eachOf(tried)) {
      await session.ask('savepoint one')
      await run(session, step, { words, tables: structuredClone(tables), done: [...done] })
      await session.ask('rollback to savepoint one')
    }
  })
  await forAll(fresh, await drawSteps(drawn), PROGRAMS, async (...programs) => {
    for (const program of programs) {
      await inPrelude(session, fresh, async (world) => {
        for (const step of program) await run(session, step, world)
        const after = `after these statements:\n${listOf(world.done)}\n`
        await expectView(session, after, [...good, ...shipmentsOf(world.tables, world.words)])
      })
    }
  })
}
