import { isMap, isPair, isSeq, parseDocument, visit } from 'yaml'
import { type Mutant, type Mutated, splice } from './mutant.ts'

/** Mutates a `.dockerignore` or `.gitignore`: each pattern is left out once. */
export function mutateIgnoreFile(file: string, text: string): Mutated {
  const mutants: Mutant[] = []
  let start = 0
  for (const line of text.split('\n')) {
    const end = start + line.length
    const pattern = line.trim()
    if (pattern !== '' && !pattern.startsWith('#')) {
      mutants.push(splice(file, text, 'DropPattern', start, Math.min(end + 1, text.length), ''))
    }
    start = end + 1
  }
  return { base: text, mutants }
}

/** The way to an entry, as one reads it: `services.db.ports[0]`. */
function wayTo(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
}

type Tree = { [key: string]: unknown } | unknown[]

function walk(
  value: unknown,
  at: (string | number)[],
  tell: (at: (string | number)[], value: unknown) => void,
): void {
  if (typeof value !== 'object' || value === null) return
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  for (const [key, child] of entries) {
    tell([...at, key], child)
    walk(child, [...at, key], tell)
  }
}

/** Mutates JSON: each entry of an object or an array is left out once. */
export function mutateJson(file: string, text: string): Mutated {
  // JSON is YAML, whose parser knows where things stand.
  const document = parseDocument(text)
  const mutants: Mutant[] = []
  walk(JSON.parse(text), [], (at, value) => {
    const copy = JSON.parse(text) as Tree
    const holder = at.slice(0, -1).reduce((tree: any, key) => tree[key], copy)
    const key = at.at(-1)!
    if (Array.isArray(holder)) holder.splice(Number(key), 1)
    else delete holder[key]
    const node = document.getIn(at, true) as { range?: [number, number, number] } | undefined
    mutants.push({
      ...splice(file, text, 'DropEntry', node?.range?.[0] ?? 0, node?.range?.[1] ?? 0, ''),
      original: `${wayTo(at)}: ${JSON.stringify(value)}`.slice(0, 160),
      make: { text: `${JSON.stringify(copy, null, 2)}\n` },
    })
  })
  return { base: `${JSON.stringify(JSON.parse(text), null, 2)}\n`, mutants }
}

/** Mutates YAML: each key of a map and each item of a list is left out once. */
export function mutateYaml(file: string, text: string): Mutated {
  const base = parseDocument(text)
  const places: { way: (string | number)[]; start: number; end: number }[] = []
  visit(base, (_key, node, ancestors) => {
    const parent = ancestors.at(-1)
    const range = (child: unknown) => (child as { range?: [number, number, number] } | null)?.range
    if (isPair(node)) {
      const [start] = range(node.key) ?? [0]
      const end = range(node.value)?.[1] ?? range(node.key)?.[1] ?? start
      places.push({ way: wayOf([...ancestors, node]), start, end })
    } else if (isSeq(parent)) {
      const [start, end] = range(node) ?? [0, 0]
      places.push({ way: wayOf([...ancestors, node]), start, end })
    }
  })
  const mutants = places.map(({ way, start, end }) => {
    const copy = parseDocument(text)
    copy.deleteIn(way)
    return {
      ...splice(file, text, 'DropEntry', start, end, ''),
      make: { text: String(copy) },
    }
  })
  return { base: String(base), mutants }
}

function wayOf(nodes: readonly unknown[]): (string | number)[] {
  return nodes.flatMap((node, index): (string | number)[] => {
    const parent = nodes[index - 1]
    if (isPair(node) && isMap(parent)) return [String((node.key as { value?: unknown })?.value)]
    if (isSeq(parent)) return [parent.items.indexOf(node as never)]
    return []
  })
}
