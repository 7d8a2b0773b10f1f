import { expect, test } from 'vitest'
import { readCatalogue } from './catalogue.ts'
import { readHints, reflow } from './hints.ts'

test('paragraphs and items are put into lines again; code and tables are left alone', () => {
  const text = `One two
three four five.

- an item that is
  long
- another
1. first

\`\`\`ts
const aVeryLongLineOfCode = 'that is left as it is'
  indented
\`\`\`
After the code.

| a | table with long cells |
|---|---|`
  expect(reflow(text, 16)).toBe(`One two three
four five.

- an item that
  is long
- another
1. first

\`\`\`ts
const aVeryLongLineOfCode = 'that is left as it is'
  indented
\`\`\`
After the code.

| a | table with long cells |
|---|---|`)
})

test('no word of any hint is lost', () => {
  const words = (text: string) => text.split(/\s+/).join(' ').trim()
  for (const exercise of readCatalogue().exercises) {
    for (const { text } of readHints(exercise)) expect(words(reflow(text, 4000))).toBe(words(text))
  }
})
