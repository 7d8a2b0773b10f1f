import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { settings, wrongFiles } from './settings.ts'

test.each<[string, NodeJS.ProcessEnv, RegExp]>([
  ['a search_path', { ROADWORKS_FORGOTTEN: 'PGOPTIONS PGTZ' }, /^PGOPTIONS, PGTZ set/],
  ['production', { NODE_ENV: 'production' }, /^NODE_ENV is production/],
  ['a proxy', { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://x' }, /^Node uses a proxy/],
])('%s is told, and is no fault', (_name, env, what) => {
  const found = settings(env, () => '')
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({ well: true, what: expect.stringMatching(what) })
})

test('CRLF is told; a plain machine has nothing to be told of', () => {
  expect(settings({}, () => 'true')[0]!.what).toMatch(/CRLF/)
  expect(settings({ HTTP_PROXY: 'http://x' }, () => '')).toEqual([])
})

test('a file in UTF-16 is a fault', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'settings-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(path.join(folder, 'a.sql'), Buffer.from('\ufeffselect 1', 'utf16le'))
  writeFileSync(path.join(folder, 'b.sql'), 'select 1')
  const found = wrongFiles([{ folder, files: ['a.sql', 'b.sql', 'gone.sql'] }])
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({
    well: false,
    what: expect.stringMatching(/a\.sql is written in/),
  })
})
