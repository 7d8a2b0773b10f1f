import http from 'node:http'
import { type Answer, send, type Target } from '../http.ts'
import { SubjectError } from '../subjects/errors.ts'
import type { At, Move, Operation } from './moves.ts'
import { type Complaint, judgeAnswer, type ModelRequest, type Step } from './step.ts'

/** A running server, or several copies of it on the same services, and what the model knows of it. */
export type Copy<State> = { servers: Target[]; state: State; close(): Promise<void> }

/** The contract of a server. */
export type ServerModel<State> = {
  /**
   * Starts a server in a state that the model knows. It need not be empty: take what it lists for
   * the state. Called again for each try to find a shorter program.
   */
  open(): Promise<Copy<State>>
  operations: Record<string, Operation<State>>
  /**
   * How many of eight moves are ordinary ones, 1 to 4, where they are mixed with cases; 4 by default. Fewer
   * where a contract has so many cases that a grading would take too long.
   */
  ordinary?: number
  /** A check's programs have so many moves, if its cases are fewer; 80 by default. Fewer where a request costs much. */
  leastMoves?: number
  /** How often a program is played again in search of a shorter one; 40 by default. Fewer where a play costs much. */
  mostPlays?: number
  /** Requests whose answers show the state; sent after each step. With several copies, to another. */
  observe?(state: State): Step | Step[] | undefined
}

/** A request that was sent, and what came. */
export type Exchange = {
  request: ModelRequest
  step: Step
  /** Which copy it went to. */
  server: number
  /** It only looked at the state after another one. */
  look: boolean
  answer?: Answer
  error?: SubjectError
}

/** The first disagreement of a program. */
export type Failure = {
  check: string
  rule: string
  complaint: string
  /** Set where the answer was right and what was observed afterwards is not. */
  afterwards: boolean
  fault?: SubjectError['fault']
  trace: Exchange[]
}

/** The house rule that a request breaks which is refused and changes something all the same. */
const REFUSED = 'whatever is refused changes nothing'

/** Two failures are one where the same rule is broken in the same way. */
export const sameFailure = (a: Failure, b: Failure | undefined): boolean =>
  a.check === b?.check && a.rule === b.rule && a.afterwards === b.afterwards && a.fault === b.fault

/** A connection that is kept open is given up for good after so many slow answers on it. */
const MOST_SLOW = 8
const SLOW_MS = 30

/** Plays moves on a copy and on the model, until they disagree. */
export class Player<State> {
  readonly trace: Exchange[] = []
  readonly #model: ServerModel<State>
  readonly #copy: Copy<State>
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  /**
   * Slow answers so far. A server that writes head and body apart waits 40 ms for the system to
   * acknowledge the first (Nagle's algorithm), but not on a new connection.
   */
  #slow = 0

  constructor(model: ServerModel<State>, copy: Copy<State>) {
    this.#model = model
    this.#copy = copy
  }

  async close(): Promise<void> {
    this.#agent.destroy()
    await this.#copy.close()
  }

  async #exchange(step: Step, server: number, look: boolean): Promise<Exchange> {
    const { request } = step
    const { method, path, json, alone } = request
    const headers = { ...request.headers }
    const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
    if (json !== undefined && !typed) headers['Content-Type'] = 'application/json'
    const exchange: Exchange = { request, step, server, look }
    const keptOpen = !alone && this.#slow < MOST_SLOW
    await step.before?.run()
    const begun = performance.now()
    try {
      exchange.answer = await send(this.#copy.servers[server]!, {
        method,
        path,
        headers,
        body: json ?? request.body,
        agent: keptOpen ? this.#agent : undefined,
        againIfClosed: true,
      })
    } catch (error) {
      if (!(error instanceof SubjectError)) throw error
      exchange.error = error
    }
    if (keptOpen && performance.now() - begun > SLOW_MS) this.#slow += 1
    this.trace.push(exchange)
    return exchange
  }

  /** Sends a request; says what is wrong with its answer, or has the model follow. */
  async #complaint(
    step: Step,
    server: number,
    look = false,
  ): Promise<string | Complaint | undefined> {
    const { answer, error } = await this.#exchange(step, server, look)
    if (!answer) {
      const hangUp = step.outcomes.find(({ orHangUp }) => orHangUp)
      return hangUp && error?.fault === 'connection' ? undefined : error!.message
    }
    const verdict = judgeAnswer(step, answer)
    if ('complaint' in verdict) return verdict.complaint
    verdict.outcome.becomes?.(answer)
    return undefined
  }

  /** @returns whether the move could be made, and what went wrong */
  async play(move: Move): Promise<{ played: boolean; failure?: Failure }> {
    const operation = this.#model.operations[move.operation]!
    const { state, servers } = this.#copy
    const step = operation.plan(state, move.drawn.value, atOf(move))
    if (!step) return { played: false }
    const server = move.server % servers.length
    const { check } = operation
    const fail = (wrong: string | Complaint, afterwards: boolean) => {
      const fault = this.trace.at(-1)!.error?.fault
      const why = typeof wrong === 'string' ? { complaint: wrong, check, rule: step.rule } : wrong
      return { played: true, failure: { ...why, afterwards, fault, trace: this.trace } }
    }
    const complaint = await this.#complaint(step, server)
    if (complaint) return fail(complaint, false)
    const played = this.trace.at(-1)!
    let seen: string | Complaint | undefined
    for (const look of [this.#model.observe?.(state) ?? []].flat()) {
      seen = await this.#complaint(look, (server + 1) % servers.length, true)
      if (seen) break
    }
    if (!seen) return { played: true }
    const { answer } = played
    const rule = answer && answer.status >= 400 ? REFUSED : step.rule
    return fail(typeof seen === 'string' ? { complaint: seen, check, rule } : seen, true)
  }
}

/** Picks what was picked before, where the move was played before. */
function atOf(move: Move): At {
  let picks = 0
  return {
    key: `#${move.number}`,
    pick(items) {
      const turn = picks++
      const known = move.keys[turn]
      if (known !== undefined) return items.find(({ key }) => key === known)
      const item = items[(move.luck + turn * 7919) % Math.max(items.length, 1)]
      move.keys[turn] = item?.key
      return item
    },
  }
}
