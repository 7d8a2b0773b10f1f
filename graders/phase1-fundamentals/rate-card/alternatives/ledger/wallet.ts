export class InsufficientFunds extends Error {
  static {
    this.prototype.name = 'InsufficientFunds'
  }
  needed = 0
  available = 0
}

let entriesOf: (wallet: Wallet) => number[]

export class Wallet {
  /** Deposits as they are, withdrawals below zero. */
  #ledger: number[] = []

  static {
    entriesOf = (wallet) => wallet.#ledger
  }

  get balance(): number {
    return this.#ledger.reduce((sum, change) => sum + change, 0)
  }

  deposit(cents: number): number {
    return this.#ledger.push(Wallet.#whole(cents))
  }

  withdraw(cents: number): number {
    const amount = Wallet.#whole(cents)
    const available = this.balance
    if (amount <= available) return this.#ledger.push(-amount)
    throw Object.assign(new InsufficientFunds(`needs ${amount}`), { needed: amount, available })
  }

  history() {
    return this.#ledger.map((change) =>
      change > 0 ? { kind: 'deposit', cents: change } : { kind: 'withdraw', cents: -change },
    )
  }

  static #whole(cents: number): number {
    if (Number.isInteger(cents) && cents > 0) return cents
    throw new RangeError('cents')
  }

  static merge(a: Wallet, b: Wallet): Wallet {
    const ledgers = new Set([entriesOf(a), entriesOf(b)])
    if (ledgers.size < 2) throw new RangeError('the same wallet twice')
    const merged = new Wallet()
    for (const ledger of ledgers) merged.#ledger.push(...ledger.splice(0))
    return merged
  }
}
