import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ROOT } from '../graders/harness/paths.ts'
import { defineCommand } from './lib/command.ts'
import { EXIT } from './lib/exit.ts'
import { EnvironmentError } from './lib/usage.ts'
import { findBrowser, launchBrowser } from './test/browser.ts'
import { makeCheckout, startCommand } from './test/checkout.ts'

// The pictures of the map that the README shows: of a copy of the kit, in which somebody is on their way.

const TO = path.join(ROOT, '.github', 'pictures')
const PHASE = 'phase1-fundamentals'
const DONE = ['belt-and-lru', 'rate-card', 'git-first-branch']
const SLUG = 'tariff-pipeline'

async function main(): Promise<number> {
  const program = findBrowser()
  if (!program) throw new EnvironmentError('Pictures need Chromium or Chrome on PATH.')
  const checkout = makeCheckout()
  const env = { ROADWORKS_SERVICES: 'native' }
  const map = startCommand(checkout, 'map', ['--port', '0'], env)
  const browser = await launchBrowser(program)
  try {
    for (const slug of DONE) {
      const [from, to] = ['solutions', 'exercises'].map((tree) => checkout.file(tree, PHASE, slug))
      cpSync(from!, to!, { recursive: true })
    }
    await startCommand(checkout, 'check', DONE, env).ended
    const file = checkout.file('exercises', PHASE, SLUG, 'tariff.ts')
    const right = readFileSync(checkout.file('solutions', PHASE, SLUG, 'tariff.ts'), 'utf8')
    while (!/http:\S+/.test(map.printed())) await new Promise((resolve) => setTimeout(resolve, 100))
    const page = await browser.newPage({ viewport: { width: 1100, height: 640 } })
    await page.goto(/http:\S+/.exec(map.printed())![0])
    await page.getByRole('heading', { name: 'Roadworks' }).waitFor()
    mkdirSync(TO, { recursive: true })
    await page.screenshot({ path: path.join(TO, 'map.png') })

    // A slip that many make: the functions in the wrong order.
    const wrong = right.replace(/\.reduce\(/, '.reduceRight(')
    writeFileSync(file, wrong)
    await page.getByRole('link', { name: new RegExp(`^${SLUG}`) }).click()
    await page.getByRole('button', { name: 'Watch and grade' }).click()
    await page.locator('.checks details[open]').first().waitFor({ timeout: 120_000 })
    await page.locator('[role=status]', { hasText: /^failed/ }).waitFor({ timeout: 120_000 })
    await page.screenshot({ path: path.join(TO, 'failure.png') })
    process.stdout.write(`${path.relative(ROOT, TO)}/map.png and failure.png are new.\n`)
    return EXIT.passed
  } finally {
    await browser.close()
    map.child.kill('SIGINT')
    await map.ended
    checkout.remove()
  }
}

await defineCommand(
  'pictures',
  'Makes the pictures of the map that the README shows. It needs Chromium or Chrome.',
  (command) => command,
  main,
)
