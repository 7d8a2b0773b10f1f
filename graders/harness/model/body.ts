import type { Fresh } from '../fresh.ts'
import type { Pool, Sample } from './sample.ts'
import { type Outcome, refused } from './step.ts'

/** A JSON object for a request, and what the rules of its fields say of it. */
export type Body = {
  /** The text of the object. */
  json: string
  ok: Sample['ok']
  /** What a server that takes it keeps of each field: a value or a matcher; undefined: nothing. */
  keeps: Record<string, unknown>
  /** The one field that is tried, and with what. */
  field?: string
  what: string
  /** The rule of that field. */
  rule?: string
}

/**
 * Returns how a body may be answered, by what the rules of its fields say: taken, refused as a validation
 * failure, or either.
 * @param accepted how it is answered where it is taken
 */
export const outcomesOf = ({ ok }: Pick<Body, 'ok'>, accepted: Outcome): Outcome[] => [
  ...(ok === 'no' ? [] : [accepted]),
  ...(ok === 'yes' ? [] : [refused(400, 422)]),
]

/** The text of an object with these fields, in this order. */
function objectOf(fields: Record<string, Sample>): string {
  const parts = Object.entries(fields).flatMap(([name, { json }]) =>
    json === undefined ? [] : `${JSON.stringify(name)}:${json}`,
  )
  return `{${parts.join(',')}}`
}

const keepsOf = (fields: Record<string, Sample>) =>
  Object.fromEntries(Object.entries(fields).map(([name, { keeps }]) => [name, keeps]))

/** The bodies of one kind of request, made from the pools of its fields. */
export type Bodies = {
  /** Ordinary bodies, the simplest first. */
  plain: Body[]
  /** One body for each edge of each field, the others ordinary: so each refusal has one reason. */
  edges: Body[]
}

/**
 * Makes bodies of pools, one odd field each.
 * @param pools by field; optional ones are in every second ordinary body
 */
export function bodies(fresh: Fresh, pools: Record<string, Pool>): Bodies {
  const names = Object.keys(pools)
  const isOptional = (name: string) =>
    pools[name]!.edges.some(({ json, ok }) => json === undefined && ok === 'yes')
  const none: Sample = { what: 'missing', json: undefined, ok: 'yes', keeps: undefined }
  const ordinary = (full: boolean): Record<string, Sample> =>
    Object.fromEntries(
      names.map((name) => [
        name,
        isOptional(name) && !full ? none : fresh.pick(pools[name]!.plain),
      ]),
    )
  const simplest = Object.fromEntries(
    names.map((name) => [name, isOptional(name) ? none : pools[name]!.plain[0]!]),
  )
  const plainOf = (fields: Record<string, Sample>): Body => ({
    json: objectOf(fields),
    ok: 'yes',
    keeps: keepsOf(fields),
    what: 'an ordinary body',
  })
  return {
    plain: [plainOf(simplest), ...fresh.list(7, (index) => plainOf(ordinary(index % 2 === 0)))],
    edges: names.flatMap((field) =>
      pools[field]!.edges.map((edge) => {
        const fields = { ...ordinary(false), [field]: edge }
        const { ok, what } = edge
        const { rule } = pools[field]!
        return { json: objectOf(fields), ok, keeps: keepsOf(fields), field, what, rule }
      }),
    ),
  }
}
