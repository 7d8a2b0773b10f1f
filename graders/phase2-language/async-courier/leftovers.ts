import type * as Courier from '../../../solutions/phase2-language/async-courier/courier.ts'

export type Leftovers = {
  /** Timers that keep the process alive, and were not there before. */
  timers: number
  /** Listeners on the caller's signal. */
  listeners: number
  /** How the promise was settled. */
  settled: string
}

/**
 * Delivers in several ways, one after the other, and looks what is left when the promise is settled.
 * Runs in the learner's process, so it uses nothing from here.
 */
export async function playLeftovers({
  deliverAll,
}: typeof Courier): Promise<Record<string, Leftovers>> {
  const { getEventListeners } = process.getBuiltinModule('node:events')
  const turn = () => new Promise<void>((resolve) => setTimeout(() => setImmediate(resolve), 1))
  const timers = () =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
  const hour = 3_600_000
  const never = () => new Promise<never>(() => {})
  const fine = async () => 'fine'
  const busy = async () => {
    throw new Error('busy')
  }
  const once = ({ attempt }: Courier.Context) => (attempt === 1 ? busy() : fine())
  const thrower = () => {
    throw new Error('at once')
  }
  const obeys = ({ signal }: Courier.Context) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  const again = { retries: 3, isRetryable: () => true }

  type Way = Omit<Courier.Options, 'concurrency'> & {
    jobs: Courier.Job<unknown>[]
    abort?: true
  }
  const ways: Record<string, Way> = {
    'jobs that succeed, with an hour for each': { jobs: [fine, fine, fine, fine], timeoutMs: hour },
    'jobs that fail, with an hour for each': {
      jobs: [busy, thrower, busy, thrower],
      timeoutMs: hour,
    },
    'jobs that are tried again, with an hour for each': {
      jobs: [once, once, once],
      timeoutMs: hour,
      ...again,
      backoffMs: () => 1,
    },
    'jobs that ignore their time limit': { jobs: [never, never, never], timeoutMs: 10 },
    'jobs that heed their time limit, and are tried again': {
      jobs: [obeys, obeys],
      timeoutMs: 10,
      ...again,
    },
    'no jobs at all': { jobs: [], timeoutMs: hour },
    'an abort, with jobs that ignore it and have an hour': {
      jobs: [never, fine, never, never],
      timeoutMs: hour,
      abort: true,
    },
    'an abort, with jobs that heed it and have an hour': {
      jobs: [obeys, fine, obeys, obeys],
      timeoutMs: hour,
      ...again,
      abort: true,
    },
    'an abort, with jobs that wait an hour for their next attempt': {
      jobs: [busy, busy, busy],
      ...again,
      backoffMs: () => hour,
      abort: true,
    },
  }
  const found: Record<string, Leftovers> = {}
  for (const [way, { jobs, abort, ...options }] of Object.entries(ways)) {
    const caller = new AbortController()
    const before = timers()
    let settled = 'not at all'
    void Promise.resolve(
      deliverAll(jobs, { ...options, concurrency: 2, signal: caller.signal }),
    ).then(
      (results) => {
        settled = `${results.length} results`
      },
      (error) => {
        settled = `rejected with ${String(error)}`
      },
    )
    for (let left = 5; left > 0; left--) await turn()
    if (abort) caller.abort('closing')
    for (let left = 1000; settled === 'not at all' && left > 0; left--) await turn()
    for (let left = 3; left > 0; left--) await turn()
    const listeners = getEventListeners(caller.signal, 'abort').length
    found[way] = { timers: timers() - before, listeners, settled }
  }
  return found
}

/** How the promise is settled in each of these ways. */
export const SETTLED: Record<string, string> = {
  'jobs that succeed, with an hour for each': '4 results',
  'jobs that fail, with an hour for each': '4 results',
  'jobs that are tried again, with an hour for each': '3 results',
  'jobs that ignore their time limit': '3 results',
  'jobs that heed their time limit, and are tried again': '2 results',
  'no jobs at all': '0 results',
  'an abort, with jobs that ignore it and have an hour': 'rejected with closing',
  'an abort, with jobs that heed it and have an hour': 'rejected with closing',
  'an abort, with jobs that wait an hour for their next attempt': 'rejected with closing',
}
