import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { adviceOf, listeningOf, neverListens } from './listening.ts'

async function listen(host: string): Promise<number> {
  const server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  return (server.address() as { port: number }).port
}

test.runIf(process.platform === 'linux')(
  'sees where a program listens, and on which address',
  async () => {
    const own = [process.pid]
    const before = listeningOf(own).length
    const port = await listen('127.0.0.1')
    const all = await listen('0.0.0.0')
    expect(listeningOf(own)).toHaveLength(before + 2)
    expect(listeningOf(own)).toContainEqual({ address: '127.0.0.1', port })
    expect(listeningOf(own)).toContainEqual({ address: '0.0.0.0', port: all })
    const six = await listen('::1').catch(() => undefined)
    if (six) expect(listeningOf(own)).toContainEqual({ address: '::1', port: six })
    expect(listeningOf([])).toEqual([])
  },
)

test.each<[string, string, string | undefined]>([
  ['exports its app', 'const app = express()\nexport default app', 'app.listen'],
  ['exports its server', 'const server = make()\nmodule.exports = server', 'server.listen'],
  ['exports and listens', 'export const app = express()\napp.listen(1)', undefined],
  ['ends at once', 'console.log(1)', undefined],
])('a program that %s', (_name, text, advice) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'listening-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(path.join(folder, 'server.ts'), text)
  const found = neverListens(folder, ['node', '--watch', 'server.ts'])
  if (advice) expect(found).toContain(`end it with ${advice}(process.env.PORT`)
  else expect(found).toBeUndefined()
  expect(neverListens(folder, ['node', 'gone.ts'])).toBeUndefined()
})

test.each([
  ['node server.ts', [], 'Use process.env.PORT.'],
  ['python3 server.py', [], 'Use os.environ["PORT"].'],
  ['./server', [], 'Use the environment variable PORT.'],
  [
    'node server.ts',
    [{ address: '127.0.0.1', port: 3000 }],
    'It listens at port 3000 instead. Use process.env.PORT.',
  ],
  [
    'node server.ts',
    [{ address: '::1', port: 4000 }],
    'It listens at that port on ::1, and not on 127.0.0.1. Listen on 127.0.0.1 or 0.0.0.0.',
  ],
  [
    'go run server.go',
    [],
    'It compiles at each start; name in the README’s frontmatter build: [go, build, -o, server, .] and start: [./server].',
  ],
])('%s that listens at %j is told: %s', (command, listening, advice) => {
  expect(adviceOf(command, 4000, listening)).toBe(advice)
})
