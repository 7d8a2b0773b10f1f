import type { Answer } from '../../harness/index.ts'
import { type Complaint, difference, id, matching } from '../../harness/model/index.ts'
import {
  compare,
  type Event,
  following,
  momentOf,
  nameOf,
  type Place,
  type Sort,
} from './events.ts'
import { RULES } from './rules.ts'

/** The properties of an event that may be shown. */
export const FIELDS = ['id', 'at', 'kind', 'parcel', 'depot', 'note'] as const

/** A page that somebody asks for. */
export type Asked = {
  sort: Sort
  kind: string | null
  limit: number
  /** undefined: all. */
  fields?: string[]
  /** The last event of the page before. */
  after?: Place
  /** How many changes the table had seen when the cursor was given; later events may be left out. */
  given?: number
}

/** The body of an answer, in which a large id that is a number keeps all its digits. */
export function bodyOf({ text }: Answer): any {
  const keep = (name: string, value: unknown, context?: { source?: string }) =>
    name === 'id' && typeof value === 'number' ? (context?.source ?? value) : value
  try {
    return JSON.parse(text, keep)
  } catch {
    return undefined
  }
}

/** The same moment, give or take the millisecond that a rounded or cut time may be off. */
const moment = (us: bigint) =>
  matching(momentOf(us), (value) => {
    if (typeof value !== 'string' || !/(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(value)) return false
    const off = new Date(value.replace(/([+-]\d\d)$/, '$1:00')).getTime() - Number(us) / 1000
    return Math.abs(off) <= 1
  })

/** An event as it must be shown, and the rule for each property. */
const shown = ({ id: own, us, kind, parcel, depot, note }: Event) => ({
  id: id(own),
  at: moment(us),
  ...{ kind, parcel, depot, note: note ?? undefined },
})
const PROPERTY_RULES: Record<string, string> = {
  ...{ id: RULES.id, at: RULES.at, kind: RULES.columns, parcel: RULES.parcel },
  ...{ depot: RULES.columns, note: RULES.note },
}

/**
 * Says what is wrong with a page, by which rule and check; undefined where nothing is.
 * @param events the whole table, as it is now
 * @param order the check and the rule where the wrong events are shown
 */
export function pageComplaint(
  events: Iterable<Event>,
  asked: Asked,
  answer: Answer,
  order: { check: string; rule: string },
): Complaint | undefined {
  const say = (complaint: string, rule: string, check: string) => ({ complaint, rule, check })
  const body = bodyOf(answer)
  if (!Array.isArray(body?.items)) {
    return say('the body must be an object with a list in items', RULES.page, 'C1')
  }
  const items: Record<string, unknown>[] = body.items
  const all = following(events, asked, asked.after)

  // Which event is which: by its id, or by its place where ids are not shown.
  const showsId = !asked.fields || asked.fields.includes('id')
  const ids = items.map((item) => String(item?.id))
  const known = new Set(all.map(({ id }) => id))
  const wasThere = ({ born }: Event) => asked.given === undefined || born <= asked.given
  const expected = all.filter((one) => wasThere(one) || !showsId || ids.includes(one.id))
  const wanted = expected.slice(0, asked.limit)
  for (const [index, event] of wanted.entries()) {
    if (index >= items.length) {
      const why = `items has ${items.length} events, expected ${wanted.length}: ${nameOf(event)} is missing`
      return say(why, index === 0 || order.check !== 'C1' ? order.rule : RULES.full, order.check)
    }
    if (showsId && ids[index] !== event.id) {
      const came = all.find(({ id }) => id === ids[index])
      const other = came ? nameOf(came) : `event ${ids[index]}`
      const after = index === 0 ? asked.after : wanted[index - 1]
      const before = after ? `, after ${nameOf(after)}` : ''
      const why = known.has(ids[index]!) ? '' : ', which does not belong there'
      return say(
        `items[${index}] must be ${nameOf(event)}${before}; came ${other}${why}`,
        order.rule,
        order.check,
      )
    }
    const wrong = propertyComplaint(event, items[index]!, index, asked.fields)
    if (wrong) return wrong
  }
  if (items.length > wanted.length) {
    const [index, name] = [wanted.length, `event ${ids[wanted.length]}`]
    const isFull = wanted.length === asked.limit
    const why = isFull
      ? `items has ${items.length} events, expected ${asked.limit} at most`
      : `items[${index}] is ${name}, which does not belong there`
    return say(why, isFull ? RULES.full : order.rule, isFull ? 'C6' : order.check)
  }

  const last = wanted.at(-1)
  const follow = last ? all.filter((one) => compare(asked.sort, last, one) < 0) : []
  const next = body.next
  if (follow.length === 0 && next !== null) {
    const why = `next must be null, as no event follows; came ${next === undefined ? 'nothing' : JSON.stringify(next)}`
    const isEmptied = asked.after !== undefined && items.length === 0
    return isEmptied ? say(why, RULES.emptied, order.check) : say(why, RULES.last, 'C3')
  }
  if (follow.length > 0 && (typeof next !== 'string' || next === '')) {
    const came = next === undefined ? 'nothing' : JSON.stringify(next)
    return say(
      `next must be a text, as ${nameOf(follow[0]!)} follows; came ${came}`,
      RULES.next,
      'C3',
    )
  }
  return undefined
}

function propertyComplaint(
  event: Event,
  item: Record<string, unknown>,
  index: number,
  fields?: string[],
): Complaint | undefined {
  const own: Record<string, unknown> = shown(event)
  for (const name of fields ?? FIELDS) {
    const found = difference(own[name], item[name], `items[${index}].${name}`)
    if (!found) continue
    const isMissing = fields !== undefined && !(name in item)
    return isMissing
      ? { complaint: found, rule: RULES.fields, check: 'C6' }
      : { complaint: found, rule: PROPERTY_RULES[name]!, check: 'C1' }
  }
  const surplus = fields && Object.keys(item).find((name) => !fields.includes(name))
  if (surplus === undefined) return undefined
  const complaint = `items[${index}] has the property ${surplus}, which is not in fields`
  return { complaint, rule: RULES.fields, check: 'C6' }
}
