import { expect, test } from 'vitest'
import { plainWords, summaryOf } from './words.ts'

test.each([
  ['how many: expected +0 to be 1 // Object.is equality', 'how many: expected 0 to be 1'],
  [
    'the rest: expected -1 not to be -1 // Object.is equality',
    'the rest: expected anything but -1',
  ],
  ["a: expected 'x y' not to be 'x y' // Object.is equality", "a: expected anything but 'x y'"],
  ['rows: expected [ …(9) ] to deeply equal [ …(8) ]', 'rows: not what was expected'],
  [
    'expected { code: 1, …(2) } to match object { code: 2, …(2) }\nsent: a',
    'not what was expected\nsent: a',
  ],
  ['its list: expected [ …(3) ] to include 7', 'its list: expected [ …(3) ] to include 7'],
  ['at 2026-03-29 21:30:00+00, was +0, 1+0', 'at 2026-03-29 21:30:00+00, was 0, 1+0'],
])('%j reads %j', (message, plain) => {
  expect(plainWords(message)).toBe(plain)
  expect(plainWords(plain)).toBe(plain)
})

const diff = (...lines: string[]) => ['- Expected', '+ Received', '', ...lines].join('\n')

test.each<[string, string | undefined, string]>([
  [
    'how many stashes: expected +0 to be 1 // Object.is equality',
    undefined,
    'how many stashes: expected 1, got 0',
  ],
  [
    'GET /leaderboard: expected [ { rank: 1, …(2) }, …(13) ] to deeply equal [ { rank: 1, …(2) }, …(13) ]',
    diff('  [', '    {', '-     "rank": 1,', '+     "rank": 2,', '    },'),
    'GET /leaderboard: rank: expected 1, got 2',
  ],
  [
    "keys() after\nconst shelf = new Shelf(2)\nshelf.set('1', 1)\n: expected [ '1', 1 ] to deeply equal [ 1, '1' ]",
    diff('  [', '-   1,', '    "1",', '+   1,', '  ]'),
    "keys() after …: expected [ 1, '1' ], got [ '1', 1 ]",
  ],
  [
    'the days: expected [ …(5) ] to deeply equal [ …(4) ]',
    diff('  [', '+   "2026-06-14",', '  ]'),
    'the days: not expected: "2026-06-14"',
  ],
  [
    'the days: expected [ …(3) ] to deeply equal [ …(4) ]',
    diff('  {', '-   "total": 7,', '  }'),
    'the days: missing: "total": 7',
  ],
  [
    'GET /x answered 500, expected 200\n{"error":"x"}',
    undefined,
    'GET /x answered 500, expected 200',
  ],
  ['the bytes: expected anything but 7', undefined, 'the bytes: expected anything but 7'],
  ['', undefined, ''],
])('%j in one line', (message, shown, line) => {
  expect(summaryOf({ message, diff: shown })).toBe(line)
})
