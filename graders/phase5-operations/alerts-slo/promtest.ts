import { ALERTS, type AlertName, type Wanted } from './alerts-model.ts'
import { type Series, STEP } from './world.ts'

/** What an alert did at a step: the severities that it fired with, sorted; none where it was silent. */
export type Seen = string[]

/** An alert at some steps. */
export type Question = { alert: AlertName; steps: number[] }

const expression = (alert: AlertName) =>
  `count by (severity) (ALERTS{alertname="${alert}",alertstate="firing"}) > bool 0`

/** One scenario for promtool: what was scraped, and what is asked at which steps. */
export type Play = {
  series: Series[]
  questions: Question[]
  /** What to compare with; a comparison that goes wrong is printed with what came. */
  expected(alert: AlertName, step: number): Seen
}

/** A file for `promtool test rules`, in JSON, which is YAML too. */
export function testFile(plays: Play[]): string {
  return JSON.stringify({
    rule_files: ['rules.yml'],
    evaluation_interval: `${STEP}s`,
    tests: plays.map(({ series, questions, expected }) => ({
      interval: `${STEP}s`,
      input_series: series,
      promql_expr_test: questions.flatMap(({ alert, steps }) =>
        steps.map((step) => ({
          expr: expression(alert),
          eval_time: `${step * STEP}s`,
          exp_samples: expected(alert, step).map((severity) => ({
            labels: `{severity="${severity}"}`,
            value: 1,
          })),
        })),
      ),
    })),
  })
}

export const wantedSeen = (alert: AlertName, wanted: Wanted): Seen =>
  wanted === 'fires' ? [ALERTS[alert]] : []

/** Something that no alert does, so that all is printed. */
export const NEVER: Seen = ['asked-for-by-nobody']

/** Seconds of a time such as 1h2m30s. */
function secondsOf(text: string): number {
  const units: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 }
  return [...text.matchAll(/(\d+)([dhms])(?!s)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * units[unit!]!,
    0,
  )
}

/**
 * What alerts did, from what promtool printed of a file where nothing was as expected.
 * @returns undefined where it was something else that went wrong
 */
export function readSeen(
  printed: string,
  questions: Question[],
): Map<AlertName, Map<number, Seen>> | undefined {
  const seen = new Map(questions.map(({ alert }) => [alert, new Map<number, Seen>()]))
  const entry = /alertname=\\?"(\w+)\\?".*?, time: ([\dhmsd]+),\s+exp:.*\s+got: ?(.*)/g
  for (const [, alert, time, got] of printed.matchAll(entry)) {
    const severities = [...got!.matchAll(/\{([^}]*)\}/g)].map(
      ([, labels]) => /severity="([^"]*)"/.exec(labels!)?.[1] ?? '(none)',
    )
    seen.get(alert as AlertName)?.set(secondsOf(time!) / STEP, severities.sort())
  }
  const isWhole = questions.every(({ alert, steps }) =>
    steps.every((step) => seen.get(alert)!.has(step)),
  )
  return isWhole ? seen : undefined
}
