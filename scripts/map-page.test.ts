import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findBrowser, launchBrowser } from './test/browser.ts'
import { type Checkout, makeCheckout, type Running, startCommand } from './test/checkout.ts'

// The page of `npm run map`, in a real browser. Where a machine has none, CI fails and others skip.

const program = findBrowser()
const PHASE = 'phase1-fundamentals'
const SLUG = 'tariff-pipeline'
const FILE = 'tariff.ts'

let checkout: Checkout
let map: Running
let url: URL
let browser: Browser
let page: Page
const violations: string[] = []

/** A file of the exercise in the copy of the kit. */
const own = (tree: string, name = FILE) => checkout.file(tree, PHASE, SLUG, name)

describe.skipIf(!program && !process.env.CI)('the map in a browser', () => {
  beforeAll(async () => {
    checkout = makeCheckout()
    // A text that would like to be more than a text.
    const readme = own('exercises', 'README.md')
    writeFileSync(
      readme,
      `${readFileSync(readme, 'utf8')}\n<script>document.title = 'taken'</script><img src=x onerror="document.title='taken'">\n\n[a link](javascript:document.title='taken')\n`,
    )
    map = startCommand(checkout, 'map', ['--port', '0'], { ROADWORKS_SERVICES: 'native' })
    await vi.waitUntil(() => /The map is at http/.test(map.printed()), { timeout: 60_000 })
    url = new URL(/http:\S+/.exec(map.printed())![0])
    browser = await launchBrowser(program!)
    page = await browser.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') violations.push(message.text())
    })
    page.on('pageerror', (error) => violations.push(String(error)))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    map?.child.kill('SIGINT')
    await map?.ended
    checkout?.remove()
  })

  /** What axe finds of the kinds that keep somebody out. */
  async function seriousFaults(): Promise<string[]> {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    // Evaluated, not loaded: the page's policy lets no script in.
    await page.evaluate(axe)
    return page.evaluate(async () => {
      const { violations } = await (globalThis as any).axe.run()
      return violations
        .filter(({ impact }: any) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }: any) => `${id}: ${nodes[0].html}`)
    })
  }

  const status = () => page.locator('section[aria-labelledby=run] [role=status]')

  test('the road shows every exercise, and leads to one', async () => {
    await page.goto(url.href)
    await page.getByRole('heading', { name: 'Roadworks' }).waitFor()
    expect(page.url(), 'the token must not stay in the address').not.toContain('token')
    expect(await page.locator('.road a').count()).toBeGreaterThan(30)
    expect(await seriousFaults()).toEqual([])
    await page.getByRole('link', { name: new RegExp(`^${SLUG}`) }).click()
    await page.getByRole('heading', { name: 'Price with pure functions' }).waitFor()
  })

  test('the text of an exercise is text', async () => {
    await page.getByText("<script>document.title = 'taken'</script>").waitFor()
    expect(await page.title()).toBe(`${SLUG} · Roadworks`)
    const links = page.locator('.readme a')
    for (const href of await links.evaluateAll((all) => all.map((one) => one.getAttribute('href'))))
      expect(String(href)).toMatch(/^https?:|^null$/)
    expect(await page.locator('.readme img, .readme script').count()).toBe(0)
  })

  test('a wrong save shows its failing check live, a right one that all is well', async () => {
    await page.getByRole('button', { name: 'Watch and grade' }).click()
    await expect.poll(() => status().innerText(), { timeout: 60_000 }).toContain('Untouched')
    cpSync(own('solutions'), own('exercises'))
    await expect.poll(() => status().innerText(), { timeout: 120_000 }).toMatch(/^mastered: 8 of 8/)
    const right = readFileSync(own('exercises'), 'utf8')
    const wrong = "export const pipe = () => (x: unknown) => '<img src=x onerror=alert(1)>' + x\n"
    writeFileSync(
      own('exercises'),
      `${right.replace('export function pipe', 'function oldPipe')}\n${wrong}`,
    )
    await expect.poll(() => status().innerText(), { timeout: 120_000 }).toMatch(/^failed: \d of 8/)
    // The first failure is open, and what the program gave stands there as text.
    const failure = page.locator('.checks details[open]').first()
    await failure.getByText('<img src=x').first().waitFor()
    expect(await page.locator('.checks img').count()).toBe(0)
    expect(await status().innerText()).toMatch(/lost/)
    expect(await seriousFaults()).toEqual([])
    const passed = page.locator('.checks .mark.passed')
    writeFileSync(own('exercises'), right)
    await expect.poll(() => passed.count(), { timeout: 120_000 }).toBe(8)
  })

  test('hints come one at a time', async () => {
    const button = page.getByRole('button', { name: /Show hint 1 of/ })
    await button.click()
    await page.getByRole('button', { name: /Show hint 2 of/ }).waitFor()
    expect(await page.locator('section[aria-labelledby=hints] details').count()).toBe(1)
  })

  test('reset asks first, by the keyboard alone', async () => {
    const before = readFileSync(own('exercises'), 'utf8')
    await page.getByRole('button', { name: 'Reset …' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    expect(readFileSync(own('exercises'), 'utf8')).toBe(before)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Bring it back' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => status().innerText()).toContain('The starter is back')
    const starter = checkout.file('graders', PHASE, SLUG, 'starter', FILE)
    expect(readFileSync(own('exercises'), 'utf8')).toBe(readFileSync(starter, 'utf8'))
  })

  test('nothing is cut off in a narrow window, and forced colours keep every mark', async () => {
    await page.setViewportSize({ width: 360, height: 700 })
    const wide = () =>
      page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    expect(await wide()).toBe(0)
    await page.emulateMedia({ forcedColors: 'active' })
    await page.getByRole('link', { name: 'The road' }).click()
    await page.getByRole('heading', { name: 'Roadworks' }).waitFor()
    expect(await wide()).toBe(0)
    expect(await page.locator('.road .mark').first().innerText()).toMatch(/\S \w+/)
    expect(await seriousFaults()).toEqual([])
    await page.emulateMedia({ forcedColors: 'none' })
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  test('no script but its own has run, and none was tried', () => {
    expect(violations).toEqual([])
  })

  /** Asks as a program would, without the browser's cookie. */
  function ask(headers: Record<string, string>, method = 'GET', at = '/api/map'): Promise<number> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port: url.port, path: at, method, headers },
        (response) => {
          response.resume()
          resolve(response.statusCode!)
        },
      )
      request.on('error', reject).end()
    })
  }

  test('another host, another origin and whoever has no token get nothing', async () => {
    const token = url.searchParams.get('token')!
    const good = { Host: url.host, Cookie: `roadworks=${token}` }
    const reset = `/api/exercises/${SLUG}/reset`
    expect(await ask(good)).toBe(200)
    expect(await ask({ ...good, Origin: url.origin })).toBe(200)
    expect(await ask({ Host: url.host })).toBe(403)
    expect(await ask({ Host: url.host, Cookie: 'roadworks=x' })).toBe(403)
    expect(await ask({ ...good, Host: 'evil.test' })).toBe(403)
    expect(await ask({ ...good, Origin: 'http://evil.test' })).toBe(403)
    expect(await ask({ ...good, Origin: 'null' }, 'POST', reset)).toBe(403)
    expect(await ask({ Host: url.host }, 'POST', reset)).toBe(403)
    expect(await ask(good, 'GET', '/page/..%2f..%2f..%2f..%2fpackage.json')).toBe(404)
  })

  test('Ctrl-C ends it with exit code 0, and leaves nothing running', async () => {
    map.child.kill('SIGINT')
    const { code, stderr } = await map.ended
    expect(stderr).not.toMatch(/\n\s+at .+:\d+:\d+/)
    expect(code).toBe(0)
    await expect(fetch(url.origin)).rejects.toThrow()
  })
})
