// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of code
import { editing, type Mistake } from '../../harness/mistakes.ts'
import {
  ANNOUNCED,
  BEHIND,
  HEAD,
  KEEP_ALIVE,
  LAST_WORD,
  LENGTH,
  OPEN,
  OPEN_1_0,
  ORDER,
  OUTSIDE,
  PIECES,
  REFUSED,
  TYPES,
} from './rules.ts'

const edit = editing('server.ts')

const WORDS =
  'holds one or more words with commas between them, in any case: `x-trace, Close` closes, `closed` does not.'
const MANY =
  'Any number of connections may be open, silent, or in the middle of a request: the others are served all the same.'
const HANG_UP = 'A client that hangs up, at whatever moment, does the server no harm.'
const SIZE = 'The request line and headers may take up to 32 KiB together, the body up to 1 MiB.'
const VALUES =
  'Blanks and tabs around a value are no part of it, and there may be none: `Host:depot`.'
const CHUNKED =
  'The body is a row of *chunks*: a line with the size in hexadecimal digits, so many bytes, `\\r\\n`. A chunk of size 0 is the last.'
const EXTENSIONS = 'Whatever stands behind a `;` in the line of a size is skipped: `5;note="a;b"`.'
const TRAILERS =
  'Behind the last chunk an empty line follows, maybe after lines like those of headers, which are skipped.'
const UNUSED =
  'Any request may have a body. One that nobody needs is skipped: the next request begins behind it.'
const FORM =
  'A status line such as `HTTP/1.1 200 OK`, header lines, an empty line, the body. Every line of the head ends with `\\r\\n`.'
const METHODS =
  'A `POST` of a file, and any method other than `GET`, `HEAD` and `POST`, get `405` or `501`.'
const CONTENT = '`200` and exactly the bytes of the file, whatever its name: `a..b.txt` is one.'
const FOLDERS = '`/`, and a path that leads to a folder and ends with `/`, give its `index.html`.'
const BARE = 'The same, or a redirect (`301`, `302`, `307`, `308`) to the path with `/`.'
const MISSING = '`404`, also for a folder without `index.html`.'
const PERCENT =
  'Escapes are decoded as UTF-8, once: `/caf%C3%A9.txt` is `café.txt`, `/5%2525.txt` is `5%25.txt`.'
const PLUS = 'A `+` is a `+`.'
const QUERIES = 'What stands behind the first `?` is no part of the path, of a file or of `/echo`.'
const ESCAPED_QUERY = 'An escaped `%3F` is part of a name.'
const BAD_LINE =
  'the request line is not a method, a path that begins with `/`, and a version, with one blank between them'
const BAD_HOST = 'an HTTP/1.1 request has no `Host`, or two'
const BAD_HEADER =
  'a header line has no colon, no name, or a blank before its name or between name and colon'
const BAD_LENGTH =
  '`Content-Length` is anything but digits: `+5`, `-1`, `0x5`, `5.0`, `five`, `5 5`'
const BAD_SIZE = 'the size of a chunk is not hexadecimal digits: `0x5`, `-5`, `5g`, nothing'
const TOO_LARGE =
  'the request line and headers take more than 32 KiB, even if they have not ended yet'

const MORE = '      this.#held = Buffer.concat([this.#held, piece])\n'
const LOOKUP = `  const root = await realpath(process.env.DOCROOT!)
  const found = await realpath(path.join(root, name)).catch(() => root)
  if (found !== root && !found.startsWith(root + path.sep)) return undefined
`
const INSIDE = '  if (found !== root && !found.startsWith(root + path.sep)) return undefined\n'
const NAME = "    name = decodeURIComponent(target.split('?')[0]!)"
const STAYS = "  if (options.includes('close')) return false\n"
const KEEPS = "  return version !== '1.0' || options.includes('keep-alive')"
const SAYS = "    `Connection: ${open ? 'keep-alive' : 'close'}`,\n"
const READ_BODY = '      const body = await readBody(head, bytes)\n'
const ANSWER = `      open = staysOpen(head)
      const answer = await respond(head, body)
      await write(socket, answer, open, head.method !== 'HEAD')
`
const LINE_PATTERN =
  "/^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\\/[!-~]*) HTTP\\/(\\d\\.\\d)$/.exec(await nextLine())"
const FIELD = "/^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*(.*?)[ \\t]*$/.exec(line)"
const HOSTS = "version !== '1.0' && hosts !== 1"
const IS_LENGTH = 'lengths.size > 1 || !/^\\d+$/.test(length)'
const IS_SIZE = '!/^[0-9a-f]+$/i.test(digits)'
const TRAILING =
  "  for (let line = 'x'; line !== ''; left -= line.length + 2) line = await bytes.line(left, 431)\n"
const CHUNK_END = `    if ((await bytes.take(2)).toString('latin1') !== '\\r\\n') {
      throw new Unreadable(400, 'a chunk is longer than its size')
    }
`
const ECHO_PATH = "target.split('?')[0] === '/echo'"
const BODY_OF_FILE = 'body: await readFile(file) }'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C2',
    why: 'takes what one data event brings for a request',
    rule: PIECES,
    edits: [edit(MORE, '      this.#held = piece\n')],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'reads files as text',
    rule: CONTENT,
    edits: [edit(BODY_OF_FILE, "body: Buffer.from(await readFile(file, 'utf8')) }")],
  },
  {
    id: 'W3',
    check: 'C5',
    why: 'closes after every answer',
    rule: OPEN,
    edits: [edit(STAYS + KEEPS, '  return false && options')],
  },
  {
    id: 'W4',
    check: 'C3',
    why: 'answers the first request of a piece, and forgets the others',
    rule: ORDER,
    edits: [
      edit(
        '    this.#held = this.#held.subarray(length)\n',
        '    this.#held = this.#held.subarray(length)\n    if (this.onlyOne) this.#held = Buffer.alloc(0)\n',
      ),
      edit('  async take(length: number)', '  onlyOne = false\n\n  async take(length: number)'),
      edit(
        READ_BODY,
        `${READ_BODY}      bytes.onlyOne = true\n      await bytes.take(0)\n      bytes.onlyOne = false\n`,
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C6',
    why: 'joins the path to the root without another look',
    rule: OUTSIDE,
    edits: [edit(INSIDE, '')],
  },
  {
    id: 'W6',
    check: 'C4',
    why: 'looks for headers in one spelling',
    rule: 'may be in any case: `hOsT`.',
    edits: [
      edit('const name = field[1]!.toLowerCase()', 'const name = field[1]!'),
      edit("headers.get('host')", "headers.get('Host')"),
      edit("headers.get('content-length')", "headers.get('Content-Length')"),
      edit("headers.get('transfer-encoding')", "headers.get('Transfer-Encoding')"),
      edit("headers.get('connection')", "headers.get('Connection')"),
    ],
  },
  {
    id: 'W7',
    check: 'C1',
    why: 'gives the length of the text, not of its bytes',
    rule: LENGTH,
    edits: [edit('Content-Length: ${body.length}', 'Content-Length: ${body.toString().length}')],
  },
  {
    id: 'W8',
    check: 'C6',
    why: 'looks whether the path begins like the root, so that a folder beside it with a longer name passes',
    rule: OUTSIDE,
    edits: [edit('!found.startsWith(root + path.sep)', '!found.startsWith(root)')],
  },
  {
    id: 'W9',
    check: 'C6',
    why: 'looks at the path, and follows links that lead outside',
    rule: OUTSIDE,
    edits: [
      edit(
        LOOKUP,
        `  const root = await realpath(process.env.DOCROOT!)
  const inside = path.join(root, name)
  if (inside !== root && !inside.startsWith(root + path.sep)) return undefined
  const found = await realpath(inside).catch(() => root)
`,
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C6',
    why: 'takes .. out of the path once, and before it is decoded',
    rule: OUTSIDE,
    edits: [
      edit(INSIDE, ''),
      edit(NAME, `${NAME.replace('target', "target.replaceAll('../', '')")}`),
    ],
  },
  {
    id: 'W11',
    check: 'C6',
    why: 'resolves the path like one of the machine',
    rule: OUTSIDE,
    edits: [
      edit(INSIDE, ''),
      edit(
        'path.join(root, name)',
        "path.resolve(root, path.normalize(name).replace(/^(\\.\\.\\/|\\/)+(?=site)/, ''))",
      ),
    ],
  },
  {
    id: 'W12',
    check: 'C6',
    why: 'does not expect a NUL, and answers 500',
    rule: OUTSIDE,
    edits: [
      edit("name.includes('\\0') ? undefined : await findFile(name)", 'await findFile(name)'),
      edit(
        'realpath(path.join(root, name)).catch(() => root)',
        "realpath(path.join(root, name)).catch((error) => {\n    if (error.code === 'ERR_INVALID_ARG_VALUE') throw error\n    return root\n  })",
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C3',
    why: 'answers each request as soon as it is ready, so that small files overtake large ones',
    rule: ORDER,
    edits: [
      edit(
        ANSWER,
        `      open = staysOpen(head)
      const stays = open
      const answered = respond(head, body).then(async (answer) => {
        await new Promise((resolve) => setTimeout(resolve, answer.body.length >> 12))
        return write(socket, answer, stays, head.method !== 'HEAD')
      })
      waiting.push(answered)
      if (!open) await Promise.all(waiting)
`,
      ),
      edit(
        '  try {\n    for (let open',
        '  const waiting: Promise<void>[] = []\n  try {\n    for (let open',
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C7',
    why: 'does not know chunked bodies',
    rule: CHUNKED,
    edits: [
      edit(
        '  if (codings) {\n',
        "  if (codings && codings.join().toLowerCase() !== 'chunked') {\n",
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C7',
    why: 'reads sizes of chunks as decimal numbers',
    rule: CHUNKED,
    edits: [
      edit(
        'Number.parseInt(digits, 16)',
        'Number.parseInt(digits, /[a-f]/i.test(digits) ? 16 : 10)',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C7',
    why: 'knows small letters in sizes only',
    rule: '`chunked` may be in any case, like the sizes of chunks, which may also have zeros in front: `00Ff`.',
    edits: [edit(IS_SIZE, '!/^[0-9a-f]+$/.test(digits)')],
  },
  {
    id: 'W17',
    check: 'C7',
    why: 'takes a size with zeros in front for the last chunk',
    rule: '`chunked` may be in any case, like the sizes of chunks, which may also have zeros in front: `00Ff`.',
    edits: [edit('    if (size === 0) break', "    if (digits.startsWith('0')) break")],
  },
  {
    id: 'W18',
    check: 'C7',
    why: 'knows the last chunk by its text, 0',
    rule: '`chunked` may be in any case, like the sizes of chunks, which may also have zeros in front: `00Ff`.',
    edits: [edit('    if (size === 0) break', "    if (digits === '0') break")],
  },
  {
    id: 'W19',
    check: 'C7',
    why: 'takes the extension for a part of the size',
    rule: EXTENSIONS,
    edits: [edit("line.split(';')[0]!.trimEnd()", 'line')],
  },
  {
    id: 'W20',
    check: 'C7',
    why: 'skips extensions from the last semicolon on',
    rule: EXTENSIONS,
    edits: [edit("line.split(';')[0]!.trimEnd()", "line.replace(/;[^;]*$/, '')")],
  },
  {
    id: 'W21',
    check: 'C7',
    why: 'takes the size line of the last chunk for the end of the body',
    rule: TRAILERS,
    edits: [edit(TRAILING, '  left = 0\n')],
  },
  {
    id: 'W22',
    check: 'C7',
    why: 'does not expect trailers',
    rule: TRAILERS,
    edits: [edit(TRAILING, '  await bytes.line(left, 431)\n  left = 0\n')],
  },
  {
    id: 'W23',
    check: 'C3',
    why: 'reads no body of a GET, so that it becomes the next request',
    rule: UNUSED,
    edits: [
      edit(
        READ_BODY,
        "      const body = head.method === 'GET' ? Buffer.alloc(0) : await readBody(head, bytes)\n",
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C8',
    why: 'refuses a method before its body is read',
    rule: UNUSED,
    edits: [
      edit(
        READ_BODY,
        '      const body = /^(GET|HEAD|POST)$/.test(head.method) ? await readBody(head, bytes) : Buffer.alloc(0)\n',
      ),
    ],
  },
  {
    id: 'W25',
    check: 'C3',
    why: 'waits for a body where there is none',
    rule: 'The body is empty.',
    edits: [
      edit(
        '  return bytes.take(Number(length))',
        "  return bytes.take(Number(length) || Number(lengths.size === 0 && method === 'POST'))",
      ),
      edit(
        'async function readBody({ headers }: Head',
        'async function readBody({ headers, method }: Head',
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C5',
    why: 'keeps HTTP/1.0 connections open',
    rule: OPEN_1_0,
    edits: [edit(KEEPS, '  return true || version')],
  },
  {
    id: 'W27',
    check: 'C5',
    why: 'closes HTTP/1.0 connections whatever they ask',
    rule: OPEN_1_0,
    edits: [edit(KEEPS, "  return version !== '1.0'")],
  },
  {
    id: 'W28',
    check: 'C5',
    why: 'compares the whole Connection header',
    rule: WORDS,
    edits: [edit('    .split(/[ \\t]*,[ \\t]*/)', '    .split(/;/)')],
  },
  {
    id: 'W29',
    check: 'C5',
    why: 'looks for close anywhere in the Connection header',
    rule: WORDS,
    edits: [edit(STAYS, "  if (options.join().includes('close')) return false\n")],
  },
  {
    id: 'W30',
    check: 'C5',
    why: 'knows close in small letters only',
    rule: WORDS,
    edits: [edit('    .toLowerCase()\n    .split', '    .split')],
  },
  {
    id: 'W31',
    check: 'C5',
    why: 'does not say that it closes',
    rule: ANNOUNCED,
    edits: [edit(SAYS, "    ...(open ? ['Connection: keep-alive'] : []),\n")],
  },
  {
    id: 'W32',
    check: 'C5',
    why: 'does not tell HTTP/1.0 clients that the connection stays open',
    rule: KEEP_ALIVE,
    edits: [edit(SAYS, "    ...(open ? [] : ['Connection: close']),\n")],
  },
  {
    id: 'W33',
    check: 'C5',
    why: 'says close and stays open',
    rule: ANNOUNCED,
    edits: [edit(SAYS, "    'Connection: close',\n")],
  },
  {
    id: 'W34',
    check: 'C5',
    why: 'answers what came behind a request that closes',
    rule: BEHIND,
    edits: [
      edit(
        '    for (let open = true; open; ) {',
        '    for (let open = true; open || bytes.left > 0; ) {',
      ),
      edit(
        '  async take(length: number)',
        '  get left() {\n    return this.#held.length\n  }\n\n  async take(length: number)',
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C5',
    why: 'closes after an error',
    rule: OPEN,
    edits: [
      edit(
        '      const answer = await respond(head, body)\n',
        '      const answer = await respond(head, body)\n      open &&= answer.status < 400\n',
      ),
    ],
  },
  {
    id: 'W36',
    check: 'C10',
    why: 'serves one connection at a time',
    rule: MANY,
    edits: [
      edit(
        '  await serve(socket, bytes)\n',
        '  const turn = queue.then(() => serve(socket, bytes))\n  queue = turn\n  await turn\n',
      ),
      edit(
        '// Without allowHalfOpen,',
        'let queue = Promise.resolve()\n\n// Without allowHalfOpen,',
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C10',
    why: 'has one buffer for all connections',
    rule: MANY,
    edits: [
      edit('  #held = Buffer.alloc(0)\n', ''),
      edit(
        '/** What a connection brings,',
        'let held = Buffer.alloc(0)\n\n/** What a connection brings,',
      ),
      edit(MORE, '      held = Buffer.concat([held, piece])\n'),
      edit('    const before = this.#held\n', '    const before = held\n'),
      edit(
        '    if (this.#held === before) throw new Gone()',
        '    if (held === before) throw new Gone()',
      ),
      edit(
        "      const end = this.#held.indexOf('\\r\\n')",
        "      const end = held.indexOf('\\r\\n')",
      ),
      edit('(end < 0 ? this.#held.length : end + 2)', '(end < 0 ? held.length : end + 2)'),
      edit('    while (this.#held.length < length)', '    while (held.length < length)'),
      edit(
        '    const taken = this.#held.subarray(0, length)\n    this.#held = this.#held.subarray(length)\n',
        '    const taken = held.subarray(0, length)\n    held = held.subarray(length)\n',
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C10',
    why: 'does not listen to errors of its sockets, so that a reset ends it',
    rule: HANG_UP,
    edits: [edit("  socket.on('error', () => socket.destroy())\n", '')],
  },
  {
    id: 'W39',
    check: 'C10',
    why: 'lets Node close its side as soon as the client closes its own',
    rule: LAST_WORD,
    edits: [edit('createServer({ allowHalfOpen: true }, async', 'createServer(async')],
  },
  {
    id: 'W40',
    check: 'C10',
    why: 'refuses heads of more than 16 KiB',
    rule: SIZE,
    edits: [edit('const MOST_HEAD = 32 * 1024', 'const MOST_HEAD = 16 * 1024')],
  },
  {
    id: 'W41',
    check: 'C2',
    why: 'limits what has come, not the head: a large body is refused',
    rule: SIZE,
    edits: [
      edit(
        '      if (this.#over) return\n',
        "      if (this.#over) return\n      if (this.#held.length + piece.length > 64 * 1024) socket.end('HTTP/1.1 431 Too Large\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n')\n",
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C10',
    why: 'has no limit for the head',
    rule: TOO_LARGE,
    edits: [edit('const MOST_HEAD = 32 * 1024', 'const MOST_HEAD = 32 * 1024 * 1024')],
  },
  {
    id: 'W43',
    check: 'C10',
    why: 'looks at the size of the head once it has ended',
    rule: TOO_LARGE,
    edits: [
      edit('(end < 0 ? this.#held.length : end + 2) > most', '(end < 0 ? 0 : end + 2) > most'),
    ],
  },
  {
    id: 'W44',
    check: 'C10',
    why: 'limits each line, not all together',
    rule: TOO_LARGE,
    edits: [edit('    left -= line.length + 2\n    return line', '    left -= 0\n    return line')],
  },
  {
    id: 'W45',
    check: 'C4',
    why: 'splits headers at colon and blank',
    rule: VALUES,
    edits: [edit(FIELD, "/^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(?: |$)(.*)$/.exec(line)")],
  },
  {
    id: 'W46',
    check: 'C4',
    why: 'leaves blanks at the end of values',
    rule: VALUES,
    edits: [edit(FIELD, "/^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \\t]*(.*)$/.exec(line)")],
  },
  {
    id: 'W47',
    check: 'C4',
    why: 'takes any header whose name ends with Content-Length for it',
    rule: 'Headers that you do not know are skipped.',
    edits: [
      edit(
        'const name = field[1]!.toLowerCase()',
        "const name = field[1]!.toLowerCase().replace(/^x-(?=content|transfer)/, '')",
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C1',
    why: 'sends a body with the answer to HEAD',
    rule: HEAD,
    edits: [
      edit(
        '      await write(socket, answer, open, head.method !==',
        '      await write(socket, answer, open, true || head.method !==',
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C1',
    why: 'answers HEAD with Content-Length: 0',
    rule: HEAD,
    edits: [
      edit('Content-Length: ${body.length}', 'Content-Length: ${withBody ? body.length : 0}'),
    ],
  },
  {
    id: 'W50',
    check: 'C1',
    why: 'sends a body with the answer to HEAD where there is nothing',
    rule: HEAD,
    edits: [
      edit(
        "open, head.method !== 'HEAD')",
        "open, head.method !== 'HEAD' || answer.status >= 400)",
      ),
    ],
  },
  {
    id: 'W51',
    check: 'C1',
    why: 'ends lines with \\n',
    rule: FORM,
    edits: [
      edit(
        "Buffer.from(`${head.join('\\r\\n')}\\r\\n\\r\\n`)",
        "Buffer.from(`${head.join('\\n')}\\n\\n`)",
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C1',
    why: 'sends errors without Content-Length',
    rule: LENGTH,
    edits: [
      edit(
        '    `Content-Length: ${body.length}`,\n',
        '    ...(status < 400 ? [`Content-Length: ${body.length}`] : []),\n',
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C8',
    why: 'answers 404 to methods that it does not know',
    rule: METHODS,
    edits: [
      edit("return say(405, 'this path takes GET and HEAD')", "return say(404, 'no such thing')"),
    ],
  },
  {
    id: 'W54',
    check: 'C8',
    why: 'takes POST of a file for GET',
    rule: METHODS,
    edits: [
      edit(
        "method === 'GET' || method === 'HEAD'",
        "method === 'GET' || method === 'HEAD' || method === 'POST'",
      ),
    ],
  },
  {
    id: 'W55',
    check: 'C8',
    why: 'takes get for GET',
    rule: '`400`, `405` or `501`',
    edits: [
      edit(
        '  return { method, target, version, headers }',
        '  return { method: method.toUpperCase(), target, version, headers }',
      ),
    ],
  },
  {
    id: 'W56',
    check: 'C2',
    why: 'gives an echo back as text',
    rule: '`200` and the body.',
    edits: [
      edit(
        "type: 'application/octet-stream', body }",
        "type: 'text/plain', body: Buffer.from(body.toString()) }",
      ),
    ],
  },
  {
    id: 'W57',
    check: 'C1',
    why: 'refuses every name with two dots in it',
    rule: CONTENT,
    edits: [edit("name.includes('\\0') ?", "name.includes('\\0') || name.includes('..') ?")],
  },
  {
    id: 'W58',
    check: 'C1',
    why: 'gives the index of / only',
    rule: FOLDERS,
    edits: [edit('return info.isDirectory() ?', "return info.isDirectory() && name === '/' ?")],
  },
  {
    id: 'W59',
    check: 'C1',
    why: 'does not find a folder without a slash',
    rule: BARE,
    edits: [
      edit('return info.isDirectory() ?', "return info.isDirectory() && name.endsWith('/') ?"),
    ],
  },
  {
    id: 'W60',
    check: 'C1',
    why: 'answers 500 where a folder has no index.html',
    rule: MISSING,
    edits: [
      edit("  if (name.endsWith('/index.html')) return undefined\n", ''),
      edit('return info.isDirectory() ?', 'return info.isDirectory() && name.length < 4000 ?'),
      edit(
        'if (!file) return say(404,',
        "if (!file) return say(name.startsWith('/bare') ? 500 : 404,",
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C1',
    why: 'gives the home page where there is nothing',
    rule: MISSING,
    edits: [
      edit(
        'realpath(path.join(root, name)).catch(() => root)',
        "realpath(path.join(root, name)).catch(() => path.join(root, 'index.html'))",
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C1',
    why: 'does not decode paths',
    rule: PERCENT,
    edits: [edit(NAME, "    name = target.split('?')[0]!")],
  },
  {
    id: 'W63',
    check: 'C1',
    why: 'decodes until nothing is left to decode',
    rule: PERCENT,
    edits: [
      edit(NAME, `${NAME}\n    if (/%[0-9a-f]{2}/i.test(name)) name = decodeURIComponent(name)`),
    ],
  },
  {
    id: 'W64',
    check: 'C1',
    why: 'takes + for a blank',
    rule: PLUS,
    edits: [
      edit(NAME, "    name = decodeURIComponent(target.split('?')[0]!.replaceAll('+', ' '))"),
    ],
  },
  {
    id: 'W65',
    check: 'C1',
    why: 'takes the query for a part of the name',
    rule: QUERIES,
    edits: [edit(NAME, '    name = decodeURIComponent(target)')],
  },
  {
    id: 'W66',
    check: 'C1',
    why: 'decodes the path before it cuts off the query',
    rule: ESCAPED_QUERY,
    edits: [edit(NAME, "    name = decodeURIComponent(target).split('?')[0]!")],
  },
  {
    id: 'W67',
    check: 'C2',
    why: 'does not know /echo with a query',
    rule: QUERIES,
    edits: [edit(ECHO_PATH, "target === '/echo'")],
  },
  {
    id: 'W68',
    check: 'C8',
    why: 'does not expect escapes that are none, and answers 500',
    rule: '`/%zz` gets `400` or `404`.',
    edits: [
      edit(
        "    return say(404, 'the path is not encoded rightly')",
        "    return say(500, 'the path is not encoded rightly')",
      ),
    ],
  },
  {
    id: 'W69',
    check: 'C1',
    why: 'does not know .mjs',
    rule: TYPES,
    edits: [edit("  '.mjs': 'text/javascript; charset=utf-8',\n", '')],
  },
  {
    id: 'W70',
    check: 'C1',
    why: 'gives .svg a type that does not exist',
    rule: TYPES,
    edits: [edit("'.svg': 'image/svg+xml'", "'.svg': 'image/svg'")],
  },
  {
    id: 'W71',
    check: 'C1',
    why: 'takes everything that it does not know for text',
    rule: 'any other, or none | `application/octet-stream`',
    edits: [edit("?? 'application/octet-stream'\n", "?? 'text/plain'\n")],
  },
  {
    id: 'W72',
    check: 'C1',
    why: 'takes a name without a dot for an extension',
    rule: 'any other, or none | `application/octet-stream`',
    edits: [edit('TYPES[path.extname(file)]', "TYPES[`.${path.basename(file).split('.').pop()}`]")],
  },
  {
    id: 'W73',
    check: 'C8',
    why: 'stays open after 400, and takes what follows for a request',
    rule: REFUSED,
    edits: [
      edit(
        '    await write(socket, say(status, message), false)\n',
        '    await write(socket, say(status, message), false)\n    if (bytes.left > 0) await serve(socket, bytes)\n',
      ),
      edit(
        '  async take(length: number)',
        '  get left() {\n    return this.#held.length\n  }\n\n  async take(length: number)',
      ),
    ],
  },
  {
    id: 'W74',
    check: 'C8',
    why: 'hangs up without an answer',
    rule: BAD_LINE,
    edits: [
      edit(
        '    await write(socket, say(status, message), false)\n',
        '    if (status !== 400) await write(socket, say(status, message), false)\n',
      ),
    ],
  },
  {
    id: 'W75',
    check: 'C8',
    why: 'splits the request line and looks at its first two parts',
    rule: BAD_LINE,
    edits: [
      edit(
        LINE_PATTERN,
        '/^(\\S+)\\s+(\\S+)\\s*(?:HTTP\\/(\\d\\.\\d)|).*$/.exec(await nextLine())',
      ),
      edit(
        "  if (!version.startsWith('1.')) throw",
        "  if (version && !version.startsWith('1.')) throw",
      ),
    ],
  },
  {
    id: 'W76',
    check: 'C8',
    why: 'does not look at the version',
    rule: 'the version is not `HTTP/1.0` or `HTTP/1.1`',
    edits: [
      edit(
        LINE_PATTERN,
        "/^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\\/[!-~]*) (?:HTTP\\/)?(\\S+)$/.exec(await nextLine())",
      ),
      edit(
        "  if (!version.startsWith('1.')) throw new Unreadable(505, 'this server speaks HTTP/1.1')\n",
        '',
      ),
    ],
  },
  {
    id: 'W77',
    check: 'C8',
    why: 'does not ask for Host',
    rule: BAD_HOST,
    edits: [edit(HOSTS, 'hosts > 1')],
  },
  {
    id: 'W78',
    check: 'C8',
    why: 'takes the last Host of several',
    rule: BAD_HOST,
    edits: [edit(HOSTS, "version !== '1.0' && hosts === 0")],
  },
  {
    id: 'W79',
    check: 'C5',
    why: 'asks HTTP/1.0 for a Host, too',
    rule: BAD_HOST,
    edits: [edit(HOSTS, 'hosts !== 1')],
  },
  {
    id: 'W80',
    check: 'C8',
    why: 'skips header lines without a colon',
    rule: BAD_HEADER,
    edits: [
      edit(
        "    if (!field) throw new Unreadable(400, 'a header line is not: Name: value')\n",
        '    if (!field) continue\n',
      ),
    ],
  },
  {
    id: 'W81',
    check: 'C8',
    why: 'takes blanks off the names of headers',
    rule: BAD_HEADER,
    edits: [
      edit(FIELD, "/^[ \\t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \\t]*:[ \\t]*(.*?)[ \\t]*$/.exec(line)"),
    ],
  },
  {
    id: 'W82',
    check: 'C9',
    why: 'makes a number of Content-Length without a look at its characters',
    rule: BAD_LENGTH,
    edits: [edit(IS_LENGTH, 'lengths.size > 1 || !(Number(length) >= 0)')],
  },
  {
    id: 'W83',
    check: 'C9',
    why: 'reads the digits in front of Content-Length and skips the rest',
    rule: BAD_LENGTH,
    edits: [
      edit(IS_LENGTH, 'lengths.size > 1 || !/^\\d/.test(length)'),
      edit('bytes.take(Number(length))', 'bytes.take(Number.parseInt(length, 10))'),
    ],
  },
  {
    id: 'W84',
    check: 'C9',
    why: 'takes the first of two Content-Length headers',
    rule: 'two `Content-Length` headers differ',
    edits: [edit(IS_LENGTH, '!/^\\d+$/.test(length)')],
  },
  {
    id: 'W85',
    check: 'C9',
    why: 'takes chunked over Content-Length, where both are there',
    rule: 'both `Content-Length` and `Transfer-Encoding`',
    edits: [
      edit("    if (lengths.size > 0) throw new Unreadable(400, 'the body has two lengths')\n", ''),
    ],
  },
  {
    id: 'W86',
    check: 'C9',
    why: 'takes every Transfer-Encoding for chunked',
    rule: '`Transfer-Encoding` is anything but `chunked`',
    edits: [
      edit(
        "codings.join().toLowerCase() !== 'chunked'",
        "!codings.join().toLowerCase().includes('chunked')",
      ),
    ],
  },
  {
    id: 'W87',
    check: 'C9',
    why: 'skips a Transfer-Encoding that it does not know',
    rule: '`Transfer-Encoding` is anything but `chunked`',
    edits: [
      edit(
        "      throw new Unreadable(501, 'the only transfer coding here is chunked')\n",
        '      return Buffer.alloc(0)\n',
      ),
    ],
  },
  {
    id: 'W88',
    check: 'C9',
    why: 'reads the digits in front of a chunk size and skips the rest',
    rule: BAD_SIZE,
    edits: [edit(IS_SIZE, 'Number.isNaN(Number.parseInt(digits, 16))')],
  },
  {
    id: 'W89',
    check: 'C9',
    why: 'takes a size that is missing for 0',
    rule: BAD_SIZE,
    edits: [
      edit(IS_SIZE, '!/^[0-9a-f]*$/i.test(digits)'),
      edit('Number.parseInt(digits, 16)', "Number.parseInt(digits || '0', 16)"),
    ],
  },
  {
    id: 'W90',
    check: 'C9',
    why: 'skips two bytes behind a chunk without a look at them',
    rule: 'the bytes of a chunk are not followed by `\\r\\n`',
    edits: [edit(CHUNK_END, '    await bytes.take(2)\n')],
  },
  {
    id: 'W91',
    check: 'C1',
    why: 'leaves HTTP to node:http',
    rule: 'No HTTP library: the grader switches off the servers of `node:http`, `node:https` and `node:http2`.',
    files: {
      'server.ts': `import { createServer } from 'node:http'

createServer((request, response) => {
  request.pipe(response)
}).listen(Number(process.env.PORT), '127.0.0.1')
`,
    },
  },
  {
    id: 'W92',
    check: 'C3',
    why: 'takes everything that has arrived for the body',
    rule: 'The body is the next 5 bytes.',
    edits: [
      edit(
        '  return bytes.take(Number(length))',
        "  return bytes.take(length === '0' ? 0 : Math.max(Number(length), bytes.left))",
      ),
      edit(
        '  async take(length: number)',
        '  get left() {\n    return this.#held.length\n  }\n\n  async take(length: number)',
      ),
    ],
  },
  {
    id: 'W93',
    check: 'C5',
    why: 'closes after a hundred requests',
    rule: OPEN,
    edits: [
      edit(
        '    for (let open = true; open; ) {',
        '    for (let open = true, count = 1; open; count++) {',
      ),
      edit('      open = staysOpen(head)\n', '      open = staysOpen(head) && count < 100\n'),
    ],
  },
  {
    id: 'W94',
    check: 'C7',
    why: 'takes no chunk of 64 KiB or more',
    rule: CHUNKED,
    edits: [edit(IS_SIZE, '!/^0*[0-9a-f]{1,4}$/i.test(digits)')],
  },
  {
    id: 'W95',
    check: 'C1',
    why: 'destroys the socket before a large answer has left',
    rule: LENGTH,
    edits: [
      edit(
        '  return new Promise((resolve) => socket.write(bytes, () => resolve()))',
        '  socket.write(bytes)\n  if (!open) setImmediate(() => socket.destroy())\n  return Promise.resolve()',
      ),
    ],
  },
]
