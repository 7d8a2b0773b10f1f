import { wrongsOfAnyPage } from './any-page.ts'
import type { Wrong } from './complain.ts'
import {
  type Depot,
  FIELDS,
  type Field,
  type Form,
  heldBy,
  isKept,
  keptComplaint,
  readForm,
  tiedTo,
  wrongsOfForm,
} from './form.ts'
import {
  type Element,
  fragment,
  fragmentText,
  itemsOf,
  lacks,
  listWithId,
  type Page,
  short,
} from './page.ts'
import { RULES } from './rules.ts'
import { nearest } from './track.ts'
import { type Filled, openFields, wrongFields } from './typed.ts'

/** A booking as its pages show it. */
export type Booking = { name: string; email: string; depot: string; note: string }

const json = (text: string) => JSON.stringify(short(text, 120))

/** What is wrong with the empty form. */
export function* wrongsOfEmptyForm(page: Page, depots: Depot[]): Iterable<Wrong> {
  yield* wrongsOfAnyPage(page)
  const form = readForm(page)
  if ('complaint' in form) return yield form
  yield* wrongsOfForm(form, depots)
  for (const field of FIELDS) {
    if (field === 'depot' || heldBy(form, field) === '') continue
    const source = fragment(page, form.fields[field])
    const complaint = `the field ${field} must be empty, a browser finds ${json(heldBy(form, field))}${source}`
    yield { complaint, rule: RULES.empty, check: 'C3' }
  }
}

/** The texts that are tied to each field of the empty form: what is new beside them is a message. */
export type Tied = Record<Field, string[]>

export function tiedIn(page: Page): Tied | undefined {
  const form = readForm(page)
  if ('complaint' in form) return undefined
  return Object.fromEntries(FIELDS.map((field) => [field, tiedTo(form, field)])) as Tied
}

/**
 * What is wrong with the form that comes back.
 * @param kept the check that what is typed belongs to
 */
export function* wrongsOfFormAgain(
  page: Page,
  typed: Filled,
  options: { depots: Depot[]; empty: Tied; kept?: string },
): Iterable<Wrong> {
  const { depots, empty, kept = 'C3' } = options
  yield* wrongsOfAnyPage(page)
  const form = readForm(page)
  if ('complaint' in form) {
    const complaint = `the form must come back: ${form.complaint}`
    return yield { complaint, rule: RULES.wrong, check: 'C3' }
  }
  yield* wrongsOfForm(form, depots)
  for (const field of FIELDS) {
    const { value = '', ok } = typed[field]
    const isAsked = field !== 'depot' || ok === 'yes'
    if (!isAsked || isKept(heldBy(form, field), value)) continue
    const rule = kept === 'C8' ? RULES.keptBreak : RULES.kept
    yield { complaint: keptComplaint(form, field, value), rule, check: kept }
  }
  yield* wrongsOfMessages(form, typed, empty)
}

function* wrongsOfMessages(form: Form, typed: Filled, empty: Tied): Iterable<Wrong> {
  const message = (field: Field) =>
    tiedTo(form, field).filter((text) => !empty[field].includes(text))
  const wrong = wrongFields(typed)
  for (const field of wrong) {
    if (message(field).length > 0) continue
    const tied = tiedTo(form, field).map(json).join(', ')
    const source = fragment(form.page, form.fields[field])
    const complaint = `the field ${field} is wrong and has no message; all that is tied to it and seen: ${tied}${source}`
    yield { complaint, rule: RULES.message, check: 'C3' }
  }
  for (const field of FIELDS) {
    const [text] = message(field)
    if (typed[field].ok !== 'yes' || text === undefined) continue
    const source = fragment(form.page, form.fields[field])
    const complaint = `the field ${field} is right, and has a message: ${json(text)}${source}`
    yield { complaint, rule: RULES.noMessage, check: 'C3' }
  }
  if (wrong.length > 0) return
  const doubtful = openFields(typed)
  if (doubtful.every((field) => message(field).length === 0)) {
    const complaint = `the form came back, and no field has a message`
    yield { complaint, rule: RULES.message, check: 'C3' }
  }
}

const VALUES = [
  ['name', 'name'],
  ['email', 'email'],
  ['depot', 'name of the depot'],
  ['note', 'note'],
] as const

/** The first of a booking's values that the element does not show. */
function lacking(element: Element, booking: Booking) {
  const lack = lacks(
    element,
    VALUES.map(([field]) => booking[field]),
  )
  return VALUES.find(([field]) => booking[field] === lack)
}

/** What is wrong with a booking's own page. */
export function* wrongsOfBooked(page: Page, booking: Booking, check = 'C4'): Iterable<Wrong> {
  yield* wrongsOfAnyPage(page)
  const lack = lacking(page.$('body')[0]!, booking)
  if (!lack) return
  const [field, what] = lack
  const complaint = `the page must show the ${what} ${json(booking[field])}${nearest(page, booking[field])}`
  yield { complaint, rule: check === 'C4' ? RULES.booked : RULES.text, check }
}

/** What is wrong with the list of bookings. */
export function* wrongsOfPickups(page: Page, bookings: Booking[], check = 'C4'): Iterable<Wrong> {
  yield* wrongsOfAnyPage(page)
  const list = listWithId(page, 'pickups')
  const wrong = (complaint: string, rule: string = RULES.pickups, own = 'C4'): Wrong => ({
    complaint,
    rule,
    check: own,
  })
  if (!list) {
    if (bookings.length > 0) yield wrong('there is no element with id="pickups"')
    return
  }
  if (!['ol', 'ul', 'table'].includes(list.name)) {
    const came = fragment(page, list)
    return yield wrong(`id="pickups" must stand on an <ol>, <ul> or <table>${came}`)
  }
  const items = itemsOf(page, list)
  if (items.length !== bookings.length) {
    const last = items.length > 0 ? `; the last one:${fragment(page, items.at(-1)!)}` : ''
    const complaint = `${bookings.length} pickups are booked, a browser finds ${items.length} items in id="pickups"${last}`
    return yield wrong(complaint)
  }
  for (const [at, booking] of bookings.entries()) {
    const lack = lacking(items[at]!, booking)
    if (!lack) continue
    const [field, what] = lack
    const nth = `item ${at + 1} of ${items.length}`
    const complaint = `${nth} in id="pickups" must show the ${what} ${json(booking[field])}${fragmentText(page, items[at]!)}`
    yield wrong(complaint, check === 'C4' ? RULES.pickups : RULES.text, check)
  }
}
