export type Context = { signal: AbortSignal; attempt: number }
export type Job<T> = (context: Context) => Promise<T> | T
export type Result<T> = { ok: true; value: T } | { ok: false; error: unknown }

export type Options = {
  concurrency: number
  timeoutMs?: number
  retries?: number
  isRetryable?(error: unknown): boolean
  backoffMs?(attempt: number): number
  signal?: AbortSignal
}

// TODO: run the jobs, so many at once. The rules are in README.md.
export async function deliverAll<T>(
  _jobs: Iterable<Job<T>>,
  _options: Options,
): Promise<Result<T>[]> {
  return []
}
