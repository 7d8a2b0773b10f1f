/** A place to look in: `the answer of GET /me`, `standard error`, `a layer of the image`. */
export type Haystack = { place: string; content: string | Buffer }

function base64Cores(secret: Buffer): string[] {
  // The same bytes look different in base64 depending on where they begin; the outer characters
  // depend on their neighbours, so only the inner ones are searched for.
  return [0, 1, 2].flatMap((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), secret])
    const from = Math.ceil((shift * 8) / 6)
    const until = Math.floor((padded.length * 8) / 6)
    const plain = padded.toString('base64').slice(from, until)
    return [plain, plain.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** A secret in the spellings it may be found in. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  return [
    ...new Set([secret, encodeURIComponent(secret), hex, hex.toUpperCase(), ...base64Cores(bytes)]),
  ]
}

/**
 * P-LEAK: looks for secrets, raw, URL-encoded, in hex and in base64.
 * @param secrets by name; each of at least 8 characters, for shorter ones stand everywhere
 * @returns one line per find, such as `the JWT key (base64) in standard error`; empty where all is well
 */
export function findLeaks(secrets: Record<string, string>, haystacks: Haystack[]): string[] {
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret.length < 8) throw new RangeError(`${name} is too short to be looked for.`)
  }
  return Object.entries(secrets).flatMap(([name, secret]) =>
    haystacks.flatMap(({ place, content }) =>
      spellings(secret).some((spelling) => content.includes(spelling))
        ? [`${name} in ${place}`]
        : [],
    ),
  )
}

const STACK_LINES = [
  /^\s*at .*(?:[/\\]|node:|<anonymous>).*:\d+:\d+\)?\s*$/m, // JavaScript
  /\bat [\w.<> ]*\(?(?:file:\/\/|node:|\/)[^\s"]+:\d+/, // the same inside a JSON string
  /File "[^"]+", line \d+/, // Python
  /^\s*at [\w.$]+\([\w]+\.java:\d+\)/m, // Java
  /goroutine \d+ \[/, // Go
]

/** The part of a text that looks like a stack trace, where there is one. */
export function findStack(text: string): string | undefined {
  for (const pattern of STACK_LINES) {
    const match = pattern.exec(text)
    if (match) return match[0].trim()
  }
  return undefined
}
