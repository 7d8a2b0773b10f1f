// Callbacks: those who wait stand in a list.
type Waiting = { resolve(value: unknown): void; reject(error: unknown): void }
type Load = { waiting: Waiting[]; done?: { value: unknown } }

let how: (() => unknown) | null = null
let load: Load | null = null

export function setConfigLoader(loader: () => unknown): void {
  how = loader
}

function harden(value: unknown, done: unknown[]): void {
  if (typeof value !== 'object' || !value || done.includes(value)) return
  done.push(value)
  Object.freeze(value)
  for (const key in value) harden((value as Record<string, unknown>)[key], done)
}

export function getConfig(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (load?.done) return resolve(load.done.value)
    if (load) {
      load.waiting.push({ resolve, reject })
      return
    }
    const own: Load = { waiting: [{ resolve, reject }] }
    load = own
    const fail = (error: unknown) => {
      if (load === own) load = null
      for (const one of own.waiting) one.reject(error)
    }
    if (!how) return fail(new Error('no loader'))
    try {
      Promise.resolve(how()).then((value) => {
        harden(value, [])
        own.done = { value }
        for (const one of own.waiting) one.resolve(value)
      }, fail)
    } catch (error) {
      fail(error)
    }
  })
}

export function resetConfig(): void {
  load = null
}
