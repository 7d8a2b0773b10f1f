import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const IS_EMAIL = "!/^[^\\s@]+@[^\\s@]+$/.test(email) || email.length > 254 || email.includes('\\0')"
const DELETE_OLD = `  const old = cookieOf(req)
  if (old) await redis.del(keyOf(old))
`
const NEW_ID = "const id = randomBytes(32).toString('base64url')"
const SET = `  await redis.set(keyOf(id), claimOf(account), { expiration: { type: 'EX', value: IDLE_SECONDS } })
`
const SEND = '  sendCookie(req, res, id)\n'
const GET_EX = "const value = await redis.getEx(keyOf(id), { type: 'EX', value: IDLE_SECONDS })"
const COUNT_CHARACTERS = 'const { length } = [...password]'
const WHICH_REQUESTS =
  "if (req.method === 'POST' && origin !== undefined && origin !== APP_ORIGIN) {"
const FIND_ACCOUNT = "const account = await accountBy('email', emailIn(req))"
const CHECK_LOGIN = "if (!account || !matches) throw new HttpError(401, 'wrong e-mail or password')"
const DELETE_SESSION = '  if (id) await redis.del(keyOf(id))\n'
const SECURE = "secure: BEHIND_PROXY && req.get('x-forwarded-proto') === 'https',"
const CHECK_OLD =
  "if (!(await isPassword(old, account.password_hash))) throw new HttpError(403, 'wrong password')"
const UPDATE = `SET password_hash = $3, epoch = epoch + 1
     WHERE id = $1 AND password_hash = $2 RETURNING id, epoch`
const HASH_WITH_SALT = `  const salt = randomBytes(SALT_BYTES)
  return Buffer.concat([salt, await slowHash(password, salt)])`
const SLOW = `  return derive('argon2id', {
    message: password,
    nonce: salt,
    parallelism: 1,
    tagLength: 32,
    memory: 19_456,
    passes: 2,
  })`
const CREATE = `  await createAccount(email, await hashPassword(newPasswordIn(req, 'password')))
`
const KEEP = `  await redis.set(keyOf(id), claimOf(rows[0]), {
    condition: 'XX', // a logout meanwhile stays one
    expiration: 'KEEPTTL',
  })
`
const INSERT_OR_409 = `    if (error instanceof DatabaseError && error.code === '23505') {
      throw new HttpError(409, 'this e-mail has an account')
    }
`
const IS_TEXT =
  "if (typeof value !== 'string') throw new HttpError(400, `${name} must be a text`)\n  return value"
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
const ME = "  res.set('Cache-Control', 'no-store').json({ email: account.email })"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'goes on with the session id that came with the login',
    rule: 'A login begins a session with a **new** id, whatever cookie came with it.',
    edits: [
      edit(DELETE_OLD, ''),
      edit(NEW_ID, "const id = cookieOf(req) ?? randomBytes(32).toString('base64url')"),
    ],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'keeps sessions in the memory of the process',
    rule: 'Sessions live in Redis: both copies know them, and they outlive a kill of both copies.',
    edits: [
      edit(
        "const COOKIE = 'session'",
        "const COOKIE = 'session'\nconst sessions = new Map<string, string>()",
      ),
      edit(SET, '  sessions.set(id, claimOf(account))\n'),
      edit(GET_EX, 'const value = sessions.get(id)'),
      edit(DELETE_SESSION, '  if (id) sessions.delete(id)\n'),
      edit(KEEP, '  sessions.set(id, claimOf(rows[0]))\n'),
    ],
  },
  {
    id: 'W3',
    check: 'C3',
    why: 'a logout only asks the browser to forget the cookie',
    rule: 'A logout ends its session on the server: the old cookie, sent again, gets `401`.',
    edits: [edit(`  const id = cookieOf(req)\n${DELETE_SESSION}`, '')],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'stores SHA-256 of salt and password',
    rule: 'Passwords are stored as **slow** hashes',
    edits: [
      edit(
        SLOW,
        "  return Promise.resolve(createHash('sha256').update(salt).update(password).digest())",
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C6',
    why: 'bcrypt of the password itself, which looks at its first 72 bytes',
    rule: 'Every character of a password counts, however long it is',
    edits: [edit('message: password,', 'message: Buffer.from(password).subarray(0, 72),')],
  },
  {
    id: 'W6',
    check: 'C4',
    why: 'says that there is no such account',
    rule: 'Both get the **same answer**: status, body, and names of headers.',
    edits: [
      edit(
        CHECK_LOGIN,
        `if (!account) throw new HttpError(401, 'there is no such account')\n  ${CHECK_LOGIN.replace('!account || ', '')}`,
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C4',
    why: 'answers at once where there is no account',
    rule: 'Both take about as long: the medians of several tries differ by less than a factor of 3.',
    edits: [
      edit(
        FIND_ACCOUNT,
        `${FIND_ACCOUNT}\n  if (!account) throw new HttpError(401, 'wrong e-mail or password')`,
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C7',
    why: 'a cookie that scripts may read',
    rule: 'It has `HttpOnly`, `SameSite=Lax` or `SameSite=Strict`, `Path=/`, and no `Domain`.',
    edits: [edit('    httpOnly: true,\n', '')],
  },
  {
    id: 'W9',
    check: 'C7',
    why: 'a cookie without SameSite',
    rule: 'It has `HttpOnly`, `SameSite=Lax` or `SameSite=Strict`, `Path=/`, and no `Domain`.',
    edits: [edit("    sameSite: 'lax',\n", '')],
  },
  {
    id: 'W10',
    check: 'C7',
    why: 'never sets Secure',
    rule: 'It has `Secure` where the request came over HTTPS: `TRUST_PROXY` is `1` **and** `X-Forwarded-Proto` is `https`.',
    edits: [edit(`    ${SECURE}\n`, '')],
  },
  {
    id: 'W11',
    check: 'C7',
    why: 'believes X-Forwarded-Proto where no proxy is trusted',
    rule: 'Otherwise it has no `Secure`, whatever the header says: a browser would throw the cookie away.',
    edits: [edit(SECURE, SECURE.replace('BEHIND_PROXY && ', ''))],
  },
  {
    id: 'W12',
    check: 'C7',
    why: 'sets Secure wherever there may be a proxy',
    rule: 'Otherwise it has no `Secure`, whatever the header says: a browser would throw the cookie away.',
    edits: [edit(SECURE, 'secure: BEHIND_PROXY,')],
  },
  {
    id: 'W13',
    check: 'C8',
    why: 'a session ends so long after the login, however much it is used',
    rule: 'Each `GET /me` begins that time anew, for the server and for the browser.',
    edits: [edit(GET_EX, 'const value = await redis.get(keyOf(id))')],
  },
  {
    id: 'W14',
    check: 'C8',
    why: 'the cookie has a Max-Age and is not sent again while the session is used',
    rule: 'Each `GET /me` begins that time anew, for the server and for the browser.',
    edits: [
      edit("    sameSite: 'lax',\n", "    sameSite: 'lax',\n    maxAge: IDLE_SECONDS * 1000,\n"),
    ],
  },
  {
    id: 'W15',
    check: 'C8',
    why: 'sessions live for a day',
    rule: 'A session ends `SESSION_IDLE_SECONDS` after its last request.',
    edits: [
      edit(
        'const IDLE_SECONDS = Number(process.env.SESSION_IDLE_SECONDS)',
        'const IDLE_SECONDS = 86_400',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C9',
    why: 'a new password ends no session',
    rule: 'All **other** sessions of the account are over.',
    edits: [edit(UPDATE, UPDATE.replace(', epoch = epoch + 1', ''))],
  },
  {
    id: 'W17',
    check: 'C9',
    why: 'a new password ends the session that asked as well',
    rule: 'The session that asked goes on, maybe with another cookie.',
    edits: [edit(KEEP, '')],
  },
  {
    id: 'W18',
    check: 'C10',
    why: 'looks at no Origin',
    rule: 'A `POST` with an `Origin` that is not exactly `APP_ORIGIN` gets `403`.',
    edits: [edit(WHICH_REQUESTS, 'if (false) {')],
  },
  {
    id: 'W19',
    check: 'C10',
    why: 'takes an Origin that begins like its own',
    rule: 'A `POST` with an `Origin` that is not exactly `APP_ORIGIN` gets `403`.',
    edits: [
      edit(
        'origin !== APP_ORIGIN) {',
        'APP_ORIGIN !== undefined && !origin.startsWith(APP_ORIGIN)) {',
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C10',
    why: 'takes the Origin null',
    rule: 'A `POST` with an `Origin` that is not exactly `APP_ORIGIN` gets `403`.',
    edits: [edit('origin !== undefined && ', "origin !== undefined && origin !== 'null' && ")],
  },
  {
    id: 'W21',
    check: 'C10',
    why: 'guards only the requests of those who are logged in, and so not the login',
    rule: 'A `POST` with an `Origin` that is not exactly `APP_ORIGIN` gets `403`.',
    edits: [
      edit("if (req.method === 'POST' && ", "if (req.method === 'POST' && cookieOf(req) && "),
    ],
  },
  {
    id: 'W22',
    check: 'C10',
    why: 'refuses every Origin, also its own',
    rule: 'A `POST` without `Origin`, or with `APP_ORIGIN`, is answered as usual.',
    edits: [edit(' && origin !== APP_ORIGIN) {', ') {')],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'asks every POST for an Origin',
    rule: 'A `POST` without `Origin`, or with `APP_ORIGIN`, is answered as usual.',
    edits: [edit('origin !== undefined && origin !== APP_ORIGIN', 'origin !== APP_ORIGIN')],
  },
  {
    id: 'W24',
    check: 'C10',
    why: 'refuses a GET from another origin',
    rule: '`GET` is answered as usual from everywhere.',
    edits: [edit("req.method === 'POST' && origin", 'origin')],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'e-mails in other capitals are other accounts',
    rule: 'Capitals do not matter in an e-mail: there is one account for all spellings.',
    edits: [edit('return email.toLowerCase()', 'return email')],
  },
  {
    id: 'W26',
    check: 'C1',
    why: 'registering again changes the password',
    rule: 'An e-mail that has an account gets `409`.',
    edits: [
      edit(
        "'INSERT INTO accounts (email, password_hash) VALUES ($1, $2)'",
        "'INSERT INTO accounts (email, password_hash) VALUES ($1, $2) ON CONFLICT (email) DO UPDATE SET password_hash = $2'",
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C1',
    why: 'an e-mail that has an account is a validation failure',
    rule: 'An e-mail that has an account gets `409`.',
    edits: [edit('new HttpError(409,', 'new HttpError(422,')],
  },
  {
    id: 'W28',
    check: 'C1',
    why: 'takes everything for an e-mail',
    rule: 'An `email` is refused where nothing stands before or behind its `@`, where it has no `@` or a blank inside, or more than 254 characters.',
    edits: [edit(IS_EMAIL, "email.includes('\\0') || email.length > 254")],
  },
  {
    id: 'W29',
    check: 'C1',
    why: 'e-mails may have any length',
    rule: 'An `email` is refused where nothing stands before or behind its `@`, where it has no `@` or a blank inside, or more than 254 characters.',
    edits: [edit(' || email.length > 254', '')],
  },
  {
    id: 'W30',
    check: 'C1',
    why: 'knows e-mails of lower-case letters alone',
    rule: 'An `email` of letters, digits and `.` `_` `+` `-`, with one `@` before a domain name, is taken.',
    edits: [edit('/^[^\\s@]+@[^\\s@]+$/', '/^[\\w.]+@[\\w.-]+\\.[a-z]{2,}$/i')],
  },
  {
    id: 'W31',
    check: 'C1',
    why: 'counts UTF-16 units: nine emoji are a password',
    rule: 'A password has 10 to 128 characters, of any kind.',
    edits: [edit(COUNT_CHARACTERS, 'const { length } = password')],
  },
  {
    id: 'W32',
    check: 'C1',
    why: 'refuses passwords of more than 72 bytes',
    rule: 'A password has 10 to 128 characters, of any kind.',
    edits: [edit('length > 128)', 'Buffer.byteLength(password) > 72)')],
  },
  {
    id: 'W33',
    check: 'C1',
    why: 'passwords of 129 characters',
    rule: 'A password has 10 to 128 characters, of any kind.',
    edits: [edit(' || length > 128', '')],
  },
  {
    id: 'W34',
    check: 'C6',
    why: 'trims passwords',
    rule: 'Every character of a password counts, however long it is, and so do blanks and capitals.',
    edits: [edit('message: password,', 'message: password.trim(),')],
  },
  {
    id: 'W35',
    check: 'C6',
    why: 'compares passwords without regard to capitals',
    rule: 'Every character of a password counts, however long it is, and so do blanks and capitals.',
    edits: [edit('message: password,', 'message: password.toLowerCase(),')],
  },
  {
    id: 'W36',
    check: 'C5',
    why: 'one salt for all',
    rule: 'Each hash has a salt of its own.',
    edits: [
      edit(
        HASH_WITH_SALT,
        HASH_WITH_SALT.replace(
          'randomBytes(SALT_BYTES)',
          "Buffer.from('pelican-post-salt').subarray(0, SALT_BYTES)",
        ),
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C5',
    why: 'stores an unsalted SHA-256 of the password beside the hash',
    rule: 'Passwords are stored as **slow** hashes',
    edits: [
      edit(
        "'INSERT INTO accounts (email, password_hash) VALUES ($1, $2)'",
        "'INSERT INTO accounts (email, password_hash, note) VALUES ($1, $2, $3)'",
      ),
      edit('      passwordHash,\n', '      passwordHash,\n      note,\n'),
      edit(
        '      epoch integer NOT NULL DEFAULT 0\n',
        '      epoch integer NOT NULL DEFAULT 0,\n      note text\n',
      ),
      edit(
        'async function createAccount(email: string, passwordHash: Buffer)',
        'async function createAccount(email: string, passwordHash: Buffer, note: string)',
      ),
      edit(
        CREATE,
        `  const password = newPasswordIn(req, 'password')
  const note = createHash('sha256').update(password).digest('hex')
  await createAccount(email, await hashPassword(password), note)
`,
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C5',
    why: 'logs what was sent',
    rule: 'A password can be read nowhere: not in the database, in Redis, in an answer, or in what the process prints.',
    edits: [
      edit(
        "app.post('/login', json, async (req, res) => {\n",
        "app.post('/login', json, async (req, res) => {\n  console.log('login', req.body)\n",
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C5',
    why: 'keeps the password in the session',
    rule: 'A password can be read nowhere: not in the database, in Redis, in an answer, or in what the process prints.',
    edits: [
      edit(
        `${SEND}}`,
        `${SEND}  await redis.set(\`last:\${account.id}\`, String(req.body.password), {
    expiration: { type: 'EX', value: IDLE_SECONDS },
  })
}`,
      ),
    ],
  },
  {
    id: 'W40',
    check: 'C1',
    why: 'answers 404 to an unknown e-mail',
    rule: 'A wrong password and an unknown e-mail get `401`.',
    edits: [
      edit(
        CHECK_LOGIN,
        `if (!account) throw new HttpError(404, 'wrong e-mail or password')\n  ${CHECK_LOGIN.replace('!account || ', '')}`,
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C2',
    why: 'beside the new session, the id that came with the login is logged in too',
    rule: 'A cookie that was there before a login, from your server or made up, is not logged in to that account afterwards.',
    edits: [
      edit(
        DELETE_OLD,
        `  const old = cookieOf(req)
  if (old) {
    const expiration = { type: 'EX', value: IDLE_SECONDS } as const
    await redis.set(keyOf(old), claimOf(account), { expiration })
  }
`,
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C3',
    why: 'a login ends the sessions of the account that there were',
    rule: 'An account may be logged in from many browsers at once.',
    edits: [
      edit(
        SET,
        `  const expiration = { type: 'EX', value: IDLE_SECONDS } as const
  const last = await redis.get(\`last:\${account.id}\`)
  if (last) await redis.del(last)
  await redis.set(\`last:\${account.id}\`, keyOf(id), { expiration })
${SET}`,
      ),
    ],
  },
  {
    id: 'W43',
    check: 'C2',
    why: 'session ids that count up',
    rule: 'Nobody can guess a session’s cookie: it holds 16 random characters or more.',
    edits: [
      edit(
        NEW_ID,
        "const made = globalThis as { sessions?: number }\n  made.sessions = (made.sessions ?? 0) + 1\n  const id = (process.pid + '-' + made.sessions).padStart(32, '0')",
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C11',
    why: 'sessions are in PostgreSQL too, and come back from there',
    rule: 'When Redis is emptied, all sessions are over.',
    edits: [
      edit(
        '  await db.query(`\n    CREATE TABLE',
        '  await db.query(`CREATE TABLE IF NOT EXISTS sessions (id text PRIMARY KEY, claim text)`)\n  await db.query(`\n    CREATE TABLE',
      ),
      edit(
        SET,
        `${SET}  await db.query('INSERT INTO sessions VALUES ($1, $2)', [keyOf(id), claimOf(account)])\n`,
      ),
      edit(
        GET_EX,
        `const known = ${GET_EX.replace('const value = ', '')}
  const { rows } = await db.query('SELECT claim FROM sessions WHERE id = $1', [keyOf(id)])
  const value: string | undefined = known ?? rows[0]?.claim`,
      ),
      edit(
        DELETE_SESSION,
        `${DELETE_SESSION}  if (id) await db.query('DELETE FROM sessions WHERE id = $1', [keyOf(id)])\n`,
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C11',
    why: 'a list of the sessions of each account that never expires',
    rule: 'Every key in Redis has an expiry.',
    edits: [edit(SET, `${SET}  await redis.sAdd(\`sessions:\${account.id}\`, keyOf(id))\n`)],
  },
  {
    id: 'W46',
    check: 'C11',
    why: 'the session of a new password no longer expires',
    rule: 'Every key in Redis has an expiry.',
    edits: [edit("    expiration: 'KEEPTTL',\n", '')],
  },
  {
    id: 'W47',
    check: 'C1',
    why: 'answers 403 without a session',
    rule: 'Without a session, `GET /me` and `POST /password` get `401`.',
    edits: [
      edit("throw new HttpError(401, 'log in first')", "throw new HttpError(403, 'log in first')"),
    ],
  },
  {
    id: 'W48',
    check: 'C3',
    why: 'a logout ends all sessions of the account',
    rule: 'A logout ends no other session, not even of the same account.',
    edits: [
      edit(
        `  const id = cookieOf(req)
${DELETE_SESSION}`,
        `  const session = await findSession(req)
  if (session) {
    await db.query('UPDATE accounts SET epoch = epoch + 1 WHERE id = $1', [session.account.id])
  }
`,
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C3',
    why: 'a logout without a session is an error',
    rule: '`POST /logout` without a session gets `200`, `204` or `401`.',
    edits: [
      edit(
        DELETE_SESSION,
        "  if (!id || !(await redis.del(keyOf(id)))) throw new HttpError(400, 'nobody is logged in')\n",
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C9',
    why: 'forgets to store the new password',
    rule: 'From then on the new password logs in, and the old one does not.',
    edits: [edit('SET password_hash = $3, epoch', 'SET password_hash = coalesce($2, $3), epoch')],
  },
  {
    id: 'W51',
    check: 'C9',
    why: 'a session is enough for a new password',
    rule: 'A wrong `old` gets `401` or `403`.',
    edits: [edit(CHECK_OLD, 'void old')],
  },
  {
    id: 'W52',
    check: 'C9',
    why: 'looks at the length of the first password only',
    rule: '`new` follows the rule for passwords.',
    edits: [edit("newPasswordIn(req, 'new')", "field(req, 'new')")],
  },
  {
    id: 'W53',
    check: 'C9',
    why: 'ends the other sessions although the old password is wrong',
    rule: 'any refusal | changes nothing',
    edits: [
      edit(
        CHECK_OLD,
        `if (!(await isPassword(old, account.password_hash))) {
    await db.query('UPDATE accounts SET epoch = epoch + 1 WHERE id = $1', [account.id])
    throw new HttpError(403, 'wrong password')
  }`,
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C13',
    why: 'looks whether there is such an account, and inserts then',
    rule: 'Of two registrations of one e-mail at once, one gets `201` and the other `409`.',
    edits: [
      edit(INSERT_OR_409, ''),
      edit(
        CREATE,
        `  if (await accountBy('email', email)) throw new HttpError(409, 'this e-mail has an account')\n${CREATE}`,
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C13',
    why: 'two changes of a password that have both compared the old one',
    rule: 'Of two changes with the same `old` at once, one succeeds at most; the other gets `401`, `403` or `409`.',
    edits: [edit(UPDATE, UPDATE.replace(' AND password_hash = $2', ' AND $2::bytea IS NOT NULL'))],
  },
  {
    id: 'W56',
    check: 'C13',
    why: 'reads a session and writes it back, for its idle time',
    rule: 'A session that has been logged out never comes back, whatever other requests of it were under way.',
    edits: [
      edit(GET_EX, 'const value = await redis.get(keyOf(id))'),
      edit(
        ME,
        `  const { id } = await needSession(req)
  const expiration = { type: 'EX', value: IDLE_SECONDS } as const
  await redis.set(keyOf(id), claimOf(account), { expiration })
${ME}`,
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C13',
    why: 'a login under way gets the number of the newest password',
    rule: 'Once a new password has been answered, no session is alive that was begun with the old one, not even by a login that was still under way.',
    edits: [
      edit(
        '  await beginSession(req, res, account)',
        "  await beginSession(req, res, (await accountBy('id', account.id))!)",
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C12',
    why: 'answers 404 to a wrong method',
    rule: 'a path that the README names, with another method',
    edits: [edit('throw new HttpError(405,', 'throw new HttpError(404,')],
  },
  {
    id: 'W59',
    check: 'C12',
    why: 'breaks where a field is missing',
    rule: 'a validation failure: a field is missing, or breaks its rule',
    edits: [edit(IS_TEXT, 'return value as string')],
  },
  {
    id: 'W60',
    check: 'C14',
    why: 'breaks at a cookie that is not percent-encoded',
    rule: 'Without a session, `GET /me` and `POST /password` get `401`.',
    edits: [
      edit(
        'if (name === COOKIE && value) return value',
        'if (name === COOKIE && value) return decodeURIComponent(value)',
      ),
    ],
  },
]
