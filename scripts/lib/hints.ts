import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Exercise } from '../../graders/harness/exercise.ts'
import { STATE } from '../../graders/harness/paths.ts'
import { wrap } from './map.ts'
import { writeWhole } from './tree.ts'

const SHOWN = path.join(STATE, 'hints.json')

function readShown(): Record<string, number> {
  if (!existsSync(SHOWN)) return {}
  try {
    return JSON.parse(readFileSync(SHOWN, 'utf8'))
  } catch {
    return {}
  }
}

/** Returns how many hints of an exercise the learner has seen. */
export function hintsShown(slug: string): number {
  return readShown()[slug] ?? 0
}

/** Keeps how many hints of an exercise the learner has seen, for the next one to follow. */
export function rememberHints(slug: string, count: number): void {
  writeWhole(SHOWN, JSON.stringify({ ...readShown(), [slug]: count }))
}

export type Hint = { title: string; text: string }

/**
 * Puts a text that was wrapped for an editor into lines for a terminal: its paragraphs and the items of its
 * lists. Code and tables stay as they are.
 */
export function reflow(text: string, room: number): string {
  let isCode = false
  const blocks: string[][] = []
  for (const line of text.split('\n')) {
    const isFence = /^\s*```/.test(line)
    const last = blocks.at(-1)
    const begins = isCode || isFence || !line.trim() || /^\s*([-*|#>]|\d+\.) ?/.test(line)
    if (isFence) isCode = !isCode
    const isOwn = last && /^(\s*```|\s*$|\||#|>)/.test(last[0]!)
    if (begins || !last || isOwn || (isCode && !isFence)) blocks.push([line])
    else last.push(line)
  }
  isCode = false
  return blocks
    .flatMap((lines) => {
      const [first = ''] = lines
      if (/^\s*```/.test(first)) isCode = !isCode
      if (isCode || /^(\s*```|\s*$|\|)/.test(first)) return lines
      const mark = /^\s*(?:[-*>]|\d+\.) /.exec(first)?.[0] ?? ''
      const words = lines
        .map((line) => line.trim())
        .join(' ')
        .slice(mark.trim() ? mark.trim().length + 1 : 0)
      const hanging = ' '.repeat(mark.length)
      return wrap(words, room - mark.length).map(
        (line, at) => `${at === 0 ? mark : hanging}${line}`,
      )
    })
    .join('\n')
}

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
