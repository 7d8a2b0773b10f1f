/** The classes to choose from, those of the slow version, and those that a fast version may have. */
type Classes = { classes: string[]; given: string[]; yours: string[] }

export const ACCEPTED: Record<string, Classes> = {
  dedupeScans: {
    classes: ['O(1)', 'O(log n)', 'O(n)', 'O(n log n)', 'O(n^2)'],
    given: ['O(n^2)'],
    yours: ['O(n)', 'O(n log n)'],
  },
  joinCustomers: {
    classes: ['O(p)', 'O(p + c)', 'O((p + c) log c)', 'O(p * c)'],
    given: ['O(p * c)'],
    yours: ['O(p + c)', 'O((p + c) log c)'],
  },
  busiestWindow: {
    classes: ['O(1)', 'O(log n)', 'O(n)', 'O(n log n)', 'O(n^2)'],
    given: ['O(n^2)'],
    yours: ['O(n log n)'],
  },
  topK: {
    classes: ['O(n)', 'O(n + k log k)', 'O(n log k)', 'O(n log n)', 'O(n * k)'],
    given: ['O(n * k)'],
    // Keeping everything and sorting it passes the core checks.
    yours: ['O(n + k log k)', 'O(n log k)', 'O(n log n)'],
  },
  rangeCounts: {
    classes: ['O(q)', 'O(d + q)', 'O(d + q log d)', 'O(d * q)'],
    given: ['O(d * q)'],
    yours: ['O(d + q)', 'O(d + q log d)'],
  },
}

/** Returns a class without blanks and the ways to write "squared" and "times"; '' for no text. */
export function normal(text: unknown): string {
  if (typeof text !== 'string') return ''
  return text.toLowerCase().replaceAll(/\s/g, '').replaceAll('²', '^2').replaceAll('×', '*')
}
