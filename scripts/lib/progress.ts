import { styleText } from 'node:util'
import { oneLine } from './map.ts'

/** Tells what is going on: a line that changes in a terminal, a line each elsewhere. */
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
  const clear = () => {
    if (live) stream.write('\r\u001b[2K')
  }
  return {
    status(text) {
      if (!live) return
      const room = Math.max(20, (stream.columns ?? 80) - 2)
      stream.write(`\r\u001b[2K${styleText('dim', oneLine(text, room), { stream })}`)
    },
    line(text) {
      clear()
      stream.write(`${text}\n`)
    },
    done: clear,
  }
}
