import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')
const ignoring = editing('.gitignore')
const example = editing('.env.example')

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: source text
const NO_SECRET =
  'a secret or a stored key, as it is, in hex or in base64 | stands in no answer and in no output, whatever goes wrong'
const NO_VALUE = '… a bad value that kept the server from starting | stands in no output either'
const NO_STACK =
  'an error, from `400` up | has no stack trace, and nothing of what the carrier has answered'
const MISSING = 'a secret that is not optional | where it is missing'
const EMPTY = 'a variable that is empty | counts as missing, `NAME_FILE` as well'
const PLACEHOLDER =
  'any secret | where it is `changeme`, in any letters, or its file is empty, a line break aside, or cannot be read'
const SHORT = '`WEBHOOK_SECRET`, `WEBHOOK_SECRET_PREVIOUS` | of fewer than 16 characters'
const NO_KEY =
  '`ENCRYPTION_KEY`, `ENCRYPTION_KEY_PREVIOUS` | where it is not the base64 of exactly 32 bytes, 44 characters with the `=`'
const BY_FILE =
  'a secret `NAME` | may come as `NAME_FILE` instead: the path of a file that holds it'
const LINE_BREAK = '… one line break at the end of the file, `\\n` or `\\r\\n` | is not part of it'
const FILE_WINS = '… `NAME` and `NAME_FILE` | the file wins'
const NO_SIGNATURE = '… the signature that a webhook should have had | stands in neither'
const BYTES = 'the signature | is that of the bytes that came, not of the JSON written anew'
const EITHER = '… made with `WEBHOOK_SECRET` or `WEBHOOK_SECRET_PREVIOUS` | is right'
const CAPITALS = '… with hex digits in capitals | is right as well'
const WRONG = '… wrong, too short, too long, no hex, without `sha256=`, or missing | `401`'
const SIGHUP =
  '`SIGHUP` | all files of secrets are read again, but for `DATABASE_URL_FILE`, and hold for requests that come a second later'
const UNDER_WAY =
  '… while requests are under way | each is answered as usual, and the process goes on'
const BAD_NOW =
  '… where a file is bad now | what was read before holds, for that secret; the output names the variable'
const ENCRYPTED =
  '`api_key` of the table | holds the key encrypted and authenticated, in any layout: nonce, ciphertext and tag are all in it'
const DIFFERENT = '… of the same key, stored twice | is different'
const CHANGED =
  '… of which one byte was changed, any of them, or that no key of the server fits | is used for nothing: ping and `GET` get `409` or `500`'
const COPIED = '… that was copied from the row of another name | is used for nothing either'
const STILL = 'with `ENCRYPTION_KEY_PREVIOUS` | keys that were encrypted with it still work'
const RENEWED =
  '… a ping that uses such a key | encrypts it anew: from then on `ENCRYPTION_KEY` alone is enough'
const KEPT_OUT =
  '`.gitignore` | keeps out `.env`, `.env.local`, `.env.production`, everything in `secrets/`, and files that end in `.pem` or `.key`, in any folder'
const TAKES = '… `.env.example` and `server.ts` | are taken'
const LINES = '`.env.example` | has a line `NAME=…` for each of the seven variables'
const EXAMPLES = '… a secret in it | is empty, or `changeme`; what stands there would not start'
const PARCEL = '`parcel` | 1 to 30 characters of `A`–`Z`, `0`–`9` and `-`'
const STATUS = '`status` | a text of 1 to 100 characters'
const NO_PARCEL = 'a parcel that no webhook has named | `404`'
const NAME =
  '`{name}` | 1 to 30 characters of `a`–`z`, `0`–`9` and `-`; for another one `400`, `404` or `422`'
const API_KEY = '`apiKey` | 16 to 200 characters, each from `!` to `~` in ASCII'
const NO_NAME = 'a name that has no key | `404`'
const CARRIES = 'a ping | carries `Authorization: Bearer` with the key'

const NEEDED = `function needed<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new BadSecret(\`\${name} is missing\`)
  return value
}
`
const WEBHOOK = "needed('WEBHOOK_SECRET', signingSecret('WEBHOOK_SECRET'))"
const FILE_TEXT = "const value = text.replace(/\\r?\\n$/, '')"
const SIGNED = 'if (!isSigned(bytes,'
const HEX = 'const hex = /^sha256=([0-9a-f]{64})$/i'
const AT_HUP = "process.on('SIGHUP', () => {\n  secrets = readAll(secrets)\n})\n"
const REFUSED_KEY =
  "throw new Refusal(422, 'apiKey must have 16 to 200 signs of ASCII, and no blanks')"
const UNWELL = "if (!isWell) throw new Refusal(502, 'the carrier does not answer as it should')"

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'has a secret of its own where none is given',
    rule: MISSING,
    edits: [edit(WEBHOOK, "signingSecret('WEBHOOK_SECRET') ?? 'dev-secret-dev-secret'")],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'prints what it was started with',
    rule: NO_SECRET,
    edits: [edit('const app = express()\n', 'const app = express()\nconsole.log(process.env)\n')],
  },
  {
    id: 'W3',
    check: 'C3',
    why: 'compares signatures of unequal lengths, which throws',
    rule: WRONG,
    edits: [edit(HEX, 'const hex = /^sha256=([0-9a-f]*)$/i')],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'uses one nonce for all',
    rule: DIFFERENT,
    edits: [edit('const nonce = randomBytes(NONCE)', 'const nonce = Buffer.alloc(NONCE)')],
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'encrypts with AES-CBC, which nobody has signed',
    rule: CHANGED,
    edits: [
      edit('const [NONCE, TAG] = [12, 16]', 'const [NONCE, TAG] = [16, 0]'),
      edit(
        "  const cipher = createCipheriv('aes-256-gcm', secrets.encryption, nonce, { authTagLength: TAG })\n  cipher.setAAD(Buffer.from(name))\n",
        "  const cipher = createCipheriv('aes-256-cbc', secrets.encryption, nonce)\n",
      ),
      edit(
        '  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])',
        '  return Buffer.concat([nonce, ciphertext])',
      ),
      edit(
        "  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })\n  decipher.setAAD(Buffer.from(name))\n  decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))\n",
        "  const decipher = createDecipheriv('aes-256-cbc', key, nonce)\n",
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C3',
    why: 'signs the JSON that it has written anew',
    rule: BYTES,
    edits: [edit(SIGNED, 'if (!isSigned(Buffer.from(JSON.stringify(objectOf(bytes))),')],
  },
  {
    id: 'W7',
    check: 'C7',
    why: 'lets git take .env',
    rule: KEPT_OUT,
    edits: [ignoring('.env\n', '')],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'shows the bad value in the error',
    rule: NO_VALUE,
    edits: [
      edit(
        'throw new BadSecret(`${name} is too short`)',
        'throw new BadSecret(`${name} is too short: ${secret}`)',
      ),
    ],
  },

  // ------------------------------------------------------------ starts
  {
    id: 'W9',
    check: 'C1',
    why: 'prints what is missing, and goes on',
    rule: MISSING,
    edits: [
      edit(
        NEEDED,
        'function needed<T>(name: string, value: T | undefined): T {\n  if (value === undefined) console.error(`${name} is missing`)\n  return (value ?? Buffer.alloc(32)) as T\n}\n',
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'ends with the status of success',
    rule: MISSING,
    edits: [edit('process.exit(1)', 'process.exit(0)')],
  },
  {
    id: 'W11',
    check: 'C1',
    why: 'takes an empty variable for a secret',
    rule: EMPTY,
    edits: [
      edit('return value || undefined', 'return value'),
      edit('[...secret].length < 16', '[...secret].length < 16 && secret.length > 0'),
    ],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'knows changeme in small letters alone',
    rule: PLACEHOLDER,
    edits: [edit("value?.toLowerCase() === 'changeme'", "value === 'changeme'")],
  },
  {
    id: 'W13',
    check: 'C1',
    why: 'takes the variable where the file cannot be read',
    rule: PLACEHOLDER,
    edits: [
      edit(
        '    throw new BadSecret(`the file of ${name} cannot be read`)\n',
        "    return process.env[name] ?? ''\n",
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    why: 'takes an empty file for a secret that is missing',
    rule: PLACEHOLDER,
    edits: [
      edit(
        "  if (value === '') throw new BadSecret(`the file of ${name} is empty`)\n",
        "  if (value === '') return process.env[name] ?? ''\n",
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'takes a short secret',
    rule: SHORT,
    edits: [edit('[...secret].length < 16', '[...secret].length < 8')],
  },
  {
    id: 'W16',
    check: 'C1',
    why: 'looks at the length of the current secret alone',
    rule: SHORT,
    edits: [
      edit('[...secret].length < 16', "name === 'WEBHOOK_SECRET' && [...secret].length < 16"),
    ],
  },
  {
    id: 'W17',
    check: 'C1',
    why: 'takes what base64 leaves of any text, cut to 32 bytes',
    rule: NO_KEY,
    edits: [
      edit(
        "const key = Buffer.from(text, 'base64')",
        "const key = Buffer.from(text, 'base64').subarray(0, 32)",
      ),
      edit("key.length === 32 && key.toString('base64') === text", 'key.length === 32'),
    ],
  },
  {
    id: 'W18',
    check: 'C1',
    why: 'takes 32 letters for a key',
    rule: NO_KEY,
    edits: [
      edit(
        "const key = Buffer.from(text, 'base64')",
        "const key = text.length === 32 ? Buffer.from(text) : Buffer.from(text, 'base64')",
      ),
      edit("key.length === 32 && key.toString('base64') === text", 'key.length === 32'),
    ],
  },
  {
    id: 'W19',
    check: 'C1',
    why: 'does not say which secret is bad',
    rule: MISSING,
    edits: [
      edit(
        '    console.error(error.message)\n    process.exit(1)',
        "    console.error('the configuration is bad')\n    process.exit(1)",
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C1',
    why: 'knows variables, and no files',
    rule: BY_FILE,
    edits: [edit('const file = process.env[`${name}_FILE`]', "const file = ''")],
  },
  {
    id: 'W21',
    check: 'C1',
    why: 'prefers the variable to the file',
    rule: FILE_WINS,
    edits: [edit('const value = file ?', 'const value = file && !process.env[name] ?')],
  },
  {
    id: 'W22',
    check: 'C1',
    why: 'takes all blanks and line breaks from the ends of a file',
    rule: LINE_BREAK,
    edits: [edit(FILE_TEXT, 'const value = text.trim()')],
  },
  {
    id: 'W23',
    check: 'C1',
    why: 'leaves the line break of a file where it is',
    rule: LINE_BREAK,
    edits: [edit(FILE_TEXT, 'const value = text')],
  },
  {
    id: 'W24',
    check: 'C1',
    why: 'knows the line breaks of Unix alone',
    rule: LINE_BREAK,
    edits: [edit(FILE_TEXT, "const value = text.replace(/\\n$/, '')")],
  },
  {
    id: 'W25',
    check: 'C1',
    why: 'takes an empty NAME_FILE for a path',
    rule: EMPTY,
    edits: [edit('const value = file ?', 'const value = file !== undefined ?')],
  },

  // ------------------------------------------------------------ leaks
  {
    id: 'W26',
    check: 'C2',
    why: 'prints the key of each ping',
    rule: NO_SECRET,
    edits: [
      edit(
        '  const isWell = await ping(apiKey)\n',
        '  console.log(`ping ${name} ${apiKey}`)\n  const isWell = await ping(apiKey)\n',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C2',
    why: 'repeats the key that it refuses',
    rule: NO_SECRET,
    edits: [edit(REFUSED_KEY, 'throw new Refusal(422, `this is no key: ${apiKey}`)')],
  },
  {
    id: 'W28',
    check: 'C2',
    why: 'answers with the message of the parser, which repeats the body',
    rule: NO_SECRET,
    edits: [
      edit("json({ error: type || 'the request cannot be read' })", 'json({ error: message })'),
    ],
  },
  {
    id: 'W29',
    check: 'C2',
    why: 'passes on what the carrier has answered',
    rule: NO_STACK,
    edits: [
      edit(
        '    await answer.body?.cancel()\n    return answer.ok\n',
        "    if (!answer.ok) throw new Refusal(502, (await answer.text()).replace(/Bearer [^\"]*/, ''))\n    return true\n",
      ),
      edit(
        '  } catch {\n    return false\n  }\n}\n\n// ----',
        '  } catch (error) {\n    if (error instanceof Refusal) throw error\n    return false\n  }\n}\n\n// ----',
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C2',
    why: 'prints what the carrier has answered, in which the key stands',
    rule: NO_SECRET,
    edits: [
      edit(
        '    await answer.body?.cancel()\n',
        '    if (!answer.ok) console.error(await answer.text())\n',
      ),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    why: 'sends the stack of errors',
    rule: NO_STACK,
    edits: [
      edit(
        '    response.status(error.status).json({ error: message })',
        '    response.status(error.status).json({ error: message, stack: error.stack })',
      ),
    ],
  },
  {
    id: 'W32',
    check: 'C2',
    why: 'tells which signature would have been right',
    rule: NO_SIGNATURE,
    edits: [
      edit(
        "throw new Refusal(401, 'wrong signature')",
        "throw new Refusal(401, `expected ${createHmac('sha256', secrets.webhook).update(bytes).digest('hex')}`)",
      ),
    ],
  },
  {
    id: 'W33',
    check: 'C2',
    why: 'prints the bodies that it cannot read',
    rule: NO_SECRET,
    edits: [
      edit(
        "    // A parser's message may repeat the body, in which a key may stand.\n",
        '    console.error(error)\n',
      ),
    ],
  },
  {
    id: 'W34',
    check: 'C2',
    why: 'shows the last characters with all the others behind them, in base64',
    rule: NO_SECRET,
    edits: [
      edit(
        'response.json({ name, apiKey: `…${apiKey.slice(-4)}` })',
        "response.json({ name, apiKey: `…${apiKey.slice(-4)}`, raw: Buffer.from(apiKey).toString('base64') })",
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C2',
    why: 'prints the value of a key that is none',
    rule: NO_VALUE,
    edits: [
      edit(
        'throw new BadSecret(`${name} is not the base64 of 32 bytes`)',
        'throw new BadSecret(`${name} is not the base64 of 32 bytes: ${text}`)',
      ),
    ],
  },

  // ------------------------------------------------------------ signatures
  {
    id: 'W36',
    check: 'C3',
    why: 'does not know the previous secret',
    rule: EITHER,
    edits: [edit('[secrets.webhook, secrets.webhookPrevious].some(', '[secrets.webhook].some(')],
  },
  {
    id: 'W37',
    check: 'C3',
    why: 'takes small hex digits alone',
    rule: CAPITALS,
    edits: [edit('{64})$/i.exec', '{64})$/.exec')],
  },
  {
    id: 'W38',
    check: 'C3',
    why: 'takes a signature without sha256=',
    rule: WRONG,
    edits: [edit(HEX, 'const hex = /^(?:sha256=)?([0-9a-f]{64})$/i')],
  },
  {
    id: 'W39',
    check: 'C3',
    why: 'looks at the beginning of the header alone',
    rule: WRONG,
    edits: [edit('([0-9a-f]{64})$/i', '([0-9a-f]{64})/i')],
  },
  {
    id: 'W40',
    check: 'C3',
    why: 'compares as many digits as were sent',
    rule: WRONG,
    edits: [
      edit(HEX, 'const hex = /^sha256=((?:[0-9a-f]{2})+)$/i'),
      edit(
        'update(body).digest(), given)',
        'update(body).digest().subarray(0, given.length), given)',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C3',
    why: 'takes an empty previous secret, with which everybody can sign',
    rule: EMPTY,
    edits: [
      edit(
        'webhookPrevious: () => signingSecret(',
        "webhookPrevious: () => process.env.WEBHOOK_SECRET_PREVIOUS === '' ? '' : signingSecret(",
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C3',
    why: 'signs with the word undefined where there is no previous secret',
    rule: WRONG,
    edits: [
      edit('      secret !== undefined &&\n', ''),
      edit("createHmac('sha256', secret)", "createHmac('sha256', String(secret))"),
    ],
  },
  {
    id: 'W43',
    check: 'C3',
    why: 'stores first, and looks at the signature then',
    rule: 'any refusal | changes nothing',
    edits: [
      edit(
        "  if (!isSigned(bytes, request.get('X-Signature'))) throw new Refusal(401, 'wrong signature')\n",
        '',
      ),
      edit(
        '  response.status(202).json({ parcel, status })',
        "  if (!isSigned(bytes, request.get('X-Signature'))) throw new Refusal(401, 'wrong signature')\n  response.status(202).json({ parcel, status })",
      ),
    ],
  },

  // ------------------------------------------------------------ SIGHUP
  {
    id: 'W44',
    check: 'C4',
    why: 'ends at SIGHUP',
    rule: UNDER_WAY,
    edits: [edit(AT_HUP, '')],
  },
  {
    id: 'W45',
    check: 'C4',
    why: 'does nothing at SIGHUP',
    rule: SIGHUP,
    edits: [edit(AT_HUP, "process.on('SIGHUP', () => {})\n")],
  },
  {
    id: 'W46',
    check: 'C4',
    why: 'ends where a file is bad at SIGHUP',
    rule: BAD_NOW,
    edits: [edit('secrets = readAll(secrets)', 'secrets = readAll()')],
  },
  {
    id: 'W47',
    check: 'C4',
    why: 'reads nothing anew where one file is bad',
    rule: BAD_NOW,
    edits: [
      edit(
        'secrets = readAll(secrets)',
        'try {\n    secrets = readAll()\n  } catch (error) {\n    console.error((error as Error).message)\n  }',
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C4',
    why: 'keeps the old secret without a word',
    rule: BAD_NOW,
    edits: [edit('      console.error(`${error.message}: the one before is kept`)\n', '')],
  },
  {
    id: 'W49',
    check: 'C4',
    why: 'listens anew at SIGHUP, and drops what is under way',
    rule: UNDER_WAY,
    edits: [
      edit(
        'secrets = readAll(secrets)',
        'secrets = readAll(secrets)\n  server.closeAllConnections()',
      ),
    ],
  },
  {
    id: 'W50',
    check: 'C6',
    why: 'reads secrets of webhooks anew, and keys not',
    rule: SIGHUP,
    edits: [
      edit(
        'secrets = readAll(secrets)',
        'const { encryption, encryptionPrevious } = secrets\n  secrets = { ...readAll(secrets), encryption, encryptionPrevious }',
      ),
    ],
  },

  // ------------------------------------------------------------ at rest
  {
    id: 'W51',
    check: 'C5',
    why: 'stores keys in base64',
    rule: ENCRYPTED,
    edits: [
      edit(
        '[name, encrypt(apiKey, name)]',
        "[name, Buffer.from(Buffer.from(apiKey).toString('base64'))]",
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C5',
    why: 'leaves the tag unread',
    rule: CHANGED,
    edits: [
      edit(
        "    return Buffer.concat([text, decipher.final()]).toString('utf8')",
        "    return text.toString('utf8')",
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C5',
    why: 'takes the last characters from the row, where they stand in clear',
    rule: CHANGED,
    edits: [
      edit(
        '  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext])',
        '  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext, Buffer.from(text.slice(-4))])',
      ),
      edit(
        'decipher.update(bytes.subarray(NONCE + TAG))',
        'decipher.update(bytes.subarray(NONCE + TAG, -4))',
      ),
    ],
  },
  {
    id: 'W54',
    check: 'C9',
    why: 'does not tie a key to its row',
    rule: COPIED,
    edits: [
      edit('  cipher.setAAD(Buffer.from(name))\n', ''),
      edit('  decipher.setAAD(Buffer.from(name))\n', ''),
    ],
  },
  {
    id: 'W55',
    check: 'C5',
    why: 'answers that a key which cannot be used is not there',
    rule: CHANGED,
    edits: [
      edit(
        "throw new Refusal(409, 'the stored key cannot be used')",
        "throw new Refusal(404, 'the stored key cannot be used')",
      ),
    ],
  },

  // ------------------------------------------------------------ a new key
  {
    id: 'W56',
    check: 'C6',
    why: 'does not know the previous key',
    rule: STILL,
    edits: [edit('decrypt(stored, name, encryptionPrevious)', 'decrypt(stored, name, encryption)')],
  },
  {
    id: 'W57',
    check: 'C6',
    why: 'never encrypts anew',
    rule: RENEWED,
    edits: [
      edit('const apiKey = await keyOf(name, true)', 'const apiKey = await keyOf(name, false)'),
    ],
  },
  {
    id: 'W58',
    check: 'C6',
    why: 'encrypts with the previous key as long as there is one',
    rule: RENEWED,
    edits: [
      edit(
        "createCipheriv('aes-256-gcm', secrets.encryption,",
        "createCipheriv('aes-256-gcm', secrets.encryptionPrevious ?? secrets.encryption,",
      ),
    ],
  },
  {
    id: 'W59',
    check: 'C6',
    why: 'stores the key itself where it should encrypt it anew',
    rule: RENEWED,
    edits: [edit('      encrypt(previous, name),\n', '      Buffer.from(previous),\n')],
  },

  // ------------------------------------------------------------ git
  {
    id: 'W60',
    check: 'C7',
    why: 'leaves .env.example out as well',
    rule: TAKES,
    edits: [ignoring('!.env.example\n', '')],
  },
  {
    id: 'W61',
    check: 'C7',
    why: 'keeps files out of the first folder alone',
    rule: KEPT_OUT,
    edits: [ignoring('secrets/\n', '/secrets/\n')],
  },
  {
    id: 'W62',
    check: 'C7',
    why: 'knows .env, and none that is called like it',
    rule: KEPT_OUT,
    edits: [ignoring('.env.*\n!.env.example\n', '')],
  },
  {
    id: 'W63',
    check: 'C7',
    why: 'forgets a variable in .env.example',
    rule: LINES,
    edits: [example('ENCRYPTION_KEY_PREVIOUS=\n', '')],
  },
  {
    id: 'W64',
    check: 'C7',
    why: 'has a key in .env.example that works',
    rule: EXAMPLES,
    edits: [
      example(
        'ENCRYPTION_KEY=changeme',
        'ENCRYPTION_KEY=q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=',
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C7',
    why: 'leaves the password of the database in .env.example',
    rule: EXAMPLES,
    edits: [
      example(
        'DATABASE_URL=changeme',
        'DATABASE_URL=postgres://post:pelican-2024@db.pelican.example/post',
      ),
    ],
  },

  // ------------------------------------------------------------ the tables
  {
    id: 'W66',
    check: 'C8',
    why: 'takes small letters for a parcel',
    rule: PARCEL,
    edits: [edit('const PARCEL = /^[A-Z0-9-]{1,30}$/', 'const PARCEL = /^[A-Z0-9-]{1,30}$/i')],
  },
  {
    id: 'W67',
    check: 'C8',
    why: 'counts the units of UTF-16 in place of characters',
    rule: STATUS,
    edits: [edit('[...status].length > 100', 'status.length > 100')],
  },
  {
    id: 'W68',
    check: 'C8',
    why: 'answers null for a parcel that it does not know',
    rule: NO_PARCEL,
    edits: [
      edit(
        "  if (!rows[0]) throw new Refusal(404, 'no webhook has named this parcel')\n  response.json(rows[0])",
        '  response.json(rows[0] ?? null)',
      ),
    ],
  },
  {
    id: 'W69',
    check: 'C8',
    why: 'takes names of 31 characters',
    rule: NAME,
    edits: [edit('/^[a-z0-9-]{1,30}$/.test(name)', '/^[a-z0-9-]{1,40}$/.test(name)')],
  },
  {
    id: 'W70',
    check: 'C8',
    why: 'takes keys of 15 characters',
    rule: API_KEY,
    edits: [edit('/^[!-~]{16,200}$/', '/^[!-~]{15,200}$/')],
  },
  {
    id: 'W71',
    check: 'C8',
    why: 'takes blanks in a key',
    rule: API_KEY,
    edits: [edit('/^[!-~]{16,200}$/', '/^[ -~]{16,200}$/')],
  },
  {
    id: 'W72',
    check: 'C8',
    why: 'says that a name without a key cannot be used',
    rule: NO_NAME,
    edits: [
      edit(
        "if (!stored) throw new Refusal(404, 'there is no such integration')",
        "if (!stored) throw new Refusal(409, 'there is no such integration')",
      ),
    ],
  },
  {
    id: 'W73',
    check: 'C8',
    why: 'sends the key as Basic',
    rule: CARRIES,
    edits: [edit('Authorization: `Bearer ${apiKey}`', 'Authorization: `Basic ${apiKey}`')],
  },
  {
    id: 'W74',
    check: 'C8',
    why: 'is content with any answer of the carrier',
    rule: '`POST /integrations/{name}/ping` | | sends `GET /ping` to the carrier with the key; `200` and `{ok: true}` where the carrier answers with a status from 200 to 299, `502` otherwise',
    edits: [edit(UNWELL, "if (!isWell) console.error('the carrier does not answer as it should')")],
  },
  {
    id: 'W75',
    check: 'C10',
    why: 'answers 404 to another method',
    rule: 'a path that the README names, with another method | `405` and `Allow`',
    edits: [
      edit(
        '    throw new Refusal(405, `this path takes ${methods}`)',
        "    throw new Refusal(404, 'there is nothing here')",
      ),
    ],
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: source text
