import type { Fresh } from '../../harness/index.ts'

type Row = { depot: string; opens: string; closes: string; lockers: number }

/** So far apart no change touches another: one line alone conflicts. */
const APART = 3

/** Returns depots.csv of these rows. */
export function csv(rows: Row[]): string {
  return ['depot,opens,closes,lockers', ...rows.map(lineOf), ''].join('\n')
}

export function lineOf({ depot, opens, closes, lockers }: Row): string {
  return [depot, opens, closes, lockers].join(',')
}

function hours(fresh: Fresh, old?: Row): Pick<Row, 'opens' | 'closes'> {
  const time = (from: number, to: number) =>
    `${String(fresh.int(from, to)).padStart(2, '0')}:${fresh.pick(['00', '15', '30', '45'])}`
  const made = { opens: time(5, 11), closes: time(14, 22) }
  return made.opens === old?.opens || made.closes === old?.closes ? hours(fresh, old) : made
}

function lockers(fresh: Fresh, old?: Row): { lockers: number } {
  const made = fresh.int(1, 10 ** fresh.int(1, 4))
  return made === old?.lockers ? lockers(fresh, old) : { lockers: made }
}

/** A step of somebody's work on depots.csv: what becomes of its rows. */
export type Step = (rows: Row[]) => Row[]

/**
 * Draws depots.csv and what two people change in it at the same time. Both change `shared`: the
 * colleague its hours, you its lockers.
 */
export function drawDepots(fresh: Fresh) {
  const names = new Set<string>()
  const count = fresh.int(5 * APART, 24)
  while (names.size < count + 1) names.add(fresh.word(3))
  const [added, ...depots] = [...names]
  const rows = depots.map((depot) => ({ depot, ...hours(fresh), ...lockers(fresh) }))
  const first = fresh.int(0, APART - 1)
  const places = fresh.shuffle([0, 1, 2, 3].map((place) => rows[first + place * APART]!))
  const [shared, theirs, above, mine] = places as [Row, Row, Row, Row]
  const set = (row: Row, values: Partial<Row>): Step => {
    return (all) => all.map((one) => (one.depot === row.depot ? { ...one, ...values } : one))
  }
  const newRow = { depot: added!, ...hours(fresh), ...lockers(fresh) }
  return {
    rows,
    shared: shared.depot,
    theirs: [
      set(shared, hours(fresh, shared)),
      set(theirs, hours(fresh, theirs)),
      (all: Row[]) => all.flatMap((row) => (row.depot === above.depot ? [row, newRow] : [row])),
    ],
    mine: [set(shared, lockers(fresh, shared)), set(mine, lockers(fresh, mine))],
  }
}

/** Returns the rows after these steps. */
export function after(rows: Row[], steps: Step[]): Row[] {
  return steps.reduce((now, step) => step(now), rows)
}
