import { spawn } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GRADERS } from '../graders/harness/paths.ts'
import { type Checkout, makeCheckout } from './test/checkout.ts'

// `npm run verify` as it is called, on a copy of the kit whose snapshots are tampered with.

let checkout: Checkout
beforeAll(() => {
  checkout = makeCheckout()
  // The copy has none, and `verify` would miss them first.
  const alternatives = path.join('phase1-fundamentals', 'http-verbs', 'alternatives')
  const to = checkout.file('graders', alternatives)
  cpSync(path.join(GRADERS, alternatives), to, { recursive: true })
})
afterAll(() => checkout.remove())

function runVerify(args: string[]): Promise<{ code: number | null; printed: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['scripts/verify.ts', ...args], {
      cwd: checkout.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ROADWORKS_PROVEN: undefined,
        VITEST: undefined,
        NO_COLOR: '1',
        FORCE_COLOR: undefined,
      },
    })
    let printed = ''
    child.stdout.on('data', (chunk) => {
      printed += chunk
    })
    child.stderr.on('data', (chunk) => {
      printed += chunk
    })
    child.once('close', (code) => resolve({ code, printed }))
  })
}

const patient = { timeout: 300_000 }

test(
  'a text that is not the snapshot’s fails with the difference and the fix',
  patient,
  async () => {
    const file = checkout.file('graders', 'phase1-fundamentals', 'http-verbs', 'feedback.md')
    const right = readFileSync(file, 'utf8')
    const [w1, w2, w3] = ['W1', 'W2', 'W3'].map((id) => right.indexOf(`## ${id} `))
    const tampered = right.slice(0, w2).replace('400 Bad Request', '401 Unauthorized')
    expect(w1).toBeGreaterThan(0)
    writeFileSync(file, tampered + right.slice(w3))

    const wrong = await runVerify(['http-verbs', '--only', 'W1,W2', '--jobs', '1'])
    expect(wrong.printed).toContain('- POST /lockers answered 401 Unauthorized')
    expect(wrong.printed).toContain('+ POST /lockers answered 400 Bad Request')
    expect(wrong.printed).toContain('npm run verify -- http-verbs --only W1 --update')
    expect(wrong.printed).toContain('feedback.md has no section for W2')
    expect(wrong.printed).not.toContain('All in full')
    expect(wrong.code).toBe(1)

    const update = await runVerify(['http-verbs', '--only', 'W1,W2', '--jobs', '1', '--update'])
    expect(update.code, update.printed).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(right)

    // The gradings that took the sections need not be repeated: theirs are the keys of what stands now.
    const kept = () => readdirSync(checkout.file('.roadworks', 'proven', 'verified')).sort()
    const before = kept()
    const again = await runVerify(['http-verbs', '--only', 'W1,W2', '--jobs', '1'])
    expect(again.code, again.printed).toBe(0)
    expect(kept()).toEqual(before)
  },
)

test.each([
  [['http-verbs', '--only', 'W99'], /None of these exercises has a variant W99/],
  [['http-verbs', '--flaky', '2', '--update'], /--flaky only looks/],
  [['http-verbs', '--flaky', 'often'], /whole number from 1/],
])('%j is wrong usage', patient, async (args, message) => {
  const { code, printed } = await runVerify(args)
  expect(printed).toMatch(message)
  expect(code).toBe(2)
})
