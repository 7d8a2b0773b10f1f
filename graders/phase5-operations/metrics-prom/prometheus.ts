// A real Prometheus that scrapes a learner's server, where one is installed beside promtool.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { SubjectError, type Submission, send } from '../../harness/index.ts'
import { findProgram, freePort } from '../../harness/services/native.ts'
import { startTool } from '../../harness/subjects/tool.ts'
import type { Metered } from './metered.ts'

/** Where the server's program stands on this machine; undefined where it does not. */
export const findPrometheus = () =>
  findProgram(['prometheus'], ['/usr/local/bin', '/opt/homebrew/bin', '/opt/prometheus'])

const settings = (port: number) => `
global: { scrape_interval: 200ms, scrape_timeout: 200ms }
scrape_configs:
  - job_name: api
    static_configs: [{ targets: ["127.0.0.1:${port}"] }]
`

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Has Prometheus scrape the page, and asks it when it has done so.
 * @param questions PromQL with one number as its answer, by any names
 * @returns the answers; undefined where there is none
 */
export async function scrapedBy<Name extends string>(
  submission: Submission,
  { metrics, scrape }: Metered,
  questions: Record<Name, string>,
): Promise<Record<Name, number | undefined>> {
  const folder = submission.temporaryFolder('prometheus')
  const port = await freePort()
  writeFileSync(path.join(folder, 'prometheus.yml'), settings(metrics.port))
  const prometheus = startTool(
    [
      findPrometheus()!,
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { cwd: folder, env: { GOMAXPROCS: '1' } },
  )
  const target = { url: `http://127.0.0.1:${port}` }
  /** undefined: it does not answer yet, or knows nothing. */
  const ask = async (query: string): Promise<number | undefined> => {
    const question = { path: `/api/v1/query?query=${encodeURIComponent(query)}`, timeout: 5000 }
    const answer = await send(target, question).catch((error: unknown) => {
      if (error instanceof SubjectError) return undefined
      throw error
    })
    const value = answer?.body?.data?.result?.[0]?.value?.[1]
    return value === undefined ? undefined : Number(value)
  }
  const deadline = Date.now() + 30_000
  // It has scraped something, well or badly; then once more, so that what it has is of now.
  for (let wanted = 1; wanted <= 2; ) {
    const scrapes = await ask('count_over_time(up[1m])')
    if (scrapes !== undefined && scrapes >= wanted) wanted += 1
    else if (prometheus.exit || Date.now() > deadline) {
      throw new Error(`Prometheus did not start: ${prometheus.output().slice(-500)}`)
    } else await pause(50)
  }
  await scrape()
  const answers: Partial<Record<Name, number | undefined>> = {}
  for (const name of Object.keys(questions) as Name[]) answers[name] = await ask(questions[name])
  await prometheus.kill()
  return answers as Record<Name, number | undefined>
}
