import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { wrongEncoding } from './encoding.ts'

const text = 'select 1 -- Łódź\n'
const swapped = Buffer.from(text, 'utf16le').swap16()

test.each<[string, string | Buffer, boolean]>([
  ['UTF-8', text, false],
  ['UTF-8 with a mark', `\ufeff${text}`, false],
  ['an empty file', '', false],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${text}`, 'utf16le'), true],
  ['UTF-16 the other way round', Buffer.concat([Buffer.from([0xfe, 0xff]), swapped]), true],
  ['UTF-16 without a mark', Buffer.from('select 1', 'utf16le'), true],
])('%s', (_name, content, isWrong) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'encoding-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'q1.sql')
  writeFileSync(file, content)
  if (isWrong) expect(wrongEncoding(file)).toMatch(/^is written in UTF-16\. Save it as UTF-8/)
  else expect(wrongEncoding(file)).toBeUndefined()
})
