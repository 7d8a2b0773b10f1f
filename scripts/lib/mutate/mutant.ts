/** A reference with one thing changed. */
export type Mutant = {
  /** The file, relative to the exercise. */
  file: string
  /** Counted from 1, in the reference as it stands in solutions/. */
  line: number
  mutator: string
  /** What stands in the reference, and what the mutant has in its place; shortened. */
  original: string
  replacement: string
  /** How to have it: switched on by a variable of the subject, or by the text of the file. */
  make: { id: string } | { text: string }
}

/** What a mutator makes of one file of a reference. */
export type Mutated = {
  /**
   * The file as all mutants of this run have it. It must do what the reference does: code with every
   * mutant in it, none switched on, or what a parser and its printer make of the original.
   */
  base: string
  mutants: Mutant[]
}

const MOST_SHOWN = 160

/** A piece of a program as one line, its middle left out where it is long. */
export function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  if (line.length <= MOST_SHOWN) return line
  return `${line.slice(0, MOST_SHOWN - 40)} … ${line.slice(-37)}`
}

/** What tells a mutant from others, whatever line it stands on. */
export function identityOf({
  file,
  mutator,
  original,
  replacement,
}: Pick<Mutant, 'file' | 'mutator' | 'original' | 'replacement'>): string {
  return JSON.stringify([file, mutator, original, replacement])
}

/** The line, counted from 1, in which this offset lies. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** A mutant of text that puts `replacement` in the place of the characters from `start` to `end`. */
export function splice(
  file: string,
  text: string,
  mutator: string,
  start: number,
  end: number,
  replacement: string,
): Mutant {
  return {
    file,
    line: lineAt(text, start),
    mutator,
    original: shorten(text.slice(start, end)),
    replacement: shorten(replacement),
    make: { text: text.slice(0, start) + replacement + text.slice(end) },
  }
}

/** Leaves out mutants that change nothing, and all but the first of those with the same text. */
export function distinct(base: string, mutants: Mutant[]): Mutant[] {
  const seen = new Set([base])
  return mutants.filter(({ make }) => {
    if ('id' in make) return true
    if (seen.has(make.text)) return false
    seen.add(make.text)
    return true
  })
}
