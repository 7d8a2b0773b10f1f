// For the kit's own CI alone, where another program stands in for MongoDB, whose profiler does not
// count. Learners' runs never come here.
import type { Document } from 'mongodb'
import type { MongoDatabase } from '../../harness/index.ts'

export type Counts = {
  /** How many documents MongoDB looked at. */
  examined: number
  /** How many it handed over. */
  returned: number
}

/** Commands that can be explained. */
const READS = ['find', 'aggregate', 'count', 'distinct']

/** Asks what the same command costs, and what it gives. */
export async function countsOnStandIn(
  { db }: MongoDatabase,
  { command }: Document,
): Promise<Counts> {
  const name = Object.keys(command ?? {})[0] ?? ''
  if (!READS.includes(name)) return { examined: 0, returned: 0 }
  const { lsid, txnNumber, $db, $readPreference, $clusterTime, ...same } = command
  const examined = await leastExamined(db, spelledOut(same) as Document)
  if (name !== 'find' && name !== 'aggregate') return { examined, returned: 1 }
  const all = name === 'find' ? { batchSize: 10_000 } : { cursor: { batchSize: 10_000 } }
  const { cursor } = await db.command({ ...same, ...all })
  return { examined, returned: cursor.firstBatch.length }
}

/** It plans with an index for all conditions or none; MongoDB takes one for some of them, too. */
async function leastExamined(db: MongoDatabase['db'], command: Document): Promise<number> {
  const examined = async (each: Document) =>
    examinedIn(await db.command({ explain: each, verbosity: 'executionStats' }))
  const filter: Document = command.filter ?? command.query ?? command.pipeline?.[0]?.$match ?? {}
  const find = command.find ?? command.aggregate ?? command.count ?? command.distinct
  const parts = Object.entries(filter).map(([name, each]) => ({ find, filter: { [name]: each } }))
  return Math.min(...(await Promise.all([command, ...parts].map(examined))))
}

/** An aggregation's counts stand somewhere in its stages. */
function examinedIn(plan: unknown): number {
  if (typeof plan !== 'object' || plan === null) return 0
  const { totalDocsExamined } = plan as { totalDocsExamined?: unknown }
  if (totalDocsExamined !== undefined) return Number(totalDocsExamined)
  return Math.max(0, ...Object.values(plan).map(examinedIn))
}

/** A list's `$elemMatch` as conditions on its fields: those it plans with an index. */
function spelledOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spelledOut)
  if (Object.prototype.toString.call(value) !== '[object Object]' || isBson(value)) return value
  const entries = Object.entries(value as Document).flatMap(([name, each]) => {
    const fields = each?.$elemMatch
    if (!fields || Object.keys(fields).some((field) => field.startsWith('$'))) {
      return [[name, spelledOut(each)]]
    }
    return Object.entries(fields).map(([field, condition]) => [`${name}.${field}`, condition])
  })
  return Object.fromEntries(entries)
}

const isBson = (value: unknown) => Boolean((value as { _bsontype?: string })._bsontype)
