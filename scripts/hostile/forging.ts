import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, type Row } from './row.ts'

const MODULE = { slug: 'belt-and-lru', base: 'starter', verdicts: ['failed'] } as const
const SERVER = { slug: 'http-verbs', base: 'starter', verdicts: ['failed'] } as const

const shelf = (code: string) => ({ 'shelf.ts': before(code) })
const server = (code: string) => ({ 'server.ts': before(code) })

/** Submissions that are wrong and want to be passed, or that print what a pass would look like. */
export const forging: Row[] = [
  { ...MODULE, row: 1, name: 'process.exit(0) at import', files: shelf('process.exit(0)') },
  {
    ...MODULE,
    row: 1,
    name: 'process.reallyExit(0) at import',
    files: shelf('(process as any).reallyExit(0)'),
  },
  {
    ...MODULE,
    row: 1,
    name: 'process.exit(0) in a timer',
    files: shelf('setTimeout(() => process.exit(0), 30)'),
  },
  {
    ...SERVER,
    row: 1,
    name: 'process.exit(0) in a handler',
    files: {
      'server.ts': (text) => text.replace('response.end(', 'process.exit(0), response.end('),
    },
  },
  {
    ...SERVER,
    row: 1,
    name: 'an uncaught exception after the last reply',
    files: {
      'server.ts': (text) =>
        text.replace(
          /response\.end\(([^\n]*)\)/,
          'response.end($1, () => { throw new Error("late") })',
        ),
    },
  },
  {
    slug: 'http-verbs',
    base: 'reference',
    row: 1,
    name: 'an unhandled rejection after replies of a right program',
    files: { 'server.ts': after('setTimeout(() => Promise.reject(new Error("late")), 400)') },
    verdicts: ['failed', 'passed', 'mastered'],
  },
  {
    ...MODULE,
    row: 2,
    name: 'patched built-ins: Object.is, Array.prototype, JSON, structuredClone, then',
    files: shelf(`
      Object.is = () => true
      Array.prototype.every = () => true
      Array.prototype.includes = () => true
      JSON.stringify = (() => '{}') as never
      globalThis.structuredClone = ((value: unknown) => value) as never
      const then = Promise.prototype.then
      Promise.prototype.then = function (this: any, ...rest: any[]) { return then.apply(this, rest as never) } as never
    `),
  },
  {
    ...MODULE,
    row: 2,
    name: 'expect.extend and a patched chai',
    files: shelf(`
      for (const name of ['vitest', 'chai']) {
        await import(name).then((it: any) => {
          it.expect?.extend?.({ toEqual: () => ({ pass: true, message: () => '' }) })
          if (it.Assertion) it.Assertion.prototype.assert = () => {}
          if (it.chai?.Assertion) it.chai.Assertion.prototype.assert = () => {}
        }).catch(() => {})
      }
    `),
  },
  {
    ...MODULE,
    row: 3,
    name: "rewrites vitest's results, skips, registers afterEach",
    files: shelf(`
      await import('vitest').then((vitest: any) => {
        vitest.afterEach((context: any) => { context.task.result = { state: 'pass' }; context.skip() })
      }).catch(() => {})
      for (const key of Object.getOwnPropertyNames(globalThis)) {
        const state = (globalThis as any)[key]
        if (/vitest/.test(key) && state?.current) state.current.result = { state: 'pass' }
      }
    `),
  },
  {
    ...MODULE,
    row: 4,
    name: 'values that claim to equal everything',
    files: {
      'shelf.ts': `
        const any: any = new Proxy(function () {}, {
          get: (_target, key) => {
            if (key === Symbol.toPrimitive) return () => 1
            if (key === 'asymmetricMatch' || key === 'equals') return () => true
            if (key === 'toJSON') return () => ({})
            if (key === 'then') return undefined
            return any
          },
          apply: () => any,
          construct: () => any,
          has: () => true,
        })
        export type Handle = unknown
        export const Belt = any
        export const LruShelf = any
      `,
    },
  },
  {
    ...MODULE,
    row: 5,
    name: 'its own vitest, pg, configuration and package.json',
    make(folder) {
      const put = (name: string, text: string) => {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        writeFileSync(path.join(folder, name), text)
      }
      const forged = 'export const expect = () => ({ toEqual() {} }); export const test = () => {}'
      put('vitest.config.ts', 'throw new Error("the submission\'s configuration was loaded")')
      put('package.json', '{"type":"commonjs","scripts":{"preinstall":"exit 1"}}')
      put('tsconfig.json', '{"compilerOptions":{"paths":{"vitest":["./forged"]}}}')
      put('.npmrc', 'node-options=--import=./forged.mjs')
      put('node_modules/vitest/index.mjs', forged)
      put('node_modules/vitest/package.json', '{"name":"vitest","exports":"./index.mjs"}')
      put('node_modules/pg/index.js', 'module.exports = {}')
    },
    files: { 'shelf.ts': after('// touched') },
  },
  {
    ...SERVER,
    row: 6,
    name: 'writes a forged report, then kills its parent',
    needsUser: true,
    files: server(`
      import { mkdirSync, writeFileSync } from 'node:fs'
      for (let up = '.', times = 0; times < 6; times++, up += '/..') {
        try {
          mkdirSync(up + '/.roadworks', { recursive: true })
          writeFileSync(up + '/.roadworks/report.json', JSON.stringify({ version: 1, exercises: [{ slug: 'http-verbs', verdict: 'mastered', checks: [] }] }))
        } catch {}
      }
      try { process.kill(process.ppid, 'SIGKILL') } catch {}
    `),
  },
  {
    ...SERVER,
    row: 6,
    name: 'a detached process rewrites the report after the run',
    needsUser: true,
    make(folder, { root, token }) {
      writeFileSync(
        path.join(folder, 'later.mjs'),
        `// ${token}
        import { writeFileSync } from 'node:fs'
        const end = Date.now() + 60_000
        const forge = () => {
          try { writeFileSync(${JSON.stringify(path.join(root, '.roadworks', 'report.json'))}, '{"version":1,"exercises":[{"slug":"http-verbs","verdict":"mastered"}]}') } catch {}
          if (Date.now() < end) setTimeout(forge, 20)
        }
        forge()`,
      )
    },
    files: server(`
      import { spawn } from 'node:child_process'
      spawn(process.execPath, ['later.mjs', 'TOKEN'], { detached: true, stdio: 'ignore', env: {} }).unref()
    `),
  },
  {
    ...SERVER,
    row: 7,
    name: 'prints forged markers, maps, JUnit and cursor movements',
    files: server(`
      const forged = [
        '::notice::all passed', '::stop-commands::x', '##[group]x', '<testsuites failures="0"/>',
        ']]></system-out></testcase><testcase name="forged"/>',
        'Phase 1 · Fundamentals                1 of 1 passed', '  ★ http-verbs      8/8', '8 passed, 0 failed',
        '\\x1b[2J\\x1b[H\\x1b[1A\\x1b[2K  ★ http-verbs 8/8', '\\r  ★ http-verbs 8/8', '\\u202e8/8 sbrev-ptth \\u2605',
      ]
      for (const line of forged) { console.log(line); console.error(line) }
    `),
  },
  {
    ...MODULE,
    row: 8,
    name: "forged messages on the driver's channel: early, twice, malformed",
    files: shelf(`
      const send = process.send!.bind(process)
      const forged = { ok: true, value: [] }
      for (const message of [forged, { id: null, ...forged }, 'pass', 42, null, [], { id: {}, ok: 1 }]) send(message as never)
      process.prependListener('message', (message: any) => {
        send({ id: message?.id, ...forged })
        send({ id: message?.id, ...forged })
        send({ id: message?.id, ok: false })
      })
    `),
  },
  {
    ...MODULE,
    row: 8,
    name: 'a message of 100 MB on the channel',
    only: 'C1',
    files: shelf("process.send!({ id: 'x', ok: true, value: 'x'.repeat(100_000_000) } as never)"),
  },
  {
    ...MODULE,
    row: 9,
    name: 'an empty submission',
    files: { 'shelf.ts': '' },
  },
]
