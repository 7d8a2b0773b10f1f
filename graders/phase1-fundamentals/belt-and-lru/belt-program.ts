import type * as Shelf from '../../../solutions/phase1-fundamentals/belt-and-lru/shelf.ts'
import { expectFacts } from '../../harness/index.ts'

/**
 * One call on one of three belts. A handle is named by the place in the program of the step that
 * made it: `{ do: 'remove', handle: 0 }` removes what the first step pushed.
 */
export type Step = { belt: number } & (
  | { do: 'pushFront' | 'pushBack'; value: unknown }
  | { do: 'insertAfter' | 'insertBefore'; handle: number; value: unknown }
  | { do: 'remove' | 'moveToFront' | 'moveToBack'; handle: number }
  | { do: 'concat'; other: number }
)

/** What a step gave, and how the three belts look after it. */
type Sight = { gave: unknown; belts: Look[] }
type Look = { size: unknown; forward: unknown[]; backward: unknown[] }

/** Plays each program on new belts. Runs in the learner's process, so it uses nothing from here. */
export function playBelts({ Belt }: typeof Shelf, programs: Step[][]): Sight[][] {
  return programs.map((steps) => {
    const belts = [new Belt<unknown>(), new Belt<unknown>(), new Belt<unknown>()]
    const handles: Shelf.Handle<unknown>[] = []

    const call = (step: Step, at: number): unknown => {
      const belt = belts[step.belt]!
      switch (step.do) {
        case 'pushFront':
        case 'pushBack':
          handles[at] = belt[step.do](step.value)
          return handles[at]
        case 'insertAfter':
        case 'insertBefore':
          handles[at] = belt[step.do](handles[step.handle]!, step.value)
          return handles[at]
        case 'concat':
          return belt.concat(belts[step.other]!)
        default:
          return belt[step.do](handles[step.handle]!)
      }
    }
    // A belt whose links run in a circle must not run for ever.
    const walk = (values: Iterable<unknown>): unknown[] => {
      const seen: unknown[] = []
      for (const value of values) {
        if (seen.length > steps.length) return [...seen, '… and so on, without an end']
        seen.push(value)
      }
      return seen
    }

    return steps.map((step, at) => {
      let gave: unknown
      try {
        const result = call(step, at)
        if (typeof result === 'boolean') gave = result
        else gave = result === undefined || result === null ? 'nothing' : 'something'
      } catch (error) {
        gave = `threw ${error}`
      }
      const look = belts.map((belt) => ({
        // A function could not travel.
        size: typeof belt.size === 'number' ? belt.size : String(belt.size),
        forward: walk(belt),
        backward: walk(belt.reversed()),
      }))
      return { gave, belts: look }
    })
  })
}

type Model = { handle: number; value: unknown }[][]

/** Does to three arrays what the step does to three belts. @returns what the step must give */
function apply(model: Model, step: Step, at: number): boolean | 'done' | 'refused' {
  const belt = model[step.belt]!
  if (step.do === 'concat') {
    if (step.other === step.belt) return 'refused'
    belt.push(...model[step.other]!.splice(0))
    return 'done'
  }
  const index = 'handle' in step ? belt.findIndex((parcel) => parcel.handle === step.handle) : -1
  if ('handle' in step && index === -1) return step.do === 'remove' ? false : 'refused'
  if (step.do === 'remove') {
    belt.splice(index, 1)
    return true
  }
  const parcel = 'value' in step ? { handle: at, value: step.value } : belt.splice(index, 1)[0]!
  const places = {
    pushFront: 0,
    pushBack: belt.length,
    insertBefore: index,
    insertAfter: index + 1,
    moveToFront: 0,
    moveToBack: belt.length,
  }
  belt.splice(places[step.do], 0, parcel)
  return 'done'
}

/** Reads what a step gave as the rules do, which leave the way of refusing open. */
function read(step: Step, wanted: unknown, gave: unknown): unknown {
  const threw = String(gave).startsWith('threw')
  if (step.do === 'remove') return gave
  if (wanted === 'done') return threw ? gave : 'done'
  const insert = step.do === 'insertAfter' || step.do === 'insertBefore'
  return !insert || threw || gave === 'nothing' || gave === false ? 'refused' : 'gave a handle'
}

/** The program as code, for a learner to try. */
function script(steps: Step[]): string {
  const lines = steps.map((step, at) => {
    const belt = 'abc'[step.belt]
    const value = 'value' in step ? JSON.stringify(step.value) : ''
    if (step.do === 'concat') return `${belt}.concat(${'abc'[step.other]})`
    if (!('handle' in step)) return `const h${at} = ${belt}.${step.do}(${value})`
    if (!('value' in step)) return `${belt}.${step.do}(h${step.handle})`
    return `const h${at} = ${belt}.${step.do}(h${step.handle}, ${value})`
  })
  return lines.join('\n')
}

/** Compares what three belts showed with what three arrays would, and shows the first step amiss. */
export function expectSameAsArrays(steps: Step[], seen: Sight[] | undefined): void {
  const model: Model = [[], [], []]
  for (const [at, step] of steps.entries()) {
    const gives = apply(model, step, at)
    const sight = seen?.[at]
    const when = `after\n${script(steps.slice(0, at + 1))}\n`
    const given = { 'what the last line gives': read(step, gives, sight?.gave) }
    expectFacts(given, { 'what the last line gives': gives }, when)
    for (const [index, belt] of model.entries()) {
      const forward = belt.map(({ value }) => value)
      const wanted = { forward, size: forward.length, backward: forward.toReversed() }
      expectFacts(named(sight?.belts?.[index]), named(wanted), `of belt ${'abc'[index]} ${when}`)
    }
  }
}

function named(look: Look | undefined) {
  return {
    'the order front to back': look?.forward,
    'the order back to front': look?.backward,
    'the size': look?.size,
  }
}

/** A step whose handle is still to be chosen: the `at`-th of those that lie on some belt. */
export type Draft = { do: Step['do']; belt: number; other: number; at: number; value: unknown }

/**
 * Makes a program of drafts. Each handle is used on the belt where it lies, so that nothing is
 * refused; but a removal is tried on the draft's belt, wherever the parcel lies.
 */
export function programOf(drafts: Draft[]): Step[] {
  const model: Model = [[], [], []]
  const steps: Step[] = []
  for (const draft of drafts) {
    const lying = model.flatMap((parcels, belt) => parcels.map(({ handle }) => ({ belt, handle })))
    const chosen = lying[draft.at % lying.length]
    const step = stepOf(draft, chosen)
    if (!step) continue
    apply(model, step, steps.length)
    steps.push(step)
  }
  return steps
}

function stepOf(draft: Draft, chosen?: { belt: number; handle: number }): Step | undefined {
  const { belt, other, value } = draft
  switch (draft.do) {
    case 'pushFront':
    case 'pushBack':
      return { do: draft.do, belt, value }
    case 'concat':
      return belt === other ? undefined : { do: 'concat', belt, other }
    case 'insertAfter':
    case 'insertBefore':
      return chosen && { do: draft.do, ...chosen, value }
    case 'remove':
      return chosen && { do: 'remove', belt, handle: chosen.handle }
    default:
      return chosen && { do: draft.do, ...chosen }
  }
}
