import fc from 'fast-check'
import { expect } from 'vitest'
import type * as Notifiers from '../../../solutions/phase2-language/notifier-factory/notifier.ts'
import { expectFacts } from '../../harness/index.ts'

/** One call. `by` numbers the factories, and the settings. */
export type Call = { do: 'register' | 'unregister' | 'create'; name: string; by: number }

/** Plays each program on a registry without channels. Runs in the learner's process, so it uses nothing from here. */
export function playChannels(
  { createNotifier, registerChannel, unregisterChannel, UnknownChannelError }: typeof Notifiers,
  { programs, names }: { programs: Call[][]; names: string[] },
): unknown[][] {
  return programs.map((calls) => {
    for (const name of [...names, 'email', 'sms', 'webhook']) unregisterChannel(name)
    const made = new Map<unknown, string>()
    return calls.map(({ do: call, name, by }) => {
      try {
        if (call === 'unregister') return unregisterChannel(name)
        if (call === 'register') {
          registerChannel(name, (settings: { tag?: number }) => {
            const notifier = { send: async () => ({ id: 'x' }) }
            made.set(
              notifier,
              `factory ${by} with settings ${{ ...settings }.tag}, made ${made.size + 1}`,
            )
            return notifier
          })
          return 'registered'
        }
        const notifier = createNotifier(name, { tag: by })
        return made.get(notifier) ?? 'something that no factory returned'
      } catch (error) {
        if (error instanceof UnknownChannelError && error instanceof Error) {
          return { name: error.name, message: error.message }
        }
        return error instanceof Error ? 'threw an Error' : `threw ${String(error)}`
      }
    })
  })
}

/** Compares each call with a Map of the factories, and shows the first that is amiss. */
export function expectChannels(calls: Call[], seen: unknown[] | undefined): void {
  const channels = new Map<string, number>()
  let made = 0
  for (const [at, { do: call, name, by }] of calls.entries()) {
    const when = `in\n${channelCode(calls.slice(0, at + 1))}\n`
    const gave = seen?.[at]
    const known = channels.get(name)
    if (call === 'unregister') {
      expectFacts({ [LAST]: gave }, { [LAST]: channels.delete(name) }, when)
    } else if (call === 'register') {
      if (known === undefined) channels.set(name, by)
      const wanted = known === undefined ? 'registered' : 'threw an Error'
      expectFacts({ [LAST]: gave }, { [LAST]: wanted }, when)
    } else if (known === undefined) {
      expectUnknown(gave, [...channels.keys()], when)
    } else {
      made += 1
      const wanted = `factory ${known} with settings ${by}, made ${made}`
      expectFacts({ [LAST]: gave }, { [LAST]: wanted }, when)
    }
  }
}

const LAST = 'what the last line gives'

/** An UnknownChannelError whose message holds the names. */
export function expectUnknown(gave: unknown, names: string[], when: string): void {
  const { name, message } = (gave ?? {}) as { name?: unknown; message?: unknown }
  if (typeof message !== 'string') {
    expect(gave, `an UnknownChannelError must be thrown by the last line ${when}`).toEqual({
      name: 'UnknownChannelError',
      message: names.join(', '),
    })
  }
  const fact = 'the name of the error that the last line throws'
  expectFacts({ [fact]: name }, { [fact]: 'UnknownChannelError' }, when)
  const left = names.filter((one) => !String(message).includes(one))
  const missing = `the channels that the message "${message}" leaves out`
  expectFacts({ [missing]: left }, { [missing]: [] }, when)
}

function channelCode(calls: Call[]): string {
  return calls
    .map(({ do: call, name, by }) => {
      const text = JSON.stringify(name)
      if (call === 'unregister') return `unregisterChannel(${text})`
      if (call === 'register') return `registerChannel(${text}, factory${by})`
      return `createNotifier(${text}, { tag: ${by} })`
    })
    .join('\n')
}

export function channelPrograms(names: string[]): fc.Arbitrary<Call[]> {
  const call = fc.record({
    do: fc.constantFrom<Call['do']>('register', 'register', 'create', 'create', 'unregister'),
    name: fc.constantFrom(...names),
    by: fc.integer({ min: 1, max: 3 }),
  })
  return fc.array(call, { maxLength: 16, size: 'max' })
}
