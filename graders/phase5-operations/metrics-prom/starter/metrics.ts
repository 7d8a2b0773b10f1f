// The numbers of this process, for Prometheus. README.md has the rules.

/** Returns the page of GET /metrics. */
export function page(): string {
  // TODO: counters, a histogram and gauges, each with its HELP, its TYPE and its samples:
  //
  //   # HELP queue_depth Jobs that wait.
  //   # TYPE queue_depth gauge
  //   queue_depth 7
  return ''
}
