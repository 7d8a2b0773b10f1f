import { expect, test } from 'vitest'
import {
  type Answer,
  openSubmission,
  race,
  type ServerSubject,
  sharedUntilFailure,
} from '../../harness/index.ts'
import { expectAgreement } from '../../harness/model/index.ts'
import { stylesheetsOf, wrongsOfAnyPage } from './any-page.ts'
import { expectNone, type Wrong } from './complain.ts'
import { matchesEvents, selectorsOf } from './css.ts'
import {
  BROKEN_LINKS,
  type Data,
  harmlessParcel,
  ordinaryData,
  type Parcel,
  pathOf,
  startWith,
  twins,
  withOddTimes,
  withScripts,
} from './data.ts'
import { hostileTexts, KNOWN_TEXTS } from './hostile.ts'
import { itemsOf, listWithId, type Page, pathOn, readPage, resolve, short } from './page.ts'
import {
  tiedIn,
  wrongsOfBooked,
  wrongsOfEmptyForm,
  wrongsOfFormAgain,
  wrongsOfPickups,
} from './pages.ts'
import { pickupModel } from './pickup-model.ts'
import { RULES } from './rules.ts'
import { wrongsOfPlaces, wrongsOfStructure } from './structure.ts'
import { wrongsOfLink, wrongsOfTrack } from './track.ts'
import { encoded, type Filled, FORM_TYPE, ordinaryForm } from './typed.ts'

const submission = openSubmission(import.meta)

/** A server, and what its DATA_FILE holds. */
type Running = { server: ServerSubject; data: Data }

async function start(data: Data): Promise<Running> {
  return { server: await startWith(submission, data), data }
}

const ordinary = sharedUntilFailure(
  () => start(ordinaryData(submission.fresh)),
  ({ server }) => server.kill(),
)

/** Sends a GET, expects this status, and reads the page. */
async function get({ server }: Running, path: string, status = 200): Promise<Page> {
  const answer = await server.send({ path })
  expect(answer).toHaveStatus(status)
  return readPage(answer, server.url)
}

const sending = (form: Filled) => ({
  method: 'POST',
  path: '/pickup',
  headers: { 'Content-Type': FORM_TYPE },
  body: encoded(form),
})

const post = ({ server }: Running, form: Filled): Promise<Answer> => server.send(sending(form))

/** Where a 303 leads. */
function locationOf({ server }: Running, answer: Answer): string {
  expect(answer).toHaveStatus(303)
  const { location = '' } = answer.headers
  const path = pathOn(server.url, resolve(location, new URL('/pickup', server.url)))
  expect(path, `a path on this server in the Location of the 303, ${location}`).toBeTruthy()
  return path!
}

const nameOf = ({ answer }: Page) => `${answer.request} answered ${answer.status}`

/** Says which parcel a page is about. */
const about = (parcel: Parcel) => `\nThe parcel:      ${short(JSON.stringify(parcel), 600)}`

// C1

test('C1 the page of a parcel shows it, and its events oldest first', async () => {
  const running = await ordinary()
  for (const parcel of running.data.parcels) {
    const page = await get(running, pathOf(parcel))
    expectNone(wrongsOfAnyPage(page), 'C1', nameOf(page))
    expectNone(wrongsOfTrack(page, parcel), 'C1', nameOf(page), about(parcel))
  }
})

test('C1 the form has four fields with labels, a button, and an option for each depot', async () => {
  const running = await ordinary()
  const page = await get(running, '/pickup')
  expectNone(wrongsOfEmptyForm(page, running.data.depots), 'C1', nameOf(page))
})

test('C1 the list of pickups is such a page too', async () => {
  const page = await get(await ordinary(), '/pickups')
  expectNone(wrongsOfAnyPage(page), 'C1', nameOf(page))
})

// C2

/** The same shape of data twice, each in a server of its own. */
const pair = sharedUntilFailure(
  async () => {
    const { harmless, hostile } = twins(submission.fresh)
    return { harmless: await start(harmless), hostile: await start(hostile) }
  },
  async ({ harmless, hostile }) => {
    await harmless.server.kill()
    await hostile.server.kill()
  },
)

/** A hostile page has the elements of its harmless twin, and no data where it must not stand. */
function expectNoMarkup(hostile: Page, harmless: Page, data: string[]): void {
  expectNone(wrongsOfStructure(hostile, harmless, data), 'C2', nameOf(hostile))
  expectNone(wrongsOfPlaces(hostile, data), 'C2', nameOf(hostile))
}

const textsOf = ({ recipient, sender, events }: Parcel) => [
  recipient,
  sender.name,
  ...(sender.website ? [sender.website] : []),
  ...events.flatMap(({ place, text }) => [place, text]),
]

test('C2 hostile data in a parcel is shown as it is, and is no markup', async () => {
  const { harmless, hostile } = await pair()
  for (const [at, parcel] of hostile.data.parcels.entries()) {
    const page = await get(hostile, pathOf(parcel))
    const twin = harmless.data.parcels[at]!
    const other = await get(harmless, pathOf(twin))
    expectNone(wrongsOfLink(page, parcel), 'C2', nameOf(page), about(parcel))
    expectNoMarkup(page, other, textsOf(parcel))
    expectNone(wrongsOfTrack(page, parcel, 'C2'), 'C2', nameOf(page), about(parcel))
    expectNone(wrongsOfTrack(other, twin), 'C2', nameOf(other), about(twin))
  }
})

test('C2 a website with blanks or quotes in it is a link or none, and no markup', async () => {
  const { fresh } = submission
  const plain = harmlessParcel(fresh)
  const websites = [...BROKEN_LINKS, 'https://foto-faro.example/', 'foto-faro.example']
  const parcels = websites.map((website, at) => ({
    ...plain,
    code: `PEL-${at}`,
    sender: { ...plain.sender, website },
  }))
  const running = await start({ depots: ordinaryData(fresh).depots, parcels })
  const [linked, notLinked] = [
    await get(running, pathOf(parcels.at(-2)!)),
    await get(running, pathOf(parcels.at(-1)!)),
  ]
  for (const parcel of parcels.slice(0, BROKEN_LINKS.length)) {
    const page = await get(running, pathOf(parcel))
    const data = [parcel.sender.website]
    const asText = [...wrongsOfStructure(page, notLinked, data)]
    if (asText.length > 0) {
      expectNone(wrongsOfStructure(page, linked, data), 'C2', nameOf(page), about(parcel))
    }
    expectNone(wrongsOfPlaces(page, data), 'C2', nameOf(page))
  }
})

/** Ways in which a form may be wrong, and a right one; harmless and hostile. */
const KINDS: Record<string, (form: Filled, text: string) => Filled> = {
  right: (form) => form,
  'wrong email and depot': (form, text) => ({
    ...form,
    email: { value: `${text} @ x`, ok: 'no' },
    depot: { value: `${text}~`, ok: 'no' },
  }),
  'name too long': (form, text) => ({
    ...form,
    name: { value: text.padEnd(90, ' <b>'), ok: 'no' },
  }),
}

test('C2 hostile data in a form is kept and shown as it is, and is no markup', async () => {
  const { fresh } = submission
  const both = await pair()
  const { depots } = both.hostile.data
  const empty = [await get(both.hostile, '/pickup'), await get(both.harmless, '/pickup')] as const
  expectNoMarkup(
    ...empty,
    depots.flatMap(({ id, name }) => [id, name]),
  )
  const formWrongs = [...wrongsOfEmptyForm(empty[0], depots)].map(asData)
  expectNone(formWrongs, 'C2', nameOf(empty[0]))
  const tied = tiedIn(empty[0]) ?? { name: [], email: [], depot: [], note: [] }

  /** Sends a form, and reads the page that it comes back in or leads to. */
  async function send(running: Running, form: Filled, kind: string): Promise<Page> {
    const came = await post(running, form)
    if (kind === 'right') return get(running, locationOf(running, came))
    expect(came).toHaveStatus(400, 422)
    return readPage(came, running.server.url)
  }
  const plain = ordinaryForm(fresh, both.harmless.data.depots)
  plain.note = { value: fresh.unique(), ok: 'yes' }
  const [names, notes, others] = [hostileTexts(fresh), hostileTexts(fresh), hostileTexts(fresh)]
  const bookings = []
  for (const [kind, make] of Object.entries(KINDS)) {
    const other = await send(both.harmless, make(plain, fresh.unique()), kind)
    // What is kept in a field is kept there by the same template, whatever else is wrong.
    const count = kind === 'name too long' ? 6 : KNOWN_TEXTS
    for (let at = 0; at < count; at++) {
      const depot = depots[at % depots.length]!
      const right: Filled = {
        name: { value: names(), ok: 'yes' },
        email: { value: fresh.email(), ok: 'yes' },
        depot: { value: depot.id, ok: 'yes' },
        note: { value: notes(), ok: 'yes' },
      }
      const form = make(right, others())
      const page = await send(both.hostile, form, kind)
      const data = Object.values(form).map(({ value }) => value!)
      expectNoMarkup(page, other, data)
      if (kind === 'right') {
        const [name, email, , note] = data as [string, string, string, string]
        const booking = { name, email, depot: depot.name, note }
        expectNone(wrongsOfBooked(page, booking, 'C2'), 'C2', nameOf(page))
        bookings.push(booking)
      } else {
        const wrongs = [...wrongsOfFormAgain(page, form, { depots, empty: tied, kept: 'C2' })]
        expectNone(wrongs.map(asData), 'C2', nameOf(page))
      }
    }
  }
  const list = await get(both.hostile, '/pickups')
  const data = bookings.flatMap((booking) => Object.values(booking))
  for (let more = 1; more < bookings.length; more++) await post(both.harmless, plain)
  expectNoMarkup(list, await get(both.harmless, '/pickups'), data)
  expectNone(wrongsOfPickups(list, bookings, 'C2'), 'C2', nameOf(list))
})

/** A complaint over the options of hostile depots is one over data. */
const asData = (wrong: Wrong): Wrong =>
  wrong.rule === RULES.options ? { ...wrong, check: 'C2' } : wrong

// C3 to C6

const PROGRAMS = {
  C3: 'C3 a wrong form comes back with what was typed and messages at its wrong fields',
  C4: 'C4 a right form is booked once and leads to a page of its own, reloads or not',
  C5: 'C5 unknown codes and paths get a page with 404, other methods 405, other types are refused',
  C6: 'C6 names and notes in every script come back whole',
}

for (const [check, requirement] of Object.entries(PROGRAMS)) {
  test(requirement, async () => {
    await expectAgreement(pickupModel(submission), check, submission.fresh)
  })
}

test('C4 forms that are sent at the same moment are booked one by one', async () => {
  const { fresh } = submission
  const running = await start(ordinaryData(fresh))
  const { depots } = running.data
  const forms = fresh.list(12, () => ordinaryForm(fresh, depots))
  const answers = await race(forms.map((form) => ({ to: running.server, ...sending(form) })))
  const paths = answers.map((answer) => locationOf(running, answer))
  expect(new Set(paths).size, `different pages for 12 bookings: ${paths.join(' ')}`).toBe(12)
  for (const [at, form] of forms.entries()) {
    const page = await get(running, paths[at]!)
    const depot = depots.find(({ id }) => id === form.depot.value)!.name
    const booking = {
      name: form.name.value!,
      email: form.email.value!,
      depot,
      note: form.note.value!,
    }
    expectNone(wrongsOfBooked(page, booking), 'C4', nameOf(page))
  }
  const list = await get(running, '/pickups')
  const found = listWithId(list, 'pickups')
  const items = found ? itemsOf(list, found) : []
  expect(items.length, 'items in id="pickups" after 12 forms that were sent together').toBe(12)
})

test('C5 a hostile code is unknown, and is no markup', async () => {
  const running = await ordinary()
  const { fresh } = submission
  const page = async (path: string) => await get(running, path, 404)
  const twin = await page(`/track/${fresh.unique()}`)
  // Some routers take an encoded slash for one that parts the path.
  const elsewhere = await page(`/track/${fresh.unique()}/${fresh.unique()}`)
  // Some routers redirect from paths with two slashes or dots in a row.
  const codes = fresh.list(60, hostileTexts(fresh)).filter((text) => !/\/[/.]|\.\//.test(text))
  for (const text of codes) {
    const own = await page(`/track/${encodeURIComponent(text)}`)
    const [first] = wrongsOfStructure(own, twin, [text])
    const wrong = first && [...wrongsOfStructure(own, elsewhere, [text])].length > 0
    expectNone(wrong ? [{ ...first, check: 'C5' }] : [], 'C5', nameOf(own))
    const places = [...wrongsOfPlaces(own, [text])].map((place) => ({ ...place, check: 'C5' }))
    expectNone(places, 'C5', nameOf(own))
  }
})

test('C6 a parcel with texts in every script arrives whole, as UTF-8', async () => {
  const { fresh } = submission
  const running = await start(withScripts(ordinaryData(fresh), fresh))
  for (const parcel of running.data.parcels) {
    const page = await get(running, pathOf(parcel))
    expectNone(wrongsOfAnyPage(page), 'C6', nameOf(page))
    expectNone(wrongsOfTrack(page, parcel, 'C6'), 'C6', nameOf(page), about(parcel))
  }
})

// C7

test('C7 every page links a stylesheet that is there, and a rule of it matches the events', async () => {
  const running = await ordinary()
  const parcel = running.data.parcels.find(({ events }) => events.length > 2)!
  const track = await get(running, pathOf(parcel))
  const form = ordinaryForm(submission.fresh, running.data.depots)
  const pages = [
    track,
    await get(running, '/pickup'),
    await get(running, '/pickups'),
    await get(running, locationOf(running, await post(running, form))),
    await get(running, '/nothing-here', 404),
    readPage(await post(running, { ...form, name: { value: '', ok: 'no' } }), running.server.url),
  ]
  const sheets = new Map<string, Answer>()
  for (const page of pages) {
    expectNone(wrongsOfAnyPage(page), 'C7', nameOf(page))
    for (const path of stylesheetsOf(page)) {
      const sheet = sheets.get(path) ?? (await running.server.send({ path }))
      sheets.set(path, sheet)
      const rule = `The rule: ${RULES.style}`
      expect(sheet, `${page.answer.request} links ${path}. ${rule}`).toHaveStatus(200)
      const type = sheet.headers['content-type'] ?? 'none'
      expect(type, `the Content-Type of ${path}. ${rule}`).toMatch(/^text\/css\s*(;|$)/i)
    }
  }
  const selectors = stylesheetsOf(track).flatMap((path) => selectorsOf(sheets.get(path)!.text))
  const hint = `none of the selectors ${short(selectors.join(' | '), 400)} matches the element with id="events" or something inside it on ${track.answer.request}. The rule: ${RULES.css}`
  expect(
    selectors.some((selector) => matchesEvents(track, selector)),
    hint,
  ).toBe(true)
})

// C8

test('C8 an event whose at is no time is shown last, without a <time>', async () => {
  const { fresh } = submission
  const { data, twin } = withOddTimes(fresh)
  const [running, harmless] = [await start(data), await start(twin)]
  for (const [at, parcel] of data.parcels.entries()) {
    const page = await get(running, pathOf(parcel))
    const other = await get(harmless, pathOf(twin.parcels[at]!))
    const texts = parcel.events.map((event) => event.at)
    const structure = [...wrongsOfStructure(page, other, texts)]
    expectNone(
      structure.map((wrong) => ({ ...wrong, check: 'C8' })),
      'C8',
      nameOf(page),
      about(parcel),
    )
    for (const check of ['C8', 'C1']) {
      expectNone(wrongsOfTrack(page, parcel), check, nameOf(page), about(parcel))
    }
  }
})

test('C8 a note that begins with line breaks comes back with them', async () => {
  const running = await ordinary()
  const { fresh } = submission
  const empty = tiedIn(await get(running, '/pickup')) ?? {
    name: [],
    email: [],
    depot: [],
    note: [],
  }
  const notes = [
    `\r\n\r\n${fresh.unique()}`,
    `\r\n${fresh.unique()}\r\n \r\n`,
    '\r\n\r\n\r\n<b>\r\n',
  ]
  for (const value of notes) {
    const form = ordinaryForm(fresh, running.data.depots)
    const typed: Filled = {
      ...form,
      name: { value: '', ok: 'no' },
      note: { value, ok: 'yes' },
    }
    const page = readPage(await post(running, typed), running.server.url)
    const { depots } = running.data
    expect(page.answer).toHaveStatus(400, 422)
    expectNone(wrongsOfFormAgain(page, typed, { depots, empty, kept: 'C8' }), 'C8', nameOf(page))
  }
})
