export type Loader = () => unknown

let loader: Loader = () => {
  throw new Error('nobody has said how to load the Config: setConfigLoader')
}
let current: Promise<unknown> | undefined

/** Says how the next load is done. */
export function setConfigLoader(next: Loader): void {
  loader = next
}

/** Returns the one Config, and has it loaded where it is not. */
export function getConfig(): Promise<unknown> {
  if (current) return current
  const load = loader
  const promise = Promise.try(() => load()).then(deepFreeze)
  current = promise
  promise.catch(() => {
    // By then another load may have begun.
    if (current === promise) current = undefined
  })
  return promise
}

/** Forgets the Config, and a load that is under way. */
export function resetConfig(): void {
  current = undefined
}

/** Freezes a value and all that is in it; what is frozen already may hold something that is not. */
function deepFreeze<T>(value: T, seen = new Set<unknown>()): T {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value
  seen.add(value)
  for (const part of Object.values(value)) deepFreeze(part, seen)
  return Object.freeze(value)
}
