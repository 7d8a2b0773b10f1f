import { STATUS_CODES } from 'node:http'
import { expect } from 'vitest'
import { clearEvidence, printable } from '../evidence.ts'
import type { Fresh } from '../fresh.ts'
import { SubjectError } from '../subjects/errors.ts'
import { curl } from './curl.ts'
import { Dealer, type Move } from './moves.ts'
import { type Exchange, type Failure, Player, type ServerModel } from './play.ts'
import { shortest } from './shrink.ts'
import { expectedOf } from './step.ts'

/** With more disagreements over rules of other checks, this one cannot be tried. */
const MOST_DETOURS = 3
/** Of a program that could not be made shorter, so many requests are shown. */
const MOST_SHOWN = 12

/**
 * Plays random programs on the server and on its model, and expects them to agree. The programs hold
 * every case of the check's operations once, in random order, among ordinary requests of all checks;
 * after each request the whole state is compared.
 *
 * A disagreement over a rule of this check fails the test, with the shortest program that shows it as
 * commands to paste. One over a rule of another check is that one's to report: the program ends
 * there, and the rest is tried on a new server.
 * @param check `C3`; some operations must belong to it
 * @param fresh `submission.fresh`
 */
export async function expectAgreement<State>(
  model: ServerModel<State>,
  check: string,
  fresh: Fresh,
): Promise<void> {
  const { operations, ordinary, leastMoves } = model
  const dealer = new Dealer(operations, check, fresh, { mixed: ordinary, least: leastMoves })
  let player = new Player(model, await model.open())
  let history: Move[] = []
  let detours = 0
  try {
    for (let move = dealer.next(); move; move = dealer.next()) {
      const { played, failure } = await player.play(move)
      if (!played) {
        dealer.putBack(move)
        continue
      }
      history.push(move)
      if (!failure) continue
      const isOwn = failure.check === check
      if (!isOwn) detours += 1
      if (isOwn || detours > MOST_DETOURS) throw await explained(model, history, failure, isOwn)
      await player.close()
      player = new Player(model, await model.open())
      history = []
    }
  } finally {
    await player.close()
  }
}

async function explained<State>(
  model: ServerModel<State>,
  history: Move[],
  failure: Failure,
  isOwn: boolean,
): Promise<Error> {
  const small = await shortest(model, history, failure)
  // What was sent last belongs to some try that failed no longer; the message holds what does.
  clearEvidence()
  const text = tell(small ?? failure, small !== undefined)
  const message = isOwn
    ? text
    : `On the way to what is tried here, a rule of ${failure.check} is broken:\n${text}`
  if (failure.fault) return new SubjectError(failure.fault, message)
  try {
    expect.fail(message)
  } catch (error) {
    return error as Error
  }
}

const nameOf = ({ request: { method = 'GET', path } }: Exchange) => `${method} ${path}`
const status = (code: number) => `${code} ${STATUS_CODES[code] ?? ''}`.trim()

function cameOf({ answer, error }: Exchange, limit: number): string {
  if (!answer) return `nothing: ${error!.message}`
  const body = printable(answer.text, limit)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
  return `${answer.status} ${body}`.trim()
}

/** What went wrong, by which rule, and how to see it. */
export function tell(failure: Failure, isShort: boolean): string {
  const { rule, afterwards, trace } = failure
  const complaint = afterwards ? failure.complaint.replace('in the body, ', '') : failure.complaint
  const last = trace.at(-1)!
  const name = nameOf(last)
  const before = trace.findLast(({ look }) => !look)
  const about = last.answer ? `${name} answered ${status(last.answer.status)}` : name
  const first = afterwards
    ? `After ${nameOf(before!)}, which was answered with ${status(before!.answer!.status)}, ${name} is answered wrongly: ${complaint}`
    : last.answer
      ? `${about}${complaint.startsWith('expected') ? ', ' : ': '}${complaint}`
      : complaint
  const variables = ['URL', 'URL2', 'URL3']
  const shown = isShort ? trace : trace.slice(-MOST_SHOWN)
  // Between the steps the state was looked at; that it was right says nothing, unless a tag is from there.
  const kept = shown.filter(
    ({ look, step }, index) => index === shown.length - 1 || !look || step.tells,
  )
  const lines = kept.map((exchange) => {
    const before = (exchange.step.before?.what ?? []).map((line) => `# ${line}\n`).join('')
    const command = before + curl(exchange.request, variables[exchange.server]!)
    if (exchange !== last) return `${command}\n  # ${cameOf(exchange, 160)}`
    const isStatus = exchange.answer && complaint.startsWith('expected ')
    // A complaint says itself what was expected, and of what. Where it has more lines, such as a piece of
    // a page, they stand above.
    const [complained] = complaint.split('\n')
    const verdict =
      isStatus || !exchange.answer
        ? `expected: ${expectedOf(exchange.step)}`
        : `wrong:    ${complained}`
    return `${command}\n  # ${verdict}\n  # came:     ${cameOf(exchange, 400)}`
  })
  const copies = new Set(trace.map(({ server }) => server)).size
  const where =
    copies > 1
      ? 'On two copies of the server that use the same services, with their addresses in $URL and $URL2:'
      : 'On a server that has just started, with its address in $URL:'
  const title = isShort
    ? where
    : `It came after ${trace.length} requests, and no shorter program was found that shows it. The last ones:`
  return `${first}\nThe rule: ${rule}\n\n${title}\n\n${lines.join('\n')}`
}
