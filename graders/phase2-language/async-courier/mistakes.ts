import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('courier.ts')

export const mistakes: Mistake[] = []
