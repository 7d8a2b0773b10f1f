import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseAst } from 'vitest/node'
import { listFiles } from './tree.ts'

// Which folder may import which. TypeScript's own API is gone with its version 7, and the tools that
// check imports build on it; the parser that vitest brings reads the same syntax.

/** One import in a file: of types alone, or of values too. */
export type Import = { specifier: string; typeOnly: boolean; line: number }

type Rule = {
  /** Files that the rule is about; the first rule that fits counts. */
  from: RegExp
  /** Files of the kit that they may import; `$1` and so on stand for the groups of `from`. */
  may: string[]
  /** The same for imports of types alone. */
  mayTypes?: string[]
  /** What the rule asks for, in words. */
  asks: string
}

const RULES: Rule[] = [
  {
    from: /^scripts\//,
    may: ['scripts/', 'graders/harness/'],
    asks: 'scripts/ imports itself, graders/harness/ and libraries',
  },
  {
    from: /^graders\/harness\//,
    may: ['graders/harness/'],
    asks: 'graders/harness/ imports itself and libraries',
  },
  {
    from: /^(graders\/[^/]+\/[^/]+\/starter\/)/,
    may: ['$1'],
    asks: 'a starter imports its own folder and libraries',
  },
  {
    from: /^(graders\/[^/]+\/[^/]+\/)/,
    may: ['$1', 'graders/harness/'],
    mayTypes: ['solutions/'],
    asks: 'a grader imports its own folder, graders/harness/ and libraries, and from solutions/ types alone',
  },
  {
    from: /^((?:exercises|solutions)\/[^/]+\/[^/]+\/)/,
    may: ['$1'],
    asks: 'an exercise and its solution import their own folder and libraries',
  },
]

/** Every import of a module's text, in its order: static, dynamic, re-exported, and in types. */
export function importsOf(text: string, file: string): Import[] {
  const found: Import[] = []
  const add = (source: Node, typeOnly: boolean): void => {
    // What a program works out while it runs cannot be read here.
    if (source.type !== 'Literal' || typeof source.value !== 'string') return
    const line = text.slice(0, source.start).split('\n').length
    found.push({ specifier: source.value, typeOnly, line })
  }
  const visit = (node: Node): void => {
    switch (node.type) {
      case 'ImportDeclaration':
        add(node.source, node.importKind === 'type' || allTypes(node.specifiers, 'importKind'))
        break
      case 'ExportNamedDeclaration':
        if (node.source) {
          add(node.source, node.exportKind === 'type' || allTypes(node.specifiers, 'exportKind'))
        }
        break
      case 'ExportAllDeclaration':
        add(node.source, node.exportKind === 'type')
        break
      case 'ImportExpression':
        add(node.source, false)
        break
      case 'TSImportType':
        add(node.source, true)
        break
      case 'TSExternalModuleReference':
        add(node.expression, false)
        break
      case 'CallExpression':
        if (node.callee.name === 'require' && node.arguments[0]) add(node.arguments[0], false)
    }
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child?.type === 'string') visit(child)
      }
    }
  }
  visit(parseAst(text, { lang: languageOf(file) }, file) as Node)
  return found
}

const languageOf = (file: string) =>
  /\.d\.[cm]?ts$/.test(file) ? 'dts' : /\.[cm]?ts$/.test(file) ? 'ts' : 'js'

/** A node of the syntax tree, with the fields that its type has. */
type Node = { type: string; start: number; [field: string]: any }

const allTypes = (specifiers: Node[], kind: 'importKind' | 'exportKind'): boolean =>
  specifiers.length > 0 && specifiers.every((one) => one[kind] === 'type')

const SOURCE = /\.[cm]?[jt]s$/
/** Alternatives are written as people like, and checked by no tool. */
const LEFT_OUT = /^graders\/[^/]+\/[^/]+\/alternatives\//

/**
 * Checks the imports of a whole checkout.
 * @returns one line for each that is not allowed, and for each circle; empty where all is well
 */
export function importViolations(root: string): string[] {
  const files = ['scripts', 'graders', 'exercises', 'solutions']
    .flatMap((tree) => listFiles(path.join(root, tree)).map((name) => `${tree}/${name}`))
    .filter((file) => SOURCE.test(file) && !LEFT_OUT.test(file))
  const violations: string[] = []
  const graph = new Map<string, string[]>()
  for (const file of files) {
    const targets: string[] = []
    for (const one of importsOf(readFileSync(path.join(root, file), 'utf8'), file)) {
      if (!/^(\.{1,2})?\//.test(one.specifier)) continue
      const target = path.posix.join(path.posix.dirname(file), one.specifier)
      targets.push(target)
      const rule = ruleBroken(file, target, one.typeOnly)
      if (rule) violations.push(`${file}:${one.line} imports ${target}: ${rule}.`)
    }
    graph.set(file, [...new Set(targets)])
  }
  return [...violations, ...circlesOf(graph).map((circle) => `A circle: ${circle.join(' → ')}.`)]
}

/** The rule that an import breaks, in words. */
function ruleBroken(file: string, target: string, typeOnly: boolean): string | undefined {
  for (const { from, may, mayTypes = [], asks } of RULES) {
    const match = from.exec(file)
    if (!match) continue
    const allowed = [...may, ...(typeOnly ? mayTypes : [])]
    const fits = (prefix: string) => target.startsWith(prefix.replace('$1', match[1] ?? ''))
    return allowed.some(fits) ? undefined : asks
  }
  return 'no rule says what a file here may import; see scripts/lib/imports.ts'
}

/** One circle for each import that closes one, each written from its first file round to it. */
function circlesOf(graph: Map<string, string[]>): string[][] {
  const circles: string[][] = []
  const done = new Set<string>()
  const way: string[] = []
  const walk = (file: string): void => {
    const place = way.indexOf(file)
    if (place >= 0) circles.push([...way.slice(place), file])
    if (place >= 0 || done.has(file)) return
    way.push(file)
    for (const next of graph.get(file) ?? []) walk(next)
    way.pop()
    done.add(file)
  }
  for (const file of graph.keys()) walk(file)
  return circles
}
