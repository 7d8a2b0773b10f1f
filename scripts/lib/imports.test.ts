import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { importsOf, importViolations } from './imports.ts'
import { putFile } from './tree.ts'

const GRADER = 'graders/phase1-fundamentals/shelf'
const HARNESS = '../../harness/index.ts'

/** What is wrong with a checkout that holds these files. */
function violationsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(path.join(os.tmpdir(), 'imports-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [name, text] of Object.entries(files)) putFile(root, name, text)
  return importViolations(root)
}

test.each<[string, string, string]>([
  ['scripts/check.ts', '../graders/harness/run.ts', "import '%s'"],
  [`${GRADER}/shelf.test.ts`, HARNESS, "import '%s'"],
  [`${GRADER}/shelf.test.ts`, './oracle.ts', "import '%s'"],
  [`${GRADER}/shelf.test.ts`, 'vitest', "import '%s'"],
  [
    `${GRADER}/shelf.test.ts`,
    '../../../solutions/phase1-fundamentals/shelf/shelf.ts',
    "import type * as M from '%s'",
  ],
  [
    `${GRADER}/shelf.test.ts`,
    '../../../solutions/phase1-fundamentals/shelf/shelf.ts',
    "let m: typeof import('%s')",
  ],
  ['exercises/phase1-fundamentals/shelf/shelf.ts', './belt.ts', "export * from '%s'"],
])('%s may import %s: %s', (file, target, form) => {
  expect(violationsOf({ [file]: form.replace('%s', target) })).toEqual([])
})

test.each<[string, string, string]>([
  ['graders/harness/run.ts', '../../scripts/lib/check.ts', "import type { A } from '%s'"],
  ['scripts/check.ts', `../${GRADER}/oracle.ts`, "import '%s'"],
  [
    `${GRADER}/shelf.test.ts`,
    '../../../solutions/phase1-fundamentals/shelf/shelf.ts',
    "import { shelf } from '%s'",
  ],
  [
    `${GRADER}/shelf.test.ts`,
    '../../../solutions/phase1-fundamentals/shelf/shelf.ts',
    "await import('%s')",
  ],
  [
    `${GRADER}/shelf.test.ts`,
    '../../../exercises/phase1-fundamentals/shelf/shelf.ts',
    "import type { A } from '%s'",
  ],
  [`${GRADER}/shelf.test.ts`, '../belt/oracle.ts', "export { oracle } from '%s'"],
  [`${GRADER}/shelf.test.ts`, '../../../scripts/lib/tree.ts', "export type * from '%s'"],
  [`${GRADER}/starter/shelf.ts`, '../oracle.ts', "import '%s'"],
  [
    'exercises/phase1-fundamentals/shelf/shelf.ts',
    '../../../graders/harness/index.ts',
    "import '%s'",
  ],
  ['solutions/phase1-fundamentals/shelf/shelf.ts', '../belt/belt.ts', "require('%s')"],
])('%s may not import %s: %s', (file, target, form) => {
  const found = violationsOf({ [file]: `\n${form.replace('%s', target)}` })
  expect(found).toEqual([
    expect.stringContaining(
      `${file}:2 imports ${path.posix.join(path.posix.dirname(file), target)}: `,
    ),
  ])
})

test('a circle is one, also of types alone or of imports at run time', () => {
  const found = violationsOf({
    'scripts/a.ts': "import type { B } from './b.ts'",
    'scripts/b.ts': "export const c = () => import('./lib/c.ts')",
    'scripts/lib/c.ts': "import '../a.ts'\nimport './d.ts'",
    'scripts/lib/d.ts': '',
  })
  expect(found).toEqual([
    'A circle: scripts/a.ts → scripts/b.ts → scripts/lib/c.ts → scripts/a.ts.',
  ])
})

test('an import is of types alone where each of its names is', () => {
  const text =
    "import { type A, type B } from './a.ts'\nimport { type C, d } from './c.ts'\nimport './e.ts'"
  expect(importsOf(text, 'x.ts')).toEqual([
    { specifier: './a.ts', typeOnly: true, line: 1 },
    { specifier: './c.ts', typeOnly: false, line: 2 },
    { specifier: './e.ts', typeOnly: false, line: 3 },
  ])
})
