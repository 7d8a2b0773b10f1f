// Complete as it is: throw it where items depend on each other in a circle.
export class CycleError extends Error {
  override name = 'CycleError'
  readonly cycle: string[]

  constructor(cycle: string[]) {
    super(`${[...cycle, cycle[0]].join(' → ')}`)
    this.cycle = cycle
  }
}

// TODO: put every item after all that it depends on.
export function loadOrder(deps: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.keys(deps)
}
