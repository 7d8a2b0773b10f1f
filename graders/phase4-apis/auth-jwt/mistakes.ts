import type { Mistake } from '../../harness/mistakes.ts'

const file = 'server.ts'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'decodes the token and never verifies its signature',
    edits: [
      {
        file,
        old: 'const { exp, sub } = jwt.verify(token, trusted.key, {',
        new: 'const { exp, sub } = lookAt(token, {',
      },
      {
        file,
        old: '/** The user id a valid access token speaks for, or undefined. */',
        new: `function lookAt(token: string, wanted: { issuer: string; audience: string }) {
  const claims = jwt.decode(token)
  const now = Date.now() / 1000
  if (claims === null || typeof claims === 'string') throw new Error('no token')
  if (claims.iss !== wanted.issuer || claims.aud !== wanted.audience) throw new Error('not for us')
  if (claims.exp! < now || claims.nbf! > now) throw new Error('not now')
  return claims
}`,
      },
    ],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'lets the token choose the algorithm, so that the public key becomes an HMAC secret',
    edits: [
      {
        file,
        old: 'createPublicKey, randomBytes, randomUUID }',
        new: 'createPublicKey, createSecretKey, randomBytes, randomUUID }',
      },
      {
        file,
        old: `    const { exp, sub } = jwt.verify(token, trusted.key, {
      algorithms: ['RS256'],`,
        new: `    const alg = jwt.decode(token, { complete: true })!.header.alg as jwt.Algorithm
    const pem = trusted.key.export({ type: 'spki', format: 'pem' })
    const key = alg.startsWith('HS') ? createSecretKey(Buffer.from(pem)) : trusted.key
    const { exp, sub } = jwt.verify(token, key, {
      algorithms: [alg],`,
      },
    ],
  },
  {
    id: 'W3',
    check: 'C3',
    why: 'checks neither issuer nor audience',
    edits: [
      {
        file,
        old: `      issuer: settings.issuer,
      audience: settings.audience,
      clockTolerance: 30,`,
        new: '      clockTolerance: 30,',
      },
    ],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'a refresh token can be used again and again',
    edits: [
      {
        file,
        old: `token_hash = $1 AND used_at IS NULL
       RETURNING`,
        new: `token_hash = $1
       RETURNING`,
      },
    ],
  },
  {
    id: 'W5',
    check: 'C6',
    why: 'both tokens are JWTs with the same claims, so a refresh token works as Bearer',
    edits: [
      {
        file,
        old: '  const token = newRefreshToken()',
        new: '  const token = signAccessToken(loadSettings(), userId)',
      },
      {
        file,
        old: '    const successor = newRefreshToken()',
        new: '    const successor = signAccessToken(loadSettings(), family.user_id)',
      },
    ],
  },
  {
    id: 'W6',
    check: 'C7',
    why: 'publishes the whole key in the JWKS, with its private members',
    edits: [
      {
        file,
        old: '.map(({ jwk }) => jwk)',
        new: ".map(({ jwk }) => ({ ...settings.privateKey.export({ format: 'jwk' }), ...jwk }))",
      },
    ],
  },
  {
    id: 'W7',
    check: 'C8',
    why: 'has a default for a setting that must be given',
    edits: [
      {
        file,
        old: "issuer: required('JWT_ISSUER')",
        new: "issuer: process.env.JWT_ISSUER ?? 'dev'",
      },
    ],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'fetches the keys from the URL in the token’s own header',
    edits: [
      {
        file,
        old: 'function verifyAccessToken(settings: Settings, token: string): string | undefined {',
        new: 'async function verifyAccessToken(settings: Settings, token: string) {',
      },
      {
        file,
        old: `    const kid = jwt.decode(token, { complete: true })?.header.kid
    const trusted = settings.accepted.get(kid ?? '')`,
        new: `    const { kid, jku } = jwt.decode(token, { complete: true })?.header ?? {}
    const set = jku ? ((await (await fetch(jku)).json()) as { keys: JsonWebKey[] }) : undefined
    const trusted = set
      ? { key: createPublicKey({ key: set.keys[0]!, format: 'jwk' }) }
      : settings.accepted.get(kid ?? '')`,
      },
      {
        file,
        old: 'token && verifyAccessToken(settings, token)',
        new: 'token && (await verifyAccessToken(settings, token))',
      },
    ],
  },
  {
    id: 'W9',
    check: 'C2',
    why: 'trusts the key that the token brings along in its header',
    edits: [
      {
        file,
        old: `    const kid = jwt.decode(token, { complete: true })?.header.kid
    const trusted = settings.accepted.get(kid ?? '')`,
        new: `    const { kid, jwk } = (jwt.decode(token, { complete: true })?.header ?? {}) as any
    const trusted = jwk
      ? { key: createPublicKey({ key: jwk, format: 'jwk' }) }
      : settings.accepted.get(kid ?? '')`,
      },
    ],
  },
  {
    id: 'W10',
    check: 'C5',
    why: 'refuses a used refresh token, but its family lives on',
    edits: [
      {
        file,
        old: `      await revokeFamily(db, token)
      return undefined`,
        new: '      return undefined',
      },
    ],
  },
  {
    id: 'W11',
    check: 'C5',
    why: 'throws inside the transaction, so the end of the family is rolled back',
    edits: [
      {
        file,
        old: `      await revokeFamily(db, token)
      return undefined`,
        new: `      await revokeFamily(db, token)
      throw new HttpError(401, 'this refresh token was used before')`,
      },
    ],
  },
  {
    id: 'W12',
    check: 'C4',
    why: 'names keys by their role, so a token is checked with the wrong key after a change',
    edits: [
      {
        file,
        old: 'function describe(key: KeyObject): PublicKey {',
        new: "function describe(key: KeyObject, kid = 'current'): PublicKey {",
      },
      {
        file,
        old: `  const kid = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url')
`,
        new: '',
      },
      {
        file,
        old: "readKey('JWT_PREVIOUS_PUBLIC_KEY', createPublicKey))",
        new: "readKey('JWT_PREVIOUS_PUBLIC_KEY', createPublicKey), 'previous')",
      },
    ],
  },
  {
    id: 'W13',
    check: 'C4',
    why: 'accepts the previous key, but does not publish it, so other services refuse its tokens',
    edits: [{ file, old: '[...settings.accepted.values()]', new: '[settings.current]' }],
  },
  {
    id: 'W14',
    check: 'C7',
    why: 'stores refresh tokens as they are, in a bytea column',
    edits: [
      {
        file,
        old: "createHash('sha256').update(text).digest()",
        new: 'Buffer.from(text)',
      },
    ],
  },
  {
    id: 'W15',
    check: 'C11',
    why: 'looks whether a refresh token is unused, and marks it in a second step',
    edits: [
      {
        file,
        old: `      \`UPDATE refresh_tokens SET used_at = now()
       WHERE token_hash = $1 AND used_at IS NULL
       RETURNING family_id\`,`,
        new: `      \`SELECT family_id FROM refresh_tokens
       WHERE token_hash = $1 AND used_at IS NULL\`,`,
      },
      {
        file,
        old: '    await storeToken(db, successor, familyId)\n    return',
        new: `    await db.query('UPDATE refresh_tokens SET used_at = now() WHERE token_hash = $1', [
      sha256(token),
    ])
    await storeToken(db, successor, familyId)
    return`,
      },
    ],
  },
  {
    id: 'W16',
    check: 'C12',
    why: 'remembers in its own memory which refresh tokens were used',
    edits: [
      {
        file,
        old: `token_hash = $1 AND used_at IS NULL
       RETURNING family_id\`,
      [sha256(token)],
    )
    const familyId = taken.rows[0]?.family_id`,
        new: `token_hash = $1
       RETURNING family_id\`,
      [sha256(token)],
    )
    const familyId = used.has(token) ? undefined : taken.rows[0]?.family_id
    used.add(token)`,
      },
      {
        file,
        old: 'class HttpError extends Error {',
        new: 'const used = new Set<string>()\n\nclass HttpError extends Error {',
      },
    ],
  },
  {
    id: 'W17',
    check: 'C13',
    why: 'relies on IF NOT EXISTS alone when two copies create the tables',
    edits: [
      {
        file,
        old: "    await db.query(`SELECT pg_advisory_xact_lock(hashtext('auth-jwt tables'))`)\n",
        new: '',
      },
    ],
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'accepts a token without exp, which lives for ever',
    edits: [{ file, old: 'exp === undefined ? undefined : sub', new: 'sub' }],
  },
  {
    id: 'W19',
    check: 'C3',
    why: 'allows an hour of clock leeway',
    edits: [{ file, old: 'clockTolerance: 30,', new: 'clockTolerance: 3600,' }],
  },
  {
    id: 'W20',
    check: 'C5',
    why: 'ends all families of the user when one refresh token is reused',
    edits: [
      {
        file,
        old: '     WHERE id = (SELECT family_id FROM refresh_tokens WHERE token_hash = $1)',
        new: `     WHERE user_id = (
       SELECT f.user_id FROM refresh_families f JOIN refresh_tokens t ON t.family_id = f.id
       WHERE t.token_hash = $1)`,
      },
    ],
  },
  {
    id: 'W21',
    check: 'C10',
    why: 'answers that the token is revoked, and does nothing',
    edits: [{ file, old: '    await revokeFamily(pool, refreshToken)\n', new: '' }],
  },
  {
    id: 'W22',
    check: 'C9',
    why: 'does not look at the body before using it, so a missing field ends in a 500',
    edits: [
      {
        file,
        old: 'if (result.success) return result.data',
        new: "if (result.success || typeof body === 'object') return body as T",
      },
    ],
  },
  {
    id: 'W23',
    check: 'C15',
    why: 'hands a NUL character to PostgreSQL, whose error becomes a 500',
    edits: [{ file, old: "\n  .refine((text) => !text.includes('\\0'))", new: '' }],
  },
  {
    id: 'W24',
    check: 'C14',
    why: 'does not look at the private key until the first login',
    edits: [
      {
        file,
        old: "const privateKey = readKey('JWT_PRIVATE_KEY', createPrivateKey)",
        new: "const privateKey = required('JWT_PRIVATE_KEY') as unknown as KeyObject",
      },
    ],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'issues access tokens that live for a day',
    edits: [{ file, old: 'const ACCESS_SECONDS = 600', new: 'const ACCESS_SECONDS = 86_400' }],
  },
  {
    id: 'W26',
    check: 'C2',
    why: 'answers 401 without saying which kind of credentials it wants',
    edits: [
      {
        file,
        old: `      res.set('WWW-Authenticate', token ? 'Bearer error="invalid_token"' : 'Bearer')\n`,
        new: '',
      },
    ],
  },
  {
    id: 'W27',
    check: 'C9',
    why: 'answers 404 to an unknown e-mail, and so tells who is a customer',
    edits: [
      {
        file,
        old: "    if (!user || !matches) throw new HttpError(401, 'wrong e-mail or password')",
        new: `    if (!user) throw new HttpError(404, 'no such user')
    if (!matches) throw new HttpError(401, 'wrong password')`,
      },
    ],
  },
  {
    id: 'W28',
    check: 'C1',
    why: 'gives out a kid that no key of the JWKS has',
    edits: [{ file, old: 'keyid: settings.current.kid,', new: 'keyid: settings.issuer,' }],
  },
  {
    id: 'W29',
    check: 'C15',
    why: 'leaves the largest body to the framework, which takes 100 kB',
    edits: [{ file, old: "express.json({ limit: '64kb' })", new: 'express.json()' }],
  },
  {
    id: 'W30',
    check: 'C15',
    why: 'takes whatever stands after the blank for a token, under any scheme',
    edits: [
      {
        file,
        old: "/^Bearer +(\\S+)$/i.exec(req.get('authorization') ?? '')?.[1]",
        new: "req.get('authorization')?.split(' ')[1]",
      },
    ],
  },
]
