import fc from 'fast-check'

/** What an attempt gives: a label for an object that is made for it, or a plain value. */
export type Gives =
  | 'own object'
  | 'own error'
  | 'like a result'
  | 'busy'
  | ''
  | 0
  | null
  | undefined

/** What one attempt of a job does. */
export type Attempt = {
  /** `held` until the program opens it; `promise` is settled when it is returned, `plain` no promise. */
  ends: 'held' | 'promise' | 'plain'
  ok: boolean
  gives: Gives
  /** What a held attempt does when its signal is aborted. */
  onAbort: 'ignores' | 'rejects'
  /** Aborts the caller's signal in the job's first line. */
  aborts?: true
}

/** What is done to a delivery: the nth of the held attempts is opened, or the caller aborts. */
export type Step = { open: number } | 'abort'

export type Program = {
  /** For each job its attempts; the last one stands for all later ones. */
  jobs: Attempt[][]
  from: 'array' | 'set' | 'generator'
  concurrency: number
  /** An hour: it never comes to pass. */
  timeoutMs?: number
  retries?: number
  isRetryable?: 'busy only' | 'always'
  backoff?: true
  signal?: true
  /** What the caller aborts with. */
  reason: Gives
  abortedBefore?: true
  steps: Step[]
}

/** Which of the features a program may use. */
export type Features = {
  retries?: true
  /** The caller aborts: among the steps, or at odd moments. */
  aborts?: 'steps' | 'odd'
  generator?: true
}

const HOUR = 3_600_000
const values: Gives[] = ['own object', 'own object', 'like a result', '', 0, null, undefined]
const errors: Gives[] = ['own error', 'busy', 'own error', 'busy', '', 0, null, undefined]

export function programs(features: Features = {}): fc.Arbitrary<Program> {
  const gives = fc.oneof(
    fc.record({ ok: fc.constant(true), gives: fc.constantFrom(...values, 'own error' as const) }),
    fc.record({ ok: fc.constant(false), gives: fc.constantFrom(...errors) }),
  )
  const busy = fc.constant({ ok: false, gives: 'busy' as const })
  const attempt = fc
    .record({
      what: features.retries ? fc.oneof(gives, busy) : gives,
      ends: fc.constantFrom<Attempt['ends']>('held', 'held', 'held', 'promise', 'plain'),
      onAbort: fc.constantFrom<Attempt['onAbort']>('ignores', 'rejects'),
      aborts: features.aborts === 'odd' ? chance(6) : fc.constant(undefined),
    })
    .map(({ what, ends, onAbort, aborts }): Attempt => {
      return { ends, ...what, onAbort, ...(aborts && { aborts }) }
    })
  const job = fc.array(attempt, { minLength: 1, maxLength: features.retries ? 3 : 1 })
  const open = fc.record({ open: fc.nat(4) })
  const step =
    features.aborts === 'steps'
      ? fc.oneof({ weight: 4, arbitrary: open }, { weight: 1, arbitrary: fc.constant('abort') })
      : open
  return fc
    .record({
      jobs: fc.array(job, { maxLength: 8, size: 'max' }),
      from: fc.constantFrom<Program['from']>(
        ...(features.generator
          ? (['generator'] as const)
          : (['array', 'set', 'generator'] as const)),
      ),
      concurrency: fc.constantFrom(1, 2, 2, 3, 3, 4, 9),
      timeoutMs: fc.constantFrom(undefined, HOUR),
      retries: features.retries
        ? fc.constantFrom(undefined, 0, 1, 1, 2, 3)
        : fc.constantFrom(undefined, 0),
      isRetryable: features.retries
        ? fc.constantFrom('busy only', 'busy only', 'always', undefined)
        : fc.constant(undefined),
      backoff: features.retries ? chance(2) : fc.constant(undefined),
      signal: features.aborts ? fc.constant(true as const) : chance(2),
      reason: fc.constantFrom<Gives>('own error', 'own error', 'busy', null, 0),
      abortedBefore: features.aborts === 'odd' ? chance(10) : fc.constant(undefined),
      steps: fc.array(step as fc.Arbitrary<Step>, { maxLength: 12, size: 'max' }),
    })
    .map((drawn) => {
      const given = Object.entries(drawn).filter(([, value]) => value !== undefined)
      const program = Object.fromEntries(given) as Program
      // `reason` is told only where it matters.
      return { ...program, reason: features.aborts ? drawn.reason : 'own error' }
    })
}

/** True about once in n times, and else missing. */
function chance(n: number): fc.Arbitrary<true | undefined> {
  return fc.constantFrom<(true | undefined)[]>(true, ...Array(n - 1).fill(undefined))
}

/** The name of a job: A, B, C … */
export function jobName(at: number): string {
  return String.fromCharCode(65 + at)
}

/** What an attempt gives, as it stands in messages; the driver in the learner's process says the same. */
export function shownGift(gives: Gives, owner: string): string {
  if (gives === 'own object') return `an object of ${owner}`
  if (gives === 'own error') return `an error of ${owner}`
  if (gives === 'like a result') return `{ ok: false } of ${owner}`
  return gives === undefined ? 'undefined' : JSON.stringify(gives)
}

/** The program in words: the call, and what each job does. */
export function programText(program: Program): string {
  const { concurrency, timeoutMs, retries, isRetryable, backoff, signal } = program
  const options = [
    `concurrency: ${concurrency}`,
    ...(timeoutMs === undefined ? [] : [`timeoutMs: ${timeoutMs}`]),
    ...(retries === undefined ? [] : [`retries: ${retries}`]),
    ...(isRetryable === 'always' ? ['isRetryable: () => true'] : []),
    ...(isRetryable === 'busy only' ? ["isRetryable: (error) => error === 'busy'"] : []),
    ...(backoff ? ['backoffMs: () => 0'] : []),
    ...(signal ? ['signal'] : []),
  ]
  const kind = { array: 'an array', set: 'a Set', generator: 'a generator' }[program.from]
  const jobs = program.jobs.map((attempts, at) => {
    const texts = attempts.map((attempt, n) => attemptText(attempt, jobName(at) + (n + 1)))
    return `  ${jobName(at)}: ${texts.join('; then ')}`
  })
  return [`deliverAll(jobs, { ${options.join(', ')} }), where jobs is ${kind} of`, ...jobs].join(
    '\n',
  )
}

function attemptText({ ends, ok, gives, onAbort, aborts }: Attempt, owner: string): string {
  const gift = shownGift(gives, owner)
  const first = aborts ? 'aborts the signal, then ' : ''
  if (ends === 'plain') return `${first}${ok ? 'returns' : 'throws'} ${gift} at once`
  if (ends === 'promise') {
    return `${first}returns a promise that is ${ok ? 'resolved to' : 'rejected with'} ${gift}`
  }
  const later = `${first}waits, then ${ok ? 'resolves to' : 'rejects with'} ${gift}`
  return onAbort === 'rejects' ? `${later}; rejects when aborted` : later
}
