import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

const HASHES = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512']
const SEPARATORS = ['', ':', '$', '.', '-', '|', ' ']

/** The words of a dump: what stands between the separators of tables, JSON and hashes. */
export function wordsOf(dump: string): Set<string> {
  const words = dump
    .split(/[\s,;"'(){}[\]]+/)
    .flatMap((word) => [word, ...word.split(/[$:.|]/), ...word.split('$').slice(-1)])
    .map((word) => word.replace(/^\\+x/, ''))
  return new Set(words.filter((word) => word.length > 0))
}

/** What a word may be as a salt: its text, and the bytes that its hex or base64 stands for. */
function saltsOf(word: string): Buffer[] {
  const hex = /^([0-9a-f]{2})+$/i.test(word) ? Buffer.from(word, 'hex') : undefined
  return [
    Buffer.from(word),
    ...(hex && hex.length >= 4 ? [hex] : []),
    // A salt and what was made of it, in one column.
    ...(hex && hex.length > 20
      ? [4, 8, 12, 16, 32].flatMap((size) => [hex.subarray(0, size), hex.subarray(-size)])
      : []),
    ...(/^[\w+/-]{6,}={0,2}$/.test(word) ? [Buffer.from(word, 'base64')] : []),
  ]
}

type Found = { how: string }

/**
 * Looks in a dump for digests of a password that cost nothing to compute: one round, or few, of the
 * usual hashes, with everything that is stored as a salt.
 * @param more salts beside what is stored
 */
export function findFastDigest(
  dump: string,
  password: string,
  more: string[] = [],
): Found | undefined {
  const hay = dump.toLowerCase()
  // Base64 is told apart by case; without its padding it is a part of it with padding.
  const isStored = (digest: Buffer): boolean =>
    hay.includes(digest.toString('hex')) ||
    [digest.toString('base64'), digest.toString('base64url')].some((text) =>
      dump.includes(text.replace(/=+$/, '')),
    )
  const plain = Buffer.from(password)
  for (const hash of HASHES) {
    const digest = (...parts: (Buffer | string)[]) => {
      const made = createHash(hash)
      for (const part of parts) made.update(part)
      return made.digest()
    }
    const twice = (first: Buffer) => [first, digest(first), digest(first.toString('hex'))]
    if (twice(digest(plain)).some(isStored)) return { how: `${hash}(password), without a salt` }
    for (const word of [...wordsOf(dump), ...more]) {
      for (const salt of saltsOf(word)) {
        const shown = JSON.stringify(word.slice(0, 40))
        for (const separator of SEPARATORS) {
          if (twice(digest(salt, separator, plain)).some(isStored)) {
            return { how: `${hash}(salt${separator} + password) with the salt ${shown}` }
          }
          if (twice(digest(plain, separator, salt)).some(isStored)) {
            return { how: `${hash}(password${separator} + salt) with the salt ${shown}` }
          }
        }
        const hmacs = [
          createHmac(hash, salt).update(plain).digest(),
          createHmac(hash, plain).update(salt).digest(),
        ]
        if (hmacs.some(isStored)) return { how: `an HMAC of ${hash} with the salt ${shown}` }
        for (const rounds of [1, 10, 100, 1000]) {
          if (salt.length < 4 || (rounds > 10 && !['sha1', 'sha256', 'sha512'].includes(hash)))
            continue
          for (const size of [16, 20, 32, 64]) {
            if (rounds > 10 && size !== 32 && size !== 64) continue
            if (isStored(pbkdf2Sync(plain, salt, rounds, size, hash))) {
              return { how: `PBKDF2 with ${hash} and ${rounds} rounds` }
            }
          }
        }
      }
    }
  }
  const [, cost] = /\$2[abxy]?\$(\d\d)\$/.exec(dump) ?? []
  if (cost && Number(cost) < 10) return { how: `bcrypt with cost ${Number(cost)}` }
  const [, rounds] = /pbkdf2[-_\w]*[$:](?:i=)?(\d+)[$:,]/i.exec(dump) ?? []
  if (rounds && Number(rounds) < 100_000) return { how: `PBKDF2 with ${rounds} rounds` }
  return undefined
}

/**
 * Words that depend on the password alone: there after one account was made with it, and more often
 * after another one was.
 */
export function sameForBoth(before: string, withOne: string, withTwo: string): string | undefined {
  const known = wordsOf(before)
  const count = (dump: string, word: string) => dump.split(word).length - 1
  return [...wordsOf(withOne)].find(
    (word) => word.length >= 16 && !known.has(word) && count(withTwo, word) > count(withOne, word),
  )
}
