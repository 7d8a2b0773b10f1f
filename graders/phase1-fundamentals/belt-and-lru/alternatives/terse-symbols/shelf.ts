export type Handle = symbol | null
type P = any // a place: [0] is the next one, [1] the one before, v its value, o the token of its belt

const at = new WeakMap<symbol, P>()
const cut = (p: P) => {
  p[0][1] = p[1]
  p[1][0] = p[0]
  return p
}
const tie = (p: P, q: P, d: 0 | 1) => {
  p[d] = q[d]
  p[1 - d] = q
  q[d][1 - d] = p
  q[d] = p
  return p
}
const loop = (p: P) => Object.assign(p, { 0: p, 1: p, o: { n: 0 } })
const list = (b: P, d: 0 | 1) => {
  const a: any[] = []
  for (let p = b[d]; p !== b; p = p[d]) a.push(p.v)
  return a
}
const add = (b: P, q: P, d: 0 | 1, v: unknown) => {
  const h = Symbol()
  const p = { v, o: b.o }
  at.set(h, p)
  tie(p, q, d)
  b.o.n++
  return h
}
const own = (b: P, h: symbol) => {
  const p = at.get(h)
  return p?.o === b.o ? p : null
}

// The belt itself is the place between its last parcel and its first one.
export function Belt(this: P) {
  loop(this)
}
Belt.prototype = {
  constructor: Belt,
  get size() {
    return this.o.n
  },
  pushFront(v: unknown) {
    return add(this, this, 0, v)
  },
  pushBack(v: unknown) {
    return add(this, this, 1, v)
  },
  insertAfter(h: symbol, v: unknown) {
    const p = own(this, h)
    return p && add(this, p, 0, v)
  },
  insertBefore(h: symbol, v: unknown) {
    const p = own(this, h)
    return p && add(this, p, 1, v)
  },
  remove(h: symbol) {
    const p = own(this, h)
    if (p) {
      cut(p)
      p.o = p[0] = p[1] = null
      this.o.n--
    }
    return !!p
  },
  moveToFront(h: symbol) {
    const p = own(this, h)
    return p ? tie(cut(p), this, 0) : 'not here'
  },
  moveToBack(h: symbol) {
    const p = own(this, h)
    return p ? tie(cut(p), this, 1) : 'not here'
  },
  concat(b: P) {
    if (b === this || !b.o.n) return
    const short = b.o.n < this.o.n ? b : this
    const o = (short === b ? this : b).o
    for (let p = short[0]; p !== short; p = p[0]) p.o = o
    o.n += short.o.n
    this.o = o
    this[1][0] = b[0]
    b[0][1] = this[1]
    this[1] = b[1]
    b[1][0] = this
    loop(b)
  },
  [Symbol.iterator]() {
    return list(this, 0).values()
  },
  reversed() {
    return list(this, 1)
  },
}

export function LruShelf(this: P, max: number, bye: (k: unknown, v: unknown) => void = () => {}) {
  if (!(Number.isInteger(max) && max >= 0)) throw RangeError('capacity')
  const m = new Map<unknown, P>()
  const top: P = {}
  const use = (p: P) => tie(p[0] ? cut(p) : p, top, 0)
  loop(top)
  Object.defineProperty(this, 'size', { get: () => m.size })
  this.get = (k: unknown) => m.get(k) && use(m.get(k)).w
  this.has = (k: unknown) => m.has(k)
  this.keys = () => list(top, 0)
  this.delete = (k: unknown) => m.has(k) && !!cut(m.get(k)) && m.delete(k)
  this.set = (k: unknown, w: unknown) => {
    if (!max) return
    let p = m.get(k)
    while (!p && m.size >= max) {
      const { v: old, w: gone } = top[1]
      this.delete(old)
      try {
        bye(old, gone)
      } catch {} // its problem, not the shelf's
      p = m.get(k)
    }
    p ??= { v: k }
    p.w = w
    m.set(k, use(p))
  }
}
