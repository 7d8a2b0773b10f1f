export type Standing = { rank: number; courier: string; score: number }

/** What a board must show: the contract's rules, word for word. */
export class Oracle {
  readonly #scores = new Map<string, number>()

  add(courier: string, points: number): void {
    this.#scores.set(courier, (this.#scores.get(courier) ?? 0) + points)
  }

  /** Best first; equal scores by name, in the order of ASCII codes, and with the same rank. */
  board(): Standing[] {
    const all = [...this.#scores].map(([courier, score]) => ({ courier, score }))
    const rankOf = (score: number) => all.filter((other) => other.score > score).length + 1
    return all
      .sort((a, b) => b.score - a.score || (a.courier < b.courier ? -1 : 1))
      .map(({ courier, score }) => ({ rank: rankOf(score), courier, score }))
  }
}
