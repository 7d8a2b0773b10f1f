import type { Fresh } from '../fresh.ts'
import { anything, oneOfThese } from './match.ts'

/**
 * One value for a field of a JSON body, and what the field's rule says of it:
 * - `yes`: the rule allows it, so it must be taken;
 * - `no`: the rule forbids it, so it must be refused;
 * - `open`: the README or the house rules leave it to the server; where it is taken, `keeps` says
 *   what may then be kept.
 */
export type Sample = {
  /** For messages and for readers of a grader: "200 emoji". */
  what: string
  /** The value as JSON text, so that `1.0` and `1e2` can be told apart; undefined leaves the field out. */
  json: string | undefined
  ok: 'yes' | 'no' | 'open'
  /** What a server that takes the value keeps: a value or a matcher. undefined: nothing. */
  keeps: unknown
}

/** All that can be tried for one field, made from the field's rule. */
export type Pool = {
  /** The rule in the README's words, for messages. */
  rule: string
  /** Ordinary values, the simplest first; what other fields are tried with. */
  plain: Sample[]
  /** Every other value worth trying, valid, broken or open, simplest first. */
  edges: Sample[]
}

/** What the pools have in common. */
export type FieldRule = {
  rule: string
  /** May be missing; required by default. `null` then is open: taken for missing, or refused. */
  optional?: boolean
  /** `null` is a value of its own, and kept as null. */
  nullable?: boolean
}

export const sample = (
  what: string,
  json: string | undefined,
  ok: Sample['ok'],
  keeps?: unknown,
): Sample => ({ what, json, ok, keeps })

/** A value that the rule allows and that is kept as it is. */
export const good = (what: string, value: unknown): Sample =>
  sample(what, JSON.stringify(value), 'yes', value)

/** A value that the rule forbids. */
export const bad = (what: string, value: unknown): Sample =>
  sample(what, JSON.stringify(value), 'no')

/**
 * A value of another JSON type that some frameworks convert before they look at the rule: refused,
 * or taken for what it reads as.
 */
export const converted = (what: string, json: string, ...reads: unknown[]): Sample =>
  sample(what, json, 'open', reads.length > 1 ? oneOfThese(...reads) : reads[0])

/** A value of which the README says that it is up to the server, and what is kept of it too. */
export const upToTheServer = (what: string, value: unknown): Sample =>
  sample(what, JSON.stringify(value), 'open', anything)

/**
 * Missing and null, as a field's rule has them.
 * @param empty what a framework that converts makes of null, if the rule allows that: `''`, `0`
 */
export function absences({ optional, nullable }: FieldRule, ...empty: unknown[]): Sample[] {
  const missing = sample('missing', undefined, optional ? 'yes' : 'no')
  if (nullable) return [missing, sample('null', 'null', 'yes')]
  const reads = optional ? [undefined, ...empty] : empty
  return [missing, reads.length > 0 ? converted('null', 'null', ...reads) : bad('null', null)]
}

/** Values that are of no use as a text or a number, whatever a framework converts. */
export function wrongTypes(fresh: Fresh): Sample[] {
  return [
    bad('an object', {}),
    bad('an object with fields', { text: fresh.word() }),
    bad('an empty list', []),
    bad('a list of two', [fresh.word(), fresh.word()]),
  ]
}
