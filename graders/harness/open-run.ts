import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { cleanRun } from './clean-run.ts'
import { EXERCISES, STATE } from './paths.ts'
import { isRunOver, REAPER, type Run } from './run.ts'
import { findConfinement } from './subjects/confine.ts'
import { type SandboxMode, sandboxMode } from './subjects/sandbox-mode.ts'

export type OpenRun = Run & {
  /** Ends everything the run started and removes all it wrote. Safe to call twice. */
  close(): Promise<void>
  /**
   * The same in the middle of the run, for a signal: this process must exit next. What it was just
   * making, a container that is still being created say, is removed by the reaper after that.
   */
  interrupt(): Promise<void>
}

/** Removes what runs that were killed left in the state folder. */
function sweepStale(work: string): void {
  if (!existsSync(work)) return
  for (const name of readdirSync(work)) {
    const dir = path.join(work, name)
    if (isRunOver(dir)) rmSync(dir, { recursive: true, force: true })
  }
}

/**
 * Starts a helper process that waits for this one to end, however it ends, and then removes what
 * the run made. It is what keeps a `kill -9` or a closed terminal from leaving servers behind.
 * @returns its pid
 */
function startReaper(dir: string): number | undefined {
  const script = path.join(import.meta.dirname, 'reaper.ts')
  const reaper = spawn(process.execPath, [script, dir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  reaper.unref()
  reaper.stdin?.on('error', () => {})
  ;(reaper.stdin as unknown as { unref?(): void } | null)?.unref?.()
  return reaper.pid
}

/**
 * Opens a run: makes its folder and sees to it that nothing of it outlives this process.
 * @param options.seed a random one by default
 * @param options.submission the kit's own `exercises` by default
 * @param options.sandbox what keeps subjects from doing harm; `ROADWORKS_SANDBOX` by default
 * @throws SandboxModeError where `ROADWORKS_SANDBOX` is not a mode
 */
export function openRun(
  options: Partial<Pick<Run, 'seed' | 'submission' | 'start' | 'inspect'>> & {
    sandbox?: SandboxMode
  } = {},
): OpenRun {
  const sandbox = options.sandbox ?? sandboxMode()
  const work = path.join(STATE, 'work')
  sweepStale(work)
  const id = `${process.pid}-${randomBytes(4).toString('hex')}`
  const dir = path.join(work, id)
  const reaper = startReaper(dir)
  mkdirSync(dir, { recursive: true })
  // A subject of another user passes through, but sees neither what else is here nor the passwords
  // of services in the registry.
  chmodSync(dir, 0o711)
  mkdirSync(path.join(dir, 'registry'), { mode: 0o700 })
  writeFileSync(path.join(dir, REAPER), String(reaper), { mode: 0o600 })
  let closing: Promise<void> | undefined
  return {
    id,
    dir,
    seed: options.seed ?? randomBytes(4).readUInt32LE() % 1_000_000,
    submission: options.submission ?? EXERCISES,
    services: {},
    // Somebody who debugs looks at the submission itself, wherever it lies.
    confinement: options.inspect ? { kind: 'none' } : findConfinement(sandbox),
    start: options.start,
    inspect: options.inspect,
    close() {
      closing ??= cleanRun(dir)
      return closing
    },
    interrupt() {
      closing ??= cleanRun(dir, { again: true })
      return closing
    },
  }
}

/** The same run as plain data, for `provide`. */
export function plainRun({ close: _close, interrupt: _interrupt, ...run }: OpenRun): Run {
  return run
}
