import type { Mistake } from '../../harness/mistakes.ts'

export const mistakes: Mistake[] = []
