import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { before, type Row, writeMany } from './row.ts'

const SERVER = { slug: 'http-verbs', base: 'starter', verdicts: ['failed'] } as const

/** Submissions and state folders that hold other things than plain files. */
export const files: Row[] = [
  {
    ...SERVER,
    row: 10,
    name: 'the report is a link to a file of somebody else',
    files: { 'server.ts': before('// touched') },
    make(_folder, { root, home }) {
      writeFileSync(path.join(home, 'precious'), 'precious')
      mkdirSync(path.join(root, '.roadworks'), { recursive: true })
      symlinkSync(path.join(home, 'precious'), path.join(root, '.roadworks', 'report.json'))
    },
    after({ home }) {
      expect(readFileSync(path.join(home, 'precious'), 'utf8')).toBe('precious')
    },
  },
  {
    ...SERVER,
    row: 10,
    name: 'the report is a pipe',
    files: { 'server.ts': before('// touched') },
    make(_folder, { root }) {
      mkdirSync(path.join(root, '.roadworks'), { recursive: true })
      execFileSync('mkfifo', [path.join(root, '.roadworks', 'report.json')])
    },
  },
  {
    ...SERVER,
    row: 10,
    name: 'the report is a folder',
    files: { 'server.ts': before('// touched') },
    make(_folder, { root }) {
      mkdirSync(path.join(root, '.roadworks', 'report.json', 'inside'), { recursive: true })
    },
  },
  {
    ...SERVER,
    row: 10,
    name: 'server.ts is a link out of the submission',
    make(folder, { home }) {
      writeFileSync(path.join(home, 'elsewhere.ts'), 'console.log("canary-link")')
      rmSync(path.join(folder, 'server.ts'))
      symlinkSync(path.join(home, 'elsewhere.ts'), path.join(folder, 'server.ts'))
    },
    says: /server\.ts is missing/,
  },
  {
    ...SERVER,
    row: 10,
    name: 'server.ts is a pipe',
    make(folder) {
      rmSync(path.join(folder, 'server.ts'))
      execFileSync('mkfifo', [path.join(folder, 'server.ts')])
    },
    says: /server\.ts is missing/,
  },
  {
    ...SERVER,
    row: 10,
    name: 'a sparse file of 10 GB',
    make(folder) {
      writeFileSync(path.join(folder, 'sparse.bin'), '')
      truncateSync(path.join(folder, 'sparse.bin'), 10 * 1024 ** 3)
    },
    files: { 'server.ts': before('// touched') },
    says: /more than 2000 files or 20 MiB/,
  },
  {
    slug: 'git-first-branch',
    base: 'reference',
    row: 11,
    name: 'file names with newlines, escapes and formulas in a repository',
    verdicts: ['failed'],
    files: {
      'solve.sh': (text) =>
        `${text}\nprintf x > "$(printf 'a\\nC1 passed\\n\\033[2J')"\nprintf x > "=cmd()"\ngit add . && git commit -qm "$(printf '::error::x\\n\\033[2K\\033[1A  \\u2605 git-first-branch 8/8')"\n`,
    },
  },
  {
    ...SERVER,
    row: 11,
    name: 'file names with newlines, escapes and formulas in a submission',
    verdicts: ['failed'],
    files: { 'server.ts': before('// touched') },
    make(folder) {
      for (const name of ['a\n  ★ http-verbs', '=cmd()', '\u001b[2J', '..x']) {
        writeFileSync(path.join(folder, name), 'x')
      }
    },
  },
  {
    ...SERVER,
    row: 11,
    name: 'a folder with 100 000 files',
    files: { 'server.ts': before('// touched') },
    make: (folder) => writeMany(path.join(folder, 'many'), 100_000),
    says: /more than 2000 files or 20 MiB/,
  },
  {
    ...SERVER,
    row: 12,
    name: 'writes to graders, solutions, packages and the home folder',
    needsUser: true,
    make(folder, { root, home }) {
      writeFileSync(path.join(folder, 'places.json'), JSON.stringify({ root, home }))
    },
    files: {
      'server.ts': before(`
        import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
        const { root, home } = JSON.parse(readFileSync('places.json', 'utf8'))
        for (const file of [
          'graders/phase1-fundamentals/http-verbs/http-verbs.test.ts',
          'graders/harness/submission.ts',
          'solutions/phase1-fundamentals/http-verbs/server.ts',
          'exercises/phase1-fundamentals/http-verbs/server.ts',
          'package.json',
        ]) try { appendFileSync(root + '/' + file, '// harmed by a subject') } catch {}
        for (const file of [root + '/harmed', root + '/graders/harmed', root + '/node_modules/harmed', home + '/harmed', home + '/.npmrc'])
          try { writeFileSync(file, 'harmed by a subject') } catch {}
        for (const folder of ['graders', 'solutions', '.roadworks/cache.json'])
          try { rmSync(root + '/' + folder, { recursive: true }) } catch {}
      `),
    },
    after({ root, home }) {
      const harmed = execFileSync(
        'grep',
        [
          '-rl',
          'harmed by a subject',
          root,
          home,
          '--include=*.ts',
          '--include=package.json',
          '--include=.npmrc',
          '--include=harmed',
        ],
        { encoding: 'utf8' },
      )
        .split('\n')
        .filter((name) => name && !/hostile|\/sub\//.test(name))
      expect(harmed, 'files that a subject has written to').toEqual([])
      expect(existsSync(path.join(root, 'graders'))).toBe(true)
      expect(readdirSync(path.join(root, 'node_modules'))).not.toContain('harmed')
    },
  },
]
