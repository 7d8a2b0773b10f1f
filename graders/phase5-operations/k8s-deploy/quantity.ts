const UNITS: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
}

/**
 * A quantity of the Kubernetes API as a number: `250m` is 0.25, `1Ki` is 1024.
 * @returns undefined where it is none
 */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([a-zA-Z]*))$/.exec(value)
  if (!match) return undefined
  const [, digits, exponent = '', unit = ''] = match
  const factor = UNITS[unit]
  return factor === undefined ? undefined : Number(`${digits}${exponent}`) * factor
}

/** Bytes for people: `256 MiB`. */
export function mebibytes(bytes: number): string {
  return `${Math.round((bytes / 1024 ** 2) * 100) / 100} MiB`
}
