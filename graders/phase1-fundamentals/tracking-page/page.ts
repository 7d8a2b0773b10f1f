import type { CheerioAPI } from 'cheerio'
import { load } from 'cheerio'
import type { AnyNode, Element } from 'domhandler'
import type { Answer } from '../../harness/index.ts'

export type { Element }

/** An answer that is read as a browser would read it. */
export type Page = {
  answer: Answer
  html: string
  $: CheerioAPI
  /** The address it came from, for links that are relative. */
  url: URL
  server: string
}

/**
 * Parses an answer with the parser that the HTML standard describes, without scripts.
 * @param server the address of the server that it came from
 */
export function readPage(answer: Answer, server: string): Page {
  // A byte order mark is no part of the page.
  const html = answer.text.replace(/^\ufeff/, '')
  const $ = load(html, { sourceCodeLocationInfo: true, scriptingEnabled: false })
  const base = $('base[href]').attr('href')
  const own = new URL(answer.request.replace(/^\S+ /, ''), server)
  return { answer, html, $, url: (base && resolve(base, own)) || own, server }
}

/** The path and query of an address on this server, by whichever of its names; undefined where it is another's. */
export function pathOn(server: string, url: URL | undefined): string | undefined {
  const own = new URL(server)
  const isOwn =
    url?.protocol === own.protocol &&
    url.port === own.port &&
    [own.hostname, 'localhost'].includes(url.hostname)
  return isOwn ? url.pathname + url.search : undefined
}

/** An address as a browser resolves it; undefined where it is none. */
export function resolve(href: string, base: URL): URL | undefined {
  return URL.parse(href, base) ?? undefined
}

const UNSEEN = new Set(['script', 'style', 'template', 'head'])
/** What somebody may choose or type is not what a page says. */
const CONTROLS = new Set(['select', 'textarea', 'datalist'])
const INLINE = new Set(
  'a abbr b bdi bdo cite code data dfn em i kbd label mark q s samp small span strong sub sup time u var wbr output'.split(
    ' ',
  ),
)

export const isElement = (node: AnyNode): node is Element =>
  node.type === 'tag' || node.type === 'script' || node.type === 'style'

/** The text of an element that everybody sees: nothing hidden, no scripts, and not what fields hold. */
export function textOf(node: AnyNode): string {
  if (node.type === 'text') return node.data
  if (node.type === 'root') return node.children.map(textOf).join('')
  if (!isElement(node)) return ''
  if (UNSEEN.has(node.name) || CONTROLS.has(node.name) || 'hidden' in node.attribs) return ''
  if (node.name === 'br') return '\n'
  const inner = node.children.map(textOf).join('')
  return INLINE.has(node.name) ? inner : `\n${inner}\n`
}

/** Several blanks are one, as a browser shows them. */
export const collapse = (text: string): string => text.replaceAll(/[ \t\n\f\r]+/g, ' ').trim()

/** Whether the element's text holds this one, as it is. */
export const shows = (node: AnyNode, text: string): boolean => lacks(node, [text]) === undefined

/** The first of these texts that the element's text does not hold. */
export function lacks(node: AnyNode, texts: readonly string[]): string | undefined {
  const shown = collapse(textOf(node))
  return texts.find((text) => !shown.includes(collapse(text)))
}

const LONGEST = 200

/** No more than so many characters, in one line. */
export function short(text: string, limit = LONGEST): string {
  const line = collapse(text)
  return line.length <= limit ? line : `${line.slice(0, limit)} …`
}

/** The element's own piece of the source. */
export function sourceOf({ html }: Page, element: Element): string {
  const at = element.sourceCodeLocation
  if (!at) return '(a browser makes this element by itself)'
  return short(html.slice(at.startOffset, at.endOffset))
}

/** An element as the browser has it, whatever the source looked like. */
export const parsedAs = ({ $ }: Page, element: Element): string => short($.html(element))

/** Ends a complaint: the piece of the page that it is about, and what a browser makes of that. */
export function fragment(page: Page, element: Element): string {
  const source = sourceOf(page, element)
  const parsed = parsedAs(page, element)
  const reads = source === parsed ? '' : `\nA browser reads: ${parsed}`
  return `\nIn the HTML:     ${source}${reads}`
}

/** Ends a complaint about a text: the piece of the page, and the text that a browser shows there. */
export function fragmentText(page: Page, element: Element): string {
  const text = short(textOf(element))
  return `\nIn the HTML:     ${sourceOf(page, element)}\nA browser shows: ${text === '' ? 'nothing' : text}`
}

/** The opening tag of an element, for messages: `<img onerror src>`. */
export const nameOf = (element: Element): string =>
  `<${[element.name, ...Object.keys(element.attribs).sort()].join(' ')}>`

/**
 * The items of a list or the rows of a table, without those that head or foot it. What is nested deeper
 * belongs to an item.
 */
export function itemsOf({ $ }: Page, list: Element): Element[] {
  if (list.name !== 'table') return $(list).children('li').toArray()
  const rows = $(list).children('tr').add($(list).children('tbody').children('tr'))
  return rows.toArray().filter((row) => $(row).children('td').length > 0)
}

/** Whether nothing around the element hides it, such as a template that waits for a script. */
function isSeen(element: Element): boolean {
  for (let node: AnyNode | null = element; node; node = node.parent) {
    if (isElement(node) && (UNSEEN.has(node.name) || 'hidden' in node.attribs)) return false
  }
  return true
}

/** The list or table with this id that everybody sees; undefined where there is none. */
export function listWithId(page: Page, id: string): Element | undefined {
  return page
    .$(`[id="${id}"]`)
    .toArray()
    .find((one) => isElement(one) && isSeen(one))
}
