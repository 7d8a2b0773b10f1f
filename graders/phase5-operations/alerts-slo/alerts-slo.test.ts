import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import {
  Fresh,
  note,
  openSubmission,
  promtool,
  requireService,
  SubjectError,
  shared,
} from '../../harness/index.ts'
import { ALERTS, type AlertName, clock, model, type Wanted } from './alerts-model.ts'
import { NEVER, type Question, readSeen, type Seen, testFile, wantedSeen } from './promtest.ts'
import * as scenarios from './scenarios.ts'
import { play, type Series, steps } from './world.ts'

const FILE = 'rules.yml'
const submission = openSubmission(import.meta)

/** A folder with the rules and a file of tests, and what promtool says. */
async function run(args: string[], files: Record<string, string> = {}) {
  requireService('prometheus')
  const folder = submission.temporaryFolder('promtool')
  for (const [name, text] of Object.entries({ [FILE]: submission.readText(FILE), ...files })) {
    writeFileSync(path.join(folder, name), text)
  }
  const answer = await promtool(args, folder)
  if (answer.code === undefined) {
    throw new SubjectError('limit', `promtool ${args.join(' ')} did not end within 2 minutes.`)
  }
  const said = `${answer.out}\n${answer.error}`
  return { code: answer.code, said, lines: linesOf(said) }
}

const linesOf = (said: string) =>
  said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(Checking|Unit Testing:|FAILED:?$|SUCCESS)/.test(line))

const checked = shared(() => run(['check', 'rules', FILE]))

/** Rules that promtool does not take answer no other question. */
async function mustBeTaken(): Promise<void> {
  const { code, lines } = await checked()
  expect(code === 0 ? [] : lines, `what promtool check rules ${FILE} says`).toEqual([])
}

test('C9 promtool check rules takes the file, and finds the five alerts in it', async () => {
  await mustBeTaken()
  const text = submission.readText(FILE)
  const missing = Object.keys(ALERTS).filter(
    (name) => !new RegExp(`alert["']?\\s*:\\s*["']?${name}\\b`).test(text),
  )
  expect(missing, `alerts that ${FILE} has not`).toEqual([])
})

// ---------------------------------------------------------------- scenarios

/** All steps where something is asked; in long scenarios those near a change, and some of the others. */
function askedSteps(wanted: Wanted[]): number[] {
  const every = wanted.length > steps(240) ? steps(10) : steps(1.5)
  const near = steps(2)
  return wanted.flatMap((one, step) => {
    if (one === 'either') return []
    const around = wanted.slice(Math.max(0, step - near), step + near + 1)
    return step % every === 0 || around.some((other) => other !== one) ? [step] : []
  })
}

/** Stretches of steps with the same in them, in words. */
function stretches<T>(values: (T | undefined)[], say: (value: T) => string): string[] {
  const found: string[] = []
  let from = 0
  for (let step = 1; step <= values.length; step++) {
    const same = step < values.length && String(values[step]) === String(values[from])
    if (same) continue
    const value = values[from]
    if (value !== undefined) {
      const to = step - 1
      found.push(`${clock(from)}${to > from ? ` to ${clock(to)}` : ''}: ${say(value)}`)
    }
    from = step
  }
  return found
}

const WORDS: Record<Wanted, string> = {
  fires: 'fires',
  silent: 'is silent',
  either: 'fires or is silent, as you like',
}
const seenInWords = (seen: Seen) =>
  seen.length === 0 ? 'is silent' : `fires, severity ${seen.join(' and ')}`

/** A scenario with what the model asks for in it. */
function asked(scenario: scenarios.Scenario) {
  const { story, world, asks, windows } = scenario
  const { series, counted } = play(world)
  const wanted = model(counted, { windows: windows?.map(steps) })
  const names = Object.keys(asks) as AlertName[]
  for (const name of names) {
    // A scenario that does not show what it is there for is our fault.
    const [fires, silent] = ['fires', 'silent'].map((one) => wanted[name].includes(one as Wanted))
    if (fires !== asks[name] || (!asks[name] && !silent)) {
      throw new Error(`The scenario "${story}" does not ask of ${name} what it should.`)
    }
  }
  const questions = names.map((alert) => ({ alert, steps: askedSteps(wanted[alert]) }))
  const expected = (alert: AlertName, step: number) => wantedSeen(alert, wanted[alert][step]!)
  return { story, series, questions, expected, wanted, count: counted.all.length }
}
type Asked = ReturnType<typeof asked>

const playWith = (plays: Parameters<typeof testFile>[0]) =>
  run(['test', 'rules', 'test.yml'], { 'test.yml': testFile(plays) })

/** Plays scenarios with promtool, and compares at each moment. */
async function expectAlerts(all: Asked[]): Promise<void> {
  await mustBeTaken()
  // All of them at once, for nearly always all is well.
  const { code, lines } = await playWith(all)
  if (code === 0) return
  for (const one of all) await expectOne(one)
  throw new Error(`promtool found what the grader does not: ${lines.slice(0, 5).join(' ')}`)
}

/** Says what is wrong in a scenario, from minute to minute. */
async function expectOne({ story, series, questions, expected, wanted, count }: Asked) {
  const { code, lines, said } = await playWith([{ series, questions, expected }])
  if (code === 0) return
  if (!said.includes('got:')) {
    expect(lines, `what promtool test rules says; the scenario: ${story}`).toEqual([])
  }
  const seen = await seenIn(
    series,
    questions.map(({ alert }) => alert),
    count,
  )
  note('the scenario', `${story}\nTimes are hours and minutes since its beginning.`)
  for (const { alert, steps: askedAt } of questions) {
    const did = seen.get(alert)!
    const first = askedAt.find((step) => String(did.get(step)) !== String(expected(alert, step)))
    if (first === undefined) continue
    const must = `must fire with severity ${ALERTS[alert]}`
    note(
      `${alert} must do`,
      stretches<Wanted>(wanted[alert], (one) =>
        one === 'fires' ? `fires, severity ${ALERTS[alert]}` : WORDS[one],
      ).join('\n'),
    )
    const came = Array.from({ length: count }, (_, step) => did.get(step))
    note(`${alert} did`, stretches<Seen>(came, seenInWords).join('\n'))
    expect.fail(
      `${alert} ${wanted[alert][first] === 'fires' ? must : 'must be silent'} at ${clock(first)}, and ${seenInWords(did.get(first)!)}.\nThe scenario: ${story}`,
    )
  }
  throw new Error(`promtool found what the grader does not: ${lines.slice(0, 5).join(' ')}`)
}

/** What each alert did at every step. */
async function seenIn(series: Series[], names: AlertName[], count: number) {
  const all = Array.from({ length: count }, (_, step) => step)
  const questions: Question[] = names.map((alert) => ({ alert, steps: all }))
  const { said, lines } = await playWith([{ series, questions, expected: () => NEVER }])
  const seen = readSeen(said, questions)
  if (!seen) throw new Error(`promtool's answer cannot be read: ${lines.slice(0, 5).join(' ')}`)
  return seen
}

const CHECKS: [title: string, make: (fresh: Fresh) => scenarios.Scenario[]][] = [
  ['C1 nothing fires while nothing is wrong', scenarios.quiet],
  ['C2 HighErrorRate fires for more than 5 % of all requests, after 5 minutes', scenarios.failures],
  ['C3 a short blip fires nothing', scenarios.blips],
  ['C4 restarts and deploys fire nothing', scenarios.restarts],
  ['C5 no traffic fires nothing', scenarios.noTraffic],
  ['C6 ApiDown fires where no instance is up, and for no less', scenarios.outages],
  ['C7 SlowBurn fires for more than 1 % of the requests of 6 hours', scenarios.slowBurns],
  ['C8 HighLatency is about the 95th percentile of all requests', scenarios.latencies],
  ['C10 QueueStuck fires for a queue that does not get shorter', scenarios.queues],
  ['C11 two minutes are short, however bad they are', scenarios.shortOutage],
  ['C12 instances that are down and then gone are one outage', scenarios.downAndGone],
]

for (const [title, make] of CHECKS) {
  test(title, async () => {
    requireService('prometheus')
    await expectAlerts(make(new Fresh(submission.seed, title)).map(asked))
  })
}
