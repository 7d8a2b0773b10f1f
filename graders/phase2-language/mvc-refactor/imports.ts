import { existsSync, readdirSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import path from 'node:path'
import { init, parse } from 'es-module-lexer'
import type { Submission } from '../../harness/index.ts'
import { toJavaScript } from '../../harness/subjects/typescript.ts'

/** What each file below src imports when it runs: other files of it by their path, and packages. */
export type Imports = Map<string, string[]>

/** Reads the imports of all files below src. `import type` is none. */
export async function readImports(submission: Submission): Promise<Imports> {
  await init
  const root = path.dirname(submission.file('src/server.ts'))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.split(path.sep).join('/')}`)
    .filter((file) => /\.[cm]?[jt]s$/.test(file) && !file.includes('/node_modules/'))
  const imports: Imports = new Map()
  for (const file of files) {
    const names = namesIn(submission.readText(file), file)
    imports.set(file, [...new Set(names.map((name) => resolved(file, name)))])
  }
  return imports

  function resolved(from: string, name: string): string {
    if (!name.startsWith('.')) return name
    const target = path.posix.join(path.posix.dirname(from), name)
    const endings = ['', '.ts', '.js', '/index.ts']
    const base = path.dirname(root)
    const ending = endings.find((one) => existsSync(path.join(base, target + one)))
    return target + (ending ?? '')
  }
}

/** What a file imports, as it is written there; nothing of a file that cannot be read: it says so where it is used. */
function namesIn(text: string, file: string): string[] {
  try {
    const script = toJavaScript(text, file)
    const [found] = parse(script === text ? stripTypeScriptTypes(text) : script, file)
    return found.flatMap(({ n }) => (n === undefined ? [] : [n]))
  } catch {
    return []
  }
}

export const FORBIDDEN: { folder: string; rule: string; not: RegExp }[] = [
  {
    folder: 'src/models/',
    rule: 'Models import nothing of views, controllers and server.ts, and neither node:http, node:https nor a framework.',
    not: /^src\/(views|controllers)\/|^src\/server\.|^(node:)?https?$|^(express|fastify|koa|hono)(\/|$)|^@nestjs\//,
  },
  {
    folder: 'src/views/',
    rule: 'Views import nothing of models, controllers and server.ts, and neither pg, node:fs, node:net nor node:http.',
    not: /^src\/(models|controllers)\/|^src\/server\.|^(node:)?(fs|net|http)(\/|$)|^pg(\/|$)/,
  },
  {
    folder: 'src/controllers/',
    rule: 'Controllers import neither pg, node:net nor server.ts.',
    not: /^src\/server\.|^(node:)?net$|^pg(\/|$)/,
  },
]

/** The imports that a folder may not have, as "a → b". */
export function forbiddenImports(imports: Imports, folder: string, not: RegExp): string[] {
  const files = [...imports].filter(([file]) => file.startsWith(folder))
  return files.flatMap(([file, names]) =>
    reached(imports, names)
      .filter((name) => not.test(name))
      .map((name) => `${file} → ${name}`),
  )
}

/** What is imported directly, or by way of other files. */
export function reached(imports: Imports, names: string[]): string[] {
  const seen = new Set<string>()
  const waiting = [...names]
  while (waiting.length > 0) {
    const name = waiting.pop()!
    if (seen.has(name)) continue
    seen.add(name)
    waiting.push(...(imports.get(name) ?? []))
  }
  return [...seen]
}

/** A circle as "a → b → a", or undefined. */
export function circle(imports: Imports): string | undefined {
  const done = new Set<string>()
  const visit = (file: string, trail: string[]): string | undefined => {
    const at = trail.indexOf(file)
    if (at >= 0) return [...trail.slice(at), file].join(' → ')
    if (done.has(file)) return undefined
    for (const name of imports.get(file) ?? []) {
      const found = visit(name, [...trail, file])
      if (found) return found
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const found = visit(file, [])
    if (found) return found
  }
  return undefined
}
