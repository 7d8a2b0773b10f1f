import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Fresh, Submission } from '../../harness/index.ts'
import type { Depot } from './form.ts'
import { harmlessText, hostileTexts, KNOWN_TEXTS } from './hostile.ts'
import { SCRIPTS } from './typed.ts'

export type Event = { at: string; place: string; text: string }
export type Parcel = {
  code: string
  recipient: string
  sender: { name: string; website?: string }
  events: Event[]
}
export type Data = { depots: Depot[]; parcels: Parcel[] }

/** Starts the server with this data in its DATA_FILE. */
export function startWith(submission: Submission, data: Data) {
  const file = path.join(submission.temporaryFolder('data'), 'data.json')
  writeFileSync(file, JSON.stringify(data, undefined, 2))
  return submission.startServer({ env: { DATA_FILE: file } })
}

export const pathOf = ({ code }: { code: string }): string => `/track/${code}`

/** When the events of the fixtures begin. */
const BEGINNING = Date.UTC(2026, 2, 1)
const OFFSETS = ['Z', '+00:00', '+01:00', '+02:00', '-03:30', '+05:45', '-10:00', '+13:00']

/** An instant as ISO 8601 in this offset. */
function written(instant: number, offset: string): string {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(offset) ?? ['', '+', '0', '0']
  const shift = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  return new Date(instant + shift).toISOString().slice(0, 19) + offset
}

/** Moments of a parcel, in an order that is neither that of the instants nor that of their texts. */
function moments(fresh: Fresh, count: number): string[] {
  let instant = BEGINNING + fresh.int(0, 300 * 24 * 60) * 60_000
  const all = fresh.list(count, () => {
    // Less than the offsets differ, so that texts sort otherwise, and sometimes the same instant.
    instant +=
      fresh.pick([0, 1, fresh.int(2, 50), ...fresh.list(5, () => fresh.int(60, 9 * 3600))]) * 1000
    return written(instant, fresh.pick(OFFSETS))
  })
  return fresh.shuffle(all)
}

const codeOf = (fresh: Fresh) => `PEL-${fresh.string(8, 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789')}`

/** Fills the shape of a parcel with texts. */
function parcel(
  fresh: Fresh,
  events: number,
  text: () => string,
  website: string | undefined,
): Parcel {
  return {
    code: codeOf(fresh),
    recipient: text(),
    sender: { name: text(), website },
    events: moments(fresh, events).map((at) => ({ at, place: text(), text: text() })),
  }
}

const WEBSITES = [
  'https://foto-faro.example/',
  'http://foto-faro.example/shop?a=1&b=2&copy=3#top',
  undefined,
  'https://foto-faro.example/caf%C3%A9',
  'foto-faro.example',
  'ftp://foto-faro.example/',
]

/** Parcels and depots with ordinary texts. */
export function ordinaryData(fresh: Fresh): Data {
  const text = () => harmlessText(fresh)
  const counts = [1, 3, 0, 8, 5, 12]
  return {
    depots: fresh.list(fresh.int(3, 6), () => ({ id: fresh.unique('D-'), name: text() })),
    parcels: counts.map((events, at) => parcel(fresh, events, text, WEBSITES[at])),
  }
}

/** The second is linked by nobody who is careful, or by everybody: as the first is. */
const SCHEMES: [harmless: string, hostile: string][] = [
  ['https://foto-faro.example/', 'https://foto-faro.example/?a=1&lt=2&quot;=3&#39;4&amp;5'],
  ['foto-faro.example', 'javascript:alert(1)'],
  ['foto-faro.example', 'JaVaScRiPt:alert(1)'],
  ['foto-faro.example', 'java\tscript:alert(1)'],
  ['foto-faro.example', 'data:text/html,alert(1)'],
  ['foto-faro.example', 'vbscript:msgbox(1)'],
  ['foto-faro.example', 'javascript:location="https://foto-faro.example/"'],
  ['foto-faro.example', 'javascript://foto-faro.example/%0Aalert(1)'],
  ['foto-faro.example', '//evil.example/'],
  ['foto-faro.example', 'x-https://foto-faro.example/'],
]

/** Websites that begin as they should and are none of these: linked or not. */
export const BROKEN_LINKS = [
  'https://foto-faro.example/" onclick="alert(1)" x="',
  "https://foto-faro.example/' onclick='alert(1)' x='",
  'https://foto-faro.example/ onclick=alert(1) x=',
  'https://foto-faro.example/"><script>alert(1)</script>',
]

export const mustBeLinked = (website: string | undefined) =>
  website !== undefined && /^https?:\/\/[^\s"'<>]+$/.test(website)
export const mayBeLinked = (website: string | undefined) =>
  website !== undefined && /^https?:\/\//.test(website)

/**
 * The same data twice, but for its texts: harmless ones, and those of somebody who means ill. Each place
 * of a parcel where a text stands gets every hostile one that is known.
 */
export function twins(fresh: Fresh): { harmless: Data; hostile: Data } {
  const text = () => harmlessText(fresh)
  const links = fresh.shuffle(SCHEMES)
  const harmless: Data = {
    depots: fresh.list(14, () => ({ id: fresh.unique('D-'), name: text() })),
    parcels: fresh.list(KNOWN_TEXTS, (at) =>
      parcel(fresh, fresh.int(1, 3), text, links[at % links.length]![0]),
    ),
  }
  const deck = () => hostileTexts(fresh)
  const [id, depot, recipient, sender, place, said] = [
    deck(),
    deck(),
    deck(),
    deck(),
    deck(),
    deck(),
  ]
  const hostile: Data = {
    depots: harmless.depots.map(() => ({ id: id(), name: depot() })),
    parcels: harmless.parcels.map(({ code, events }, at) => ({
      code,
      recipient: recipient(),
      sender: { name: sender(), website: links[at % links.length]![1] },
      events: events.map((event) => ({ at: event.at, place: place(), text: said() })),
    })),
  }
  return { harmless, hostile }
}

/** A parcel with a few events and ordinary texts. */
export const harmlessParcel = (fresh: Fresh): Parcel =>
  parcel(fresh, 3, () => harmlessText(fresh), undefined)

/** The same data with texts in every script, long ones among them. */
export function withScripts(data: Data, fresh: Fresh): Data {
  const texts = fresh.shuffle(SCRIPTS)
  let at = 0
  const next = () => {
    at += 1
    const text = texts[at % texts.length]!
    return `${fresh.oneIn(3) ? text.repeat(6) : text} ${fresh.unique()}`
  }
  const parcels = data.parcels.map((own) => ({
    ...own,
    recipient: next(),
    sender: { name: next() },
    events: own.events.map((event) => ({ ...event, place: next(), text: next() })),
  }))
  return { ...data, parcels }
}

/** What no program takes for a time: without digits, or with none that could be a date. */
const NO_TIMES = ['soon', 'tomorrow morning', 'unknown', '–', 'not yet', 'n/a']
const HOSTILE_NO_TIMES = [
  '" onmouseover="alert',
  "' onmouseover='alert",
  '"><b>soon</b>',
  '<script>alert</script>',
  '&lt;soon&gt; &amp;',
  'soon" autofocus x="',
]

/** Parcels some of whose events have no time, with hostile texts in its place, and the same with harmless ones. */
export function withOddTimes(fresh: Fresh): { data: Data; twin: Data } {
  const { depots } = ordinaryData(fresh)
  const hostile = fresh.shuffle(HOSTILE_NO_TIMES)
  const shapes = [...NO_TIMES.slice(0, 3), ...hostile].map((at, index) => {
    const own = parcel(fresh, 2 + (index % 4), () => harmlessText(fresh), undefined)
    const odd = fresh.list(1 + (index % 3), () => ({
      at,
      place: harmlessText(fresh),
      text: harmlessText(fresh),
    }))
    // Some stand before what has a time, and some in its midst.
    return { ...own, events: fresh.shuffle([...own.events, ...odd]) }
  })
  const harmlessAt = (event: Event) =>
    Number.isNaN(Date.parse(event.at)) ? { ...event, at: fresh.pick(NO_TIMES) } : event
  const twin = shapes.map((own) => ({ ...own, events: own.events.map(harmlessAt) }))
  return { data: { depots, parcels: shapes }, twin: { depots, parcels: twin } }
}
