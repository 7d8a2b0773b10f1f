import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sign } from '../src/labels.ts'

test('another depot or secret gives another signature', () => {
  fc.assert(
    fc.property(fc.string(), (parcel) => {
      const signature = sign('a-secret-for-tests-only', parcel, 'ZRH')
      assert.notEqual(signature, sign('a-secret-for-tests-only', parcel, 'OPO'))
      assert.notEqual(signature, sign('another-secret-for-tests', parcel, 'ZRH'))
    }),
  )
})
