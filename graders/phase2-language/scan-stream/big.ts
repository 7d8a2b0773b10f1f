import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, cleanup, type Fresh } from '../../harness/index.ts'
import { bad, good, goodRow, HEADER, type Judged, line, withField } from './model.ts'
import { Upload } from './upload.ts'
import type { World } from './world.ts'

/** What is sent again and again, in bytes. */
const BLOCK = 1024 ** 2

/** Rows with long notes, about a MiB of them, and their text. `one` in so many is good. */
export function block(fresh: Fresh, one: number): { rows: Judged[]; bytes: Buffer } {
  const rows: Judged[] = []
  const lines: string[] = []
  for (let size = 0; size < BLOCK; size += lines.at(-1)!.length) {
    const row = goodRow(fresh, `${fresh.word()} `.repeat(200))
    const isGood = rows.length % one === 0
    rows.push(isGood ? good(row) : bad(withField(row, 2, 'lost')))
    lines.push(`${line(rows.at(-1)!.row)}\n`)
  }
  return { rows, bytes: Buffer.from(lines.join('')) }
}

export type Big = {
  answer: Answer
  rows: Judged[]
  /** The most memory that was seen, in MiB. */
  peak: number
  /** What it took, in ms, and how long each health check waited meanwhile. */
  took: number
  waits: number[]
  /** What a health check met. */
  unhealthy?: unknown
}

/** Sends 300 MiB, and asks for the health all the while. */
export async function importBig(world: World, fresh: Fresh): Promise<Big> {
  const one = block(fresh, 100)
  const times = Math.ceil((300 * 1024 ** 2) / one.bytes.length)
  const rows = Array.from({ length: times }, () => one.rows).flat()
  const memory = await world.watchMemory()
  cleanup(() => memory.stop())
  const header = Buffer.from(`${HEADER.join(',')}\n`)
  const upload = new Upload(world.server, { length: header.length + times * one.bytes.length })
  const begun = performance.now()
  const waits: number[] = []
  let isOver = false
  const askForHealth = async (): Promise<void> => {
    while (!isOver) {
      const asked = performance.now()
      await world.expectHealthy('in the midst of an import of 300 MiB')
      waits.push(performance.now() - asked)
      await pause(40)
    }
  }
  const asking = askForHealth().then(
    () => undefined,
    (error: unknown) => error,
  )
  try {
    await upload.write(header)
    for (let n = 0; n < times && !upload.isOver; n++) await upload.write(one.bytes)
    const answer = await upload.finish(120_000)
    const took = performance.now() - begun
    isOver = true
    return { answer, rows, peak: memory.peak(), took, waits, unhealthy: await asking }
  } finally {
    isOver = true
    memory.stop()
  }
}
