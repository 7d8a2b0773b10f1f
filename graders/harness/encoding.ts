import { closeSync, openSync, readSync } from 'node:fs'

/**
 * Returns why a file cannot be read as text, with the next step; undefined where it can. PowerShell's `>`
 * and some editors write UTF-16, which every program then reads as odd characters.
 */
export function wrongEncoding(file: string): string | undefined {
  const start = Buffer.alloc(64)
  const fd = openSync(file, 'r')
  const length = readSync(fd, start, 0, start.length, 0)
  closeSync(fd)
  const bytes = start.subarray(0, length)
  const marked = length >= 2 && ['fffe', 'feff'].includes(bytes.toString('hex', 0, 2))
  const isEmptyAt = (rest: number) => bytes.every((byte, at) => at % 2 !== rest || byte === 0)
  if (!marked && !(length >= 8 && (isEmptyAt(0) || isEmptyAt(1)))) return undefined
  return 'is written in UTF-16. Save it as UTF-8: in VS Code, click "UTF-16" at the bottom right, then "Save with Encoding".'
}
