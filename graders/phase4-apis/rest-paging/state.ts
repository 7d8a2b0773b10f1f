import type { Event, Place, Sort } from './events.ts'

/** A cursor that the server has given. */
export type Cursor = {
  key: string
  text: string
  sort: Sort
  kind: string | null
  /** The last event of the page that it came with. */
  after: Place
  /** How many changes the table had seen by then. */
  given: number
}

export type Events = {
  events: Map<string, Event>
  /** Those given last. */
  cursors: Cursor[]
  changes: number
}
