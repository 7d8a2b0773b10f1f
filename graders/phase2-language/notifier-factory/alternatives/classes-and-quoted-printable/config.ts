/** One object that is the Config of the process; tests may forget what it holds. */
class ConfigStore {
  static readonly instance = new ConfigStore()
  private loader?: () => unknown
  private pending?: Promise<unknown>
  private value: { is: unknown } | undefined
  private generation = 0

  use(loader: () => unknown) {
    this.loader = loader
  }

  async get(): Promise<unknown> {
    if (this.value) return this.value.is
    this.pending ??= this.load(this.generation)
    return this.pending
  }

  private async load(generation: number) {
    try {
      if (!this.loader) throw new Error('no loader')
      const value = freeze(await this.loader())
      if (generation === this.generation) this.value = { is: value }
      return value
    } finally {
      // Later than the assignment of `pending`, although an error may be thrown at once.
      await null
      if (generation === this.generation) this.pending = undefined
    }
  }

  reset() {
    this.generation += 1
    this.value = undefined
    this.pending = undefined
  }
}

function freeze(root: unknown) {
  const waiting = [root]
  const seen = new WeakSet()
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (value === null || typeof value !== 'object' || seen.has(value)) continue
    seen.add(value)
    waiting.push(...Reflect.ownKeys(value).map((key) => Reflect.get(value, key)))
    Object.freeze(value)
  }
  return root
}

export const setConfigLoader = (loader: () => unknown) => ConfigStore.instance.use(loader)
export const getConfig = () => ConfigStore.instance.get()
export const resetConfig = () => ConfigStore.instance.reset()
