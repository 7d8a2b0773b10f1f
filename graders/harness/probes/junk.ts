import fc from 'fast-check'
import { type Sending, send, type Target } from '../http.ts'

/** Text that programs trip over: control characters, quotes, surrogates, long, look-alike numbers. */
export const junkText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    'null',
    'undefined',
    'NaN',
    '-0',
    '1e309',
    '__proto__',
    'constructor',
    'toString',
    '%00',
    '%E0%A4%A',
    '../../etc/passwd',
    "'; drop table parcels; --",
    '{{7*7}}',
    'a'.repeat(5000),
    '𝒳'.repeat(50),
  ),
)

/** Any JSON value, often an object with the given keys, and values of wrong types in them. */
export function junkJson(keys: string[]): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    junkText,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.jsonValue({ maxDepth: 3 }),
  )
  const shape = Object.fromEntries(keys.map((key) => [key, value]))
  return fc.oneof(
    { weight: 3, arbitrary: fc.record(shape, { requiredKeys: [] }) },
    fc.jsonValue({ maxDepth: 4 }),
  )
}

/** Bodies that are not JSON, or not quite. */
export const junkBody = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    '{',
    '[',
    '{"a":}',
    '"',
    'null',
    '[]',
    '{"a":1}}',
    '\u0000',
    '{"__proto__":{"x":1}}',
  ),
)

/**
 * P-JUNK: sends requests a program was not written for, and expects it to stay a program: no answer
 * from 500 up (501 apart), none missing, and a good answer at the end. A failure is shrunk to the
 * smallest request that shows it.
 * @param requests what to send
 * @param options.runs how many; 150 by default
 * @param options.healthy throws where the server is not well afterwards
 * @throws with the smallest failing request
 */
export async function survivesJunk(
  target: Target,
  requests: fc.Arbitrary<Sending>,
  options: { seed: number; runs?: number; healthy(): Promise<void> },
): Promise<void> {
  const property = fc.asyncProperty(requests, async (sending) => {
    const answer = await send(target, sending)
    if (answer.status >= 500 && answer.status !== 501) {
      throw new Error(`${answer.request} answered ${answer.status}`)
    }
  })
  const details = await fc.check(property, { seed: options.seed, numRuns: options.runs ?? 150 })
  if (details.failed) {
    const [sending] = details.counterexample ?? []
    const cause = details.errorInstance as Error | undefined
    const { expect } = await import('vitest')
    expect.fail(
      `${cause?.message ?? 'failed'}\nThe smallest request that does it: ${describe(sending)}`,
    )
  }
  await options.healthy()
}

function describe(sending: Sending | undefined): string {
  if (!sending) return '(none)'
  const { method = 'GET', path, headers, json, body } = sending
  const text = json === undefined ? body?.toString() : JSON.stringify(json)
  const shown = headers ? ` with headers ${JSON.stringify(headers)}` : ''
  return `${method} ${path}${shown}${text === undefined ? '' : ` and the body ${text.slice(0, 500)}`}`
}
