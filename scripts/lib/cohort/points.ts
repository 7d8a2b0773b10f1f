import { type ExerciseResult, isPass } from '../report.ts'
import type { Settings } from './settings.ts'

export type Points = { points: number; outOf: number }

const DAY_MS = 24 * 60 * 60 * 1000
const rounded = (points: number) => Math.round(points * 100) / 100

/** What an exercise's result is worth. `outOf` counts every check, whatever became of it. */
export function pointsOf(result: ExerciseResult, { points, weights, credit }: Settings): Points {
  const weight = weights[result.slug] ?? 1
  const sum = (checks: ExerciseResult['checks']) =>
    checks.reduce((all, { level }) => all + points[level], 0) * weight
  const counts = credit === 'partial' || isPass(result.verdict)
  const passed = counts ? result.checks.filter(({ status }) => status === 'passed') : []
  return { points: rounded(sum(passed)), outOf: rounded(sum(result.checks)) }
}

/** How many days late work is; a day that has begun counts. 0 where nobody knows when it was made. */
export function daysLate(committedAt: string | undefined, due: string | undefined): number {
  if (!committedAt || !due) return 0
  return Math.max(0, Math.ceil((Date.parse(committedAt) - Date.parse(due)) / DAY_MS))
}

/** The percentage that late work loses. */
export function lost(days: number, { perDay, atMost }: Settings['late']): number {
  return Math.min(atMost, days * perDay)
}

/** The sum of points, less what late work loses. */
export function total(all: Points[], lostPercent: number): Points {
  const sum = (of: (one: Points) => number) => all.reduce((before, one) => before + of(one), 0)
  return {
    points: rounded((sum(({ points }) => points) * (100 - lostPercent)) / 100),
    outOf: rounded(sum(({ outOf }) => outOf)),
  }
}
