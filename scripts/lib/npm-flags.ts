import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from './usage.ts'

// npm keeps flags to itself unless `--` stands before them. Some it hands down as npm_config_<flag>; those
// it knows itself it takes for its own, and drops where their value means nothing to it (`--only C2`).
// What was really typed stands in npm's own log.

/** A flag of a command, as it is told to commander. */
export type Flag = {
  /** With its dashes. */
  long: string
  /** Its value as the help shows it, such as `<n>`; none for one that is on or off. */
  value?: string
}

/** How long before this command npm may have been started, in ms. */
const RECENT_MS = 15_000

/** What npm sets for a flag that nobody gave. */
const OFF = ['', 'false', undefined]

/**
 * Returns the words of the npm call that started this command, after the command's name.
 * @returns undefined where npm's log does not say, or npm did not start it
 */
function typedWords(command: string): string[] | undefined {
  const { npm_lifecycle_event: script, npm_config_cache: cache } = process.env
  const folder = process.env.npm_config_logs_dir || (cache && path.join(cache, '_logs'))
  if (script !== command || !folder || !existsSync(folder)) return undefined
  // Named by the time at which npm was started: 2026-11-29T09_35_42_104Z-debug-0.log
  const since = new Date(performance.timeOrigin - RECENT_MS).toISOString().replaceAll(/[:.]/g, '_')
  const recent = readdirSync(folder).filter((name) => name.endsWith('-debug-0.log') && name > since)
  for (const name of recent.sort().reverse()) {
    const lines = readFileSync(path.join(folder, name), 'utf8').split('\n', 60)
    const argv = lines.find((line) => / verbose argv "/.test(line)) ?? ''
    const words = [...argv.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(
      ([word]) => JSON.parse(word) as string,
    )
    const at = words.findIndex((word) => word === command || (command === 'test' && word === 't'))
    // Another npm may have been started since.
    const isThis = process.argv.slice(2).every((word) => words.slice(at).includes(word))
    if (at >= 0 && isThis) return words.slice(at + 1)
  }
  return undefined
}

/** A word as a shell reads it. */
function quoted(word: string): string {
  return /^[\w./,:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The call as it should be, from what was typed; undefined where nothing was swallowed. */
function fromTyped(flags: Flag[], typed: string[]): string[] | undefined {
  const end = typed.indexOf('--')
  const before = end < 0 ? typed : typed.slice(0, end)
  const isOwn = (word: string) =>
    flags.some(({ long }) => word === long || word.startsWith(`${long}=`))
  if (!before.some(isOwn)) return undefined
  return [...before, ...(end < 0 ? [] : typed.slice(end + 1))]
}

/** The same from npm's environment: a value that was not joined by `=` stands among the names. */
function fromEnvironment(flags: Flag[]): string[] | undefined {
  const words = process.argv.slice(2)
  const taken = flags.flatMap(({ long, value }) => {
    const given = process.env[`npm_config_${long.slice(2).replaceAll('-', '_')}`]
    // npm has some of these names itself, and then sets them to "" or "false".
    if (OFF.includes(given) || words.some((word) => word.split('=')[0] === long)) return []
    return [{ long, value, given }]
  })
  if (taken.length === 0) return undefined
  const valued = taken.filter(({ value, given }) => value?.startsWith('<') && given === 'true')
  // Of one such flag the value is, most of the time, the last word; of several nobody can say.
  const last = valued.length === 1 && words.length > 1 ? words.pop() : undefined
  return [
    ...words,
    ...taken.flatMap(({ long, value, given }) => {
      if (given !== 'true') return [`${long}=${given}`]
      return value?.startsWith('<') ? [long, last ?? value] : [long]
    }),
  ]
}

/**
 * Notices flags that npm kept.
 * @throws UsageError with the call as it should be
 */
export function refuseSwallowedFlags(command: string, flags: Flag[]): void {
  const typed = typedWords(command)
  const words = typed ? fromTyped(flags, typed) : fromEnvironment(flags)
  if (!words) return
  const shown = words.map((word) => (/^<.*>$/.test(word) ? word : quoted(word))).join(' ')
  throw new UsageError(
    `npm kept a flag for itself. Put -- before all of it: npm run ${command} -- ${shown}`,
  )
}
