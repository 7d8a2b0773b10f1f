import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type OpenRun, plainRun } from '../../../graders/harness/open-run.ts'
import type { Engine } from '../engine/engine.ts'
import { statusOf } from '../engine/results.ts'
import type { Session } from '../engine/session.ts'
import type { ExerciseResult } from '../report.ts'
import type { Memory, MutantResult } from './memory.ts'
import type { Mutant } from './mutant.ts'
import { type Order, openOrder, type SeenTest } from './order.ts'
import { buildMutant, type Plan } from './plan.ts'

/** One seed for all: a mutant is judged on the same fixtures as the reference was. */
const SEED = 1

/** What grading one mutant showed; `unclear` where the kit or a service is to blame. */
export type Judgement =
  | Pick<MutantResult, 'status' | 'killer'>
  | { status: 'unclear'; reason: string }

export type TestSeen = { name: string; status: string }

/**
 * Judges a mutant by what its tests did. Only a failed test kills; an error of the grader, or a test
 * that did not run, says nothing of the mutant.
 */
export function judge(tests: TestSeen[], result: ExerciseResult): Judgement {
  const killer = tests.find((test) => test.status === 'failed')?.name
  if (killer) {
    const said = result.checks.find((check) => check.test === killer)
    const late = said?.error === 'SubjectError' || /^Test timed out/.test(said?.message ?? '')
    const slow = /within \d|CPU time|timed out/.test(said?.message ?? '')
    return { status: late && slow ? 'timeout' : 'killed', killer }
  }
  if (result.verdict === 'mastered') return { status: 'alive' }
  const odd = result.checks.find((one) => one.status !== 'passed')
  const reason = result.reason ?? odd?.message ?? `the verdict is "${result.verdict}"`
  return { status: 'unclear', reason: odd ? `${odd.id}: ${reason}` : reason }
}

/** What the grader says of the reference as the mutants have it. */
export type Proof =
  | { result: ExerciseResult; fit: false }
  | { result: ExerciseResult; fit: true; tests: SeenTest[]; hits: Map<string, number> }

/** Grades the reference with no mutant on, and sees which test passes which places. */
export async function proveBase(run: OpenRun, session: Session, plan: Plan): Promise<Proof> {
  const { exercise } = plan
  const root = path.join(run.dir, 'variants', `${exercise.slug}-base`)
  const seen = path.join(run.dir, 'variants', `${exercise.slug}-covered.txt`)
  buildMutant(plan, root)
  // A subject may be another user's process.
  writeFileSync(seen, '')
  chmodSync(seen, 0o666)
  const tests: SeenTest[] = []
  const [result] = await session.grade(
    { ...plainRun(run), seed: SEED, submission: root, mutant: `cover:${seen}` },
    [exercise],
    {
      onTest(_slug, { name, startedAt, durationMs }) {
        tests.push({ name, startedAt, durationMs, covered: new Set() })
      },
    },
  )
  if (result!.verdict !== 'mastered') return { result: result!, fit: false }
  const hits = new Map<string, number>()
  for (const line of readFileSync(seen, 'utf8').split('\n')) {
    const [at, id, count] = line.split(' ')
    if (!id) continue
    hits.set(id, Math.max(hits.get(id) ?? 0, Number(count)))
    for (const { startedAt, durationMs, covered } of tests) {
      if (Number(at) >= startedAt - 5 && Number(at) <= startedAt + durationMs + 5) covered.add(id)
    }
  }
  return { result: result!, fit: true, tests, hits }
}

export type Unclear = { mutant: Mutant; reason: string }

export type Mutation = {
  engine: Engine
  plan: Plan
  memory: Memory
  proof: Proof & { fit: true }
}

async function gradeMutant(
  { engine, plan, proof }: Mutation,
  session: Session,
  mutant: Mutant,
  index: number,
  order: string[],
  cold: boolean,
): Promise<Judgement> {
  const { exercise } = plan
  const { run } = engine
  const switched = 'id' in mutant.make ? mutant.make.id : undefined
  const own = path.join(run.dir, 'variants', `${exercise.slug}-m${index}`)
  const root = switched ? path.join(run.dir, 'variants', `${exercise.slug}-base`) : own
  if (!switched) buildMutant(plan, own, mutant)
  // Far more than any program that ends: it may be slow, and a check may have to see that.
  const passed = proof.hits.get(switched ?? '')
  const limit = passed === undefined ? 1e8 : 1e6 + 1000 * passed
  const tests: TestSeen[] = []
  try {
    const [result] = await session.grade(
      {
        ...plainRun(run),
        seed: SEED,
        submission: root,
        mutant: switched && `${switched}:${limit}`,
      },
      [exercise],
      {
        bail: !cold,
        cold,
        order,
        onTest: (_slug, test) => void tests.push({ name: test.name, status: statusOf(test) }),
      },
    )
    return judge(tests, result!)
  } finally {
    if (!switched) rmSync(own, { recursive: true, force: true, maxRetries: 3 })
  }
}

/**
 * Grades mutants, several at once, each until the first test that fails.
 * @param onResult told of each; results are in the memory by then, unless they are unclear
 * @returns what could not be judged, even at the second attempt
 */
export async function runMutants(
  mutation: Mutation,
  mutants: { mutant: Mutant; index: number }[],
  jobs: number,
  onResult: () => void,
): Promise<Unclear[]> {
  const { engine, memory, proof } = mutation
  const order: Order = openOrder(proof.tests, proof.hits.size)
  const counts = proof.hits.size > 0
  const unclear: Unclear[] = []
  await engine.each([...mutants], jobs, async (session, { mutant, index }) => {
    const begun = performance.now()
    const names = order.of(mutant, memory.killerOf(mutant))
    let seen = await gradeMutant(mutation, session, mutant, index, names, false)
    if (seen.status === 'unclear')
      seen = await gradeMutant(mutation, session, mutant, index, names, true)
    if (seen.status === 'unclear') unclear.push({ mutant, reason: seen.reason })
    else {
      if (seen.killer) order.learn(mutant, seen.killer)
      const covered = counts && 'id' in mutant.make ? proof.hits.has(mutant.make.id) : undefined
      memory.keep(mutant, { ...seen, covered, ms: Math.round(performance.now() - begun) })
    }
    onResult()
  })
  return unclear
}
