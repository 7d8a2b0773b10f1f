import { phaseTitle } from './catalogue.ts'
import { MARKS, oneLine, sameFiles } from './map.ts'
import { type CheckResult, type ExerciseResult, isPass, type Report } from './report.ts'
import { summaryOf } from './words.ts'

function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
}

function describe(check: CheckResult): string {
  const evidence = check.evidence.map(({ title, text }) => `${title}\n${text}`)
  const output = check.output ? [`Your program printed:\n${check.output}`] : []
  return [check.message ?? '', check.diff ?? '', ...evidence, ...output]
    .filter(Boolean)
    .join('\n\n')
}

function testCase(result: ExerciseResult, check: CheckResult): string {
  const name = xml(`${check.id} ${check.title}`)
  const head = `    <testcase classname="${xml(`${result.phase}.${result.slug}`)}" name="${name}" time="${(check.durationMs / 1000).toFixed(3)}"`
  const message = xml(oneLine(summaryOf(check), 400))
  const body = xml(describe(check))
  if (check.status === 'passed') return `${head}/>`
  if (check.status === 'failed')
    return `${head}><failure message="${message}">${body}</failure></testcase>`
  if (check.status === 'error')
    return `${head}><error message="${message}">${body}</error></testcase>`
  return `${head}><skipped message="${message}"/></testcase>`
}

/** Whose work it is, as names and values. */
function properties({ submission, seed, kit }: Report): string {
  const known = { ...submission, seed, kit }
  const lines = Object.entries(known).flatMap(([name, value]) =>
    value === undefined ? [] : [`    <property name="${name}" value="${xml(String(value))}"/>`],
  )
  return ['  <properties>', ...lines, '  </properties>'].join('\n')
}

/** Whose files were the same, and when they were graded, where a verdict was not found now. */
function keptProperty(result: ExerciseResult): string[] {
  const same = sameFiles(result).replace('same files as ', '')
  return same
    ? [`    <properties><property name="sameFilesAs" value="${xml(same)}"/></properties>`]
    : []
}

/**
 * A suite for each exercise, and in it a test for each check, whatever became of it: everybody's report
 * counts the same tests. `failure` is the learner's, `error` is ours, `skipped` is not run.
 */
export function toJUnit(report: Report): string {
  const suites = report.exercises.map((result) => {
    const whole = (tag: string, message: string) =>
      `    <testcase classname="${xml(`${result.phase}.${result.slug}`)}" name="${xml(result.title)}"><${tag} message="${xml(message)}"/></testcase>`
    const reason = result.reason ?? result.verdict
    const cases =
      result.verdict === 'untouched'
        ? result.checks.map((check) => testCase(result, { ...check, status: 'failed' }))
        : result.verdict === 'error' && result.checks.every((check) => check.status !== 'error')
          ? [whole('error', reason)]
          : result.checks.length === 0
            ? [whole('skipped', reason)]
            : result.checks.map((check) => testCase(result, check))
    const count = (tag: string) => cases.filter((text) => text.includes(`<${tag} `)).length
    return [
      `  <testsuite name="${xml(result.slug)}" tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${(result.durationMs / 1000).toFixed(3)}">`,
      ...keptProperty(result),
      ...cases,
      '  </testsuite>',
    ].join('\n')
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="roadworks">\n${properties(report)}\n${suites.join('\n')}\n</testsuites>\n`
}

/** Text that Markdown shows as it is. */
export function md(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/([\\`*_{}[\]()#+!|~@])/g, '\\$1')
}

/** A code block whose fence is longer than any run of backticks in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/**
 * A table for each phase, and the failing checks below it; for GitHub's step summary.
 * @param options.first of each exercise only the first check that failed
 */
export function toMarkdown(report: Report, options: { first?: boolean } = {}): string {
  const phases = [...new Set(report.exercises.map((one) => one.phase))]
  const blocks = phases.map((phase) => {
    const own = report.exercises.filter((one) => one.phase === phase)
    const passed = own.filter((one) => isPass(one.verdict)).length
    const rows = own.map((result) => {
      const done = result.checks.filter((check) => check.status === 'passed').length
      const counted = result.verdict !== 'untouched' && result.verdict !== 'not run'
      const score = counted && result.checks.length > 0 ? `${done}/${result.checks.length}` : ''
      const failing = result.checks.find((check) => check.status === 'failed')
      const same = sameFiles(result)
      const said = failing
        ? `${failing.id} ${failing.title}: ${summaryOf(failing)}${same && ` (${same})`}`
        : (result.reason ?? same)
      return `| ${MARKS[result.verdict].mark} ${result.verdict} | ${result.slug} | ${score} | ${md(oneLine(said))} |`
    })
    const failures = own.flatMap((result) =>
      result.checks
        .filter((check) => check.status === 'failed')
        .slice(0, options.first ? 1 : undefined)
        .map(
          (check) =>
            `<details><summary>${md(`${result.slug} ${check.id} ${check.title}`)}</summary>\n\n${fenced(describe(check).slice(0, 6000))}\n\n</details>`,
        ),
    )
    return [
      `## ${phaseTitle(phase)}: ${passed} of ${own.length} passed`,
      '',
      '| | exercise | checks | |',
      '|---|---|---|---|',
      ...rows,
      '',
      ...failures,
    ].join('\n')
  })
  const { author, commit, committedAt } = report.submission ?? {}
  const whose = commit
    ? `${md(author ?? 'Somebody')}, commit \`${commit.slice(0, 12)}\`${committedAt ? ` of ${committedAt}` : ''}. `
    : ''
  return `${blocks.join('\n\n')}\n\n${whose}Seed ${report.seed}.\n`
}

function command(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return command(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/** GitHub's workflow commands, one for the first failing check of each exercise. */
export function toAnnotations(report: Report, fileOf: (result: ExerciseResult) => string): string {
  return report.exercises
    .flatMap((result) => {
      const check = result.checks.find((one) => one.status === 'failed')
      if (!check) return []
      const title = property(`${result.slug} ${check.id} ${check.title}`)
      return [
        `::error file=${property(fileOf(result))},title=${title}::${command((check.message ?? '').slice(0, 1000))}`,
      ]
    })
    .join('\n')
}
