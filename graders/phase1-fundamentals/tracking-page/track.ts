import { titleOf } from './any-page.ts'
import type { Wrong } from './complain.ts'
import { type Event, mayBeLinked, mustBeLinked, type Parcel } from './data.ts'
import {
  collapse,
  type Element,
  fragment,
  fragmentText,
  isElement,
  itemsOf,
  listWithId,
  type Page,
  resolve,
  short,
  shows,
} from './page.ts'
import { RULES } from './rules.ts'

const isTime = ({ at }: Event) => !Number.isNaN(Date.parse(at))

/** Oldest first, and what has no time after them. */
export const inOrder = (events: Event[]): Event[] => [
  ...events.filter(isTime).sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  ...events.filter((event) => !isTime(event)),
]

const json = (text: string) => JSON.stringify(short(text, 120))

/**
 * What is wrong with the page of a parcel.
 * @param texts the check that texts belong to which do not stand there exactly
 */
export function* wrongsOfTrack(page: Page, parcel: Parcel, texts = 'C1'): Iterable<Wrong> {
  const { $ } = page
  const body = $('body')[0]!
  const heading = $('h1').get(0)
  if (heading && !shows(heading, parcel.code)) {
    const complaint = `the <h1> must contain the code ${parcel.code}${fragmentText(page, heading)}`
    yield { complaint, rule: RULES.h1, check: 'C1' }
  }
  const title = collapse(titleOf(page))
  for (const [what, value] of [
    ['code', parcel.code],
    ['recipient', parcel.recipient],
  ] as const) {
    if (title.includes(collapse(value))) continue
    const own = $('head > title').get(0)
    const source = own ? fragment(page, own) : ''
    const complaint = `the <title> must contain the ${what} ${json(value)}, a browser shows ${json(title)}${source}`
    yield {
      complaint,
      rule: what === 'code' ? RULES.title : textRule(texts, RULES.title),
      check: what === 'code' ? 'C1' : texts,
    }
  }
  for (const [what, value] of [
    ['recipient', parcel.recipient],
    ["sender's name", parcel.sender.name],
  ] as const) {
    if (shows(body, value)) continue
    const complaint = `the page must show the ${what} ${json(value)}${nearest(page, value)}`
    yield { complaint, rule: textRule(texts, RULES.shown), check: texts }
  }
  yield* wrongsOfLink(page, parcel)
  yield* wrongsOfEvents(page, parcel, texts)
}

/** A text that is hostile or of another script breaks the rule about texts. */
const textRule = (texts: string, rule: string) => (texts === 'C1' ? rule : RULES.text)

/** The piece of the page that holds the text's own word, if there is one. */
export function nearest(page: Page, value: string): string {
  const words = value.match(/[a-z0-9]{9,}/gi) ?? []
  const holder = page
    .$('body *')
    .toArray()
    .filter(isElement)
    .findLast((one) => words.some((word) => page.$(one).text().includes(word)))
  return holder ? fragmentText(page, holder) : ''
}

/** An address without regard to which characters are percent-encoded. */
function loosely(url: URL): string {
  try {
    return decodeURIComponent(url.href)
  } catch {
    return url.href
  }
}

/** What is wrong with how the sender's website is linked. */
export function* wrongsOfLink(page: Page, { sender: { website } }: Parcel): Iterable<Wrong> {
  const links = page.$('a[href]').toArray().filter(isElement)
  const target = website === undefined ? null : URL.parse(website)
  const leads = (link: Element) => {
    const url = resolve(link.attribs.href!, page.url)
    return url && target ? loosely(url) === loosely(target) : link.attribs.href === website
  }
  if (mustBeLinked(website)) {
    if (links.some(leads)) return
    const complaint = `no <a href> leads to the website ${json(website!)}`
    yield { complaint, rule: RULES.link, check: 'C1' }
  } else if (website !== undefined && !mayBeLinked(website)) {
    // Whatever has another scheme leads where no page of this server is.
    const wrong = links.find((link) => leads(link) || holds(link, website))
    if (!wrong) return
    const complaint = `the website ${json(website)} must not be linked${fragment(page, wrong)}`
    yield { complaint, rule: RULES.noLink, check: 'C2' }
  }
}

const holds = (link: Element, website: string) => {
  const plain = (text: string) => text.replaceAll(/[\t\n\r]/g, '').toLowerCase()
  return plain(link.attribs.href!).includes(plain(website))
}

/** In a form that HTML knows: a global date and time. */
const DATETIME =
  /^(\d{4,}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?:(Z)|([+-]\d\d):?(\d\d))$/

/** The instant of a `datetime`, in ms; undefined where HTML does not know its form. */
function instantOf(datetime: string): number | undefined {
  const [whole, date, time, z, hours, minutes] = DATETIME.exec(datetime) ?? []
  if (!whole) return undefined
  const instant = Date.parse(`${date}T${time}${z ?? `${hours}:${minutes}`}`)
  return Number.isNaN(instant) ? undefined : instant
}

function* wrongsOfEvents(page: Page, parcel: Parcel, texts: string): Iterable<Wrong> {
  const events = inOrder(parcel.events)
  const list = listWithId(page, 'events')
  const wrong = (complaint: string, rule: string, check = 'C1'): Wrong => ({
    complaint,
    rule,
    check,
  })
  if (!list) {
    if (events.length > 0)
      yield wrong(
        'there is no element with id="events" that everybody sees, without scripts',
        RULES.events,
      )
    return
  }
  if (!['ol', 'ul', 'table'].includes(list.name)) {
    const came = fragment(page, list)
    yield wrong(`id="events" must stand on an <ol>, <ul> or <table>${came}`, RULES.events)
    return
  }
  const items = itemsOf(page, list)
  if (items.length !== events.length) {
    const surplus = items.length > 0 ? fragment(page, items.at(-1)!) : fragment(page, list)
    const complaint = `the parcel has ${events.length} events, a browser finds ${items.length} items in id="events"; the last one:${surplus}`
    yield wrong(complaint, RULES.events)
    return
  }
  for (const [at, event] of events.entries()) {
    const item = items[at]!
    const nth = `event ${at + 1} of ${events.length}`
    for (const [what, value] of [
      ['place', event.place],
      ['text', event.text],
    ] as const) {
      if (shows(item, value)) continue
      const elsewhere = items.findIndex((one) => shows(one, event.place) && shows(one, event.text))
      if (elsewhere >= 0) {
        const odd = parcel.events.some((one) => !isTime(one))
        const shown = fragmentText(page, item)
        const complaint = `${nth} must be that of ${event.at}, which stands in place ${elsewhere + 1}; there is instead:${shown}`
        yield wrong(complaint, odd ? RULES.noTime : RULES.order, odd ? 'C8' : 'C1')
        return
      }
      const complaint = `${nth} must show the ${what} ${json(value)}${fragmentText(page, item)}`
      yield wrong(complaint, textRule(texts, RULES.events), texts)
    }
    yield* wrongsOfTime(page, item, event, nth)
  }
}

function* wrongsOfTime(page: Page, item: Element, event: Event, nth: string): Iterable<Wrong> {
  const times = page.$(item).find('time').toArray().filter(isElement)
  const came = fragment(page, item)
  if (!isTime(event)) {
    if (times.length > 0) {
      const complaint = `${nth} has no time (its at is ${json(event.at)}) and must have no <time>${came}`
      yield { complaint, rule: RULES.noTime, check: 'C8' }
    }
    if (!shows(item, event.at)) {
      const complaint = `${nth} must show its at, ${json(event.at)}${fragmentText(page, item)}`
      yield { complaint, rule: RULES.noTime, check: 'C8' }
    }
    return
  }
  const datetime = times[0]?.attribs.datetime
  const instant = datetime === undefined ? undefined : instantOf(datetime.trim())
  if (times.length !== 1 || instant !== Date.parse(event.at)) {
    const complaint =
      times.length !== 1
        ? `${nth} must have one <time>, a browser finds ${times.length}${came}`
        : datetime === undefined
          ? `the <time> of ${nth} must have a datetime${came}`
          : instant === undefined
            ? `the datetime of ${nth} must have a form that HTML knows, such as ${new Date(event.at).toISOString()}; came ${json(datetime)}${came}`
            : `the datetime of ${nth} must be the instant ${event.at}, came ${json(datetime)}${came}`
    yield { complaint, rule: RULES.time, check: 'C1' }
  }
}
