import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('greeting.ts')

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'greets everybody as Ada',
    rule: '`greet` returns `Hello, Ada!`',
    edits: [edit('{name}', "{'Ada'}")],
  },
]
