import type * as Tariff from '../../../solutions/phase1-fundamentals/tariff-pipeline/tariff.ts'

/** How often `f` had been called after each step of a scenario, and how many rejections nobody handled. */
export type PromiseFacts = Record<string, number[]>

/**
 * Plays promises that are rejected early, late, and after they were pushed out. Runs in the learner's
 * process, so it uses nothing from here.
 */
export async function playPromises({ memoize }: typeof Tariff): Promise<PromiseFacts> {
  const facts: PromiseFacts = {}
  let unhandled = 0
  const onUnhandled = () => {
    unhandled += 1
  }
  process.on('unhandledRejection', onUnhandled)
  /** Lets everything that waits for a promise run, and what is unhandled be told. */
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5))

  /** What comes of a call after something was settled. */
  const after = async (done: unknown, call: () => number) => {
    void done
    await settle()
    return call()
  }

  /** A function whose promises the scenario settles by hand. */
  const open = (options?: { max: number }) => {
    const pending: { resolve(value: string): void; reject(error: Error): void }[] = []
    const f = (_name: string) =>
      new Promise<string>((resolve, reject) => pending.push({ resolve, reject }))
    const memoized = options ? memoize(f, options) : memoize(f)
    /** Calls it as a careful caller does, who handles the rejection. */
    const call = (name: string) => {
      memoized(name).catch(() => {})
      return pending.length
    }
    return { call, pending }
  }

  const fulfilled = open()
  facts['two calls while it waits, and one after it was fulfilled'] = [
    fulfilled.call('a'),
    fulfilled.call('a'),
    await after(fulfilled.pending[0]?.resolve('fine'), () => fulfilled.call('a')),
  ]

  const rejected = open()
  facts['a call, and two after it was rejected'] = [
    rejected.call('a'),
    await after(rejected.pending[0]?.reject(new Error('no')), () => rejected.call('a')),
    rejected.call('a'),
  ]

  const other = open()
  facts['calls for a and b, and for both after that of a was rejected'] = [
    other.call('a'),
    other.call('b'),
    await after(other.pending[0]?.reject(new Error('no')), () => other.call('b')),
    other.call('a'),
  ]

  const pushed = open({ max: 1 })
  facts['with max 1: calls for a, b and a, and for a after the first was rejected'] = [
    pushed.call('a'),
    pushed.call('b'),
    pushed.call('a'),
    await after(pushed.pending[0]?.reject(new Error('late')), () => pushed.call('a')),
  ]

  // With room for two, what was forgotten must not take the room of others.
  const room = open({ max: 2 })
  facts['with max 2: calls for a and b, then for c, b and c after that of a was rejected'] = [
    room.call('a'),
    room.call('b'),
    await after(room.pending[0]?.reject(new Error('no')), () => room.call('c')),
    room.call('b'),
    room.call('c'),
  ]
  await settle()
  process.off('unhandledRejection', onUnhandled)
  facts['rejections that nobody handled'] = [unhandled]
  return facts
}

export const WANTED: PromiseFacts = {
  'two calls while it waits, and one after it was fulfilled': [1, 1, 1],
  'a call, and two after it was rejected': [1, 2, 2],
  'calls for a and b, and for both after that of a was rejected': [1, 2, 2, 3],
  'with max 1: calls for a, b and a, and for a after the first was rejected': [1, 2, 3, 3],
  'with max 2: calls for a and b, then for c, b and c after that of a was rejected': [
    1, 2, 3, 3, 3,
  ],
  'rejections that nobody handled': [0],
}
