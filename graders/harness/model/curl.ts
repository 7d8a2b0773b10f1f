import type { ModelRequest } from './step.ts'

const LONGEST_LITERAL = 2000

/** A text as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** `"$URL/lockers"`, or the path in quotes of its own where a shell would read something into it. */
function address(variable: string, path: string): string {
  if (/^[A-Za-z0-9/_.~%?=&:@,;+-]*$/.test(path)) return `"$${variable}${path}"`
  return `"$${variable}"${shellQuote(path)}`
}

/** The pieces of a long body: texts, and runs of one character. */
function pieces(body: string): (string | { char: string; count: number })[] {
  const found: (string | { char: string; count: number })[] = []
  let at = 0
  for (const run of body.matchAll(/(.)\1{39,}/gsu)) {
    if (run.index > at) found.push(body.slice(at, run.index))
    found.push({ char: run[1]!, count: [...run[0]].length })
    at = run.index + run[0].length
  }
  if (at < body.length) found.push(body.slice(at))
  return found
}

/** A command that prints the body, for bodies that are too long for a line, or no text. */
function printing(body: string | Buffer): string {
  if (Buffer.isBuffer(body)) {
    const octal = [...body].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
    return `printf '${octal}'`
  }
  const commands = pieces(body).map((piece) => {
    if (typeof piece === 'string') return `printf %s ${shellQuote(piece)}`
    // Without %s, printf would take the number for a text to print.
    const format = `${piece.char === '%' ? '%%' : piece.char.replaceAll('\\', '\\\\')}%.0s`
    return `printf ${shellQuote(format)} $(seq ${piece.count})`
  })
  return commands.length === 1 ? commands[0]! : `{ ${commands.join('; ')}; }`
}

const isText = (bytes: Buffer) => Buffer.from(bytes.toString('utf8')).equals(bytes)

/**
 * A request as a command that a learner can paste into a shell, with the server's address in `$URL`.
 * @param variable the name of the variable that holds the address
 */
export function curl(request: ModelRequest, variable = 'URL'): string {
  const { method = 'GET', path, headers = {}, json, jar } = request
  const words = ['curl', '-i']
  // Without these curl would tidy the path up, and take brackets for patterns.
  if (/\/\.{1,2}(\/|$)/.test(path)) words.push('--path-as-is')
  if (/[[\]{}]/.test(path)) words.push('-g')
  if (method === 'HEAD') words.push('-I')
  else if (method !== 'GET') words.push('-X', shellQuote(method))
  words.push(address(variable, path))
  const all: Record<string, string> = { ...headers }
  const type = Object.keys(all).find((name) => name.toLowerCase() === 'content-type')
  if (json !== undefined && !type) all['Content-Type'] = 'application/json'
  if (jar !== undefined) words.push('-b', shellQuote(jar), '-c', shellQuote(jar))
  for (const [name, value] of Object.entries(all)) {
    if (jar !== undefined && name.toLowerCase() === 'cookie') continue
    words.push('-H', shellQuote(value === '' ? `${name};` : `${name}: ${value}`))
  }
  const raw = json === undefined ? request.body : json
  if (raw === undefined) return words.join(' ')
  // curl would call it a form.
  if (json === undefined && !type) words.push('-H', "'Content-Type:'")
  const bytes = Buffer.from(raw as string)
  // A shell cannot hold the character U+0000.
  const body = isText(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : bytes
  const hasLongRun = typeof body === 'string' && pieces(body).some((one) => typeof one !== 'string')
  if (typeof body === 'string' && !hasLongRun) {
    if (body.length <= LONGEST_LITERAL) {
      words.push(body.startsWith('@') ? '--data-raw' : '-d', shellQuote(body))
      return words.join(' ')
    }
  }
  return `${printing(body)} | ${words.join(' ')} --data-binary @-`
}
