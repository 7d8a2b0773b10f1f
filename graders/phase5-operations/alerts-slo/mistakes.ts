import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('rules.yml')

const DOWN = 'for 2 minutes no instance of the API is up: each has `up` 0, or there is none at all'
const ERRORS = 'for 5 minutes more than 5 % of all requests to the API fail'
const BURN =
  'for 30 minutes it has been true that of all requests to the API in the last 6 hours more than 1 % failed'
const LATENCY = 'for 10 minutes the 95th percentile of all requests to the API is above 0.5 s'
const QUEUE = 'for 15 minutes a queue holds more than 100 jobs and does not get shorter'
const FILE = '`promtool check rules rules.yml` finds no error.'
const SEVERITY = 'Each alert has the label `severity` of the table.'
const FAILED =
  'A request has failed where its status is from 500 to 599, whichever it is; 404 is no failure.'
const ALL =
  'Shares and percentiles are those of all instances and routes together: each request counts as much as any other.'
const OTHERS = 'What other jobs report counts for nothing: `shop` has requests of its own.'
const LITTLE = 'One request in three seconds is traffic too.'
const NONE = 'Where no request comes, no share and no percentile is too high.'
const COUNTERS = 'The age and size of a counter say nothing, nor does its fall to 0 in a restart.'
const DEPLOYS = 'Where some instance is always up, restarts and deploys fire nothing.'
const QUEUES = 'Each queue counts for itself.'
const END = 'An alert ends within 10 minutes after what it fires for.'
const BLIPS = 'Two minutes in which every request fails do not fire `HighErrorRate`.'
const GONE =
  'Instances that are down, then gone, then down again are one outage: `ApiDown` fires 2 minutes after its beginning.'

/** The expressions of the reference, as its file has them. */
const IS_DOWN = 'expr: absent(up{job="api"} == 1)\n        for: 2m'
const SHARE = `          sum(rate(http_requests_total{job="api", status=~"5.."}[2m]))
            / sum(rate(http_requests_total{job="api"}[2m])) > 0.05
        for: 5m`
const BURNT = `          sum(rate(http_requests_total{job="api", status=~"5.."}[6h]))
            / sum(rate(http_requests_total{job="api"}[6h])) > 0.01
        for: 30m`
const P95 = `          histogram_quantile(0.95,
            sum by (le) (rate(http_request_duration_seconds_bucket{job="api"}[5m]))) > 0.5
        for: 10m`
const STUCK = `          min_over_time(queue_depth{job="worker"}[15m]) > 100
            and queue_depth{job="worker"} >= queue_depth{job="worker"} offset 15m
`
const FIRST = 'groups:\n'

const down = (expr: string, hold = '2m') =>
  edit(IS_DOWN, `expr: ${expr}${hold === '' ? '' : `\n        for: ${hold}`}`)
const share = (expr: string, hold = '        for: 5m') => edit(SHARE, `          ${expr}\n${hold}`)
const burnt = (expr: string, hold = '        for: 30m') => edit(BURNT, `          ${expr}\n${hold}`)
const p95 = (expr: string, hold = '        for: 10m') => edit(P95, `          ${expr}\n${hold}`)
const stuck = (expr: string, hold = '        for: 15m') =>
  edit(STUCK, `          ${expr}\n${hold === '' ? '' : `${hold}\n`}`)
const record = (name: string, expr: string) =>
  edit(
    FIRST,
    `groups:\n  - name: records\n    rules:\n      - record: ${name}\n        expr: ${expr}\n`,
  )

const FAILING = 'sum(rate(http_requests_total{job="api", status=~"5.."}[2m]))'
const REQUESTS = 'sum(rate(http_requests_total{job="api"}[2m]))'

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C3',
    why: 'no for: two bad minutes page',
    rule: ERRORS,
    edits: [share(`${FAILING} / ${REQUESTS} > 0.05`, '')],
  },
  {
    id: 'W2',
    check: 'C4',
    why: 'the counter itself, which only grows',
    rule: COUNTERS,
    edits: [share('sum(http_requests_total{job="api", status=~"5.."}) > 1000')],
  },
  {
    id: 'W3',
    check: 'C2',
    why: 'the average of what each instance has as its share',
    rule: ALL,
    edits: [
      share(`avg(sum by (instance) (rate(http_requests_total{job="api", status=~"5.."}[2m]))
            / sum by (instance) (rate(http_requests_total{job="api"}[2m]))) > 0.05`),
    ],
  },
  {
    id: 'W4',
    check: 'C8',
    why: 'a percentile for each series',
    rule: ALL,
    edits: [
      p95(
        'histogram_quantile(0.95, rate(http_request_duration_seconds_bucket{job="api"}[5m])) > 0.5',
      ),
    ],
  },
  {
    id: 'W5',
    check: 'C6',
    why: 'sees instances that say 0, and not that there are none',
    rule: DOWN,
    edits: [down('sum(up{job="api"}) == 0')],
  },
  {
    id: 'W6',
    check: 'C10',
    why: 'takes the rate of a gauge, which is never below 0',
    rule: QUEUE,
    edits: [stuck('queue_depth{job="worker"} > 100 and rate(queue_depth{job="worker"}[15m]) >= 0')],
  },
  {
    id: 'W7',
    check: 'C6',
    why: 'an alert for each instance that is down',
    rule: DOWN,
    edits: [down('up{job="api"} == 0 or absent(up{job="api"})')],
  },
  {
    id: 'W8',
    check: 'C2',
    why: 'knows 500 only',
    rule: FAILED,
    edits: [share(`${FAILING.replace('=~"5.."', '="500"')} / ${REQUESTS} > 0.05`)],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'all that is not 2xx has failed',
    rule: FAILED,
    edits: [share(`${FAILING.replace('=~"5.."', '!~"2.."')} / ${REQUESTS} > 0.05`)],
  },
  {
    id: 'W10',
    check: 'C5',
    why: 'at least 5 %: none of none is that',
    rule: NONE,
    edits: [share(`${FAILING} >= 0.05 * ${REQUESTS}`)],
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'divides by 1 where there is less traffic than one request in a second',
    rule: LITTLE,
    edits: [share(`${FAILING} / clamp_min(${REQUESTS}, 1) > 0.05`)],
  },
  {
    id: 'W12',
    check: 'C1',
    why: 'failures of all jobs',
    rule: OTHERS,
    edits: [
      share(
        'sum(rate(http_requests_total{status=~"5.."}[2m])) / sum(rate(http_requests_total[2m])) > 0.05',
      ),
    ],
  },
  {
    id: 'W13',
    check: 'C6',
    why: 'anything that is up will do',
    rule: OTHERS,
    edits: [down('absent(up == 1)')],
  },
  {
    id: 'W14',
    check: 'C2',
    why: 'waits for 10 minutes',
    rule: ERRORS,
    edits: [share(`${FAILING} / ${REQUESTS} > 0.05`, '        for: 10m')],
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'pages at 1 %',
    rule: ERRORS,
    edits: [share(`${FAILING} / ${REQUESTS} > 0.01`)],
  },
  {
    id: 'W16',
    check: 'C7',
    why: 'looks back for an hour',
    rule: BURN,
    edits: [burnt(`${FAILING} / ${REQUESTS} > 0.01`.replaceAll('[2m]', '[1h]'))],
  },
  {
    id: 'W17',
    check: 'C7',
    why: 'does not wait for half an hour',
    rule: BURN,
    edits: [burnt(`${FAILING} / ${REQUESTS} > 0.01`.replaceAll('[2m]', '[6h]'), '')],
  },
  {
    id: 'W18',
    check: 'C7',
    why: 'the average of 6 hours of shares: a quiet night weighs as much as the day',
    rule: BURN,
    edits: [
      record('api:failed:share', `${FAILING} / ${REQUESTS}`),
      burnt('avg_over_time(api:failed:share[6h]) > 0.01'),
    ],
  },
  {
    id: 'W19',
    check: 'C8',
    why: 'the mean, which a slow twentieth does not move',
    rule: LATENCY,
    edits: [
      p95(`sum(rate(http_request_duration_seconds_sum{job="api"}[5m]))
            / sum(rate(http_request_duration_seconds_count{job="api"}[5m])) > 0.5`),
    ],
  },
  {
    id: 'W20',
    check: 'C8',
    why: 'the 99th percentile',
    rule: LATENCY,
    edits: [edit('histogram_quantile(0.95', 'histogram_quantile(0.99')],
  },
  {
    id: 'W21',
    check: 'C8',
    why: 'the average of percentiles',
    rule: ALL,
    edits: [
      p95(`avg(histogram_quantile(0.95,
            sum by (le, instance) (rate(http_request_duration_seconds_bucket{job="api"}[5m])))) > 0.5`),
    ],
  },
  {
    id: 'W22',
    check: 'C8',
    why: 'milliseconds',
    rule: LATENCY,
    edits: [edit('[5m]))) > 0.5', '[5m]))) > 500')],
  },
  {
    id: 'W23',
    check: 'C3',
    why: 'five slow minutes are enough',
    rule: LATENCY,
    edits: [edit('        for: 10m\n', '')],
  },
  {
    id: 'W24',
    check: 'C10',
    why: 'a long queue that gets shorter is stuck, too',
    rule: QUEUE,
    edits: [stuck('queue_depth{job="worker"} > 100')],
  },
  {
    id: 'W25',
    check: 'C10',
    why: 'adds the queues up: one that gets shorter hides the other',
    rule: QUEUES,
    edits: [
      stuck(`sum(queue_depth{job="worker"}) > 100
            and sum(queue_depth{job="worker"}) >= sum(queue_depth{job="worker"} offset 15m)`),
    ],
  },
  {
    id: 'W26',
    check: 'C10',
    why: 'a short queue that stands still',
    rule: QUEUE,
    edits: [stuck('delta(queue_depth{job="worker"}[15m]) >= 0')],
  },
  {
    id: 'W27',
    check: 'C10',
    why: 'a queue that stands still is not stuck until it grows',
    rule: QUEUE,
    edits: [stuck('queue_depth{job="worker"} > 100 and deriv(queue_depth{job="worker"}[10m]) > 0')],
  },
  {
    id: 'W28',
    check: 'C7',
    why: 'wakes somebody up for a slow burn',
    rule: SEVERITY,
    edits: [
      edit(
        `${BURNT}\n        labels:\n          severity: ticket`,
        `${BURNT}\n        labels:\n          severity: page`,
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C6',
    why: 'a label that nobody looks at',
    rule: SEVERITY,
    edits: [
      edit(
        `${IS_DOWN}\n        labels:\n          severity: page`,
        `${IS_DOWN}\n        labels:\n          priority: page`,
      ),
    ],
  },
  {
    id: 'W30',
    check: 'C9',
    why: 'a duration in words',
    rule: FILE,
    edits: [edit('for: 2m', 'for: 2 minutes')],
  },
  {
    id: 'W31',
    check: 'C9',
    why: 'another name',
    rule: DOWN,
    edits: [edit('alert: ApiDown', 'alert: APIDown')],
  },
  {
    id: 'W32',
    check: 'C11',
    why: 'a window of 5 minutes makes an outage of two last for nearly seven',
    rule: BLIPS,
    edits: [share(`${FAILING} / ${REQUESTS} > 0.05`.replaceAll('[2m]', '[5m]'))],
  },
  {
    id: 'W33',
    check: 'C12',
    why: 'two conditions with other labels: each change begins anew',
    rule: GONE,
    edits: [down('sum(up{job="api"}) == 0 or absent(up{job="api"})')],
  },
  {
    id: 'W34',
    check: 'C2',
    why: 'goes on for half an hour',
    rule: END,
    edits: [
      share(`${FAILING} / ${REQUESTS} > 0.05`, '        for: 5m\n        keep_firing_for: 30m'),
    ],
  },
  {
    id: 'W35',
    check: 'C4',
    why: 'the rate of a sum: where one instance begins anew, what the others have counts again',
    rule: COUNTERS,
    edits: [
      record('api:requests', 'sum(http_requests_total{job="api"})'),
      edit(
        '      - record: api:requests\n',
        '      - record: api:failed\n        expr: sum(http_requests_total{job="api", status=~"5.."})\n      - record: api:requests\n',
      ),
      share('rate(api:failed[5m]) / rate(api:requests[5m]) > 0.05'),
    ],
  },
  {
    id: 'W36',
    check: 'C4',
    why: 'wants all instances to be up',
    rule: DEPLOYS,
    edits: [down('avg(up{job="api"}) < 0.95 or absent(up{job="api"})', '')],
  },
  {
    id: 'W37',
    check: 'C4',
    why: 'does not wait',
    rule: DOWN,
    edits: [down('absent(up{job="api"} == 1)', '')],
  },
  {
    id: 'W38',
    check: 'C1',
    why: 'compares failures with successes, and not with all',
    rule: ERRORS,
    edits: [share(`${FAILING} / ${REQUESTS.replace('"api"', '"api", status=~"2.."')} > 0.05`)],
  },
  {
    id: 'W39',
    check: 'C2',
    why: 'a share for each route',
    rule: ALL,
    edits: [
      share(`sum by (route) (rate(http_requests_total{job="api", status=~"5.."}[2m]))
            / sum by (route) (rate(http_requests_total{job="api"}[2m])) > 0.05`),
    ],
  },
  {
    id: 'W40',
    check: 'C2',
    why: 'counts failures, whatever the traffic',
    rule: ERRORS,
    edits: [share('sum(increase(http_requests_total{job="api", status=~"5.."}[5m])) > 300')],
  },
  {
    id: 'W41',
    check: 'C10',
    why: 'waits for an hour',
    rule: QUEUE,
    edits: [
      stuck(
        'queue_depth{job="worker"} > 100 and delta(queue_depth{job="worker"}[15m]) >= 0',
        '        for: 1h',
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C1',
    why: 'latencies of all jobs',
    rule: OTHERS,
    edits: [edit('seconds_bucket{job="api"}[5m]', 'seconds_bucket[5m]')],
  },
  {
    id: 'W43',
    check: 'C6',
    why: 'waits for 10 minutes until nobody answers',
    rule: DOWN,
    edits: [down('absent(up{job="api"} == 1)', '10m')],
  },
  {
    id: 'W44',
    check: 'C5',
    why: 'too slow where the percentile is not below the limit: without requests it is nowhere',
    rule: NONE,
    edits: [
      p95(`vector(1) unless histogram_quantile(0.95,
            sum by (le) (rate(http_request_duration_seconds_bucket{job="api"}[5m]))) <= 0.5`),
    ],
  },
  {
    id: 'W45',
    check: 'C7',
    why: 'a slow burn at 2 %',
    rule: BURN,
    edits: [burnt(`${FAILING} / ${REQUESTS} > 0.02`.replaceAll('[2m]', '[6h]'))],
  },
  {
    id: 'W46',
    check: 'C2',
    why: 'knows 500 to 509 only',
    rule: FAILED,
    edits: [share(`${FAILING.replace('5..', '50.')} / ${REQUESTS} > 0.05`)],
  },
  {
    id: 'W47',
    check: 'C7',
    why: 'looks back for a day',
    rule: BURN,
    edits: [burnt(`${FAILING} / ${REQUESTS} > 0.01`.replaceAll('[2m]', '[1d]'))],
  },
  {
    id: 'W48',
    check: 'C10',
    why: 'a queue that was longer an hour ago gets shorter, it thinks',
    rule: QUEUE,
    edits: [stuck('queue_depth{job="worker"} > 100 and delta(queue_depth{job="worker"}[1h]) >= 0')],
  },
  {
    id: 'W49',
    check: 'C6',
    why: 'there are four instances, it thinks',
    rule: DOWN,
    edits: [down('count(up{job="api"} == 0) == 4 or absent(up{job="api"})')],
  },
  {
    id: 'W50',
    check: 'C8',
    why: 'above a second',
    rule: LATENCY,
    edits: [edit('[5m]))) > 0.5', '[5m]))) > 1')],
  },
  {
    id: 'W51',
    check: 'C4',
    why: 'the difference of counters, which falls below 0 in a restart',
    rule: COUNTERS,
    edits: [share(`${FAILING} / ${REQUESTS} > 0.05`.replaceAll('rate(', 'delta('))],
  },
  {
    id: 'W52',
    check: 'C8',
    why: 'a percentile for each route',
    rule: ALL,
    edits: [edit('sum by (le) (rate', 'sum by (le, route) (rate')],
  },
]
