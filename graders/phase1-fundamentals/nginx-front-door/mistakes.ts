// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders
import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('default.conf.template')

const EVERY_REQUEST = '`301` or `308`, whatever its method, to `https://`'
const SAME_PLACE = 'They are the same in the `Location`, byte by byte.'
const TLS = 'Versions 1.2 and 1.3 are accepted, older ones refused.'
const HSTS = "of the app, of files, and errors of nginx's own."
const NO_HSTS = 'No answer over plain HTTP has that header.'
const VERSION =
  'No answer names the version of nginx, neither in a header nor in the page of an error.'
const VERSION_TOO = 'This holds for HTTP, too.'
const GZIP = 'Texts over 1024 bytes are gzipped for a client that accepts it'
const NO_GZIP = 'A client that does not accept gzip gets the bytes as they are.'
const STATIC = 'comes from `${DOCROOT}/static/…`, byte by byte, with the type of its ending'
const KEPT = 'A file has `Cache-Control` with `max-age=31536000` and `immutable`.'
const NOT_FOUND = '| a missing file | `404`.'
const MISSING = 'The app is not asked.'
const NOT_KEPT = 'Its answer has no `immutable`: the file may be there tomorrow.'
const FOLDER = '`403` or `404`, never a list of its files.'
const OUTSIDE = 'Nothing outside of `${DOCROOT}/static` is served, whatever the path.'
const OTHERS = 'go to the app, such as `/`, `/statics`, `/parcels/a%2Fb`.'
const AS_SENT = 'The app gets them byte by byte as the client sent them.'
const REQUEST = 'They reach the app unchanged'
const ANSWERS = 'Status, body and headers of the app reach the client unchanged'
const ANSWERS_TOO = 'This holds for its errors, too.'
const HOST = 'as the client sent it; the port may be left out.'
const CLIENT = 'Its last element is the address of the client'
const PROTO = '`https`, also where the client sent something else.'
const WS =
  'Upgrades to WebSocket (which needs HTTP/1.1), with the query and the three headers above; messages pass both ways.'
const TOO_LARGE = 'A body of more than 1 MiB (1,048,576 bytes) is answered with `413`.'
const NOT_SENT = 'The app gets nothing of it.'
const WHOLE = 'A body of 1 MiB reaches the app whole.'
const DOWN = 'Where nothing listens at `${APP_PORT}`, the answer is `502`, `503` or `504`.'
const FILES_DOWN = 'Files are served all the same.'

const REDIRECT = '    return 301 https://$host:${HTTPS_PORT}$request_uri;\n'
const PROTOCOLS = '    ssl_protocols TLSv1.2 TLSv1.3;\n'
const SERVER_HSTS =
  '    add_header Strict-Transport-Security "max-age=31536000" always;\n\n    client_max_body_size'
const STATIC_HSTS =
  '        add_header Strict-Transport-Security "max-age=31536000" always;\n        # Without'
const CACHE = '        add_header Cache-Control "public, max-age=31536000, immutable";\n'
const ROOT = '        root ${DOCROOT};\n'
const LOCATION = '    location /static/ {\n'
const PASS = '        proxy_pass http://127.0.0.1:${APP_PORT};\n'
const SIZE = '    client_max_body_size 1m;\n'
const TYPES = '    gzip_types text/css text/plain text/javascript application/json;\n'
const SET_HOST = '        proxy_set_header Host $http_host;\n'
const SET_CLIENT = '        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n'
const SET_PROTO = '        proxy_set_header X-Forwarded-Proto https;\n'
const SET_UPGRADE =
  '        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection $connection_upgrade;\n'

type Row = [check: string, why: string, rule: string, ...edits: ReturnType<typeof edit>[]]

const ROWS: Row[] = [
  [
    'C5',
    'proxies with a path of its own, so that nginx decodes the request',
    AS_SENT,
    edit(PASS, PASS.replace(';\n', '/;\n')),
  ],
  [
    'C6',
    'an alias behind a location without a slash at its end: two dots leave the folder',
    OUTSIDE,
    edit(LOCATION, '    location /static {\n'),
    edit(ROOT, '        alias ${DOCROOT}/static/;\n'),
  ],
  [
    'C4',
    'one add_header in a location, and those of the server are gone for files',
    HSTS,
    edit(STATIC_HSTS, '        # Without'),
  ],
  [
    'C4',
    'no "always": errors come without the header',
    HSTS,
    edit(SERVER_HSTS, SERVER_HSTS.replace(' always', '')),
  ],
  ['C2', 'redirects with 302, which nobody keeps', EVERY_REQUEST, edit('return 301', 'return 302')],
  ['C2', 'loses the query', SAME_PLACE, edit('$request_uri;', '$uri;')],
  ['C7', 'does not pass the upgrade on', WS, edit(SET_UPGRADE, '')],
  [
    'C5',
    'leaves the Host to nginx, which sends the address of the app',
    HOST,
    edit(SET_HOST, '        proxy_set_header Host $proxy_host;\n'),
  ],
  ['C2', 'redirects to the decoded path', SAME_PLACE, edit('$request_uri;', '$uri$is_args$args;')],
  [
    'C2',
    'redirects by a rewrite, which decodes escapes',
    SAME_PLACE,
    edit(REDIRECT, '    rewrite ^ https://$host:${HTTPS_PORT}$request_uri? permanent;\n'),
  ],
  [
    'C2',
    'takes the Host with its port into the redirect, and puts a second port behind it',
    EVERY_REQUEST,
    edit('https://$host:', 'https://$http_host:'),
  ],
  [
    'C2',
    'redirects everybody to one name',
    EVERY_REQUEST,
    edit('https://$host:', 'https://$server_name:'),
    edit('    listen ${HTTP_PORT};\n', '    listen ${HTTP_PORT};\n    server_name pelican.test;\n'),
  ],
  [
    'C2',
    'forgets that HTTPS has another port than 443',
    EVERY_REQUEST,
    edit('$host:${HTTPS_PORT}', '$host'),
  ],
  [
    'C2',
    'redirects GET alone, and answers other methods with 405',
    EVERY_REQUEST,
    edit(REDIRECT, `    if ($request_method !~ ^(GET|HEAD)$) { return 405; }\n${REDIRECT}`),
  ],
  [
    'C2',
    'serves static files over plain HTTP, too',
    EVERY_REQUEST,
    edit(
      REDIRECT,
      '    location /static/ { root ${DOCROOT}; }\n    location / { return 301 https://$host:${HTTPS_PORT}$request_uri; }\n',
    ),
  ],
  [
    'C3',
    'still accepts TLS 1.1',
    TLS,
    edit(
      PROTOCOLS,
      '    ssl_protocols TLSv1.1 TLSv1.2 TLSv1.3;\n    ssl_ciphers ALL:@SECLEVEL=0;\n',
    ),
  ],
  ['C3', 'does not speak TLS 1.3', TLS, edit(PROTOCOLS, '    ssl_protocols TLSv1.2;\n')],
  [
    'C3',
    'shuts out clients that speak TLS 1.2',
    TLS,
    edit(PROTOCOLS, '    ssl_protocols TLSv1.3;\n'),
  ],
  [
    'C4',
    'HSTS for half a year',
    'Every answer has one `Strict-Transport-Security` with a `max-age` of at least `31536000`',
    edit(SERVER_HSTS, SERVER_HSTS.replace('31536000', '15768000')),
  ],
  [
    'C4',
    'a comma between the directives of HSTS, which browsers ignore as a whole',
    'Every answer has one `Strict-Transport-Security` with a `max-age` of at least `31536000`',
    edit(SERVER_HSTS, SERVER_HSTS.replace('31536000', '31536000, includeSubDomains')),
  ],
  [
    'C4',
    'sends HSTS over plain HTTP, too',
    NO_HSTS,
    edit(
      REDIRECT,
      `    add_header Strict-Transport-Security "max-age=31536000" always;\n${REDIRECT}`,
    ),
  ],
  ['C8', 'tells its version', VERSION, edit('server_tokens off;\n', '')],
  [
    'C8',
    'hides the version over HTTPS alone',
    VERSION_TOO,
    edit('server_tokens off;\n', ''),
    edit(PROTOCOLS, `${PROTOCOLS}    server_tokens off;\n`),
  ],
  ['C8', 'compresses HTML alone, as nginx does by itself', GZIP, edit(TYPES, '')],
  [
    'C8',
    'leaves JSON out',
    GZIP,
    edit(TYPES, '    gzip_types text/css text/plain text/javascript;\n'),
  ],
  [
    'C8',
    'compresses from 10 kB on',
    GZIP,
    edit('    gzip_min_length 1024;\n', '    gzip_min_length 10k;\n'),
  ],
  [
    'C8',
    'compresses what the app sends, and no files',
    GZIP,
    edit(ROOT, `${ROOT}        gzip off;\n`),
  ],
  [
    'C8',
    'sets Content-Encoding by hand, for everybody',
    NO_GZIP,
    edit(PASS, `${PASS}        add_header Content-Encoding gzip;\n`),
  ],
  [
    'C6',
    'serves files with one type for all',
    STATIC,
    edit(ROOT, `${ROOT}        types { }\n        default_type application/octet-stream;\n`),
  ],
  [
    'C6',
    'looks for files in static/static',
    STATIC,
    edit(ROOT, '        root ${DOCROOT}/static;\n'),
  ],
  ['C6', 'lets nobody keep a file', KEPT, edit(CACHE, '')],
  ['C6', 'keeps files for a year, without immutable', KEPT, edit(CACHE, '        expires 1y;\n')],
  [
    'C6',
    'asks the app for files that are missing',
    MISSING,
    edit(ROOT, `${ROOT}        try_files $uri @app;\n`),
    edit(
      '    location / {\n',
      '    location @app {\n        proxy_pass http://127.0.0.1:${APP_PORT};\n    }\n\n    location / {\n',
    ),
  ],
  [
    'C6',
    'answers a missing file with the start page',
    NOT_FOUND,
    edit(ROOT, `${ROOT}        try_files $uri /static/index.html =200;\n`),
  ],
  [
    'C9',
    'has browsers keep a 404 for a year',
    NOT_KEPT,
    edit(CACHE, CACHE.replace(';\n', ' always;\n')),
  ],
  ['C6', 'lists the files of a folder', FOLDER, edit(ROOT, `${ROOT}        autoindex on;\n`)],
  [
    'C6',
    'serves whatever lies in the docroot, and asks the app for the rest',
    OUTSIDE,
    edit(
      '    location / {\n',
      '    location / {\n        root ${DOCROOT};\n        try_files $uri @app;\n    }\n\n    location @app {\n',
    ),
  ],
  [
    'C5',
    'takes /statics for a path below /static/',
    OTHERS,
    edit(LOCATION, '    location /static {\n'),
  ],
  [
    'C5',
    'answers the start page itself',
    OTHERS,
    edit(
      '    location / {\n',
      '    location = / { return 200 "Pelican Post"; }\n\n    location / {\n',
    ),
  ],
  [
    'C5',
    'passes the decoded path on',
    AS_SENT,
    edit(PASS, '        proxy_pass http://127.0.0.1:${APP_PORT}$uri$is_args$args;\n'),
  ],
  [
    'C5',
    'adds a slash to each path',
    AS_SENT,
    edit(PASS, `        rewrite ^(.*[^/])$ $1/ break;\n${PASS}`),
  ],
  [
    'C5',
    'does not pass the body on',
    REQUEST,
    edit(
      PASS,
      `${PASS}        proxy_pass_request_body off;\n        proxy_set_header Content-Length "";\n`,
    ),
  ],
  [
    'C5',
    'takes the client’s Authorization away',
    REQUEST,
    edit(PASS, `${PASS}        proxy_set_header Authorization "";\n`),
  ],
  [
    'C5',
    'sends the app a GET for everything',
    REQUEST,
    edit(PASS, `${PASS}        proxy_method GET;\n`),
  ],
  [
    'C5',
    'lets GET and POST through alone',
    REQUEST,
    edit(PASS, `        limit_except GET POST { deny all; }\n${PASS}`),
  ],
  [
    'C5',
    'keeps cookies of the app to itself',
    ANSWERS,
    edit(PASS, `${PASS}        proxy_hide_header Set-Cookie;\n`),
  ],
  [
    'C5',
    'shows pages of its own in place of the app’s errors',
    ANSWERS_TOO,
    edit(
      PASS,
      `${PASS}        proxy_intercept_errors on;\n        error_page 404 500 502 503 /oops;\n`,
    ),
  ],
  [
    'C5',
    'has every answer of the app kept for an hour',
    ANSWERS,
    edit(PASS, `${PASS}        expires 1h;\n`),
  ],
  ['C5', 'sends one name as the Host of all', HOST, edit('Host $http_host', 'Host pelican.test')],
  [
    'C5',
    'sends the address of nginx along with its port as Host',
    HOST,
    edit('Host $http_host', 'Host $host:$server_port'),
  ],
  [
    'C5',
    'believes what the client says about itself',
    CLIENT,
    edit('$proxy_add_x_forwarded_for', '$http_x_forwarded_for'),
  ],
  ['C5', 'does not say who the client is', CLIENT, edit(SET_CLIENT, '')],
  [
    'C5',
    'takes its own address for the client’s',
    CLIENT,
    edit('$proxy_add_x_forwarded_for', '$server_addr'),
  ],
  [
    'C5',
    'puts the client’s address first and what it claims behind it',
    CLIENT,
    edit('$proxy_add_x_forwarded_for', '"$remote_addr, $http_x_forwarded_for"'),
  ],
  ['C5', 'does not say that it was HTTPS', PROTO, edit(SET_PROTO, '')],
  [
    'C5',
    'keeps the X-Forwarded-Proto of the client where there is one',
    PROTO,
    edit(
      'map $http_upgrade',
      'map $http_x_forwarded_proto $proto {\n    default $http_x_forwarded_proto;\n    ""      https;\n}\n\nmap $http_upgrade',
    ),
    edit('X-Forwarded-Proto https', 'X-Forwarded-Proto $proto'),
  ],
  [
    'C7',
    'a location of its own for /ws, with two headers: those of the other location are gone',
    WS,
    edit(
      '    location / {\n',
      '    location /ws {\n        proxy_pass http://127.0.0.1:${APP_PORT};\n        proxy_http_version 1.1;\n        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection upgrade;\n    }\n\n    location / {\n',
    ),
  ],
  [
    'C7',
    'speaks HTTP/1.0 to the app, which knows no upgrade',
    WS,
    edit('        proxy_http_version 1.1;\n', '        proxy_http_version 1.0;\n'),
  ],
  [
    'C7',
    'loses the query of the WebSocket',
    WS,
    edit(
      '    location / {\n',
      '    location = /ws {\n        proxy_pass http://127.0.0.1:${APP_PORT}/ws?;\n        proxy_http_version 1.1;\n        proxy_set_header Host $http_host;\n        proxy_set_header X-Forwarded-For $remote_addr;\n        proxy_set_header X-Forwarded-Proto https;\n        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection upgrade;\n    }\n\n    location / {\n',
    ),
  ],
  ['C8', 'lets bodies of 10 MiB through', TOO_LARGE, edit(SIZE, '    client_max_body_size 10m;\n')],
  ['C8', 'has no limit', TOO_LARGE, edit(SIZE, '    client_max_body_size 0;\n')],
  [
    'C9',
    'sends the app a body before it has been counted',
    NOT_SENT,
    edit(SIZE, '    client_max_body_size 1m;\n    proxy_request_buffering off;\n'),
  ],
  ['C8', 'stops at a million bytes', WHOLE, edit(SIZE, '    client_max_body_size 1000000;\n')],
  [
    'C8',
    'shows a friendly page with 200 where the app is gone',
    DOWN,
    edit(PASS, `${PASS}        error_page 502 =200 @sorry;\n`),
    edit(
      '    location / {\n',
      '    location @sorry { return 200 "Back soon"; }\n\n    location / {\n',
    ),
  ],
  [
    'C8',
    'asks the app whether a file may be served',
    FILES_DOWN,
    edit(ROOT, `${ROOT}        auth_request /may;\n`),
    edit(
      '    location / {\n',
      '    location = /may { proxy_pass http://127.0.0.1:${APP_PORT}; }\n\n    location / {\n',
    ),
  ],
  [
    'C4',
    'sends HSTS twice',
    'Every answer has one `Strict-Transport-Security` with a `max-age` of at least `31536000`',
    edit(
      SERVER_HSTS,
      SERVER_HSTS.replace(
        '    add',
        '    add_header Strict-Transport-Security "max-age=63072000" always;\n    add',
      ),
    ),
  ],
  [
    'C9',
    'sets HSTS in each location, and so on no request that nginx refuses before',
    HSTS,
    edit(SERVER_HSTS, '    client_max_body_size'),
    edit(PASS, `        add_header Strict-Transport-Security "max-age=31536000" always;\n${PASS}`),
  ],
  [
    'C6',
    'has nginx look for instructions in pages',
    STATIC,
    edit(ROOT, `${ROOT}        ssi on;\n`),
  ],
  [
    'C8',
    'compresses nothing for browsers that name themselves',
    GZIP,
    edit(TYPES, `${TYPES}    gzip_disable .;\n`),
  ],
  [
    'C5',
    'lets a client ask five times a second',
    OTHERS,
    edit(
      'server_tokens off;\n',
      'server_tokens off;\nlimit_req_zone $binary_remote_addr zone=few:1m rate=5r/s;\n',
    ),
    edit(PASS, `        limit_req zone=few burst=5 nodelay;\n${PASS}`),
  ],
  ['C1', 'forgets a semicolon', 'Versions 1.2 and 1.3 are accepted', edit('TLSv1.3;', 'TLSv1.3')],
]

export const mistakes: Mistake[] = ROWS.map(([check, why, rule, ...edits], at) => ({
  ...{ id: `W${at + 1}`, check, why, rule, edits },
}))
