type Entry = { kind: string; cents: number }
const balances = new WeakMap<Wallet, number>()
const histories = new WeakMap<Wallet, readonly Entry[]>()

export class InsufficientFunds extends RangeError {
  constructor(
    needed: number,
    available: number,
  ) {
    super('insufficient funds')
    Object.assign(this, { name: 'InsufficientFunds', needed, available })
  }
}

function book(wallet: Wallet, kind: string, cents: number) {
  if (!Number.isSafeInteger(cents) || cents <= 0) throw new RangeError('whole cents, please')
  const change = kind === 'deposit' ? cents : -cents
  const balance = balances.get(wallet)!
  if (balance + change < 0) throw new InsufficientFunds(cents, balance)
  balances.set(wallet, balance + change)
  histories.set(wallet, Object.freeze([...histories.get(wallet)!, Object.freeze({ kind, cents })]))
}

export class Wallet {
  constructor() {
    balances.set(this, 0)
    histories.set(this, [])
    Object.freeze(this)
  }
  get balance() {
    return balances.get(this)!
  }
  deposit(cents: number) {
    book(this, 'deposit', cents)
    return this
  }
  withdraw(cents: number) {
    book(this, 'withdraw', cents)
    return this
  }
  history() {
    return histories.get(this)!
  }
  static merge(a: Wallet, b: Wallet) {
    if (!balances.has(a) || !balances.has(b) || a === b) throw new TypeError('two wallets, please')
    const merged = new Wallet()
    balances.set(merged, a.balance + b.balance)
    histories.set(merged, Object.freeze([...a.history(), ...b.history()]))
    for (const emptied of [a, b]) {
      balances.set(emptied, 0)
      histories.set(emptied, [])
    }
    return merged
  }
}
