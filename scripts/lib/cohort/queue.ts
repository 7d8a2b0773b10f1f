import { PgBoss } from 'pg-boss'
import type { Key } from './ledger.ts'

/** One grading to be done. */
export type Job = {
  key: Key
  /** The `exercises` folder of one of those who handed this in. */
  folder: string
}

/** A job that was taken, and what became of it. */
export type Taken = {
  job: Job
  /** It is done, and its verdict is in the ledger. */
  done(): Promise<void>
  /**
   * It came to no verdict; it is tried again, up to three times in all.
   * @returns whether it will be
   */
  again(): Promise<boolean>
}

export type Queue = {
  /** Puts jobs in. What an earlier run has left in the queue is taken out first. */
  fill(jobs: Job[]): Promise<void>
  /** Takes the next job; undefined where none is ready. */
  take(): Promise<Taken | undefined>
  close(): Promise<void>
}

const TRIES = 3
/** A grading that takes longer is given to somebody else: whoever had it must have died. */
const MOST_SECONDS = 1800

/** Opens the queue of gradings, and makes its tables where there are none. */
export async function openQueue(url: string): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: url,
    schema: 'queue',
    max: 4,
    schedule: false,
  })
  boss.on('error', () => {}) // what fails is seen by whoever called
  await boss.start()
  const name = 'grade'
  await boss.createQueue(name, {
    retryLimit: TRIES - 1,
    retryDelay: 1,
    expireInSeconds: MOST_SECONDS,
  })
  return {
    async fill(jobs) {
      await boss.deleteAllJobs(name)
      for (let at = 0; at < jobs.length; at += 1000)
        await boss.insert(
          name,
          jobs.slice(at, at + 1000).map((data) => ({ data })),
        )
    },
    async take() {
      const [taken] = await boss.fetch<Job>(name, { includeMetadata: true })
      if (!taken) return undefined
      const { id, data: job, retryCount } = taken
      return {
        job,
        async done() {
          await boss.complete(name, id)
        },
        async again() {
          await boss.fail(name, id)
          return retryCount < TRIES - 1
        },
      }
    },
    async close() {
      await boss.stop({ graceful: false })
    },
  }
}
