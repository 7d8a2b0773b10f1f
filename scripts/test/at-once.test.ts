import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../../graders/harness/paths.ts'
import { makeCheckout } from './checkout.ts'

test('a failure is printed while the tests after it still run', async () => {
  const checkout = makeCheckout()
  const seen = checkout.file('seen')
  writeFileSync(
    checkout.file('scripts', 'planted.test.ts'),
    `import { existsSync } from 'node:fs'
    import { expect, test } from 'vitest'
    test('fails', () => expect(1, 'the planted failure').toBe(2))
    test('waits until that was seen', () =>
      expect.poll(() => existsSync(${JSON.stringify(seen)}), { timeout: 60_000 }).toBe(true))`,
  )
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const args = [vitest, 'run', 'scripts/planted.test.ts', '--mode', 'stress']
  const child = spawn(process.execPath, args, { cwd: checkout.root })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
    checkout.remove()
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      printed += chunk
    })
  }
  const ended = new Promise((resolve) => child.once('close', resolve))
  await expect.poll(() => printed, { timeout: 45_000 }).toMatch(/the planted failure/)
  expect(child.exitCode).toBeNull()
  writeFileSync(seen, '')
  expect(await ended).toBe(1)
  expect(printed).toMatch(/passed: waits until that was seen/)
})
