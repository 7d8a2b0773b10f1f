import fc from 'fast-check'

/** What a path may hold, whole escapes at a time. */
const PIECES = [
  ...'abcXYZ019-_.~',
  ...['%20', '%2F', '%2f', '%25', '%3F', '%23', '%C3%A9', '%F0%9F%93%A6', '%26', '%3B', '%2B'],
  ...['+', ';', '=', ':', '@', '&', '!', '$', "'", '(', ')', ',', '*'],
]

// Dots alone would make the path another one, and no rule says which.
const segment = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(''))
  .filter((text) => !/^\.+$/.test(text))

/** The first part of a path is never `static` or `ws`, but may begin like them. */
const first = fc.oneof(
  segment.filter((text) => text !== 'static' && text !== 'ws'),
  fc.constantFrom('statics', 'static.css', 'wsx', 'stat', 'parcels', 'Static', 'api'),
)

const parameter = fc
  .array(fc.constantFrom(...PIECES, '/', '?', '=', '[', ']'), { maxLength: 5 })
  .map((pieces) => pieces.join(''))

const query = fc.oneof(
  fc.constantFrom('', '', '?q=1&q=2', '?next=/a/../b', '?a=b=c', '?%2F=%20', '??'),
  fc
    .array(parameter, { minLength: 1, maxLength: 3 })
    .map((all) => `?${all.join('&')}`)
    // Whether a question mark alone is a query, no rule says.
    .filter((text) => text !== '?'),
)

/** A path and a query that go to the app. */
export const appPath = fc
  .tuple(
    fc.option(first, { freq: 10 }),
    fc.array(segment, { maxLength: 3 }),
    fc.constantFrom('', '', '/'),
    query,
  )
  .map(([start, rest, slash, query]) => {
    if (start === null) return `/${query}`
    return `/${[start, ...rest].join('/')}${slash}${query}`
  })

/** What clients send as `Host`. */
export const host = fc.constantFrom(
  'pelican.test',
  'pelican.test:8443',
  'www.pelican-post.example',
  'localhost',
  'a.b.c.test:1',
  '192.0.2.7',
)

/** What clients claim about who they are. */
export const forged = fc.record(
  {
    'X-Forwarded-For': fc.constantFrom('6.6.6.6', '6.6.6.6, 10.0.0.1', '127.0.0.1', 'unknown', ''),
    'X-Forwarded-Proto': fc.constantFrom('http', 'https', 'ftp'),
    'X-Forwarded-Host': fc.constant('evil.test'),
  },
  { requiredKeys: [] },
)

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** A request over plain HTTP, where all paths are alike. */
export const plain = fc.record({
  method: fc.constantFrom(...METHODS),
  path: fc.oneof(
    { weight: 8, arbitrary: appPath },
    {
      weight: 1,
      arbitrary: fc.constantFrom('/static/site.css', '/static/no%20such?v=1', '/ws', '/ws?room=1'),
    },
  ),
  headers: fc.record({ Host: host }),
})

/** Where clients sit: on Linux all of 127.0.0.0/8 is this machine. */
const CLIENTS =
  process.platform === 'linux' ? ['127.0.0.1', '127.0.0.2', '127.0.0.77'] : ['127.0.0.1']

const text = fc.string({ unit: 'grapheme', maxLength: 30 })

const STATUSES = [
  ...[200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503],
]

/** A request to the app, and what it answers. */
export const toApp = fc.record({
  asked: fc.record({
    method: fc.constantFrom(...METHODS),
    path: appPath,
    from: fc.constantFrom(...CLIENTS),
    host,
    forged,
    body: fc.option(text, { nil: undefined }),
    other: fc.record(
      {
        Authorization: fc.constantFrom('Bearer abc.def', 'Basic eDp5'),
        Cookie: fc.constantFrom('sid=1; theme=dark', 'a=b'),
        'If-None-Match': fc.constant('"v1"'),
        'X-Custom': fc.constantFrom('a, b', 'x;y="z"'),
      },
      { requiredKeys: [] },
    ),
  }),
  answer: fc.record({
    status: fc.constantFrom(...STATUSES),
    body: text,
    headers: fc.record(
      {
        Location: fc.constantFrom('/parcels/7', 'https://elsewhere.test/x'),
        'Set-Cookie': fc.constantFrom(['a=1; HttpOnly', 'b=2'], ['sid=x; Path=/; Secure']),
        'Cache-Control': fc.constantFrom('no-store', 'private, max-age=0', 'public, max-age=60'),
        ETag: fc.constant('"abc"'),
        'X-App': fc.constantFrom('1', 'a, b'),
        'WWW-Authenticate': fc.constant('Bearer'),
      },
      { requiredKeys: [] },
    ),
  }),
})

export type ToApp = typeof toApp extends fc.Arbitrary<infer T> ? T : never

/** The types of files, by their endings. */
export const TYPES: Record<string, RegExp> = {
  html: /^text\/html\b/,
  css: /^text\/css\b/,
  js: /^(text|application)\/javascript\b/,
  txt: /^text\/plain\b/,
  json: /^application\/json\b/,
  svg: /^image\/svg\+xml\b/,
  png: /^image\/png\b/,
}

const LETTERS = [...'aB7-_. +%é', '📦', '(', '&', '#', '?']

const fileName = fc
  .array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 6 })
  .map((letters) => letters.join(''))
  .filter((name) => !/^\.+$/.test(name))

/** A file below `static`, and a request for it. */
export const file = fc.record({
  folders: fc.array(fileName, { maxLength: 2 }),
  name: fileName,
  ending: fc.constantFrom(...Object.keys(TYPES)),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 900 }),
    // What nginx would make something of, if it was told to.
    fc.constant(Buffer.from('<p><!--# echo var="host" --> $host <!--# include file="x" --></p>')),
  ),
  query: fc.constantFrom('', '', '?v=3', '?'),
  method: fc.constantFrom('GET', 'GET', 'HEAD'),
})

/** Paths that try to leave `static`. */
export const ESCAPES = [
  '/static../secret.txt',
  '/static../statics/secret.txt',
  '/static..%2fsecret.txt',
  '/static/..%2fsecret.txt',
  '/static/..%2Fsecret.txt',
  '/static/%2e%2e/secret.txt',
  '/static/%2e%2e%2fsecret.txt',
  '/static/../secret.txt',
  '/static/./../secret.txt',
  '/static/x/../../secret.txt',
  '/static/../../secret.txt',
  '/static//..//secret.txt',
  '/static/..%5csecret.txt',
  '/static/..;/secret.txt',
  '/static/secret.txt',
  '/static/statics/secret.txt',
  '/static.txt',
  '/statics/secret.txt',
  '/secret.txt',
  '//secret.txt',
  '/%73ecret.txt',
  '/ws/../secret.txt',
  '/ws../secret.txt',
]

/** What is compressed, with the ending of a file of that type. */
const COMPRESSED: Record<string, string> = {
  'text/html': 'html',
  'text/css': 'css',
  'text/plain': 'txt',
  'text/javascript': 'js',
  'application/json': 'json',
}

/** A text, where it comes from, and what the client accepts. */
export const packed = fc.record({
  type: fc.constantFrom(...Object.entries(COMPRESSED)),
  charset: fc.constantFrom('', '; charset=utf-8'),
  size: fc.constantFrom(1025, 1500, 20_000),
  accepts: fc.constantFrom(
    ...['gzip', 'gzip, deflate, br', 'br;q=1.0, gzip;q=0.8', '', 'identity', 'br'],
  ),
  from: fc.constantFrom('app', 'file'),
})
