// What a server has written to stdout, line by line, and what is wrong with a line.
import { StringDecoder } from 'node:string_decoder'

export type Fields = Record<string, unknown>

/** One line of stdout. */
export type Line = {
  text: string
  /** The JSON object; undefined where the line is none. */
  fields?: Fields
  /** When the grader had it, in ms since 1970. */
  cameAt: number
}

function objectOf(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Fields) : undefined
  } catch {
    return undefined
  }
}

/** Takes stdout as it comes. */
export class Lines {
  readonly all: Line[] = []
  /** What has come after the last newline. */
  rest = ''
  readonly #decoder = new StringDecoder('utf8')
  readonly #byRequest = new Map<unknown, Line[]>()

  push(chunk: Buffer): void {
    const parts = (this.rest + this.#decoder.write(chunk)).split('\n')
    this.rest = parts.pop()!
    const cameAt = Date.now()
    for (const text of parts) {
      const line = { text, fields: objectOf(text), cameAt }
      this.all.push(line)
      const id = line.fields?.requestId
      if (id === undefined) continue
      const own = this.#byRequest.get(id)
      if (own) own.push(line)
      else this.#byRequest.set(id, [line])
    }
  }

  /** All of it, as it came. */
  get text(): string {
    return [...this.all.map(({ text }) => text), this.rest].join('\n')
  }

  /** The lines of one request, in their order. */
  of(requestId: string): Line[] {
    return this.#byRequest.get(requestId) ?? []
  }

  /** The lines from one place on that have these fields. */
  having(wanted: Fields, from = 0): Line[] {
    return this.all
      .slice(from)
      .filter(({ fields }) =>
        Object.entries(wanted).every(([name, value]) => fields?.[name] === value),
      )
  }
}

/** Whether it is the line of a request that is over. */
export const isRequestLine = ({ fields }: Line): boolean =>
  fields?.durationMs !== undefined && fields.durationMs !== null

export const LEVELS = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const
export type Level = keyof typeof LEVELS

/** Other words for the same, which some loggers write. */
const ALIASES = new Map([
  ['trace', 10],
  ['warning', 40],
  ['critical', 60],
])

/** A level as pino's number; undefined where it is none. */
export function levelOf({ fields }: Line): number | undefined {
  const level = fields?.level
  if (typeof level === 'number') return level >= 10 && level <= 60 ? level : undefined
  if (typeof level !== 'string') return undefined
  const name = level.toLowerCase()
  return Object.hasOwn(LEVELS, name) ? LEVELS[name as Level] : ALIASES.get(name)
}

const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d(:?\d\d)?)$/i

/** `time` in ms since 1970; undefined where it is none. */
export function timeOf({ fields }: Line): number | undefined {
  const time = fields?.time
  if (typeof time === 'number') return Number.isFinite(time) ? time : undefined
  if (typeof time !== 'string' || !ISO.test(time)) return undefined
  // What ISO 8601 allows and JavaScript does not read.
  const plain = time
    .replace(' ', 'T')
    .replace(',', '.')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
    .replace(/([+-]\d\d)$/, '$1:00')
  const ms = Date.parse(plain.toUpperCase())
  return Number.isNaN(ms) ? undefined : ms
}

/** A clock is read in whole seconds by some, and a line may wait on a busy machine. */
const SLACK = 3000

export const LINE_RULES = {
  json: 'stdout: holds nothing but JSON objects, one a line, from the first line on',
  time: '`time`: when it was written: ISO 8601 with `Z` or an offset, or milliseconds since 1970',
  level:
    '`level`: `debug`, `info`, `warn`, `error` or `fatal`, in small letters or capitals, or pino’s numbers for them: 20, 30, 40, 50, 60',
  msg: '`msg`: a text, not empty',
} as const

/**
 * Says which rule a line breaks that holds for every line; undefined where it breaks none.
 * @param since when the program was started, in ms since 1970
 */
export function brokenRule(line: Line, since: number): string | undefined {
  if (!line.fields) return LINE_RULES.json
  const time = timeOf(line)
  if (time === undefined || time < since - SLACK || time > line.cameAt + SLACK) {
    return LINE_RULES.time
  }
  if (levelOf(line) === undefined) return LINE_RULES.level
  const { msg } = line.fields
  if (typeof msg !== 'string' || msg.trim() === '') return LINE_RULES.msg
  return undefined
}

const MOST_SHOWN = 600

/** Lines for a message. */
export function shown(lines: Line[], most = 6): string {
  if (lines.length === 0) return '  (none)'
  const texts = lines
    .slice(0, most)
    .map(({ text }) => `  ${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}`)
  const more = lines.length - most
  return [...texts, ...(more > 0 ? [`  … and ${more} more`] : [])].join('\n')
}
