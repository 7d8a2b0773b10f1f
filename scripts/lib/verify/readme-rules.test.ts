import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Mistake } from '../../../graders/harness/mistakes.ts'
import {
  blindProblems,
  countWords,
  coverageProblems,
  quotationProblems,
  ruleProblems,
} from './coverage.ts'
import { readRules } from './readme-rules.ts'

const README = `# Title

Some text. It is no rule.

## Rules

The [house rules](x) hold. <!-- explanation -->

For every query:

| request | answer |
|---|---|
| \`GET /a\` | \`200\` |
| \`GET /b\` | \`404\` <!-- explanation --> |

It stays. Nothing
goes away! \`GET\` changes nothing.

- A first item.
- A second
  one. And more.

\`\`\`console
$ curl. A
\`\`\`

### Up to you

<!-- explanation -->

Whatever you like.

#### Really

All of it.

### Again a rule

One more.

## Limits

<!-- rules -->

At most 5.

## Checks

| id | what |
|---|---|
| C1 | all |
`

const RULES = [
  '`GET /a` | `200`',
  'It stays.',
  'Nothing goes away!',
  '`GET` changes nothing.',
  'A first item.',
  'A second one.',
  'And more.',
  'One more.',
  'At most 5.',
]

const mistake = (id: string, rule?: string): Mistake => ({ id, check: 'C1', why: 'why', rule })
const said = (problems: { what: string }[]) => problems.map(({ what }) => what)

test('rules are the rows and sentences of rule sections, but not what is marked as explanation', () => {
  expect(readRules(README).map(({ text }) => text)).toEqual(RULES)
  expect(
    readRules(README)
      .map(({ line }) => line)
      .slice(0, 3),
  ).toEqual([13, 16, 16])
})

describe('quotations', () => {
  test('stand word for word in the README or the house rules, white space aside', () => {
    const right = ['Nothing goes\n  away!', '`200`', 'a JSON error']
    expect(
      quotationProblems(
        README,
        right.map((rule, at) => mistake(`W${at}`, rule)),
      ),
    ).toEqual([])
    expect(
      said(
        quotationProblems(README, [mistake('W1', 'Nothing goes'), mistake('W2', 'Nothing comes')]),
      ),
    ).toEqual([expect.stringMatching(/^W2 quotes a rule that neither .*"Nothing comes"$/)])
    expect(quotationProblems(README, [mistake('W1', ' ')])).toHaveLength(1)
  })

  test('cover all rules, and say where they do not', () => {
    const all = RULES.map((rule, at) => mistake(`W${at}`, rule))
    expect(coverageProblems(README, all)).toEqual([])
    const [problem] = coverageProblems(README, all.slice(1))
    expect(problem?.what).toBe('no mistake breaks 1 of the 9 rules of README.md')
    expect(problem?.detail).toBe('line 13: `GET /a` | `200`')
  })

  test('must be of one rule, and each mistake needs one', () => {
    const all = RULES.map((rule, at) => mistake(`W${at}`, rule))
    expect(said(coverageProblems(README, [...all, mistake('W10', 'One more')]))).toEqual([])
    expect(said(coverageProblems(README, [...all, mistake('W10', '.')]))).toEqual([
      expect.stringMatching(/^W10 quotes what stands in \d rules/),
    ])
    expect(said(coverageProblems(README, [...all, mistake('W10')]))).toEqual(['W10 quotes no rule'])
  })
})

describe('the record of blind rounds', () => {
  const round = {
    date: '2026-11-29',
    wrong: { tried: 12, accepted: 1 },
    right: { tried: 4, refused: 0 },
    note: 'by the author',
  }
  const read = (content?: unknown) => {
    const grader = mkdtempSync(path.join(os.tmpdir(), 'roadworks-blind-'))
    onTestFinished(() => rmSync(grader, { recursive: true }))
    if (content !== undefined) {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      writeFileSync(path.join(grader, 'blind.json'), text)
    }
    const { problems, missing } = blindProblems({ grader })
    return missing ? 'missing' : problems.map(({ what }) => what).join()
  }
  test.each([
    [undefined, /^missing$/],
    [{ rounds: [round] }, /^$/],
    ['{', /is not JSON/],
    [{ rounds: [] }, /rounds: /],
    [{ rounds: [{ ...round, date: 'yesterday' }] }, /rounds\.0\.date: /],
    [{ rounds: [{ ...round, wrong: { tried: 1, accepted: 2 } }] }, /more were accepted/],
    [{ rounds: [{ ...round, right: { tried: 1, refused: 2 } }] }, /more were refused/],
    [{ rounds: [round], extra: 1 }, /extra/],
  ])('%j: %s', (content, wanted) => {
    expect(read(content)).toMatch(wanted)
  })
})

test('words are counted without code, comments and marks', () => {
  expect(countWords('One two | – | 3 <!-- four\nfive --> `six`\n\n```sh\nseven\n```\neight')).toBe(
    5,
  )
})

test('an exercise that quotes no rules is only warned', () => {
  const exercise = { readme: `${README}${'word '.repeat(1100)}`, minutes: 40, grader: '/nowhere' }
  const old = ruleProblems(exercise, [mistake('W1')])
  expect(said(old.problems)).toEqual([])
  expect(said(old.warnings)).toEqual([
    'no mistake quotes a rule',
    'there is no blind.json',
    expect.stringMatching(/^README.md has 11\d\d words; 1100 are the most$/),
  ])
  const quoting = ruleProblems(exercise, [mistake('W1', 'It stays.')])
  expect(said(quoting.problems)).toHaveLength(3)
  expect(quoting.warnings).toEqual([])
  expect(said(ruleProblems({ ...exercise, minutes: 75 }, [mistake('W1')]).warnings)).toHaveLength(2)
})
