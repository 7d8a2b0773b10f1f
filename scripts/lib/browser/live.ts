import type { Exercise } from '../../../graders/harness/exercise.ts'
import type { Engine } from '../engine/engine.ts'
import type { Session } from '../engine/session.ts'
import type { CheckResult, ExerciseResult } from '../report.ts'
import { openWishes, type Watcher, type Wishes, watchExercise } from '../watch/loop.ts'

/** What a page is told of the exercise that is watched. */
export type LiveEvent =
  /** Another exercise is watched; its services may have to start first. */
  | { type: 'watching'; slug: string }
  | { type: 'notice'; text: string }
  /** It cannot be graded here. */
  | { type: 'missing'; text: string }
  | { type: 'begin'; file?: string; at: string }
  | { type: 'check'; check: CheckResult }
  | { type: 'known'; result: ExerciseResult }
  | { type: 'end'; result: ExerciseResult; next?: string; seconds: number }

/** Grades the exercise that the page shows, on each save. One at a time. */
export type Live = {
  /** Watches an exercise in place of the one before; the same one is graded again. */
  watch(exercise: Exercise): void
  /** Tells of everything from now on, after what has happened since the last grading began. */
  follow(listener: (event: LiveEvent) => void): () => void
  /** Tells the pages something that a starting service says. */
  notice(text: string): void
  close(): Promise<void>
}

/**
 * Opens the live part of a page.
 * @param exercises all of them, for what comes next
 */
export function openLive(
  { engine, session }: { engine: Engine; session: Session },
  exercises: Exercise[],
): Live {
  const listeners = new Set<(event: LiveEvent) => void>()
  /** What a page that opens now must know. */
  let story: LiveEvent[] = []
  const tell = (event: LiveEvent) => {
    if (event.type === 'watching') story = []
    if (event.type === 'begin') story = story.filter(({ type }) => type === 'watching')
    story.push(event)
    for (const listener of listeners) listener(event)
  }
  const watcher: Watcher = {
    begin: (file) => tell({ type: 'begin', file, at: new Date().toISOString() }),
    known: (result) => tell({ type: 'known', result }),
    check: (check) => tell({ type: 'check', check }),
    end: (result, next, seconds) => tell({ type: 'end', result, next: next?.slug, seconds }),
    waiting: () => {},
  }
  let current:
    | { exercise: Exercise; wishes: Wishes; over: Promise<void>; ended: boolean }
    | undefined
  const start = (exercise: Exercise, before?: Promise<void>) => {
    const wishes = openWishes()
    const work = async () => {
      await before
      if (wishes.isOver()) return
      tell({ type: 'watching', slug: exercise.slug })
      await engine.prepare([exercise])
      const missing = engine.missing(exercise)
      if (missing) return tell({ type: 'missing', text: missing })
      await watchExercise({ engine, session }, exercise, exercises, { wishes }, watcher)
    }
    const over = work().catch((error: Error) => tell({ type: 'missing', text: error.message }))
    const own = { exercise, wishes, over, ended: false }
    void over.then(() => {
      own.ended = true
    })
    current = own
  }
  return {
    watch(exercise) {
      // Where it has ended, because a service was missing say, it begins anew.
      if (current?.exercise.slug === exercise.slug && !current.ended)
        return current.wishes.put({ kind: 'again', at: performance.now() })
      current?.wishes.put({ kind: 'quit' })
      start(exercise, current?.over)
    },
    follow(listener) {
      for (const event of story) listener(event)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    notice: (text) => tell({ type: 'notice', text }),
    async close() {
      current?.wishes.put({ kind: 'quit' })
      await current?.over
    },
  }
}
