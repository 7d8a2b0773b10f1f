const HOUR = 3600 * 1000
const DAY = 24 * HOUR

/** The contract asks for hours; nobody is caught by a minute. */
const TOLERANCE = 60 * 1000

/** The UTC day at this moment, or so many days from it, as `2026-03-09`. */
export function utcDay(from = 0): string {
  return new Date(Date.now() + from * DAY).toISOString().slice(0, 10)
}

/** The day so many days from `day`. */
export function dayAfter(day: string, days: number): string {
  return new Date(startOf(day) + days * DAY).toISOString().slice(0, 10)
}

const WORDS: Record<number, string> = {
  1: 'tomorrow',
  0: 'today',
  [-1]: 'yesterday',
  [-2]: 'the day before yesterday',
}

/** For messages: says days as one would say them, `<yesterday>` for `2026-03-09`. */
export function inWords(text: string): string {
  return text.replaceAll(/\b\d{4}-\d\d-\d\d\b/g, (day) => {
    const days = Math.round((startOf(day) - startOf(utcDay())) / DAY)
    if (WORDS[days]) return `<${WORDS[days]}>`
    if (!(Math.abs(days) <= 30)) return day
    return days > 0 ? `<in ${days} days>` : `<${-days} days ago>`
  })
}

const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`)

/** The last moment at which a day must still be readable. */
export const lastReadable = (day: string) => startOf(day) + DAY + 48 * HOUR - TOLERANCE

/** The first moment at which a day must be gone. */
export const firstGone = (day: string) => startOf(day) + DAY + 72 * HOUR + TOLERANCE

/** The last moment at which an id that is counted now must still be known. */
export const lastKnown = (now: number) => now + 24 * HOUR - TOLERANCE

/** How long a key may live, in ms: as long as the scores of the day that has just begun. */
export const LONGEST_LIFE = 96 * HOUR + TOLERANCE

/**
 * Runs what depends on which day it is, and once more where midnight (UTC) came in between: what it
 * expected may have been right only until then.
 */
export async function inOneDay(act: (today: string) => Promise<void>): Promise<void> {
  const today = utcDay()
  try {
    await act(today)
  } catch (error) {
    if (utcDay() === today) throw error
    await act(utcDay())
  }
}

/** A time zone in which it is another day than in UTC, for the next hour at least. */
export function otherDayZone(): string {
  return new Date().getUTCHours() < 11 ? 'Etc/GMT+12' : 'Pacific/Kiritimati'
}
