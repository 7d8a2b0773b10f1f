export type Entry = { kind: 'deposit' | 'withdraw'; cents: number }

/** Thrown where a withdrawal asks for more than there is. Both amounts are in cents. */
export class InsufficientFunds extends Error {
  override name = 'InsufficientFunds'
  readonly needed: number
  readonly available: number

  constructor(needed: number, available: number) {
    super(`${needed} cents were asked for, and there are ${available}`)
    this.needed = needed
    this.available = available
  }
}

/** An amount of money that only its own methods can change. */
export class Wallet {
  #balance = 0
  #entries: Entry[] = []

  get balance(): number {
    return this.#balance
  }

  /** @throws RangeError where the amount is not a whole number of at least 1 */
  deposit(cents: number): void {
    checkAmount(cents)
    this.#balance += cents
    this.#entries.push({ kind: 'deposit', cents })
  }

  /**
   * @throws RangeError where the amount is not a whole number of at least 1
   * @throws InsufficientFunds where it is more than the balance
   */
  withdraw(cents: number): void {
    checkAmount(cents)
    if (cents > this.#balance) throw new InsufficientFunds(cents, this.#balance)
    this.#balance -= cents
    this.#entries.push({ kind: 'withdraw', cents })
  }

  /** Returns the caller's own copy of what happened, oldest first. */
  history(): Entry[] {
    return this.#entries.map((entry) => ({ ...entry }))
  }

  /** Moves all that is in two wallets to a new one. @throws TypeError where they are not two wallets */
  static merge(a: Wallet, b: Wallet): Wallet {
    if (a === b) throw new TypeError('a wallet cannot be merged with itself')
    const merged = new Wallet()
    // Both are read before either is changed: reading throws where one is no wallet.
    merged.#balance = a.#balance + b.#balance
    merged.#entries = [...a.#entries, ...b.#entries]
    for (const emptied of [a, b]) {
      emptied.#balance = 0
      emptied.#entries = []
    }
    return merged
  }
}

function checkAmount(cents: number): void {
  if (Number.isInteger(cents) && cents >= 1) return
  throw new RangeError(`an amount must be a whole number of at least 1, not ${cents}`)
}
