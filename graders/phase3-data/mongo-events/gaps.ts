import {
  type Answer,
  nth,
  type Sending,
  type Proxy as ServiceProxy,
  type Stopped,
  stopAt,
} from '../../harness/index.ts'
import type { Copy } from './world.ts'

/** No way to add an event takes more commands, or not before it is safe. */
const MOST_COMMANDS = 8

/** So many commands without an answer, and B is taken to wait for A. */
const PATIENCE = 6

/**
 * Has something happen in each gap of a request in turn: before its first command to MongoDB, before
 * its second, and so on.
 * @param make what is sent for each gap, what is done while it is stopped, and what is looked at in the end, when
 * it was answered before any stop: whatever it may do afterwards is still kept back
 */
export async function inEachGap(
  copy: Copy,
  make: (n: number) => Promise<{
    sending: Sending
    act(stopped: Stopped<Answer>): Promise<void>
    answered?(answer: Answer): Promise<void>
  }>,
): Promise<void> {
  for (let n = 1; n <= MOST_COMMANDS; n++) {
    const { sending, act, answered } = await make(n)
    const stopped = await stopAt(copy.between, nth(n), () => copy.server.send(sending))
    try {
      if (stopped.at) {
        await act(stopped)
        continue
      }
      const answer = await stopped.work
      return await answered?.(answer)
    } finally {
      stopped.release()
    }
  }
}

/** Returns a look at whether the answer has come. */
export function overYet(answer: Promise<unknown>): () => boolean {
  let over = false
  answer
    .catch(() => {})
    .finally(() => {
      over = true
    })
  return () => over
}

/** Resolves with the answer, or where B waits for A: a lock is one of the right ways. */
export async function overOrWaiting(way: ServiceProxy, answer: Promise<unknown>): Promise<void> {
  const before = way.statements.length
  const isOver = overYet(answer)
  while (!isOver() && way.statements.length < before + PATIENCE) {
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}
