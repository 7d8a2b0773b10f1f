import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Exercise, PHASES } from '../../../graders/harness/exercise.ts'
import { EXERCISES, GRADERS, SOLUTIONS } from '../../../graders/harness/paths.ts'
import type { Catalogue } from '../catalogue.ts'
import { UsageError } from '../usage.ts'
import { copyStarter } from '../verify/rules.ts'

type Kind = Exercise['kind']

const TEMPLATES = path.join(import.meta.dirname, 'templates')

/** What differs from kind to kind in the texts that all share. */
const WORDS: Record<Kind, Record<string, string>> = {
  module: {
    file: 'greeting.ts',
    what: '`greet(name)`',
    result: '`greet` returns `Hello, Ada!`',
    rule: '`greet` returns `Hello, Ada!`',
    tryIt: `$ node -e "import('./greeting.ts').then(({ greet }) => console.log(greet('Ada')))"\nHello, Ada!`,
    old: "'{name}'",
    new: `"{'Ada'}"`,
  },
  server: {
    file: 'server.ts',
    start: 'start: [node, server.ts]\n',
    what: '`GET /greeting?name=Ada`',
    result: '`200` and `{"text":"Hello, Ada!"}`',
    rule: '`200` and `{"text":"Hello, Ada!"}`',
    tryIt:
      '$ PORT=3000 node server.ts &\n$ curl localhost:3000/greeting?name=Ada\n{"text":"Hello, Ada!"}',
    old: `"searchParams.get('name')"`,
    new: `"'Ada'"`,
  },
  sql: {
    file: 'greeting.sql',
    needs: 'postgres',
    what: 'a query of the table `guests(name text)`',
    result: 'a row with `Hello, Ada!`; rows are ordered by name',
    rule: 'a row with `Hello, Ada!`',
    tryIt: '$ npm run db {{slug}}',
    old: "'|| name ||'",
    new: `"|| 'Ada' ||"`,
  },
  script: {
    file: 'solve.sh',
    what: '`solve.sh`, in a folder with a file `name`',
    result: 'a file `greeting` with the line `Hello, Ada!`',
    rule: 'a file `greeting` with the line `Hello, Ada!`',
    tryIt: '$ echo Ada > name && bash solve.sh && cat greeting\nHello, Ada!',
    old: `'"$(cat name)"'`,
    new: "'Ada'",
  },
  artefact: {
    file: 'greeting.yaml',
    what: '`text`, with `{name}` for the name',
    result: '`Hello, Ada!`',
    rule: '`Hello, Ada!`',
    tryIt: '$ cat greeting.yaml',
    old: "'{name}'",
    new: "'Ada'",
  },
}

export const KINDS = Object.keys(WORDS) as Kind[]

/**
 * Reads `<phase>/<slug>`.
 * @throws UsageError where there is no such phase, the slug is none, or an exercise has it already
 */
export function readPlace(place: string, catalogue: Catalogue): { phase: string; slug: string } {
  const [given = '', slug = '', ...rest] = place.replace(/^exercises\//, '').split('/')
  const phase = PHASES.find((one) => one === given || one.split('-')[0] === given)
  const phases = PHASES.map((one) => one.split('-')[0]).join(', ')
  if (!phase || rest.length > 0) {
    throw new UsageError(
      `"${place}" is no <phase>/<slug>, such as phase4/rest-paging. Phases: ${phases}.`,
    )
  }
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(slug)) {
    throw new UsageError(
      `"${slug}" is no slug: lower-case words with hyphens, such as rest-paging.`,
    )
  }
  const taken = [...catalogue.exercises, ...catalogue.broken].find((one) => one.slug === slug)
  const folder = [EXERCISES, SOLUTIONS, GRADERS]
    .map((tree) => path.join(tree, phase, slug))
    .find((one) => existsSync(one))
  if (taken || folder) {
    const where = folder ? path.relative(process.cwd(), folder) : `${taken!.phase}/${slug}`
    throw new UsageError(`There is a ${slug} already: ${where}.`)
  }
  return { phase, slug }
}

/** Every template of a kind and of all kinds: where it goes, and its text. */
function templatesOf(kind: Kind): { to: string; text: string }[] {
  return ['all', kind].flatMap((folder) =>
    readdirSync(path.join(TEMPLATES, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.tmpl'))
      .map((name) => ({
        to: name.replace(/\.tmpl$/, ''),
        text: readFileSync(path.join(TEMPLATES, folder, name), 'utf8'),
      })),
  )
}

const TREES: Record<string, string> = {
  exercises: EXERCISES,
  solutions: SOLUTIONS,
  graders: GRADERS,
}

/**
 * Makes an exercise's three folders. What they hold runs: the starter fails, the reference passes, and
 * `verify` names what is still to be written.
 * @returns the files, absolute
 */
export function makeExercise(
  { phase, slug }: { phase: string; slug: string },
  about: { kind: Kind; title: string; order: number },
): string[] {
  const { kind, title, order } = about
  const words: Record<string, string> = {
    ...{ start: '', needs: '', phase, slug, kind, title, order: String(order) },
    ...WORDS[kind],
  }
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name) => {
      const word = words[name]
      return word === undefined ? whole : fill(word)
    })
  const written = templatesOf(kind).map(({ to, text }) => {
    const [tree, ...rest] = to.split(path.sep)
    const name = rest.join(path.sep).replace(/^test\.ts$/, `${slug}.test.ts`)
    const file = path.join(TREES[tree!]!, phase, slug, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, fill(text))
    return file
  })
  const folders = {
    folder: path.join(EXERCISES, phase, slug),
    grader: path.join(GRADERS, phase, slug),
  }
  copyStarter(folders)
  return written
}
