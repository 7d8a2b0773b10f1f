import { createHmac, createPublicKey, generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'

/** An RSA key pair in PEM form, as the README describes it. */
export type Keys = { privatePem: string; publicPem: string }

/** The two readable parts of a JWT. */
export type Parts = { header: Record<string, unknown>; claims: Record<string, any> }

export async function makeKeys(): Promise<Keys> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { privatePem: privateKey, publicPem: publicKey }
}

/** The header and claims of a JWT, unchecked; undefined where the text is none. */
export function readToken(token: string): Parts | undefined {
  try {
    const [header, claims] = token.split('.', 2).map((part) => {
      return JSON.parse(Buffer.from(part, 'base64url').toString())
    })
    return typeof header === 'object' && typeof claims === 'object' ? { header, claims } : undefined
  } catch {
    return undefined
  }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const unsigned = ({ header, claims }: Parts) => `${encode(header)}.${encode(claims)}`

/** Signs with RS256, whatever the header says. A claim that is undefined is left out. */
export function signToken(parts: Parts, { privatePem }: Keys): string {
  const input = unsigned(parts)
  return `${input}.${sign('sha256', Buffer.from(input), privatePem).toString('base64url')}`
}

/** Signs with HS256, and says so in the header. */
function signWithSecret({ header, claims }: Parts, secret: string): string {
  const input = unsigned({ header: { ...header, alg: 'HS256' }, claims })
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/**
 * Tokens made without the server's private key, each with what was done.
 * @param token one the server has issued
 * @param own what everybody may know of the server's keys
 * @param attacker keys the server has never seen
 * @param jwksUrl serves the attacker's public key
 * @param victim the user id the forger wants to be
 */
export function forgeries(
  token: string,
  own: Pick<Keys, 'publicPem'>,
  attacker: Keys,
  jwksUrl: string,
  victim: string,
): [what: string, token: string][] {
  const { header, claims: mine } = readToken(token)!
  const [head = '', payload = '', signature = ''] = token.split('.')
  const claims = { ...mine, sub: victim }
  const plain = { header, claims }
  const { kty, n, e } = createPublicKey(attacker.publicPem).export({ format: 'jwk' })
  const jwk = { kty, n, e, alg: 'RS256', use: 'sig' }
  const byAttacker = (extra: object) =>
    signToken({ header: { ...header, ...extra }, claims }, attacker)

  const without = ['none', 'None', 'NONE', 'nOnE'].flatMap((alg): [string, string][] => {
    const input = unsigned({ header: { ...header, alg }, claims })
    return [
      [`alg "${alg}" and no signature`, `${input}.`],
      [`alg "${alg}" and an old signature`, `${input}.${signature}`],
    ]
  })
  const der = createPublicKey(own.publicPem).export({ type: 'spki', format: 'der' })
  const paths = ['../../dev/null', `${'../'.repeat(24)}dev/null`, '/dev/null']
  return [
    ...without,
    ['HS256 with the public PEM as the secret', signWithSecret(plain, own.publicPem)],
    [
      'HS256 with the trimmed public PEM as the secret',
      signWithSecret(plain, own.publicPem.trim()),
    ],
    [
      'HS256 with the public key in base64 as the secret',
      signWithSecret(plain, der.toString('base64')),
    ],
    ['HS256 with an empty secret', signWithSecret(plain, '')],
    ['RS256 by another RSA key', byAttacker({})],
    ['another user in the payload, the old signature', `${head}.${encode(claims)}.${signature}`],
    ['half of the signature', `${head}.${payload}.${signature.slice(0, signature.length / 2)}`],
    ['an empty signature', `${head}.${payload}.`],
    ['no signature part', `${head}.${payload}`],
    ...paths.flatMap((kid): [string, string][] => [
      [
        `kid "${kid}", HS256 with an empty secret`,
        signWithSecret({ header: { ...header, kid }, claims }, ''),
      ],
      [`kid "${kid}", RS256 by another key`, byAttacker({ kid })],
    ]),
    ['an SQL injection as kid', byAttacker({ kid: `x' or '1'='1` })],
    ['no kid, RS256 by another key', byAttacker({ kid: undefined })],
    ["the attacker's key in jwk", byAttacker({ jwk })],
    [
      "the attacker's key in jwk, its own kid",
      byAttacker({ kid: 'mine', jwk: { ...jwk, kid: 'mine' } }),
    ],
    ["a URL of the attacker's keys in jku", byAttacker({ jku: jwksUrl })],
    ["a URL of the attacker's keys in jku, their kid", byAttacker({ kid: 'mine', jku: jwksUrl })],
    ["a URL of the attacker's keys in x5u", byAttacker({ x5u: jwksUrl })],
    ["a URL of the attacker's keys as kid", byAttacker({ kid: jwksUrl })],
  ]
}

/** A JWKS with one key under several names. */
export function jwksOf({ publicPem }: Keys, kids: string[]): object {
  const { kty, n, e } = createPublicKey(publicPem).export({ format: 'jwk' })
  return { keys: kids.map((kid) => ({ kty, n, e, kid, alg: 'RS256', use: 'sig' })) }
}

/**
 * A token as it can stand in a header. What a refresh token is made of is left free, and so it may
 * hold letters that travel as UTF-8, or a line break, which cannot travel at all.
 */
export function inHeader(token: string): string {
  return Buffer.from(token.replaceAll(/[\x00-\x1f\x7f]/g, '')).toString('latin1')
}
