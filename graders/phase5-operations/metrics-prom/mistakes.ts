// biome-ignore-all lint/suspicious/noTemplateCurlyInString: source text
import { editing, type Mistake } from '../../harness/mistakes.ts'

/** Edits of the reference. */
const server = editing('server.ts')
const metrics = editing('metrics.ts')

const middleware = `app.use((request, response, next) => {
  const started = performance.now()
  inFlight += 1
  // 'close' comes once, after the answer or where the client hangs up; 'finish' only after the answer.
  response.once('close', () => {
    inFlight -= 1
    const labels = { method: methodOf(request), route: routeOf(request) }
    const status = response.writableFinished ? String(response.statusCode) : '499'
    requests.inc({ ...labels, status })
    durations.observe(labels, (performance.now() - started) / 1000)
  })
  next()
})
`
const parser = 'app.use(express.json())\n'
const atTheEnd = "response.once('close', () => {"
const count = 'requests.inc({ ...labels, status })'
const observe = 'durations.observe(labels, (performance.now() - started) / 1000)'
const routeOf = "const routeOf = (request: Request): string => request.route?.path ?? 'unmatched'"
const methodOf =
  "const methodOf = ({ method }: Request) => (METHODS.has(method) ? method : 'other')"
const bounds = '[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]'
const status = "const status = response.writableFinished ? String(response.statusCode) : '499'"
const otherPaths = `  if (request.url?.split('?')[0] !== '/metrics') {
    response.writeHead(404).end()
    return
  }
`
const create = 'created.inc({ size })'
const readQueue = "gauge('queue_depth', 'Jobs that wait.', queueDepth)"
const number = 'return /^\\d+$/.test(text) ? Number(text) : undefined'
const showPage = 'response.end(page())'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C3',
    rule: 'the pattern of the path, with a placeholder for the code: `/parcels/:code`, `/parcels/{code}/label`, as your framework spells it',
    why: 'the URL is the route: each code and each path makes series',
    edits: [server(routeOf, 'const routeOf = (request: Request): string => request.originalUrl')],
  },
  {
    id: 'W2',
    check: 'C4',
    rule: "in seconds, from the arrival of the request's head to the end of its answer, so the wait for its body is in it",
    why: 'milliseconds, although the name says seconds',
    edits: [server(observe, 'durations.observe(labels, performance.now() - started)')],
  },
  {
    id: 'W3',
    check: 'C2',
    rule: 'every request counts once, whatever its answer: `404`, `405`, `500`, malformed bodies, `HEAD`',
    why: 'counts only what went well',
    edits: [server(count, 'if (response.statusCode < 400) requests.inc({ ...labels, status })')],
  },
  {
    id: 'W4',
    check: 'C5',
    rule: 'a request whose client hangs up is over then, or when its answer would have been sent',
    why: 'waits for finish, which never comes where the client has gone',
    edits: [server(atTheEnd, "response.once('finish', () => {")],
  },
  {
    id: 'W5',
    check: 'C8',
    rule: 'change no metric but those of the process, however many come at once; requests to `METRICS_PORT` count nowhere',
    why: 'registers its counter anew with each request, which throws from the second on',
    edits: [
      server("const requests = counter('http_requests_total', 'Requests that are over.')\n", ''),
      server(
        '  const started = performance.now()\n',
        "  const requests = counter('http_requests_total', 'Requests that are over.')\n  const started = performance.now()\n",
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C7',
    rule: '`/metrics` on `PORT` | is `404`, like any unknown path',
    why: 'shows /metrics on the public port as well',
    edits: [
      server(
        parser,
        `${parser}app.get('/metrics', (_request, response) => {
  response.type('text/plain').send(page())
})
`,
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C6',
    rule: 'the file is read at each scrape. A newline may follow the number',
    why: 'reads the queue once, at the start',
    edits: [
      server(
        readQueue,
        "const atStart = queueDepth()\ngauge('queue_depth', 'Jobs that wait.', () => atStart)",
      ),
    ],
  },
  {
    id: 'W8',
    check: 'C1',
    rule: '`GET /metrics` on `METRICS_PORT`, with any query, gets `200` and `Content-Type: text/plain`, with any parameters',
    why: 'sends the page as HTML',
    edits: [server("'text/plain; version=0.0.4; charset=utf-8'", "'text/html; charset=utf-8'")],
  },
  {
    id: 'W9',
    check: 'C1',
    rule: '`GET /metrics` on `METRICS_PORT`, with any query, gets `200` and `Content-Type: text/plain`, with any parameters',
    why: 'knows /metrics only without a query',
    edits: [
      server(
        "if (request.url?.split('?')[0] !== '/metrics') {",
        "if (request.url !== '/metrics') {",
      ),
    ],
  },
  {
    id: 'W10',
    check: 'C1',
    rule: "Prometheus' text format 0.0.4: `promtool` reads it, every line ends with a newline, no series stands there twice",
    why: 'trims the page, and with it the last newline',
    edits: [server(showPage, 'response.end(page().trim())')],
  },
  {
    id: 'W11',
    check: 'C1',
    rule: "Prometheus' text format 0.0.4: `promtool` reads it, every line ends with a newline, no series stands there twice",
    why: 'puts values of labels between single quotes',
    edits: [metrics('`${label}="${escaped(text)}"`', "`${label}='${escaped(text)}'`")],
  },
  {
    id: 'W12',
    check: 'C4',
    rule: 'at least 6 finite `le` from `0.005` to `10`, the same in all series, and `+Inf`, which equals `_count` on every page',
    why: 'writes Infinity as the last le',
    edits: [metrics("le: '+Inf'", "le: 'Infinity'")],
  },
  {
    id: 'W13',
    check: 'C1',
    rule: "Prometheus' text format 0.0.4: `promtool` reads it, every line ends with a newline, no series stands there twice",
    why: 'shows every series of the counter twice',
    edits: [
      metrics(
        "[...series.values()].map(({ labels, value }) => sample(name, labels, value)).join('')",
        "[...series.values(), ...series.values()]\n        .map(({ labels, value }) => sample(name, labels, value))\n        .join('')",
      ),
    ],
  },
  {
    id: 'W14',
    check: 'C1',
    rule: 'each metric above has its `# HELP`, and its `# TYPE` as in the table, before its samples',
    why: 'leaves HELP out',
    edits: [
      metrics(
        '`# HELP ${name} ${help}\\n# TYPE ${name} ${type}\\n${samples()}`',
        '`# TYPE ${name} ${type}\\n${samples()}`',
      ),
    ],
  },
  {
    id: 'W15',
    check: 'C1',
    rule: 'each metric above has its `# HELP`, and its `# TYPE` as in the table, before its samples',
    why: 'leaves TYPE out: Prometheus takes everything for untyped',
    edits: [
      metrics(
        '`# HELP ${name} ${help}\\n# TYPE ${name} ${type}\\n${samples()}`',
        '`# HELP ${name} ${help}\\n${samples()}`',
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C1',
    rule: 'each metric above has its `# HELP`, and its `# TYPE` as in the table, before its samples',
    why: 'says that counters are gauges',
    edits: [metrics("    type: 'counter',", "    type: 'gauge',")],
  },
  {
    id: 'W17',
    check: 'C1',
    rule: 'the samples of one metric stand together',
    why: 'sorts all samples by their values of labels, so that metrics mix',
    edits: [
      server(
        showPage,
        `const lines = page().trimEnd().split('\\n')
  const comments = lines.filter((line) => line.startsWith('#'))
  const samples = lines.filter((line) => !line.startsWith('#'))
  const inside = (line: string) => line.slice(line.indexOf('{') + 1)
  samples.sort((a, b) => (inside(a) < inside(b) ? -1 : 1))
  response.end([...comments, ...samples, ''].join('\\n'))`,
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C7',
    rule: 'the API | is on `PORT` alone',
    why: 'has the whole API on METRICS_PORT as well',
    edits: [
      server(
        otherPaths,
        `  if (request.url?.split('?')[0] !== '/metrics') {
    app(request, response)
    return
  }
`,
      ),
    ],
  },
  {
    id: 'W19',
    check: 'C8',
    rule: 'change no metric but those of the process, however many come at once; requests to `METRICS_PORT` count nowhere',
    why: 'counts scrapes as requests',
    edits: [
      server(
        showPage,
        "requests.inc({ method: 'GET', route: '/metrics', status: '200' })\n  response.end(page())",
      ),
    ],
  },
  {
    id: 'W20',
    check: 'C7',
    rule: 'change no metric but those of the process, however many come at once; requests to `METRICS_PORT` count nowhere',
    why: 'counts requests to METRICS_PORT that it does not know',
    edits: [
      server(
        otherPaths,
        `  if (request.url?.split('?')[0] !== '/metrics') {
    requests.inc({ method: 'GET', route: 'unmatched', status: '404' })
    response.writeHead(404).end()
    return
  }
`,
      ),
    ],
  },
  {
    id: 'W21',
    check: 'C8',
    rule: 'change no metric but those of the process, however many come at once; requests to `METRICS_PORT` count nowhere',
    why: 'begins anew after each scrape, as if Prometheus wanted differences',
    edits: [
      metrics(
        `    samples: () =>
      [...series.values()].map(({ labels, value }) => sample(name, labels, value)).join(''),`,
        `    samples: () => {
      const shown = [...series.values()].map(({ labels, value }) => sample(name, labels, value))
      series.clear()
      return shown.join('')
    },`,
      ),
    ],
  },
  {
    id: 'W22',
    check: 'C8',
    rule: 'change no metric but those of the process, however many come at once; requests to `METRICS_PORT` count nowhere',
    why: 'refuses a scrape while another one runs',
    edits: [
      server(
        showPage,
        `if (scraping) {
    response.writeHead(503).end()
    return
  }
  scraping = true
  setTimeout(() => {
    scraping = false
    response.end(page())
  }, 20)`,
      ),
      server(
        'createServer((request, response) => {',
        'let scraping = false\ncreateServer((request, response) => {',
      ),
    ],
  },
  {
    id: 'W23',
    check: 'C2',
    rule: 'what is over is on the page within a second',
    why: 'writes the page every 30 seconds, and shows that',
    edits: [
      server(showPage, 'response.end(kept)'),
      server(
        'createServer((request, response) => {',
        'let kept = page()\nsetInterval(() => {\n  kept = page()\n}, 30_000).unref()\ncreateServer((request, response) => {',
      ),
    ],
  },
  {
    id: 'W24',
    check: 'C3',
    rule: '`GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` and `OPTIONS` as they are; all other methods share one value',
    why: 'has a series for each odd method',
    edits: [server(methodOf, 'const methodOf = ({ method }: Request) => method')],
  },
  {
    id: 'W25',
    check: 'C2',
    rule: '`GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` and `OPTIONS` as they are; all other methods share one value',
    why: 'counts HEAD as GET',
    edits: [
      server(
        methodOf,
        "const methodOf = ({ method }: Request) => (method === 'HEAD' ? 'GET' : METHODS.has(method) ? method : 'other')",
      ),
    ],
  },
  {
    id: 'W26',
    check: 'C2',
    rule: 'the pattern of the path, with a placeholder for the code: `/parcels/:code`, `/parcels/{code}/label`, as your framework spells it',
    why: 'puts the query into the route',
    edits: [
      server(
        routeOf,
        "const routeOf = (request: Request): string =>\n  request.route ? `${request.route.path}${new URL(request.originalUrl, 'http://x').search}` : 'unmatched'",
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C3',
    rule: 'the pattern of the path, with a placeholder for the code: `/parcels/:code`, `/parcels/{code}/label`, as your framework spells it',
    why: 'takes only UUIDs and numbers out of the path',
    edits: [
      server(
        routeOf,
        "const routeOf = (request: Request): string =>\n  request.route ? request.path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+/, ':code') : 'unmatched'",
      ),
    ],
  },
  {
    id: 'W28',
    check: 'C2',
    rule: '… of a code that no parcel has | is the pattern too',
    why: 'counts a code that no parcel has as an unknown path',
    edits: [
      server(
        routeOf,
        "const routeOf = (request: Request): string =>\n  request.res?.statusCode === 404 ? 'unmatched' : (request.route?.path ?? 'unmatched')",
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C3',
    rule: 'of any path that the API does not have | is one value, not empty, and no pattern',
    why: 'has the path as the route where no route was found',
    edits: [
      server(
        routeOf,
        'const routeOf = (request: Request): string => request.route?.path ?? request.path',
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C2',
    rule: 'of any path that the API does not have | is one value, not empty, and no pattern',
    why: 'has no value for unknown paths',
    edits: [
      server(routeOf, "const routeOf = (request: Request): string => request.route?.path ?? ''"),
    ],
  },
  {
    id: 'W31',
    check: 'C2',
    rule: '`status` | the three digits of the answer: `404`',
    why: 'has classes of statuses',
    edits: [server(status, 'const status = `${Math.floor(response.statusCode / 100)}xx`')],
  },
  {
    id: 'W32',
    check: 'C3',
    rule: '`size` | `S`, `M` or `L`',
    why: 'counts before it looks whether the size is one',
    edits: [
      server(
        '    const size = request.body?.size\n',
        '    const size = request.body?.size\n    created.inc({ size: String(size) })\n',
      ),
      server('    created.inc({ size })\n', ''),
    ],
  },
  {
    id: 'W33',
    check: 'C3',
    rule: 'other labels | have one value each, or better: there are none',
    why: 'has a label for the user agent',
    edits: [
      server(count, "requests.inc({ ...labels, status, agent: request.get('User-Agent') ?? '' })"),
    ],
  },
  {
    id: 'W34',
    check: 'C2',
    rule: 'every request counts once, whatever its answer: `404`, `405`, `500`, malformed bodies, `HEAD`',
    why: 'stands behind the body parser, and never sees malformed bodies',
    edits: [
      server(
        middleware +
          '\n// ---------------------------------------------------------------- the API\n\n' +
          parser,
        '\n// ---------------------------------------------------------------- the API\n\n' +
          parser +
          middleware,
      ),
    ],
  },
  {
    id: 'W35',
    check: 'C2',
    rule: 'every request counts once, whatever its answer: `404`, `405`, `500`, malformed bodies, `HEAD`',
    why: 'does not count unknown paths',
    edits: [server(count, 'if (request.route) requests.inc({ ...labels, status })')],
  },
  {
    id: 'W36',
    check: 'C4',
    rule: 'every request that is counted is observed once, under its `method` and `route`',
    why: 'observes only what went well',
    edits: [
      server(
        observe,
        'if (response.statusCode < 400) durations.observe(labels, (performance.now() - started) / 1000)',
      ),
    ],
  },
  {
    id: 'W37',
    check: 'C4',
    rule: "in seconds, from the arrival of the request's head to the end of its answer, so the wait for its body is in it",
    why: 'stops the clock with the event close of the request, which comes when its body is there',
    edits: [
      server(
        '  inFlight += 1\n',
        "  inFlight += 1\n  let ended = started\n  request.once('close', () => {\n    ended = performance.now()\n  })\n",
      ),
      server(observe, 'durations.observe(labels, (ended - started) / 1000)'),
    ],
  },
  {
    id: 'W38',
    check: 'C4',
    rule: "in seconds, from the arrival of the request's head to the end of its answer, so the wait for its body is in it",
    why: 'starts the clock once the body is there',
    edits: [
      server(
        '  const started = performance.now()\n',
        "  let started = performance.now()\n  request.once('end', () => {\n    started = performance.now()\n  })\n",
      ),
    ],
  },
  {
    id: 'W39',
    check: 'C4',
    rule: "in seconds, from the arrival of the request's head to the end of its answer, so the wait for its body is in it",
    why: 'keeps one start for all requests',
    edits: [
      server('  const started = performance.now()\n', '  started = performance.now()\n'),
      server('const app = express()\n', 'let started = 0\nconst app = express()\n'),
    ],
  },
  {
    id: 'W40',
    check: 'C4',
    rule: 'at least 6 finite `le` from `0.005` to `10`, the same in all series, and `+Inf`, which equals `_count` on every page',
    why: 'has bounds in milliseconds',
    edits: [server(bounds, '[5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000]')],
  },
  {
    id: 'W41',
    check: 'C4',
    rule: 'at least 6 finite `le` from `0.005` to `10`, the same in all series, and `+Inf`, which equals `_count` on every page',
    why: 'has five bounds',
    edits: [server(bounds, '[0.01, 0.1, 0.5, 1, 5]')],
  },
  {
    id: 'W42',
    check: 'C4',
    rule: 'at least 6 finite `le` from `0.005` to `10`, the same in all series, and `+Inf`, which equals `_count` on every page',
    why: 'has no bucket +Inf',
    edits: [metrics("      sample(`${name}_bucket`, { ...labels, le: '+Inf' }, count),\n", '')],
  },
  {
    id: 'W43',
    check: 'C4',
    rule: 'at least 6 finite `le` from `0.005` to `10`, the same in all series, and `+Inf`, which equals `_count` on every page',
    why: 'leaves buckets out that are empty',
    edits: [
      metrics(
        'sample(`${name}_bucket`, { ...labels, le: String(le) }, within[index]!),',
        "within[index] ? sample(`${name}_bucket`, { ...labels, le: String(le) }, within[index]!) : '',",
      ),
    ],
  },
  {
    id: 'W44',
    check: 'C4',
    rule: 'are cumulative: each holds all observations up to its `le`',
    why: 'each bucket holds only what lies between two bounds',
    edits: [
      metrics(
        'if (value <= le) one.within[index]! += 1',
        'if (value <= le && value > (bounds[index - 1] ?? -1)) one.within[index]! += 1',
      ),
    ],
  },
  {
    id: 'W45',
    check: 'C5',
    rule: 'a request is in flight from the arrival of its head, before its body is there, to its end',
    why: 'counts a request as in flight once its body is there',
    edits: [
      server(
        '  inFlight += 1\n',
        "  let counted = false\n  request.once('end', () => {\n    counted = true\n    inFlight += 1\n  })\n",
      ),
      server('    inFlight -= 1\n', '    if (counted) inFlight -= 1\n'),
    ],
  },
  {
    id: 'W47',
    check: 'C5',
    rule: 'a request is in flight from the arrival of its head, before its body is there, to its end',
    why: 'falls twice',
    edits: [
      server(
        '  inFlight += 1\n',
        "  inFlight += 1\n  response.once('finish', () => {\n    inFlight -= 1\n  })\n",
      ),
    ],
  },
  {
    id: 'W48',
    check: 'C5',
    rule: 'is `0` where there is none, on the first page too; a connection that is kept open is no request',
    why: 'counts connections',
    edits: [
      server(
        '  inFlight += 1\n',
        "  if (!seen.has(request.socket)) {\n    seen.add(request.socket)\n    inFlight += 1\n    request.socket.once('close', () => {\n      inFlight -= 1\n    })\n  }\n",
      ),
      server('    inFlight -= 1\n    const labels', '    const labels'),
      server(
        'const app = express()\n',
        'const seen = new WeakSet<object>()\nconst app = express()\n',
      ),
    ],
  },
  {
    id: 'W49',
    check: 'C5',
    rule: 'is `0` where there is none, on the first page too; a connection that is kept open is no request',
    why: 'has no sample where nothing is in flight',
    edits: [server('() => inFlight)', '() => inFlight || undefined)')],
  },
  {
    id: 'W50',
    check: 'C9',
    rule: 'counts once, like any other; its `status` is `499`, `aborted` or any three digits',
    why: 'does not count requests whose client hung up',
    edits: [server(count, 'if (response.writableFinished) requests.inc({ ...labels, status })')],
  },
  {
    id: 'W51',
    check: 'C9',
    rule: 'counts once, like any other; its `status` is `499`, `aborted` or any three digits',
    why: 'counts a client that hangs up when it does, and again when its answer would have been sent',
    edits: [
      server(
        '    response.json({ label: `${size} ${code}` })\n',
        "    if (response.destroyed) requests.inc({ method: 'GET', route: routeOf(request), status: '200' })\n    response.json({ label: `${size} ${code}` })\n",
      ),
    ],
  },
  {
    id: 'W52',
    check: 'C9',
    rule: 'counts once, like any other; its `status` is `499`, `aborted` or any three digits',
    why: 'does not observe requests whose client hung up',
    edits: [
      server(
        observe,
        'if (response.writableFinished) durations.observe(labels, (performance.now() - started) / 1000)',
      ),
    ],
  },
  {
    id: 'W53',
    check: 'C9',
    rule: 'counts once, like any other; its `status` is `499`, `aborted` or any three digits',
    why: 'gives no status to requests whose client hung up',
    edits: [
      server(status, "const status = response.writableFinished ? String(response.statusCode) : ''"),
    ],
  },
  {
    id: 'W54',
    check: 'C6',
    rule: 'each `201` counts one of its size; what is refused counts nothing',
    why: 'counts what is asked for, refused or not',
    edits: [
      server(
        '    const size = request.body?.size\n',
        "    const size = request.body?.size\n    created.inc({ size: ['S', 'M', 'L'].includes(size) ? size : 'M' })\n",
      ),
      server('    created.inc({ size })\n', ''),
    ],
  },
  {
    id: 'W55',
    check: 'C6',
    rule: 'each `201` counts one of its size; what is refused counts nothing',
    why: 'counts all parcels under one size',
    edits: [server(create, "created.inc({ size: 'M' })")],
  },
  {
    id: 'W56',
    check: 'C6',
    rule: 'never fall, also where a parcel is deleted',
    why: 'shows how many parcels there are',
    edits: [
      server(
        "const created = counter('parcels_created_total', 'Parcels made.')\n",
        `register({
  name: 'parcels_created_total',
  help: 'Parcels made.',
  type: 'counter',
  samples: () =>
    ['S', 'M', 'L']
      .map((size) => {
        const there = [...parcels.values()].filter((one) => one.size === size)
        return \`parcels_created_total{size="\${size}"} \${there.length}\\n\`
      })
      .join(''),
})
`,
      ),
      server('    created.inc({ size })\n', ''),
      server(
        'import { counter, gauge, histogram, page }',
        'import { counter, gauge, histogram, page, register }',
      ),
      metrics('function register(metric', 'export function register(metric'),
    ],
  },
  {
    id: 'W57',
    check: 'C6',
    rule: 'the file is read at each scrape. A newline may follow the number',
    why: 'reads the file every second',
    edits: [
      server(
        readQueue,
        `let depth = queueDepth()
setInterval(() => {
  depth = queueDepth()
}, 1000).unref()
gauge('queue_depth', 'Jobs that wait.', () => depth)`,
      ),
    ],
  },
  {
    id: 'W58',
    check: 'C6',
    rule: 'the file is read at each scrape. A newline may follow the number',
    why: 'takes a newline for something that is no number',
    edits: [server("'utf8').trim()", "'utf8')")],
  },
  {
    id: 'W59',
    check: 'C10',
    rule: '`queue_depth` has no sample, or `NaN`; the rest of the page is as ever',
    why: 'says 0 where the file cannot be read',
    edits: [server('  } catch {\n    return undefined\n', '  } catch {\n    return 0\n')],
  },
  {
    id: 'W60',
    check: 'C10',
    rule: '`queue_depth` has no sample, or `NaN`; the rest of the page is as ever',
    why: 'shows the last number where the file cannot be read',
    edits: [
      server(
        readQueue,
        `let known: number | undefined
gauge('queue_depth', 'Jobs that wait.', () => {
  known = queueDepth() ?? known
  return known
})`,
      ),
    ],
  },
  {
    id: 'W61',
    check: 'C10',
    rule: '`queue_depth` has no sample, or `NaN`; the rest of the page is as ever',
    why: 'takes what begins with digits for a number',
    edits: [
      server(
        number,
        'return Number.isNaN(Number.parseInt(text, 10)) ? undefined : Number.parseInt(text, 10)',
      ),
    ],
  },
  {
    id: 'W62',
    check: 'C10',
    rule: '`queue_depth` has no sample, or `NaN`; the rest of the page is as ever',
    why: 'answers with 500 where the file cannot be read',
    edits: [
      server(
        `  try {
    const text = readFileSync(process.env.QUEUE_FILE ?? '', 'utf8').trim()
    return /^\\d+$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
`,
        `  const text = readFileSync(process.env.QUEUE_FILE ?? '', 'utf8').trim()
  return /^\\d+$/.test(text) ? Number(text) : undefined
`,
      ),
      server(
        showPage,
        `try {
    response.end(page())
  } catch {
    response.writeHead(500).end()
  }`,
      ),
    ],
  },
  {
    id: 'W63',
    check: 'C10',
    rule: 'changes nothing of this: both ports go on',
    why: 'decodes the query itself, and throws where that is malformed',
    edits: [
      server(
        'createServer((request, response) => {',
        "createServer((request, response) => {\n  decodeURIComponent(request.url ?? '')",
      ),
    ],
  },
  {
    id: 'W64',
    check: 'C10',
    rule: 'changes nothing of this: both ports go on',
    why: 'takes any ms, and ends where it is no number',
    edits: [
      server(
        'await sleep(Math.min(Number(request.query.ms) || 0, 5000))',
        'const ms = Number(request.query.ms ?? 0)\n    if (Number.isNaN(ms)) setTimeout(() => process.exit(1))\n    await sleep(Math.min(ms, 5000))',
      ),
    ],
  },
  {
    id: 'W65',
    check: 'C6',
    rule: 'the CPU time that the process has used',
    why: 'gives CPU time in microseconds',
    edits: [server('return (user + system) / 1e6', 'return user + system')],
  },
  {
    id: 'W66',
    check: 'C6',
    rule: 'its resident memory',
    why: 'gives the memory in MiB',
    edits: [server('process.memoryUsage.rss()', 'process.memoryUsage.rss() / 1024 ** 2')],
  },
  {
    id: 'W67',
    check: 'C6',
    rule: 'when it started, in seconds since 1970',
    why: 'gives the start in milliseconds',
    edits: [server('Date.now() / 1000 - process.uptime()', 'Date.now() - process.uptime() * 1000')],
  },
  {
    id: 'W68',
    check: 'C6',
    rule: 'when it started, in seconds since 1970',
    why: 'gives the time of the scrape as the start',
    edits: [server('() => startedAt', '() => startedAt + process.uptime() + 4')],
  },
]
