import type { Container } from './kinds.ts'
import { quantityOf } from './quantity.ts'

/** A number of pods, or a percentage of them. */
export type Amount = number | string | undefined

const isPercentage = (amount: Amount): amount is string => typeof amount === 'string'

/** How many of `count` pods an amount is. */
export function share(amount: number | string, count: number, round: (x: number) => number) {
  if (!isPercentage(amount)) return amount
  // 0.1 * 30 is a little more than 3.
  return round(Math.round(Number.parseInt(amount, 10) * count) / 100)
}

/** How many pods a PodDisruptionBudget lets go at once, where all of `count` are well. */
export function evictions(
  budget: { minAvailable?: number | string; maxUnavailable?: number | string },
  count: number,
): number {
  const { minAvailable, maxUnavailable } = budget
  if (maxUnavailable !== undefined) {
    return Math.min(count, share(maxUnavailable, count, Math.ceil))
  }
  if (minAvailable !== undefined) return Math.max(0, count - share(minAvailable, count, Math.ceil))
  return 0
}

/** How many pods a rollout of `count` may be short of. */
export function missingInRollout(
  rolling: { maxSurge?: number | string; maxUnavailable?: number | string },
  count: number,
): number {
  const { maxSurge = '25%', maxUnavailable = '25%' } = rolling
  const unavailable = share(maxUnavailable, count, Math.floor)
  // Where both come to nothing, the controller takes one away.
  return unavailable === 0 && share(maxSurge, count, Math.ceil) === 0 ? 1 : unavailable
}

/** Whether an amount is 0, as a number or a percentage. */
export const isNone = (amount: Amount) => amount === 0 || (isPercentage(amount) && /^0+%$/.test(amount))

/** What a container requests of CPU (in CPUs) or memory (in bytes): its limit where it says nothing else. */
export function requestOf({ resources = {} }: Container, name: 'cpu' | 'memory') {
  return quantityOf(resources.requests?.[name] ?? resources.limits?.[name])
}

/** The limit of a container; undefined where there is none. */
export function limitOf({ resources = {} }: Container, name: 'cpu' | 'memory') {
  return quantityOf(resources.limits?.[name])
}
