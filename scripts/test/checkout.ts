import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { ROOT, STATE } from '../../graders/harness/paths.ts'

/** A copy of the kit, in which a test may break what it likes. */
export type Checkout = {
  root: string
  /** Absolute path of a file in the copy. */
  file(...parts: string[]): string
  remove(): void
}

/** Copies the kit without its packages and its state; the packages are linked. */
export function makeCheckout(): Checkout {
  mkdirSync(STATE, { recursive: true })
  const root = mkdtempSync(path.join(STATE, 'checkout-'))
  // A server that may not run as root must reach its data in it.
  chmodSync(root, 0o755)
  for (const name of ['exercises', 'solutions', 'graders', 'scripts']) {
    cpSync(path.join(ROOT, name), path.join(root, name), {
      recursive: true,
      filter: (source) => !/[\\/](alternatives|node_modules)$/.test(source),
    })
  }
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(path.join(ROOT, name), path.join(root, name))
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'))
  return {
    root,
    file: (...parts) => path.join(root, ...parts),
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export type Ended = { code: number | null; stdout: string; stderr: string }

export type Running = {
  child: ChildProcess
  ended: Promise<Ended>
  /** Everything printed so far. */
  printed(): string
}

/** Runs one of the commands as its npm script does, in the copy. */
export function startCommand(
  checkout: Checkout,
  name: string,
  args: string[],
  env: Record<string, string | undefined> = {},
  /** Standard input; empty by default. `open` leaves it to the caller to end it. */
  input: string | { open: true } = '',
): Running {
  const child = spawn(process.execPath, [`scripts/${name}.ts`, ...args], {
    cwd: checkout.root,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      // These tests are about a learner's machine, wherever they run.
      CI: undefined,
      GITHUB_ACTIONS: undefined,
      VITEST: undefined,
      NO_COLOR: '1',
      FORCE_COLOR: undefined,
      // Where the tests were called is no place in the copy.
      INIT_CWD: undefined,
      ...env,
    },
  })
  child.stdin.on('error', () => {}) // who does not read it may close it
  if (typeof input === 'string') child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
  return { child, ended, printed: () => stdout + stderr }
}

/** Runs `npm run check` as its script does, in the copy. */
export function startCheck(
  checkout: Checkout,
  args: string[],
  env: Record<string, string | undefined> = {},
): Running {
  return startCommand(checkout, 'check', args, env)
}

/** Runs `check` in the copy to its end. */
export function runCheck(
  checkout: Checkout,
  args: string[],
  env: Record<string, string | undefined> = {},
): Promise<Ended> {
  return startCheck(checkout, args, env).ended
}
