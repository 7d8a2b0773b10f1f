import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { before, type Row } from './row.ts'

/** Looks for the kit's checkouts wherever a program might hear of one. @returns code that leaves them in `roots` */
const LOOK = `
  import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
  import path from 'node:path'
  const starts = [import.meta.dirname, process.cwd(), process.argv[1] ?? '', process.env.INIT_CWD ?? '', process.execPath]
  const read = (file) => { try { return readFileSync(file, 'utf8') } catch { return '' } }
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    try { starts.push(readlinkSync('/proc/' + pid + '/cwd')) } catch {}
    starts.push(...(read('/proc/' + pid + '/cmdline') + read('/proc/' + pid + '/environ')).split(/[\\0=:]/))
  }
  starts.push(...read('/proc/self/mountinfo').split(/\\s/))
  for (const likely of ['/', '/root', '/home', '/tmp', '/var/tmp', '/dev/shm', '/workspaces', '/src']) {
    try { for (const name of readdirSync(likely)) starts.push(path.join(likely, name)) } catch {}
  }
  const roots = new Set()
  for (const start of starts.filter((one) => one.startsWith('/'))) {
    for (let dir = start; dir !== '/'; dir = path.dirname(dir)) roots.add(dir)
  }
`

const PHASE = 'phase1-fundamentals'

export const seeing: Row[] = [
  {
    row: 25,
    name: 'a server that looks for its reference, and runs it',
    slug: 'http-verbs',
    base: 'starter',
    verdicts: ['failed'],
    only: 'C1,C2',
    needsUser: true,
    files: {
      'server.ts': before(`${LOOK}
        for (const root of roots) {
          const file = path.join(root, 'solutions/${PHASE}/http-verbs/server.ts')
          if (existsSync(file)) { await import(file); await new Promise(() => {}) }
        }`),
    },
  },
  {
    row: 25,
    name: 'a module that looks for its reference, and exports it',
    slug: 'belt-and-lru',
    base: 'reference',
    verdicts: ['failed'],
    only: 'C1,C2',
    needsUser: true,
    files: {
      'shelf.ts': `${LOOK}
        let found: any = {}
        for (const root of roots) {
          const file = path.join(root as string, 'solutions/${PHASE}/belt-and-lru/shelf.ts')
          if (existsSync(file)) found = await import(file)
        }
        export const Belt = found.Belt ?? class {}
        export const LruShelf = found.LruShelf ?? class {}`,
    },
  },
  {
    row: 25,
    name: 'a script that looks for its reference, and runs it',
    slug: 'git-first-branch',
    base: 'starter',
    verdicts: ['failed'],
    only: 'C1,C2',
    needsUser: true,
    files: {
      'solve.sh': `#!/bin/sh
        dir=$(cd "$(dirname "$0")" && pwd)
        while [ "$dir" != / ]; do
          found=$dir/solutions/${PHASE}/git-first-branch/solve.sh
          [ -e "$found" ] && exec sh "$found"
          dir=$(dirname "$dir")
        done
        exit 0`,
    },
  },
  {
    row: 26,
    name: 'a server that stops as soon as it can read a grader, an exercise or a registry',
    slug: 'http-verbs',
    base: 'reference',
    // It finds none, and is as right as the reference.
    verdicts: ['partial'],
    only: 'C1,C2',
    needsUser: true,
    files: {
      'server.ts': before(`${LOOK}
        for (const root of roots) {
          const seen = ['graders/${PHASE}', 'exercises/${PHASE}', 'scripts/check.ts', '.git/HEAD', 'registry', 'variants', '.roadworks/report.json', '.roadworks/cache/vitest']
            .map((name) => path.join(root, name))
            .filter((file) => { try { readdirSync(file); return true } catch (error) { return error.code === 'ENOTDIR' && read(file) !== '' } })
          if (seen.length > 0) { console.error('saw', seen); process.exit(1) }
        }`),
    },
  },
  {
    row: 27,
    name: 'a server that leaves files for the next submission, and stops when it finds one',
    slug: 'http-verbs',
    base: 'reference',
    verdicts: ['partial'],
    only: 'C1,C2',
    needsUser: true,
    files: {
      'server.ts': before(`
        import { existsSync, writeFileSync } from 'node:fs'
        for (const folder of ['/tmp', '/var/tmp', '/dev/shm', process.env.HOME, process.cwd() + '/../../..', process.cwd() + '/../../../../../node_modules'])
          try { writeFileSync(folder + '/left-TOKEN', '') } catch {}`),
    },
    after({ root, token }) {
      for (const folder of ['/tmp', '/var/tmp', '/dev/shm', path.join(root, 'node_modules')]) {
        expect(existsSync(path.join(folder, `left-${token}`)), folder).toBe(false)
      }
    },
  },
  {
    row: 28,
    name: 'a build that leaves a program behind, writes outside and forges a verdict',
    slug: 'http-verbs',
    base: 'reference',
    verdicts: ['partial'],
    only: 'C1,C2',
    needsUser: true,
    files: {
      'README.md': (text) => text.replace('\nstart: ', '\nbuild: [node, build.mjs]\nstart: '),
      'build.mjs': `
        import { spawn } from 'node:child_process'
        import { readFileSync, writeFileSync } from 'node:fs'
        spawn('sh', ['-c', 'setsid sleep 3600 TOKEN & exec env -i setsid sleep 3600'], { detached: true, stdio: 'ignore', env: {} }).unref()
        const { root } = JSON.parse(readFileSync('places.json', 'utf8'))
        for (const file of ['/tmp/built-TOKEN', root + '/built', root + '/node_modules/built', root + '/graders/built'])
          try { writeFileSync(file, 'built') } catch {}
        console.log('  ★ http-verbs          8/8\\n✓ C1 C2 passed')`,
    },
    make(folder, { root }) {
      writeFileSync(path.join(folder, 'places.json'), JSON.stringify({ root }))
    },
    after({ root, token }) {
      for (const file of [
        `/tmp/built-${token}`,
        `${root}/built`,
        `${root}/node_modules/built`,
        `${root}/graders/built`,
      ]) {
        expect(existsSync(file), file).toBe(false)
      }
    },
  },
  {
    row: 28,
    name: 'a build that takes all processes',
    slug: 'http-verbs',
    base: 'starter',
    verdicts: ['failed'],
    only: 'C1,C2',
    needsUser: true,
    says: /It does not build|started more than 200 processes|of memory/,
    files: {
      'README.md': (text) => text.replace('\nstart: ', '\nbuild: [node, build.mjs]\nstart: '),
      'build.mjs': `
        import { spawn } from 'node:child_process'
        const own = [import.meta.filename, 'TOKEN']
        for (let n = 0; n < 3; n++) spawn(process.execPath, own, { stdio: 'ignore' })
        setInterval(() => {}, 1000)`,
      'server.ts': before('// touched'),
    },
  },
]
