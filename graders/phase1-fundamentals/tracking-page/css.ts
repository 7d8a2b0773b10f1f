import { isElement, listWithId, type Page } from './page.ts'

/** At-rules whose rules hold for the page as those outside do. */
const GROUPS = /^@(media|supports|layer|container|scope|starting-style)\b/i

/** The selectors of a stylesheet that have a declaration; nested ones with those around them. */
export function selectorsOf(css: string): string[] {
  const found: string[] = []
  const text = css.replaceAll(/\/\*[\s\S]*?(\*\/|$)/g, ' ')
  let at = 0

  /** Reads a block up to its closing brace; `selector` is what it belongs to. */
  function block(selector: string | undefined): void {
    let word = ''
    while (at < text.length) {
      const char = text[at++]!
      if (char === '"' || char === "'") word += char + quoted(char)
      else if (char === '{') {
        open(word.trim(), selector)
        word = ''
      } else if (char === ';' || char === '}') {
        if (selector !== undefined && /^[-\w]+\s*:\s*\S/.test(word.trim())) found.push(selector)
        word = ''
        if (char === '}') return
      } else word += char
    }
  }

  function quoted(quote: string): string {
    let inner = ''
    while (at < text.length) {
      const char = text[at++]!
      inner += char
      if (char === '\\') inner += text[at++] ?? ''
      else if (char === quote) break
    }
    return inner
  }

  function open(head: string, selector: string | undefined): void {
    if (GROUPS.test(head)) block(selector)
    else if (head.startsWith('@')) block(undefined)
    else if (selector === undefined) block(head)
    else {
      const nested = head.includes('&')
        ? head.replaceAll('&', `:is(${selector})`)
        : `:is(${selector}) ${head}`
      block(nested)
    }
  }

  block(undefined)
  return found
}

/** The parts of a selector list; commas in brackets do not part. */
function partsOf(selector: string): string[] {
  const parts = ['']
  let depth = 0
  for (const char of selector) {
    if ('([{'.includes(char)) depth += 1
    if (')]}'.includes(char)) depth -= 1
    if (char === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts.map((part) => part.trim())
}

/** States and pieces of an element that a parsed page does not have. */
const STATES =
  /::[-\w]+(\([^)]*\))?|:(before|after|first-line|first-letter|hover|focus|focus-within|focus-visible|active|visited|link|any-link|target)(?![-\w(])/gi

/** Whether a selector matches the list of events or something inside it; `*` does not count. */
export function matchesEvents(page: Page, selector: string): boolean {
  const list = listWithId(page, 'events')
  if (!list) return false
  return partsOf(selector).some((part) => {
    const plain = part.replaceAll(STATES, '').trim() || '*'
    if (plain === '*') return false
    try {
      const found = page.$(plain).toArray().filter(isElement)
      return found.some((one) => one === list || page.$(one).closest(list).length > 0)
    } catch {
      // No selector that is known here, and so none that can be seen to match.
      return false
    }
  })
}
