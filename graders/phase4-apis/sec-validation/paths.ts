import { expect } from 'vitest'
import type { Answer } from '../../harness/index.ts'
import type { Path } from './values.ts'

/** The rules of the README, in its words. */
const LIST =
  'its body | has, beside the text of a JSON error, a list `errors` with an object for each wrong field'
const PATH =
  '`path` in such an object | leads to the field: `"stops[2].date"`, `"stops.2.date"`, `"/stops/2/date"` or `["stops",2,"date"]`; of a query it begins with `q`, `page` or `tags`'
const ALL = 'each field that is wrong, missing or unknown | is named, all at once'
const NO_OTHER = 'a field that is right | is not named'

/** The names on the way to a field, in any of the spellings that the README allows. */
function segmentsOf(path: unknown): string[] | undefined {
  if (Array.isArray(path)) {
    return path.every((part) => ['string', 'number'].includes(typeof part))
      ? path.map(String)
      : undefined
  }
  if (typeof path !== 'string') return undefined
  if (path.startsWith('/')) return path.slice(1).split('/')
  return path === '' ? [] : path.replaceAll(/\[(\d+)\]/g, '.$1').split('.')
}

/** `stops[2].date` */
const spelled = (segments: (string | number)[]): string =>
  segments
    .map((part) => (/^\d+$/.test(String(part)) ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '') || 'the body'

const isBelow = (path: string[], other: string[]) => other.every((part, at) => path[at] === part)

/**
 * A refusal names these fields, and none that is right. What holds a wrong field may be named as well, and
 * what is inside one.
 * @param sent what was refused, for messages
 * @param isQuery only the parameter's name counts
 */
export function expectPaths(answer: Answer, wrong: Path[], sent: string, isQuery = false): void {
  const say = (why: string, rule: string) =>
    `${answer.request} with ${sent} was answered with ${answer.status}: ${why}\n${answer.text.slice(0, 500)}\nThe rule: ${rule}`
  const { errors } = answer.body ?? {}
  if (!Array.isArray(errors)) expect.fail(say('it must have a list in errors', LIST))
  const named = (errors as unknown[]).map((one) => {
    const path = (one as { path?: unknown } | null)?.path
    const segments = segmentsOf(path)
    if (!segments) {
      return expect.fail(
        say(`an item of errors has the path ${JSON.stringify(path)}, which leads nowhere`, PATH),
      )
    }
    // A parameter's name may have the brackets that it came with.
    return isQuery ? segments.slice(0, 1).map((name) => name.replace(/\[.*$/, '')) : segments
  })
  const wanted = wrong.map((path) => path.map(String))
  for (const path of wanted) {
    const isNamed = named.some((one) => one.length === path.length && isBelow(one, path))
    if (isNamed) continue
    const came = named.map(spelled).join(', ') || 'none'
    expect.fail(say(`errors must name ${spelled(path)}; named: ${came}`, ALL))
  }
  for (const path of named) {
    const isWrong = wanted.some((one) => isBelow(path, one) || isBelow(one, path))
    if (!isWrong) expect.fail(say(`errors names ${spelled(path)}, which is right`, NO_OTHER))
  }
}
