/** One change of a file: `old`, which must occur exactly once in it, becomes `new`. */
export type Edit = { file: string; old: string; new: string }

/** A known-wrong submission, made from the reference, and the check that must catch it. */
export type Mistake = {
  /** W1, W2 … */
  id: string
  /** The check that must fail. Others may fail too. */
  check: string
  /** One line: what the learner did and why it is wrong. */
  why: string
  /**
   * The rule it breaks, as the exercise's README or `exercises/HOUSE-RULES.md` words it: a quotation
   * that `verify` finds there, white space aside.
   */
  rule?: string
  /** Changes of the reference's files, in this order. */
  edits?: Edit[]
  /** Whole files that replace or join the reference's; null removes one. */
  files?: Record<string, string | null>
}

/** For mistakes that all are in one file: makes an edit of it from the old text and the new one. */
export function editing(file: string): (old: string, text: string) => Edit {
  return (old, text) => ({ file, old, new: text })
}
