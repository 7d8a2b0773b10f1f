import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readConfig } from '../src/config.ts'

const LABEL_SECRET = 'a-secret-for-tests-only'

test('reads every port from 1 to 65535', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65535 }), (port) => {
      assert.equal(readConfig({ PORT: String(port), LABEL_SECRET }).port, port)
    }),
  )
})

test('names each setting that is wrong', () => {
  assert.throws(() => readConfig({ PORT: 'eighty' }), /PORT must be[\s\S]*LABEL_SECRET is missing/)
})
