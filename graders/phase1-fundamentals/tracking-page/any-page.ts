import type { Wrong } from './complain.ts'
import { fragment, isElement, nameOf, type Page, pathOn, resolve, textOf } from './page.ts'
import { RULES } from './rules.ts'

/** What is wrong with a page, by the rules that hold for every page. */
export function* wrongsOfAnyPage(page: Page): Iterable<Wrong> {
  const { $, answer, html } = page
  const type = answer.headers['content-type']
  if (!/^text\/html\s*;\s*charset=("?)utf-8\1\s*$/i.test(type ?? '')) {
    const complaint = `the Content-Type must be text/html; charset=utf-8, came ${JSON.stringify(type ?? null)}`
    yield { complaint, rule: RULES.type, check: 'C6' }
  }
  if (!Buffer.from(answer.text).equals(answer.bytes)) {
    yield { complaint: 'the bytes of the page are not UTF-8', rule: RULES.type, check: 'C6' }
  }
  const structure = (complaint: string, rule: string): Wrong => ({ complaint, rule, check: 'C1' })
  const mode = ($.root()[0] as { 'x-mode'?: string })['x-mode']
  if (mode !== 'no-quirks') {
    const begins = JSON.stringify(html.trimStart().slice(0, 40))
    yield structure(
      `the page must begin with <!doctype html>, came ${begins}; a browser is in quirks mode then`,
      RULES.document,
    )
  }
  if (!/^[a-z]{2,3}(-[a-z0-9]+)*$/i.test($('html').attr('lang') ?? '')) {
    const came = nameOf($('html')[0]!)
    yield structure(`<html> must have a lang, such as lang="en"; came ${came}`, RULES.document)
  }
  const titles = $('head > title').toArray()
  if (titles.length !== 1 || titleOf(page) === '') {
    const came = titles.length === 1 ? 'an empty one' : `${titles.length} of them`
    yield structure(`the head must have one <title> with a text, came ${came}`, RULES.headings)
  }
  const headings = $('h1').toArray()
  const empty = headings.find((heading) => textOf(heading).trim() === '')
  if (headings.length !== 1) {
    const all = headings.map((heading) => fragment(page, heading)).join('')
    yield structure(
      `the page must have exactly one <h1>, a browser finds ${headings.length}${all}`,
      RULES.headings,
    )
  } else if (empty)
    yield structure(`the <h1> must have a text${fragment(page, empty)}`, RULES.headings)
  const ids = new Set<string>()
  for (const element of $('[id]').toArray()) {
    const { id } = element.attribs
    if (ids.has(id!)) {
      yield structure(
        `the id ${JSON.stringify(id)} stands on two elements${fragment(page, element)}`,
        RULES.ids,
      )
    }
    ids.add(id!)
  }
  if (stylesheetsOf(page).length === 0) {
    const complaint =
      'the page links no stylesheet of this server (<link rel="stylesheet" href="…">)'
    yield { complaint, rule: RULES.style, check: 'C7' }
  }
}

/** The text of the title; what looks like markup in it is text. */
export const titleOf = ({ $ }: Page): string => $('head > title').first().text()

/** The paths of the stylesheets that the page links on its own server. */
export function stylesheetsOf({ $, url, server }: Page): string[] {
  return $('link[rel~="stylesheet" i][href]')
    .toArray()
    .filter(isElement)
    .map(({ attribs }) => pathOn(server, resolve(attribs.href!, url)))
    .filter((path) => path !== undefined)
}
