import type { Complaint } from './judge.ts'
import { get } from './requests.ts'
import type { Page } from './site.ts'
import type { Conversation, Cut, Heard } from './wire.ts'

export type Failure = { conversation: Conversation; heard: Heard; complaint: Complaint }

/** How many rounds the search may take. */
const MOST_ROUNDS = 25
/** So many conversations are tried at once. */
const AT_ONCE = 16
const MOST_CUTS = 12

/** Conversations that are shorter or plainer than this one, the shortest first. */
function shorter(conversation: Conversation, plain: Page): Conversation[] {
  const { messages, cuts = [], waits, lastWord } = conversation
  const found: Conversation[] = []
  const last = messages.length - 1
  const without = (at: number, count: number): Conversation => ({
    ...conversation,
    messages: messages.toSpliced(at, count),
    cuts: cuts
      .filter(({ message }) => message < at || message >= at + count)
      .map((cut) => (cut.message < at ? cut : { ...cut, message: cut.message - count })),
  })
  if (messages.length > 2) {
    const half = messages.length >> 1
    found.push(without(0, half), without(half, messages.length - half))
  }
  if (last > 0) for (const at of messages.keys()) found.push(without(at, 1))
  if (cuts.length > 0) found.push({ ...conversation, cuts: [] })
  if (waits) found.push({ ...conversation, waits: false })
  if (lastWord) found.push({ ...conversation, lastWord: false })
  if (cuts.length > 1) {
    const step = Math.ceil(cuts.length / MOST_CUTS)
    const some: Cut[] = cuts.filter((_, index) => index % step === 0)
    found.push(...some.map((cut) => ({ ...conversation, cuts: [cut] })))
    const half = cuts.length >> 1
    found.push(
      { ...conversation, cuts: cuts.slice(0, half) },
      { ...conversation, cuts: cuts.slice(half) },
    )
  }
  for (const [at, message] of messages.entries()) {
    const replaced = (other: typeof message): Conversation => ({
      ...conversation,
      messages: messages.with(at, other),
    })
    const closes = message.wants.after === 'close'
    const plainest = get(plain, closes ? { connection: 'close' } : {})
    // What has a request of its own to be replaced by is no longer than that one.
    if (!message.bytes.equals(plainest.bytes) && plainest.bytes.length <= message.bytes.length) {
      found.push(replaced(plainest))
    }
    found.push(...message.simpler().map(replaced))
  }
  // Only where the server closes is the end of what came known.
  return found.filter((one) => one.messages.some(({ wants }) => wants.after === 'close'))
}

/**
 * Looks for the shortest conversation that fails in a way of the same kind.
 * @param attempt has a conversation; gives its failure, or undefined where all is right
 */
export async function shortest(
  failure: Failure,
  plain: Page,
  attempt: (conversation: Conversation) => Promise<Failure | undefined>,
): Promise<Failure> {
  let best = failure
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const next = await firstOf(shorter(best.conversation, plain))
    if (!next) return best
    best = next
  }
  return best

  async function firstOf(conversations: Conversation[]): Promise<Failure | undefined> {
    for (let at = 0; at < conversations.length; at += AT_ONCE) {
      const tried = await Promise.all(conversations.slice(at, at + AT_ONCE).map(attempt))
      const found = tried.find((one) => one?.complaint.kind === failure.complaint.kind)
      if (found) return found
    }
    return undefined
  }
}
