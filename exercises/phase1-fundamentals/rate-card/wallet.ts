export type Entry = { kind: 'deposit' | 'withdraw'; cents: number }

// TODO: carry `needed` and `available`.
export class InsufficientFunds extends Error {}

export class Wallet {
  // TODO: keep the balance where nobody outside this class can change it.
  get balance(): number {
    return 0
  }

  // TODO: refuse what is not a whole number of at least 1.
  deposit(cents: number): void {}

  // TODO: refuse that too, and more than there is.
  withdraw(cents: number): void {}

  // TODO: return a copy that belongs to the caller.
  history(): Entry[] {
    return []
  }

  // TODO: put both into a new wallet, and leave nothing behind.
  static merge(a: Wallet, b: Wallet): Wallet {
    return new Wallet()
  }
}
