// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('edge.conf.template')

const FRESH =
  'A `GET` that was answered with 200, 301 or 404 is answered from the cache while the answer is fresh.'
const SAME = 'Status, body and headers from the cache are those of the origin.'
const SILENT =
  'An answer with neither a `max-age` or `s-maxage` nor `Expires` is not kept: the next request goes to the origin.'
const NOT_KEPT = 'The next request goes to the origin, whatever else the header says.'
const COOKIE = 'An answer with it is not kept, and its cookie reaches the client that asked.'
const AUTHORIZATION = 'A request with it goes to the origin, and its answer is not kept.'
const ERRORS = 'An answer with 500 or above is not kept, even if it says so.'
const METHODS = 'All but `GET` and `HEAD` go to the origin, body and all.'
const HEAD = 'is answered like `GET`, without a body; a `GET` after it gets the whole.'
const KEY = 'Two requests are the same when host, path and query are, byte by byte'
const VARY = 'An answer with it is for requests whose headers of these names are the same.'
const ORIGIN = 'It gets `Host`, path and query as the client sent them.'
const REVALIDATION = 'An expired answer is asked for with its `ETag` in `If-None-Match`'
const STILL = 'The client gets the kept answer with its 200, which is fresh again'
const REPLACED = 'It takes the place of the expired one.'
const FAILING =
  'Where it answers 500, 502, 503 or 504, or nothing listens there, the expired answer is served.'
const CROWD = 'Many requests for what is not there yet reach the origin once'
const NOT_MODIFIED = 'A client that has the kept answer already gets `304` without a body.'
const X_CACHE = 'Every answer to a `GET` has it, errors too.'
const OTHERS =
  '`STALE` or `UPDATING` where an expired one is served, `REVALIDATED` after a `304` of the origin.'

const CACHE = '        proxy_cache edge;\n'
const PASS = '        proxy_pass http://127.0.0.1:${ORIGIN_PORT};\n'
const KEY_LINE = '        proxy_cache_key $http_host$request_uri;\n'
const BYPASS = '        proxy_cache_bypass $http_authorization;\n'
const NO_CACHE = '        proxy_no_cache $http_authorization $is_error;\n'
const LOCK = '        proxy_cache_lock on;\n'
const REVALIDATE = '        proxy_cache_revalidate on;\n'
const STALE =
  '        proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;\n'
const HOST = '        proxy_set_header Host $http_host;\n'
const HEADER = '        add_header X-Cache $x_cache always;\n'

/** Adds lines to the location. */
const also = (text: string) => edit(CACHE, CACHE + text)

type Row = [check: string, why: string, rule: string, ...edits: ReturnType<typeof edit>[]]

const ROWS: Row[] = [
  [
    'C3',
    'ignores what the origin says, so that more is kept',
    COOKIE,
    also(
      '        proxy_ignore_headers Cache-Control Set-Cookie;\n        proxy_cache_valid 200 10m;\n',
    ),
  ],
  ['C2', 'a key without the host', KEY, edit(KEY_LINE, KEY_LINE.replace('$http_host', ''))],
  [
    'C8',
    'keeps everything for ten minutes, errors too',
    ERRORS,
    also('        proxy_cache_valid any 10m;\n'),
    edit(' $is_error;', ';'),
  ],
  ['C4', 'each of a crowd gets through to the origin', CROWD, edit(LOCK, '')],
  ['C5', 'has nothing to serve while the origin fails', FAILING, edit(STALE, '')],
  ['C6', 'fetches an expired answer anew', REVALIDATION, edit(REVALIDATE, '')],
  ['C1', 'keeps nothing', FRESH, edit(CACHE, '        proxy_cache off;\n')],
  ['C1', 'keeps what was asked for twice alone', FRESH, also('        proxy_cache_min_uses 2;\n')],
  [
    'C1',
    'does not keep answers with Expires',
    FRESH,
    also('        proxy_ignore_headers Expires;\n'),
  ],
  [
    'C1',
    'does not look at s-maxage: half an hour for all that is public',
    NOT_KEPT,
    also(
      '        proxy_ignore_headers Cache-Control;\n        proxy_cache_valid 200 301 404 30m;\n',
    ),
  ],
  ['C1', 'keeps a 200 alone', FRESH, edit('    ~^5     1;\n', '    ~^[345] 1;\n')],
  [
    'C1',
    'keeps what says nothing for a minute',
    SILENT,
    also('        proxy_cache_valid 200 1m;\n'),
  ],
  [
    'C1',
    'remembers that something is missing, though the origin did not say so',
    SILENT,
    also('        proxy_cache_valid 404 1m;\n'),
  ],
  ['C1', 'tells browsers to keep everything for a day', SAME, also('        expires 1d;\n')],
  [
    'C7',
    'takes the ETag away',
    NOT_MODIFIED,
    also('        proxy_hide_header ETag;\n        proxy_hide_header Last-Modified;\n'),
  ],
  [
    'C3',
    'keeps what is private for one user, and gives it to the next',
    NOT_KEPT,
    also('        proxy_ignore_headers Cache-Control;\n        proxy_cache_valid 200 1m;\n'),
  ],
  [
    'C3',
    'keeps an answer that sets a cookie, without the cookie',
    COOKIE,
    also('        proxy_ignore_headers Set-Cookie;\n        proxy_hide_header Set-Cookie;\n'),
  ],
  [
    'C3',
    'keeps an answer that sets a cookie, and gives the cookie to all',
    COOKIE,
    also('        proxy_ignore_headers Set-Cookie;\n'),
  ],
  ['C3', 'looks into the cache for a request with Authorization', AUTHORIZATION, edit(BYPASS, '')],
  [
    'C3',
    'keeps the answer to a request with Authorization',
    AUTHORIZATION,
    edit(NO_CACHE, NO_CACHE.replace('$http_authorization ', '')),
  ],
  [
    'C3',
    'keeps one answer for each Authorization',
    AUTHORIZATION,
    edit(BYPASS, ''),
    edit(NO_CACHE, NO_CACHE.replace('$http_authorization ', '')),
    edit(KEY_LINE, KEY_LINE.replace(';', '$http_authorization;')),
  ],
  ['C9', 'keeps a 500 that says it may be kept', ERRORS, edit(' $is_error;', ';')],
  ['C2', 'keeps answers to POST', METHODS, also('        proxy_cache_methods GET HEAD POST;\n')],
  [
    'C2',
    'lets no method through but GET and HEAD',
    METHODS,
    edit(PASS, `        limit_except GET { deny all; }\n${PASS}`),
  ],
  [
    'C9',
    'keeps the empty body of a HEAD for the next GET',
    HEAD,
    also('        proxy_cache_convert_head off;\n'),
  ],
  [
    'C2',
    'a key of the decoded path',
    KEY,
    edit(KEY_LINE, KEY_LINE.replace('$request_uri', '$uri$is_args$args')),
  ],
  ['C2', 'a key without the query', KEY, edit(KEY_LINE, KEY_LINE.replace('$request_uri', '$uri'))],
  [
    'C2',
    'the key that nginx has by itself, with the address of the origin for all hosts',
    KEY,
    edit(KEY_LINE, ''),
  ],
  [
    'C9',
    'asks the origin for everybody who has a cookie',
    KEY,
    edit(BYPASS, BYPASS.replace(';', ' $http_cookie;')),
  ],
  ['C2', 'one answer for all languages', VARY, also('        proxy_ignore_headers Vary;\n')],
  ['C2', 'one Host for the origin, whichever was asked for', ORIGIN, edit(HOST, '')],
  [
    'C2',
    'passes the decoded path on',
    ORIGIN,
    edit(PASS, '        proxy_pass http://127.0.0.1:${ORIGIN_PORT}/;\n'),
  ],
  [
    'C6',
    'asks with If-Modified-Since alone',
    REVALIDATION,
    also('        proxy_set_header If-None-Match "";\n'),
  ],
  [
    'C6',
    'keeps nothing in the place of what has expired',
    REPLACED,
    edit(
      'map $upstream_status',
      'map $upstream_cache_status $is_again {\n    default 0;\n    EXPIRED 1;\n}\n\nmap $upstream_status',
    ),
    edit(' $is_error;', ' $is_error $is_again;'),
  ],
  [
    'C6',
    'serves the expired answer first, and asks whether it has changed afterwards',
    STILL,
    also('        proxy_cache_background_update on;\n'),
  ],
  [
    'C5',
    'serves what it has when the origin is gone, and not when it answers 500',
    FAILING,
    edit(STALE, '        proxy_cache_use_stale error timeout updating;\n'),
  ],
  [
    'C5',
    'serves what it has when the origin fails, and not when it is gone',
    FAILING,
    edit(STALE, '        proxy_cache_use_stale updating http_500 http_502 http_503 http_504;\n'),
  ],
  ['C5', 'leaves one of the four out', FAILING, edit(STALE, STALE.replace(' http_504', ''))],
  ['C1', 'has no X-Cache', X_CACHE, edit(HEADER, '')],
  ['C1', 'has no X-Cache on errors', X_CACHE, edit(HEADER, HEADER.replace(' always', ''))],
  ['C1', 'says HIT whatever happened', X_CACHE, edit(HEADER, HEADER.replace('$x_cache', 'HIT'))],
  [
    'C5',
    'calls an expired answer a HIT',
    OTHERS,
    edit("    ''      BYPASS;\n", "    ''      BYPASS;\n    STALE   HIT;\n    UPDATING HIT;\n"),
  ],
  [
    'C6',
    'calls a revalidated answer a HIT',
    OTHERS,
    edit("    ''      BYPASS;\n", "    ''      BYPASS;\n    REVALIDATED HIT;\n"),
  ],
  [
    'C7',
    'forgets the ETag of what it keeps',
    NOT_MODIFIED,
    also('        proxy_hide_header ETag;\n'),
  ],
]

export const mistakes: Mistake[] = ROWS.map(([check, why, rule, ...edits], at) => ({
  ...{ id: `W${at + 1}`, check, why, rule, edits },
}))
