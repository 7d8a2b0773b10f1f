import type { Wrong } from './complain.ts'
import {
  type Element,
  isElement,
  nameOf,
  type Page,
  parsedAs,
  pathOn,
  resolve,
  short,
} from './page.ts'
import { RULES } from './rules.ts'

const ADDRESSES = new Set([
  'action',
  'background',
  'cite',
  'data',
  'formaction',
  'href',
  'manifest',
  'ping',
  'poster',
  'src',
  'srcset',
  'xlink:href',
])

/** An address as far as its scheme, and whether it leads to this server. */
function schemeOf(value: string, { url: base, server }: Page): string {
  const url = resolve(value, base)
  if (!url) return 'nowhere'
  return pathOn(server, url) === undefined ? `${url.protocol}…` : 'this server'
}

/** An element as far as data should have no say in it: its name, its attributes, the schemes of its addresses. */
function kindOf(element: Element, page: Page): string {
  const schemes = Object.entries(element.attribs)
    .filter(([name]) => ADDRESSES.has(name))
    .map(([name, value]) => ` whose ${name} leads to ${schemeOf(value, page)}`)
    .sort()
  // Which option is chosen depends on what was typed.
  const attributes = Object.keys(element.attribs)
    .filter((name) => name !== 'selected')
    .sort()
  return `<${[element.name, ...attributes].join(' ')}>${schemes.join(',')}`
}

/** All elements in the order of the source, and comments. */
const elementsOf = ({ $ }: Page): Element[] => $('*').toArray().filter(isElement)

/**
 * Compares the elements of a page with hostile data with those of the same page with harmless data.
 * @param data the hostile texts, to name the one to blame
 */
export function* wrongsOfStructure(
  hostile: Page,
  harmless: Page,
  data: readonly string[],
): Iterable<Wrong> {
  const [own, other] = [elementsOf(hostile), elementsOf(harmless)]
  const kinds = own.map((element) => kindOf(element, hostile))
  const wanted = other.map((element) => kindOf(element, harmless))
  const at = wanted.findIndex((kind, index) => kind !== kinds[index])
  const first = at >= 0 ? at : kinds.length > wanted.length ? wanted.length : -1
  if (first < 0) return
  const [came, instead] = [own[first], other[first]]
  const is = came
    ? `a browser finds ${kinds[first]} where the same page with harmless data has ${instead ? wanted[first] : 'no more elements'}`
    : `a browser no longer finds ${nameOf(instead!)}, which the same page with harmless data has`
  const about = came ?? own.at(-1)!
  const complaint = `data has become markup: ${is}${blamed(hostile, about, data)}${around(hostile, about)}\nA browser reads: ${parsedAs(hostile, about)}`
  yield { complaint, rule: RULES.markup, check: 'C2' }
}

/** The source in which the element stands: what led to it may be just before. */
function around({ html }: Page, element: Element): string {
  const at = element.sourceCodeLocation
  if (!at) return ''
  const from = Math.max(0, html.lastIndexOf('\n', at.startOffset - 1) + 1, at.startOffset - 120)
  return `\nIn the HTML:     ${short(html.slice(from, at.startOffset + 160))}`
}

/** The hostile text that stands raw in the source nearest to the element. */
function blamed({ html }: Page, element: Element, data: readonly string[]): string {
  const at = element.sourceCodeLocation?.startOffset ?? html.length
  const found = data
    .filter((text) => /[<>"'=]/.test(text))
    .flatMap((text) => {
      const place = html.lastIndexOf(text, at + text.length)
      return place < 0 ? [] : [{ text, distance: Math.abs(at - place) }]
    })
    .sort((a, b) => a.distance - b.distance)[0]
  return found ? `\nThe data:        ${JSON.stringify(found.text)}` : ''
}

/** What is wrong with the places where data stands: in scripts and styles another escaping would hold. */
export function* wrongsOfPlaces(page: Page, data: readonly string[]): Iterable<Wrong> {
  const words = data.flatMap((text) => text.match(/[a-z0-9]{9,}/gi) ?? [])
  const wordIn = (text: string) => words.find((word) => text.includes(word))
  for (const element of elementsOf(page)) {
    const places: [string, string][] = Object.entries(element.attribs)
      .filter(([name]) => name === 'style' || name.startsWith('on'))
      .map(([name, value]) => [`the attribute ${name}`, value])
    if (element.name === 'script' || element.name === 'style') {
      places.push([`a <${element.name}>`, page.$(element).text()])
    }
    for (const [place, text] of places) {
      if (!wordIn(text)) continue
      const complaint = `data stands in ${place}\nIn the HTML:     ${short(text)}`
      yield { complaint, rule: RULES.places, check: 'C2' }
    }
  }
}
