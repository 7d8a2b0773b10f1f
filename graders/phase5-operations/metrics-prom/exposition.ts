// Reads Prometheus' text format, version 0.0.4, and says where a page breaks its rules.

export type Labels = Record<string, string>
export type Sample = { name: string; labels: Labels; value: number; line: number }

/** What is wrong with the page, by the rule that it breaks. */
export type Problem = { about: 'format' | 'comments' | 'order'; text: string }

export type Exposition = {
  text: string
  samples: Sample[]
  types: Map<string, string>
  helps: Map<string, string>
  problems: Problem[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const VALUE = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$|^[+-]?inf(inity)?$|^nan$/i
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

/** Reads a number as Go and Prometheus do. */
function numberOf(text: string): number | undefined {
  if (!VALUE.test(text)) return undefined
  if (/nan/i.test(text)) return Number.NaN
  if (/inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text)
}

const ESCAPES: Record<string, string> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' }

/** Reads `name{a="b"} 1 [timestamp]`. @returns what is wrong where it is no sample */
function readSample(line: string): Omit<Sample, 'line'> | string {
  const name = /^[^\s{]*/.exec(line)![0]
  if (!NAME.test(name)) return `${JSON.stringify(name)} is no name of a metric`
  const labels: Labels = {}
  let rest = line.slice(name.length).trimStart()
  if (rest.startsWith('{')) {
    rest = rest.slice(1).trimStart()
    while (!rest.startsWith('}')) {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\[\\"n])*)"\s*/.exec(rest)
      if (!label) return `no label="value" can be read at ${JSON.stringify(rest.slice(0, 30))}`
      const [whole, key, value] = label
      if (Object.hasOwn(labels, key!)) return `the label ${key} stands there twice`
      labels[key!] = value!.replaceAll(/\\[\\"n]/g, (two) => ESCAPES[two]!)
      rest = rest.slice(whole.length)
      if (rest.startsWith(',')) rest = rest.slice(1).trimStart()
      else if (!rest.startsWith('}')) return 'a comma or } is missing between labels'
    }
    rest = rest.slice(1)
  }
  if (/[ \t]$/.test(rest)) return 'there is a blank behind the number'
  const [number = '', timestamp, ...more] = rest.trim().split(/[ \t]+/)
  const value = numberOf(number)
  if (value === undefined) return `${JSON.stringify(number)} is no number`
  if (more.length > 0 || (timestamp !== undefined && !/^-?\d+$/.test(timestamp))) {
    return 'there is more behind the number than a timestamp'
  }
  return { name, labels, value }
}

/** The metric that a sample belongs to: those of a histogram have three kinds of names. */
export function familyOf(name: string, types: Map<string, string>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  const type = types.get(base)
  return type === 'histogram' || (type === 'summary' && !name.endsWith('_bucket')) ? base : name
}

/** One text for a name with its labels, in whatever order they came. */
export const keyOf = ({ name, labels }: Pick<Sample, 'name' | 'labels'>): string => {
  const inside = Object.keys(labels)
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`)
  return inside.length > 0 ? `${name}{${inside.join(',')}}` : name
}

export function readExposition(text: string): Exposition {
  const samples: Sample[] = []
  const types = new Map<string, string>()
  const helps = new Map<string, string>()
  const problems: Problem[] = []
  const lines = text.split('\n')
  if (text === '') problems.push({ about: 'format', text: 'the page is empty' })
  else if (lines.pop() !== '') {
    problems.push({ about: 'format', text: 'the last line does not end with a newline' })
    lines.push(text.slice(text.lastIndexOf('\n') + 1))
  }
  const seen = new Map<string, number>()
  const done = new Set<string>()
  let current = ''
  const wrong = (about: Problem['about'], index: number, why: string) =>
    problems.push({
      about,
      text: `line ${index + 1}, ${lines[index]!.slice(0, 160)}: ${why}`,
    })
  /** Goes on to the metric that a line belongs to. */
  const enter = (family: string, index: number) => {
    if (family === current) return
    if (current !== '') done.add(current)
    current = family
    if (done.has(family)) {
      wrong('order', index, `lines of ${family} stand further above already, with others between`)
    }
  }
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') {
      if (line.includes('\r')) wrong('format', index, 'a line ends with \\n, not with \\r\\n')
      continue
    }
    const comment = /^#[ \t]+(HELP|TYPE)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(line)
    if (comment) {
      const [, kind, family, rest = ''] = comment as unknown as [string, string, string, string?]
      if (!NAME.test(family)) wrong('format', index, 'that is no name of a metric')
      enter(family, index)
      const map = kind === 'HELP' ? helps : types
      if (map.has(family)) wrong('format', index, `a second ${kind} of ${family}`)
      if (samples.some(({ name }) => familyOf(name, types) === family || name === family)) {
        wrong('comments', index, `the ${kind} of ${family} must stand before its samples`)
      }
      if (kind === 'TYPE' && !TYPES.includes(rest)) {
        wrong('format', index, `a type is one of ${TYPES.join(', ')}`)
      }
      map.set(family, rest)
      continue
    }
    if (line.startsWith('#')) continue
    const read = readSample(line)
    if (typeof read === 'string') {
      wrong('format', index, read)
      continue
    }
    enter(familyOf(read.name, types), index)
    const sample = { ...read, line: index + 1 }
    const first = seen.get(keyOf(sample))
    if (first !== undefined) wrong('format', index, `this series stands in line ${first} already`)
    seen.set(keyOf(sample), index + 1)
    samples.push(sample)
  }
  return { text, samples, types, helps, problems }
}
