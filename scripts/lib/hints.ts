import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../graders/harness/exercise.ts'

export type Hint = { title: string; text: string }

/**
 * Returns the hints of an exercise, from gentle to nearly the answer: the `## ` sections of its
 * HINTS.md, or, where there is none, the `<details>` blocks of its README.
 */
export function readHints({ folder, readme }: Pick<Exercise, 'folder' | 'readme'>): Hint[] {
  const file = path.join(folder, 'HINTS.md')
  if (existsSync(file)) {
    const sections = readFileSync(file, 'utf8').split(/^## +/m).slice(1)
    return sections
      .map((section) => {
        const [title = '', ...lines] = section.split('\n')
        return { title: title.trim(), text: lines.join('\n').trim() }
      })
      .filter(({ title, text }) => title && text)
  }
  const blocks = readme.matchAll(/<details>\s*<summary>([\s\S]*?)<\/summary>([\s\S]*?)<\/details>/g)
  return [...blocks]
    .map(([, title, text]) => ({ title: title!.trim(), text: text!.trim() }))
    .filter(({ title, text }) => title && text)
}
