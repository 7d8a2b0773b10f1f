// Counters, gauges and a histogram, and the text in which Prometheus reads them.

type Labels = Record<string, string>

const escaped = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const sample = (name: string, labels: Labels, value: number) => {
  const inside = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${inside.length > 0 ? `{${inside.join(',')}}` : ''} ${String(value).replace('Infinity', 'Inf')}\n`
}

type Metric = { name: string; help: string; type: string; samples(): string }

const metrics: Metric[] = []

function register(metric: Metric): void {
  if (metrics.some(({ name }) => name === metric.name)) {
    throw new Error(`There is a metric ${metric.name} already.`)
  }
  metrics.push(metric)
}

/** Returns the page of GET /metrics. */
export function page(): string {
  return metrics
    .map(
      ({ name, help, type, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples()}`,
    )
    .join('')
}

/** A number that only rises, for each set of labels. */
export function counter(name: string, help: string) {
  const series = new Map<string, { labels: Labels; value: number }>()
  register({
    name,
    help,
    type: 'counter',
    samples: () =>
      [...series.values()].map(({ labels, value }) => sample(name, labels, value)).join(''),
  })
  return {
    inc(labels: Labels) {
      const key = JSON.stringify(labels)
      const one = series.get(key) ?? { labels, value: 0 }
      one.value += 1
      series.set(key, one)
    },
  }
}

/** A number that is read when somebody asks; undefined: there is none. */
export function gauge(
  name: string,
  help: string,
  read: () => number | undefined,
  type: 'gauge' | 'counter' = 'gauge',
): void {
  const samples = () => {
    const value = read()
    return value === undefined ? '' : sample(name, {}, value)
  }
  register({ name, help, type, samples })
}

/** Counts observations up to each bound, for each set of labels. */
export function histogram(name: string, help: string, bounds: number[]) {
  type Series = { labels: Labels; within: number[]; sum: number; count: number }
  const all = new Map<string, Series>()
  const show = ({ labels, within, sum, count }: Series) =>
    [
      ...bounds.map((le, index) =>
        sample(`${name}_bucket`, { ...labels, le: String(le) }, within[index]!),
      ),
      sample(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
      sample(`${name}_sum`, labels, sum),
      sample(`${name}_count`, labels, count),
    ].join('')
  register({ name, help, type: 'histogram', samples: () => [...all.values()].map(show).join('') })
  return {
    observe(labels: Labels, value: number) {
      const key = JSON.stringify(labels)
      const one = all.get(key) ?? { labels, within: bounds.map(() => 0), sum: 0, count: 0 }
      all.set(key, one)
      one.count += 1
      one.sum += value
      bounds.forEach((le, index) => {
        if (value <= le) one.within[index]! += 1
      })
    },
  }
}
