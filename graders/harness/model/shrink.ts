import type { Move } from './moves.ts'
import { type Failure, Player, type ServerModel, sameFailure } from './play.ts'

/** How often a program is played again in search of a shorter one. Each play starts a server. */
const MOST_PLAYS = 40
/** The last moves of a long program, which often do. */
const LAST = 15

/**
 * Looks for the shortest program that breaks the same rule in the same way, on servers that have
 * just started.
 * @param moves what was played until it failed, the failing one last
 * @returns undefined where not even all of it fails again
 */
export async function shortest<State>(
  model: ServerModel<State>,
  moves: Move[],
  failure: Failure,
): Promise<Failure | undefined> {
  let plays = 0
  let best: { moves: Move[]; failure: Failure } | undefined

  /** Keeps a program where it fails alike, cut after the move that does. */
  async function attempt(program: Move[]): Promise<boolean> {
    if (plays >= (model.mostPlays ?? MOST_PLAYS)) return false
    plays += 1
    const player = new Player(model, await model.open())
    try {
      const played: Move[] = []
      for (const move of program) {
        const result = await player.play(move)
        if (!result.played) continue
        played.push(move)
        if (!result.failure) continue
        if (!sameFailure(failure, result.failure)) return false
        best = { moves: played, failure: result.failure }
        return true
      }
      return false
    } finally {
      await player.close()
    }
  }

  /** Tries simpler values for one move. @returns whether one does as well */
  async function simplify(at: number): Promise<boolean> {
    const { moves } = best!
    const move = moves[at]
    for (const drawn of move?.drawn.simpler() ?? []) {
      if (await attempt(moves.with(at, { ...move!, drawn }))) return true
    }
    return false
  }

  // A server that does not answer costs its time-out in each play.
  if (failure.fault === 'no-answer') return undefined
  const found =
    (await attempt(neededFor(moves))) ||
    (await attempt(moves.slice(-LAST))) ||
    (await attempt(moves))
  if (!found || !best) return undefined

  for (let size = Math.ceil(best.moves.length / 2); size >= 1; size = size > 1 ? size >> 1 : 0) {
    // The last move is the one that fails.
    for (let at = 0; at < best.moves.length - 1; ) {
      const rest = best.moves.toSpliced(at, Math.min(size, best.moves.length - 1 - at))
      if (!(await attempt(rest))) at += size
    }
  }
  for (let at = best.moves.length - 1; at >= 0; at--) {
    while (await simplify(at));
  }
  return best.failure
}

/** The last move, and those that made what it is about. */
function neededFor(moves: Move[]): Move[] {
  const needed = new Set([moves.at(-1)!])
  for (const move of moves.toReversed()) {
    const key = `#${move.number}`
    if ([...needed].some(({ keys }) => keys.includes(key))) needed.add(move)
  }
  return moves.filter((move) => needed.has(move))
}
