import type { Document } from 'mongodb'
import type { MongoDatabase } from '../../harness/index.ts'
import { type Counts, countsOnStandIn } from './stand-in.ts'

/** What MongoDB did for one command, such as `find timelines`. */
export type Cost = Counts & { name: string }

/** What `action` costs the database, by the profiler: a cost for each command. */
export async function costsOf(db: MongoDatabase, action: () => Promise<unknown>): Promise<Cost[]> {
  const costs: Cost[] = []
  for (const entry of await db.profile(action)) {
    const { examined, returned } = db.standIn ? await countsOnStandIn(db, entry) : countsOf(entry)
    // What the driver fetches after the first batch belongs to the command that asked for it.
    const isOfIt = ({ name }: Cost) => name.endsWith(` ${collectionOf(db, entry)}`)
    const begun = entry.op === 'getmore' ? costs.findLast(isOfIt) : undefined
    if (begun) {
      begun.examined += examined
      begun.returned += returned
    } else costs.push({ name: nameOf(db, entry), examined, returned })
  }
  return costs
}

/** The profiler leaves out what does not apply: an insert examines nothing. */
const countsOf = ({ docsExamined, nreturned }: Document): Counts => ({
  examined: Number(docsExamined ?? 0),
  returned: Number(nreturned ?? 0),
})

/** Of an update, say, the profiler keeps the filter and the change, but not the command's name. */
function nameOf(db: MongoDatabase, entry: Document): string {
  const { op, command } = entry
  const kind = op === 'command' ? (Object.keys(command ?? {})[0] ?? op) : op
  return `${kind === 'query' ? 'find' : kind} ${collectionOf(db, entry)}`.trim()
}

const collectionOf = ({ name }: MongoDatabase, { ns }: Document) =>
  String(ns).slice(name.length + 1)
