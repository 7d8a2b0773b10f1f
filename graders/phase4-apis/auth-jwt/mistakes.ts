import type { Mistake } from '../../harness/mistakes.ts'

const file = 'server.ts'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'decodes the token and never verifies its signature',
    rule: 'The signature is right, by RS256 and by the current or the previous key, whatever the header says.',
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
    rule: 'The signature is right, by RS256 and by the current or the previous key, whatever the header says.',
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
    rule: '`iss` is `JWT_ISSUER`, and `aud` is or contains `JWT_AUDIENCE`.',
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
    rule: 'A refresh token that is used up gets `401`, without a period of grace.',
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
    rule: 'A refresh token gets `401` as `Bearer`.',
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
    rule: 'Each key has `kty`, `n`, `e` and a `kid` that no other has, and no private member.',
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
    rule: 'Without `JWT_PRIVATE_KEY`, `JWT_PUBLIC_KEY`, `JWT_ISSUER` or `JWT_AUDIENCE`, or with an empty one, the process ends by itself within 10 s, with an exit code other than 0, and answers nothing.',
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
    rule: 'Nothing in a header makes your server fetch a URL, read a file, or trust a key that it was not started with.',
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
    rule: 'Nothing in a header makes your server fetch a URL, read a file, or trust a key that it was not started with.',
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
    rule: 'When a used-up token comes again its whole family is over: the newest refresh token gets `401` too.',
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
    rule: 'When a used-up token comes again its whole family is over: the newest refresh token gets `401` too.',
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
    rule: 'A key keeps its `kid` for ever: on every copy, after a restart, and as the previous key.',
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
    rule: 'It has the previous key too, where there is one.',
    edits: [{ file, old: '[...settings.accepted.values()]', new: '[settings.current]' }],
  },
  {
    id: 'W14',
    check: 'C7',
    why: 'stores refresh tokens as they are, in a bytea column',
    rule: 'A refresh token is nowhere in the database as it was handed out: not as text, not in hex or base64, and not as the bytes that its own hex or base64 stands for.',
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
    rule: 'Of several requests with one refresh token at once, one gets a pair at most; the others get `401`.',
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
    rule: 'All copies on one database know what each has issued, used up and revoked, and so does a copy that was killed and started again.',
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
    rule: 'Several copies may start on an empty database at the same moment.',
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
    rule: 'There is an `exp` that has not passed, and no `nbf` that lies ahead, with a leeway of 60 s at most.',
    edits: [{ file, old: 'exp === undefined ? undefined : sub', new: 'sub' }],
  },
  {
    id: 'W19',
    check: 'C3',
    why: 'allows an hour of clock leeway',
    rule: 'There is an `exp` that has not passed, and no `nbf` that lies ahead, with a leeway of 60 s at most.',
    edits: [{ file, old: 'clockTolerance: 30,', new: 'clockTolerance: 3600,' }],
  },
  {
    id: 'W20',
    check: 'C5',
    why: 'ends all families of the user when one refresh token is reused',
    rule: 'No other family is over then, not even one of the same user.',
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
    rule: 'A revoked refresh token gets `401`: its family is over.',
    edits: [{ file, old: '    await revokeFamily(pool, refreshToken)\n', new: '' }],
  },
  {
    id: 'W22',
    check: 'C9',
    why: 'does not look at the body before using it, so a missing field ends in a 500',
    rule: 'On all three `POST` paths a field that is missing or an object gets `400` or `422`.',
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
    rule: 'Any other value gets an answer below 500, whatever it is.',
    edits: [{ file, old: "\n  .refine((text) => !text.includes('\\0'))", new: '' }],
  },
  {
    id: 'W24',
    check: 'C14',
    why: 'does not look at the private key until the first login',
    rule: 'So it does where one of the two keys is no PEM that can be read.',
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
    rule: '`expiresIn` is a whole number of seconds, from 60 to 900; `exp` lies so far ahead.',
    edits: [{ file, old: 'const ACCESS_SECONDS = 600', new: 'const ACCESS_SECONDS = 86_400' }],
  },
  {
    id: 'W26',
    check: 'C2',
    why: 'answers 401 without saying which kind of credentials it wants',
    rule: 'All else gets `401` and a `WWW-Authenticate` that begins with `Bearer`, with or without parameters.',
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
    rule: 'A wrong password and an unknown e-mail get `401`.',
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
    rule: 'It is a JWT, signed with `JWT_PRIVATE_KEY`; in its header `alg` is `RS256`, and `kid` is a text that names a key of the JWKS.',
    edits: [{ file, old: 'keyid: settings.current.kid,', new: 'keyid: settings.issuer,' }],
  },
  {
    id: 'W29',
    check: 'C15',
    why: 'leaves the largest body to the framework, which takes 100 kB',
    rule: 'A body of more than 64 KiB gets a `4xx`, or the connection is closed.',
    edits: [{ file, old: "express.json({ limit: '64kb' })", new: 'express.json()' }],
  },
  {
    id: 'W30',
    check: 'C15',
    why: 'takes whatever stands after the blank for a token, under any scheme',
    rule: 'A token counts behind the scheme `Bearer` only.',
    edits: [
      {
        file,
        old: "/^Bearer +(\\S+)$/i.exec(req.get('authorization') ?? '')?.[1]",
        new: "req.get('authorization')?.split(' ')[1]",
      },
    ],
  },
  {
    id: 'W31',
    check: 'C1',
    why: 'answers the id as it stands in sub: a text',
    rule: '`GET /me` answers the `id`, as a number, and the `email` of the user in `sub`.',
    edits: [
      {
        file,
        old: '    res.json(found.rows[0])',
        new: '    res.json({ ...found.rows[0], id: userId })',
      },
    ],
  },
  {
    id: 'W32',
    check: 'C1',
    why: 'one user may have one family, and a second login gets a 409',
    rule: 'The right password of an e-mail gets a token pair, each time anew.',
    edits: [
      {
        file,
        old: '    const familyId = randomUUID()\n',
        new: `    const familyId = randomUUID()
    const { rows } = await db.query('SELECT FROM refresh_families WHERE user_id = $1', [userId])
    if (rows.length > 0) throw new HttpError(409, 'you are logged in already')
`,
      },
    ],
  },
  {
    id: 'W33',
    check: 'C3',
    why: 'knows aud as a text only, and not as a list',
    rule: '`iss` is `JWT_ISSUER`, and `aud` is or contains `JWT_AUDIENCE`.',
    edits: [
      { file, old: 'const { exp, sub } = jwt.verify', new: 'const { exp, sub, aud } = jwt.verify' },
      {
        file,
        old: 'exp === undefined ? undefined : sub',
        new: 'exp === undefined || aud !== settings.audience ? undefined : sub',
      },
    ],
  },
  {
    id: 'W34',
    check: 'C3',
    why: 'an audience that begins like its own will do',
    rule: '`iss` is `JWT_ISSUER`, and `aud` is or contains `JWT_AUDIENCE`.',
    edits: [
      {
        file,
        old: '      audience: settings.audience,\n      clockTolerance',
        new: '      audience: new RegExp("^" + settings.audience),\n      clockTolerance',
      },
    ],
  },
  {
    id: 'W35',
    check: 'C3',
    why: 'looks at no nbf',
    rule: 'There is an `exp` that has not passed, and no `nbf` that lies ahead, with a leeway of 60 s at most.',
    edits: [
      {
        file,
        old: '      clockTolerance: 30,',
        new: '      ignoreNotBefore: true,\n      clockTolerance: 30,',
      },
    ],
  },
  {
    id: 'W36',
    check: 'C3',
    why: 'answers from the token, and so knows nobody where there is no sub',
    rule: 'There is a `sub`.',
    edits: [
      {
        file,
        old: 'exp === undefined ? undefined : sub',
        new: "exp === undefined ? undefined : (sub ?? 'nobody')",
      },
      {
        file,
        old: '    if (found?.rowCount !== 1) {',
        new: "    if (userId === 'nobody') return void res.json({ id: null, email: null })\n    if (found?.rowCount !== 1) {",
      },
      {
        file,
        old: 'const found = userId\n',
        new: "const found = userId && userId !== 'nobody'\n",
      },
    ],
  },
  {
    id: 'W37',
    check: 'C3',
    why: 'believes only texts that it remembers to have issued',
    rule: 'You keep no list of the tokens you have issued: one with the same header and claims and another `exp`, signed with your key, is as good as yours.',
    edits: [
      {
        file,
        old: 'class HttpError extends Error {',
        new: 'const issued = new Set<string>()\n\nclass HttpError extends Error {',
      },
      {
        file,
        old: '  return jwt.sign({}, settings.privateKey, {',
        new: '  const token = jwt.sign({}, settings.privateKey, {',
      },
      {
        file,
        old: '    jwtid: randomUUID(),\n  })',
        new: '    jwtid: randomUUID(),\n  })\n  issued.add(token)\n  return token',
      },
      {
        file,
        old: 'exp === undefined ? undefined : sub',
        new: 'exp === undefined || !issued.has(token) ? undefined : sub',
      },
    ],
  },
  {
    id: 'W38',
    check: 'C1',
    why: 'signs with RS512',
    rule: 'It is a JWT, signed with `JWT_PRIVATE_KEY`; in its header `alg` is `RS256`, and `kid` is a text that names a key of the JWKS.',
    edits: [
      { file, old: "algorithm: 'RS256'", new: "algorithm: 'RS512'" },
      { file, old: "algorithms: ['RS256']", new: "algorithms: ['RS256', 'RS512']" },
    ],
  },
  {
    id: 'W39',
    check: 'C1',
    why: 'the issuer is what the program is called',
    rule: '`iss` is `JWT_ISSUER`, and `aud` is `JWT_AUDIENCE` or a list with it.',
    edits: [
      {
        file,
        old: '    issuer: settings.issuer,\n    audience',
        new: "    issuer: 'pelican-post',\n    audience",
      },
      {
        file,
        old: '      issuer: settings.issuer,\n      audience',
        new: "      issuer: ['pelican-post', settings.issuer],\n      audience",
      },
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    why: 'a sub that is more than the id',
    rule: "`sub` is the user's id as a text, and `iat` is now.",
    edits: [
      { file, old: 'subject: String(userId)', new: 'subject: "user:" + userId' },
      {
        file,
        old: 'exp === undefined ? undefined : sub',
        new: "exp === undefined ? undefined : sub?.replace('user:', '')",
      },
    ],
  },
  {
    id: 'W41',
    check: 'C7',
    why: 'carries the refresh token in the access token, to find its family',
    rule: 'No password, password hash or refresh token is in it.',
    edits: [
      {
        file,
        old: 'function signAccessToken(settings: Settings, userId: number): string {\n  return jwt.sign({}, ',
        new: 'function signAccessToken(settings: Settings, userId: number, sid: string): string {\n  return jwt.sign({ sid }, ',
      },
      {
        file,
        old: 'signAccessToken(settings, userId)',
        new: 'signAccessToken(settings, userId, refreshToken)',
      },
    ],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'shows its public keys to those who have a token',
    rule: 'The JWKS is `{keys: […]}`, for everyone, with the current public key.',
    edits: [
      {
        file,
        old: "app.get('/.well-known/jwks.json', (_req, res) => {\n",
        new: "app.get('/.well-known/jwks.json', (req, res) => {\n    if (!req.get('authorization')) throw new HttpError(401, 'log in first')\n",
      },
    ],
  },
  {
    id: 'W43',
    check: 'C1',
    why: 'a refresh token of eight letters',
    rule: 'A refresh token is a text of 20 characters or more that nobody can guess.',
    edits: [
      {
        file,
        old: "randomBytes(32).toString('base64url')",
        new: "randomBytes(6).toString('base64url')",
      },
    ],
  },
  {
    id: 'W44',
    check: 'C5',
    why: 'a refresh answers with a new access token alone; the refresh token stays',
    rule: 'A refresh uses its token up, and answers with another one.',
    edits: [
      {
        file,
        old: 'SET used_at = now()\n       WHERE token_hash',
        new: 'SET used_at = NULL\n       WHERE token_hash',
      },
      {
        file,
        old: '    const successor = newRefreshToken()\n    await storeToken(db, successor, familyId)\n',
        new: '    const successor = token\n',
      },
    ],
  },
  {
    id: 'W45',
    check: 'C5',
    why: 'a used-up token works for ten more seconds, for clients that try again',
    rule: 'A refresh token that is used up gets `401`, without a period of grace.',
    edits: [
      {
        file,
        old: 'AND used_at IS NULL\n       RETURNING',
        new: "AND (used_at IS NULL OR used_at > now() - interval '10 seconds')\n       RETURNING",
      },
    ],
  },
  {
    id: 'W46',
    check: 'C5',
    why: 'answers 404 to a refresh token that it does not know',
    rule: 'A refresh token that nobody issued gets `401`.',
    edits: [
      {
        file,
        old: '    const next = await rotate(pool, refreshToken)\n',
        new: `    const known = await pool.query('SELECT FROM refresh_tokens WHERE token_hash = $1', [
      sha256(refreshToken),
    ])
    if (known.rowCount === 0) throw new HttpError(404, 'no such refresh token')
    const next = await rotate(pool, refreshToken)
`,
      },
    ],
  },
  {
    id: 'W47',
    check: 'C10',
    why: 'revoking one refresh token logs the user out everywhere',
    rule: '`POST /token/revoke` ends no other family.',
    edits: [
      {
        file,
        old: '    await revokeFamily(pool, refreshToken)\n',
        new: `    await pool.query(
      \`UPDATE refresh_families SET revoked_at = now() WHERE user_id = (
        SELECT f.user_id FROM refresh_families f JOIN refresh_tokens t ON t.family_id = f.id
        WHERE t.token_hash = $1)\`,
      [sha256(refreshToken)],
    )
`,
      },
    ],
  },
  {
    id: 'W48',
    check: 'C6',
    why: 'takes a good access token for a refresh, too',
    rule: 'An access token gets `401` at `/token/refresh`.',
    edits: [
      {
        file,
        old: '    const next = await rotate(pool, refreshToken)\n',
        new: `    const bearer = verifyAccessToken(settings, refreshToken)
    if (bearer) return sendPair(res, Number(bearer), await startFamily(pool, Number(bearer)))
    const next = await rotate(pool, refreshToken)
`,
      },
    ],
  },
  {
    id: 'W49',
    check: 'C12',
    why: 'does not end at SIGTERM',
    rule: '`SIGTERM` ends the server.',
    edits: [{ file, old: '    server.close(() => void pool.end())\n', new: '    void server\n' }],
  },
  {
    id: 'W50',
    check: 'C5',
    why: 'the newest token of a family dies with a reuse, but only where the token just before it comes again',
    rule: 'When a used-up token comes again its whole family is over: the newest refresh token gets `401` too.',
    edits: [
      {
        file,
        old: `      await revokeFamily(db, token)
      return undefined`,
        new: `      const { rows } = await db.query(
        \`SELECT FROM refresh_tokens a JOIN refresh_tokens b USING (family_id)
         WHERE a.token_hash = $1 AND b.used_at > a.used_at\`,
        [sha256(token)],
      )
      if (rows.length === 0) await revokeFamily(db, token)
      return undefined`,
      },
    ],
  },
  {
    id: 'W51',
    check: 'C3',
    why: 'allows two minutes of clock leeway',
    rule: 'There is an `exp` that has not passed, and no `nbf` that lies ahead, with a leeway of 60 s at most.',
    edits: [{ file, old: 'clockTolerance: 30', new: 'clockTolerance: 119' }],
  },
  {
    id: 'W52',
    check: 'C9',
    why: 'looks e-mails up with ILIKE, to which _ and % are patterns',
    rule: 'A wrong password and an unknown e-mail get `401`.',
    edits: [{ file, old: 'WHERE email = $1', new: 'WHERE email ILIKE $1' }],
  },
  {
    id: 'W53',
    check: 'C5',
    why: 'deletes used-up tokens, and so cannot tell them from unknown ones',
    rule: 'When a used-up token comes again its whole family is over: the newest refresh token gets `401` too.',
    edits: [
      {
        file,
        old: '    await storeToken(db, successor, familyId)\n',
        new: `    await db.query('DELETE FROM refresh_tokens WHERE token_hash = $1', [sha256(token)])
    await storeToken(db, successor, familyId)
`,
      },
    ],
  },
  {
    id: 'W54',
    check: 'C7',
    why: 'stores the base64 of refresh tokens, in a bytea column',
    rule: 'A refresh token is nowhere in the database as it was handed out: not as text, not in hex or base64, and not as the bytes that its own hex or base64 stands for.',
    edits: [
      {
        file,
        old: "createHash('sha256').update(text).digest()",
        new: "Buffer.from(Buffer.from(text).toString('base64'))",
      },
    ],
  },
  {
    id: 'W55',
    check: 'C5',
    why: 'keeps the newest three families of a user',
    rule: 'The right password of an e-mail gets a token pair, each time anew.',
    edits: [
      {
        file,
        old: '    const familyId = randomUUID()\n',
        new: `    const familyId = randomUUID()
    await db.query(
      \`UPDATE refresh_families SET revoked_at = now() WHERE id IN (
        SELECT id FROM refresh_families WHERE user_id = $1 AND revoked_at IS NULL
        ORDER BY expires_at DESC OFFSET 2)\`,
      [userId],
    )
`,
      },
    ],
  },
  {
    id: 'W56',
    check: 'C12',
    why: 'remembers in its own memory what was revoked',
    rule: 'All copies on one database know what each has issued, used up and revoked, and so does a copy that was killed and started again.',
    edits: [
      {
        file,
        old: 'class HttpError extends Error {',
        new: 'const revoked = new Set<string>()\n\nclass HttpError extends Error {',
      },
      {
        file,
        old: '    await revokeFamily(pool, refreshToken)\n',
        new: '    revoked.add(refreshToken)\n',
      },
      {
        file,
        old: '    const next = await rotate(pool, refreshToken)\n',
        new: '    const next = revoked.has(refreshToken) ? undefined : await rotate(pool, refreshToken)\n',
      },
    ],
  },
  {
    id: 'W57',
    check: 'C3',
    why: 'compares issuers without regard to capitals',
    rule: '`iss` is `JWT_ISSUER`, and `aud` is or contains `JWT_AUDIENCE`.',
    edits: [
      { file, old: 'const { exp, sub } = jwt.verify', new: 'const { exp, sub, iss } = jwt.verify' },
      {
        file,
        old: '      issuer: settings.issuer,\n      audience: settings.audience,\n      clock',
        new: '      audience: settings.audience,\n      clock',
      },
      {
        file,
        old: 'exp === undefined ? ',
        new: 'exp === undefined || iss?.toLowerCase() !== settings.issuer.toLowerCase() ? ',
      },
    ],
  },
]
