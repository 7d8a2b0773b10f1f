import type * as Wallets from '../../../solutions/phase1-fundamentals/rate-card/wallet.ts'

/** One attempt to change a wallet from outside, as code, and how the wallet looks after it. */
export type Attempt = {
  code: string
  balance: unknown
  history: unknown
  /** What comes of withdrawing a million cents, which the wallet does not hold. */
  withdrawal: string
}

/**
 * Puts money in a wallet, takes some out, and then tries to change the wallet through whatever can
 * be reached of it. Runs in the learner's process, so it uses nothing from here.
 */
export function vandalise(
  module: typeof Wallets,
  { deposit, withdraw }: { deposit: number; withdraw: number },
): Attempt[] {
  const { Wallet, InsufficientFunds } = module
  const wallet = new Wallet()
  wallet.deposit(deposit)
  wallet.withdraw(withdraw)
  const MUCH = 1_000_000
  const attempts: Attempt[] = []
  const plain = (value: unknown) =>
    ['object', 'function', 'symbol'].includes(typeof value) ? `a ${typeof value}` : value

  const look = (code: string): void => {
    const { balance } = wallet
    const history: unknown = wallet.history()
    let withdrawal = 'it was paid out'
    try {
      wallet.withdraw(MUCH)
    } catch (error) {
      withdrawal = error instanceof InsufficientFunds ? 'InsufficientFunds' : `an error: ${error}`
    }
    const entries = Array.isArray(history)
      ? history.map((entry) => ({ kind: plain(entry?.kind), cents: plain(entry?.cents) }))
      : `a ${typeof history}, not an array`
    attempts.push({ code, balance: plain(balance), history: entries, withdrawal })
  }
  const attempt = (code: string, act: () => unknown): void => {
    try {
      act()
    } catch {
      // Refusing is as right as ignoring.
    }
    look(code)
  }
  const member = (path: string, key: PropertyKey) =>
    typeof key === 'symbol' || !/^[A-Za-z_$][\w$]*$/.test(String(key))
      ? `${path}[${typeof key === 'symbol' ? String(key) : JSON.stringify(String(key))}]`
      : `${path}.${String(key)}`

  const seen = new Set<object>()
  /** Spoils a value that was found, and what it holds, down to a few levels. */
  const spoil = (path: string, value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 3 || seen.has(value)) return
    seen.add(value)
    if (value instanceof Map || value instanceof WeakMap) {
      attempt(`${path}.set(wallet, ${MUCH})`, () => value.set(wallet, MUCH))
    }
    if (value instanceof Map || value instanceof Set)
      attempt(`${path}.clear()`, () => value.clear())
    if (Array.isArray(value)) {
      for (const [at, item] of value.entries()) spoil(`${path}[${at}]`, item, depth + 1)
      attempt(`${path}.push({ kind: 'deposit', cents: ${MUCH} })`, () =>
        value.push({ kind: 'deposit', cents: MUCH }),
      )
      attempt(`${path}.length = 0`, () => {
        value.length = 0
      })
      return
    }
    spoilFields(path, value, depth)
  }
  /** Spoils each own field that holds data; methods are called instead, below. */
  const spoilFields = (path: string, holder: object, depth: number): void => {
    for (const key of Reflect.ownKeys(holder)) {
      const field = Reflect.getOwnPropertyDescriptor(holder, key)
      if (!field || !('value' in field) || typeof field.value === 'function') continue
      spoil(member(path, key), field.value, depth + 1)
      if (Array.isArray(field.value)) continue
      attempt(`${member(path, key)} = ${MUCH}`, () => {
        ;(holder as Record<PropertyKey, unknown>)[key] = MUCH
      })
    }
  }
  /** Calls each function that is no part of the contract: none may let money in. */
  const callOthers = (path: string, holder: object, contract: PropertyKey[], first: unknown[]) => {
    for (const key of Reflect.ownKeys(holder)) {
      const field = Reflect.getOwnPropertyDescriptor(holder, key)
      if (typeof field?.value !== 'function' || contract.includes(key)) continue
      const call = (...given: unknown[]) => field.value.call(wallet, ...first, ...given)
      const shown = first.length > 0 ? 'wallet, ' : ''
      attempt(`${member(path, key)}(${shown}${MUCH})`, () => call(MUCH))
      attempt(`${member(path, key)}(${shown}'deposit', ${MUCH})`, () => call('deposit', MUCH))
      attempt(`${member(path, key)}(${shown}{ kind: 'deposit', cents: ${MUCH} })`, () =>
        call({ kind: 'deposit', cents: MUCH }),
      )
    }
  }

  look('')
  spoil('wallet.history()', wallet.history(), 0)
  for (const name of ['balance', '_balance', '#balance', 'cents', '_cents', 'amount', 'state']) {
    attempt(`${member('wallet', name)} = ${MUCH}`, () => {
      ;(wallet as unknown as Record<string, unknown>)[name] = MUCH
    })
  }
  // What was just written is found again here, and cannot harm either.
  spoilFields('wallet', wallet, 0)
  spoilFields('Wallet.prototype', Wallet.prototype, 0)
  const {
    length: _,
    name: __,
    prototype: ___,
    ...ofClass
  } = Object.getOwnPropertyDescriptors(Wallet)
  for (const key of Reflect.ownKeys(ofClass)) {
    spoil(member('Wallet', key), (Wallet as any)[key], 0)
  }
  for (const [name, exported] of Object.entries(module)) spoil(name, exported, 0)
  const known = ['constructor', 'deposit', 'withdraw', 'history', 'toJSON', 'toString', 'valueOf']
  callOthers('wallet', wallet, known, [])
  callOthers('wallet', Wallet.prototype, known, [])
  callOthers('Wallet', Wallet, ['merge', 'prototype'], [wallet])
  for (const [name, exported] of Object.entries(module)) {
    const helper: unknown = exported
    const isClass = helper === Wallet || helper === InsufficientFunds
    if (typeof helper !== 'function' || isClass) continue
    attempt(`${name}(wallet, ${MUCH})`, () => helper(wallet, MUCH))
  }
  return attempts
}
