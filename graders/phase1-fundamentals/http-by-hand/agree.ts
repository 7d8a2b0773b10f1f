import { expect } from 'vitest'
import { type ServerSubject, SubjectError } from '../../harness/index.ts'
import { type Complaint, complaintOf, transcript } from './judge.ts'
import { type Failure, shortest } from './shortest.ts'
import type { Site } from './site.ts'
import { type Conversation, talk } from './wire.ts'

/** So many conversations go on at once. */
const AT_ONCE = 8
/** Requests of others that are answered before a silent connection is given up, while looking for a shorter failure. */
const IMPATIENT = 5

export type World = { server: ServerSubject; site: Site }

export const MANY =
  'Any number of connections may be open, silent, or in the middle of a request: the others are served all the same.'

/** How a server has ended, if it has: its exit reaches us a little after its sockets close. */
export async function deathOf(server: ServerSubject): Promise<string | undefined> {
  await new Promise((resolve) => setTimeout(resolve, 60))
  return server.explain!()
}

async function failureOf(
  { server }: World,
  conversation: Conversation,
  patience?: number,
): Promise<Failure | undefined> {
  const heard = await talk(server, conversation, patience)
  const complaint = complaintOf(conversation, heard)
  return complaint && { conversation, heard, complaint }
}

/**
 * Has conversations with the server, several at once, and expects each to go as the rules say. Shows
 * the shortest conversation that goes wrong.
 * @param about.note what else goes on, for the message
 * @param about.rule the rule that is broken, whatever goes wrong
 */
export async function expectRight(
  world: World,
  conversations: Conversation[],
  { note = '', rule }: { note?: string; rule?: string } = {},
): Promise<void> {
  const failed: (Failure | undefined)[] = []
  let next = 0
  let stop = false
  const worker = async () => {
    while (next < conversations.length && !stop) {
      const index = next++
      const failure = await failureOf(world, conversations[index]!)
      failed[index] = failure
      if (failure) stop = true
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const first = failed.find((one) => one !== undefined)
  const death = first && (await deathOf(world.server))
  if (death) throw await explainCrash(world, conversations.slice(0, next), death)
  if (!first) return

  // In a crowd the conversation is not to blame, so nothing would make it shorter.
  if (rule) fail({ ...first.complaint, rule }, first, note)

  const alone = await failureOf(world, first.conversation)
  if (!alone) {
    const many = { ...first.complaint, rule: MANY }
    fail(many, first, 'Alone it goes well: it went wrong while other connections were open.\n\n')
  }
  const short = await shortest(alone!, world.site.plain, (one) => failureOf(world, one, IMPATIENT))
  // With little patience a slow server may have been taken for a silent one.
  const shown = (await failureOf(world, short.conversation)) ?? alone!
  fail(shown.complaint, shown)
}

export function fail(complaint: Complaint, failure: Failure, note = ''): never {
  expect.fail(
    `${complaint.text}\nThe rule: ${complaint.rule}\n\n${note}${transcript(failure.conversation, failure.heard)}`,
  )
}

/** Finds the conversation that ends the server, on new ones. */
async function explainCrash(
  { server }: World,
  conversations: Conversation[],
  death: string,
): Promise<Error> {
  for (const conversation of conversations.slice(-2 * AT_ONCE)) {
    const again = await server.restart()
    try {
      const heard = await talk(again, conversation)
      const why = await deathOf(again)
      if (why) {
        return new SubjectError(
          'crash',
          `The server ${why}. It was in the midst of this.\n\n${transcript(conversation, heard)}`,
        )
      }
    } finally {
      await again.kill()
    }
  }
  return new SubjectError('crash', `The server ${death}, while several clients talked to it.`)
}
