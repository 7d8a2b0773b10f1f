import type { Fresh } from '../../harness/index.ts'
import type { Day, Event } from './world.ts'

const DAY = 86_400_000

/** Offsets that an instant may be written with; some lead to another day than UTC's. */
const OFFSETS = [0, -210, 345, -720, 840, 60]

const dayOf = (instant: number) => new Date(instant).toISOString().slice(0, 10)

/** The same instant, as a clock so many minutes east of UTC shows it. */
function withOffset(instant: number, minutes: number): string {
  if (minutes === 0) return new Date(instant).toISOString()
  const local = new Date(instant + minutes * 60_000).toISOString().slice(0, 19)
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const two = (number: number) => String(number).padStart(2, '0')
  return `${local}${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`
}

/**
 * Instants in and around some days: just before and just after each midnight of UTC, some between,
 * and one day on which nothing happens.
 */
export function instantsAround(fresh: Fresh): { instants: string[]; from: string; to: string } {
  const days = 5
  const start = Date.UTC(2026, fresh.int(0, 11), fresh.int(1, 28))
  const quiet = fresh.int(1, days - 2)
  const instants: number[] = []
  for (let day = -1; day <= days; day++) {
    if (day === quiet) continue
    const midnight = start + day * DAY
    instants.push(midnight, midnight + 1000, midnight + DAY - 1000)
    instants.push(...fresh.list(2, () => midnight + fresh.int(3600, 82_800) * 1000))
  }
  return {
    instants: instants.map((instant) => withOffset(instant, fresh.pick(OFFSETS))),
    from: dayOf(start),
    to: dayOf(start + days * DAY),
  }
}

/** What `daily` must answer, counted the plain way. */
export function expectedDays(
  events: [code: string, Event][],
  depot: string,
  from: string,
  to: string,
): Day[] {
  const here = events
    .filter(([, event]) => event.depot === depot)
    .map(([code, { at }]) => ({ code, day: dayOf(Date.parse(at)) }))
    .filter(({ day }) => from <= day && day < to)
  const days = Object.groupBy(here, ({ day }) => day)
  return Object.keys(days)
    .sort()
    .map((day) => {
      const codes = days[day]!.map(({ code }) => code)
      return { day, events: codes.length, parcels: new Set(codes).size }
    })
}
