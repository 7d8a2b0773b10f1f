/** A known-wrong submission, made from the reference, and the check that must catch it. */
export type Mistake = {
  /** W1, W2 … */
  id: string
  /** The check that must fail. Others may fail too. */
  check: string
  /** One line: what the learner did and why it is wrong. */
  why: string
  /** Changes of the reference's files. `old` must occur exactly once in the file. */
  edits?: { file: string; old: string; new: string }[]
  /** Whole files that replace or join the reference's; null removes one. */
  files?: Record<string, string | null>
}
