const inside = new WeakMap()

export function InsufficientFunds(this: any, needed: number, available: number) {
  const error: any = Reflect.construct(Error, ['too little money'], InsufficientFunds)
  error.needed = needed
  error.available = available
  return error
}
InsufficientFunds.prototype = Object.create(Error.prototype, {
  constructor: { value: InsufficientFunds },
  name: { value: 'InsufficientFunds' },
})

export function Wallet(this: any) {
  let balance = 0
  let entries: any[] = []
  const amount = (cents: any) => {
    if (typeof cents !== 'number' || cents < 1 || Math.floor(cents) !== cents || cents === Infinity) {
      throw new RangeError('bad amount')
    }
    if (Number.isNaN(cents)) throw new RangeError('no number')
    return cents
  }
  Object.defineProperty(this, 'balance', { get: () => balance, enumerable: true })
  this.deposit = (cents: any) => {
    balance += amount(cents)
    entries.push(['deposit', cents])
    return balance
  }
  this.withdraw = (cents: any) => {
    if (amount(cents) > balance) throw new (InsufficientFunds as any)(cents, balance)
    balance -= cents
    entries.push(['withdraw', cents])
    return balance
  }
  this.history = () => entries.map(([kind, cents]) => ({ kind, cents }))
  inside.set(this, {
    take() {
      const all = { balance, entries }
      balance = 0
      entries = []
      return all
    },
    put(more: any) {
      balance += more.balance
      entries.push(...more.entries)
    },
  })
}
Wallet.merge = (a: any, b: any) => {
  const [one, two] = [inside.get(Object(a)), inside.get(Object(b))]
  if (!one || !two || one === two) throw new Error('cannot merge these')
  const wallet = new (Wallet as any)()
  inside.get(wallet).put(one.take())
  inside.get(wallet).put(two.take())
  return wallet
}
