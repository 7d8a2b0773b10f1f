import type { Walker } from './calls.ts'

// A limit in milliseconds can be missed by a right program where the machine stands still. Whether it did
// can be measured: a process in which a timer of 10 ms goes off in time was not kept waiting.

type Watch = { mostMs: number; stop(): void }

/** How long both processes together stood still, at most, within any `windowMs`. */
export async function watchStalls(subject: Walker, windowMs: number) {
  watches += 1
  const given = { key: `stalls${watches}`, windowMs }
  watch(undefined, given)
  await subject.evaluate(watch, given)
  return async (): Promise<number> => {
    const there = await subject.evaluate(endWatch, given.key).catch(() => 0)
    return there + endWatch(undefined, given.key)
  }
}

let watches = 0

function watch(_module: unknown, { key, windowMs }: { key: string; windowMs: number }): void {
  const EVERY_MS = 10
  let last = performance.now()
  let recent: { at: number; stalled: number }[] = []
  const timer = setInterval(() => {
    const at = performance.now()
    recent = recent.filter((one) => one.at > at - windowMs)
    recent.push({ at, stalled: Math.max(0, at - last - EVERY_MS) })
    last = at
    const sum = recent.reduce((total, { stalled }) => total + stalled, 0)
    kept.mostMs = Math.max(kept.mostMs, sum)
  }, EVERY_MS)
  timer.unref()
  const kept: Watch = { mostMs: 0, stop: () => clearInterval(timer) }
  ;(globalThis as unknown as Record<string, Watch>)[key] = kept
}

function endWatch(_module: unknown, key: string): number {
  const all = globalThis as unknown as Record<string, Watch>
  const { mostMs, stop } = all[key]!
  stop()
  delete all[key]
  return mostMs
}
