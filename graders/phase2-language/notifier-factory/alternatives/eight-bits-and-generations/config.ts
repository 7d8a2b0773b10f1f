let load: () => unknown = () => Promise.reject(new Error('set a loader first'))
let generation = 0
let state: { generation: number; promise: Promise<unknown> } | null = null

export function setConfigLoader(loader: () => unknown) {
  load = loader
}

const frozen = (value: any, path: unknown[] = []): any => {
  if (Object(value) !== value || path.includes(value)) return value
  Object.values(value).forEach((part) => frozen(part, [...path, value]))
  return Object.freeze(value)
}

export async function getConfig() {
  if (state?.generation !== generation) {
    const mine = generation
    const promise = (async () => frozen(await load()))()
    state = { generation: mine, promise }
    promise.catch(() => {
      if (generation === mine) generation += 1
    })
  }
  return state!.promise
}

export function resetConfig() {
  generation += 1
}
