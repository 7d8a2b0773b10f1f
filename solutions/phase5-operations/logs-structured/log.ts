// The log: one JSON object a line, on standard output.
import { AsyncLocalStorage } from 'node:async_hooks'

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal']
export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal'

const wanted = LEVELS.indexOf(process.env.LOG_LEVEL ?? 'info')
const lowest = wanted === -1 ? LEVELS.indexOf('info') : wanted

/** The id of the request that is being served, for whatever is called meanwhile. */
const serving = new AsyncLocalStorage<string>()

/** Runs `action` so that each line it writes, now or later, carries the id of the request. */
export const whileServing = <T>(requestId: string, action: () => T): T =>
  serving.run(requestId, action)

/** What may be told of an error. Its cause and its other fields may hold what was sent. */
export const describeError = (error: unknown) =>
  error instanceof Error
    ? { type: error.name, stack: error.stack }
    : { type: typeof error, stack: new Error('something that is no Error was thrown').stack }

/**
 * Writes one line.
 * @param fields what is worth knowing, each thing by its name: never a whole body, header or error
 * @param written called when the line is out, and so all before it
 */
export function log(
  level: Level,
  msg: string,
  fields: Record<string, unknown> = {},
  written: () => void = () => {},
): void {
  if (LEVELS.indexOf(level) < lowest) {
    written()
    return
  }
  const time = new Date().toISOString()
  const line = { time, level, msg, requestId: serving.getStore(), ...fields }
  process.stdout.write(`${JSON.stringify(line)}\n`, () => written())
}
