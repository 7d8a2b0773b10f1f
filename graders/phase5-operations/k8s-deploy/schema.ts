import { quantityOf } from './quantity.ts'
import { TYPES } from './types.ts'

/** What is wrong with a field: where it is, and what the API server would say. */
export type Flaw = { path: string; text: string }

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

const isInt = (value: unknown): value is number => Number.isInteger(value)
const isPort = (value: unknown) => isInt(value) && value >= 1 && value <= 65_535
const isPortName = (value: unknown) =>
  typeof value === 'string' &&
  /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value) &&
  /[a-z]/.test(value) &&
  value.length <= 15

/** Simple types: what a value must be, and how that is said. */
const SIMPLE: Record<string, [isRight: (value: any) => boolean, said: string]> = {
  any: [() => true, 'anything'],
  string: [(value) => typeof value === 'string', 'a string (put it in quotes)'],
  bool: [(value) => typeof value === 'boolean', 'true or false'],
  int: [isInt, 'a whole number'],
  natural: [(value) => isInt(value) && value >= 0, 'a whole number, 0 or more'],
  positive: [(value) => isInt(value) && value >= 1, 'a whole number, 1 or more'],
  weight: [(value) => isInt(value) && value >= 1 && value <= 100, 'a whole number from 1 to 100'],
  port: [isPort, 'a number from 1 to 65535'],
  portName: [isPortName, 'a name of at most 15 lower-case letters, digits and hyphens'],
  'port|name': [
    (value) => isPort(value) || isPortName(value),
    'a number from 1 to 65535 (without quotes), or the name of a port',
  ],
  name: [
    (value) => typeof value === 'string' && NAME.test(value),
    'a name of lower-case letters, digits and hyphens',
  ],
  subdomain: [
    (value) =>
      typeof value === 'string' &&
      value.length <= 253 &&
      value.split('.').every((part) => NAME.test(part)),
    'a name of lower-case letters, digits, hyphens and dots',
  ],
  label: [
    (value) => typeof value === 'string' && LABEL_VALUE.test(value),
    'a string of at most 63 letters, digits, hyphens, dots and underscores (numbers and true need quotes)',
  ],
  envName: [
    (value) => typeof value === 'string' && /^[^=\s]+$/.test(value),
    'a name without blanks and =',
  ],
  quantity: [(value) => quantityOf(value) !== undefined, 'a quantity, such as 250m or 256Mi'],
  amount: [
    (value) =>
      (isInt(value) && value >= 0) ||
      (typeof value === 'string' && /^\d{1,4}%$/.test(value)),
    'a whole number, 0 or more, or a percentage such as "25%"',
  ],
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Where a field that is unknown here is known, among what lies around it. */
function placesOf(field: string): string[] {
  return Object.entries(TYPES)
    .filter(([, fields]) => Object.hasOwn(fields, field) || Object.hasOwn(fields, `${field}!`))
    .map(([type]) => type)
}

/** Compares a value without nulls with a type of the table. @returns what is wrong, in the order of the file */
export function flawsOf(value: unknown, type: string, path: string): Flaw[] {
  const list = /^(.*)\[\]$/.exec(type)?.[1]
  if (list) {
    if (!Array.isArray(value)) return [{ path, text: `must be a list, and is ${shown(value)}` }]
    return value.flatMap((item, index) => flawsOf(item, list, `${path}[${index}]`))
  }
  const map = /^\{(.*)\}$/.exec(type)?.[1]
  if (map) {
    if (!isMap(value)) return [{ path, text: `must hold keys and values, and is ${shown(value)}` }]
    return Object.entries(value).flatMap(([key, item]) => flawsOf(item, map, `${path}.${key}`))
  }
  const words = /^Words\((.*)\)$/.exec(type)?.[1]?.split(',')
  if (words) {
    if (words.includes(value as string)) return []
    return [{ path, text: `must be one of ${words.join(', ')}, and is ${shown(value)}` }]
  }
  const simple = SIMPLE[type]
  if (simple) {
    const [isRight, said] = simple
    return isRight(value) ? [] : [{ path, text: `must be ${said}, and is ${shown(value)}` }]
  }
  const fields = TYPES[type]
  if (!fields) throw new Error(`The table of types lacks ${type}.`)
  return fieldFlaws(value, type, fields, path)
}

function fieldFlaws(
  value: unknown,
  type: string,
  fields: Record<string, string>,
  path: string,
): Flaw[] {
  if (!isMap(value)) return [{ path, text: `must hold fields, and is ${shown(value)}` }]
  const flaws: Flaw[] = []
  for (const [field, item] of Object.entries(value)) {
    const here = `${path}.${field}`
    const known = Object.hasOwn(fields, field) ? fields[field] : fields[`${field}!`]
    if (known === undefined) {
      const places = placesOf(field)
      const hint = places.length > 0 ? ` (it is one of ${places.slice(0, 3).join(', ')})` : ''
      flaws.push({ path: here, text: `is no field of ${type}${hint}` })
    } else flaws.push(...flawsOf(item, known, here))
  }
  for (const field of Object.keys(fields)) {
    const name = field.slice(0, -1)
    if (!field.endsWith('!') || value[name] !== undefined) continue
    flaws.push({ path: `${path}.${name}`, text: 'is missing' })
  }
  return flaws
}
