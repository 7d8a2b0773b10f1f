import { styleText } from 'node:util'
import { isRunning } from '../../graders/harness/services/types.ts'
import type { EngineEvent } from './engine/engine.ts'
import { oneLine } from './map.ts'

/** How long nothing may be heard where the line cannot change, such as in the log of a CI. */
const SILENCE_MS = 30_000

/** Tells what is going on: a line that changes in a terminal, one now and then elsewhere. */
export type Progress = {
  /** Shows what is being done now. */
  status(text: string): void
  /** Prints a line that stays. */
  line(text: string): void
  /** Takes the changing line away. */
  done(): void
}

/** Writes to standard error, so that `--json` on standard output stays clean. */
export function openProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const live = stream.isTTY && !process.env.CI
  let heard = performance.now()
  const clear = () => {
    if (live) stream.write('\r\u001b[2K')
  }
  return {
    status(text) {
      if (!live) {
        if (performance.now() - heard < SILENCE_MS) return
        heard = performance.now()
        stream.write(`… ${oneLine(text, 78)}\n`)
        return
      }
      const room = Math.max(20, (stream.columns ?? 80) - 2)
      stream.write(`\r\u001b[2K${styleText('dim', oneLine(text, room), { stream })}`)
    },
    line(text) {
      clear()
      heard = performance.now()
      stream.write(`${text}\n`)
    },
    done: clear,
  }
}

/**
 * Shows what an engine tells.
 * @param keep services that are up stay on the screen, a line each, as do those that are missing
 */
export function tellProgress(progress: Progress, event: EngineEvent, keep = false): void {
  if (event.type === 'notice') {
    progress.line(event.text)
    return
  }
  const { name, state } = event
  if (!state) progress.status(`starting ${name} …`)
  else if (keep) {
    const text = isRunning(state) ? `${state.version} (${state.provider})` : state.missing
    progress.line(`${name}: ${text}`)
  } else if (isRunning(state)) progress.status(`${name} ${state.version} is up (${state.provider})`)
}
