import { editing, type Mistake } from '../../harness/mistakes.ts'

const edit = editing('server.ts')

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'greets everybody as Ada',
    rule: '`200` and `{"text":"Hello, Ada!"}`',
    edits: [edit("searchParams.get('name')", "'Ada'")],
  },
]
