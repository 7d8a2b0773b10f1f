import { readFileSync } from 'node:fs'
import path from 'node:path'
import { phaseTitle } from '../catalogue.ts'
import { changeOf, MARKS } from '../map.ts'
import { type CheckResult, type ExerciseResult, isPass, type Report } from '../report.ts'
import { summaryOf } from '../words.ts'

/** Text that a page shows as it is, whoever wrote it. */
export function escaped(text: string | number): string {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A page that is one file: its style is in it, it runs nothing and loads nothing. */
export function wholePage(title: string, body: string): string {
  const style = readFileSync(path.join(import.meta.dirname, 'page', 'page.css'), 'utf8')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
}

const block = (text: string) => `<pre>${escaped(text)}</pre>`

function checkItem(check: CheckResult, open: boolean): string {
  const { id, level, title, status, message, diff, evidence, output, durationMs } = check
  const stretch = level === 'stretch' ? ' <span class="soft">(stretch)</span>' : ''
  const head = `<span class="mark ${status.replace(' ', '-')}"><span aria-hidden="true">${MARKS[status].mark}</span> ${escaped(id)}</span>${stretch} ${escaped(title)} <span class="soft">${status}, ${(durationMs / 1000).toFixed(1)} s</span>`
  if (status === 'passed') return `<li>${head}</li>`
  // The last exchanges are the ones that show it; those before have led there.
  const lane = evidence.map(
    (one, at) =>
      `<li><details${at >= evidence.length - 3 ? ' open' : ''}><summary>${escaped(one.title)}</summary>${one.text ? block(one.text) : ''}</details></li>`,
  )
  const parts = [
    message ? block(message) : '',
    diff ? `<p class="soft">Expected (−) and received (+)</p>${block(diff)}` : '',
    lane.length > 0
      ? `<p class="soft">What happened, in its order</p><ol class="lane">${lane.join('\n')}</ol>`
      : '',
    output ? `<p class="soft">The program printed</p>${block(output)}` : '',
  ]
  return `<li><details${open ? ' open' : ''}><summary>${head}</summary>${parts.join('\n')}</details></li>`
}

function exercisePart(result: ExerciseResult): string {
  const { slug, title, verdict, checks, reason } = result
  const mark = `<span class="mark ${verdict.replace(' ', '-')}"><span aria-hidden="true">${MARKS[verdict].mark}</span> ${verdict}</span>`
  const done = checks.filter(({ status }) => status === 'passed').length
  const score = verdict === 'untouched' || checks.length === 0 ? '' : ` ${done}/${checks.length}`
  const head = `<h3>${escaped(slug)} <span class="soft">${escaped(title)}</span> ${mark}${score}</h3>`
  if (verdict === 'untouched') return head
  const since = changeOf(result)
  const first = checks.find(({ status }) => status === 'failed')
  return [
    `<section>${head}`,
    reason ? `<p>${escaped(reason)}</p>` : '',
    since ? `<p>${escaped(since)} since the last run</p>` : '',
    first ? `<p>${escaped(`${first.id} ${first.title}: ${summaryOf(first)}`)}</p>` : '',
    `<ul class="checks">${checks.map((check) => checkItem(check, check === first)).join('\n')}</ul>`,
    '</section>',
  ].join('\n')
}

/**
 * Returns a report as one HTML file that opens from disk: a table of phases, and for each exercise its
 * checks, with all that shows the failures. Nothing in it runs, whatever a program has printed.
 */
export function toHtml(report: Report): string {
  const { submission, seed, startedAt, exercises } = report
  const phases = [...Map.groupBy(exercises, ({ phase }) => phase)]
  const { author, commit, committedAt } = submission ?? {}
  const whose = commit
    ? `${author ?? 'Somebody'}, commit ${commit.slice(0, 12)}${committedAt ? ` of ${committedAt}` : ''}. `
    : ''
  const body = phases.map(([phase, own]) => {
    const passed = own.filter(({ verdict }) => isPass(verdict)).length
    return `<h2>${escaped(phaseTitle(phase))} <span class="soft">${passed} of ${own.length} passed</span></h2>
${own.map(exercisePart).join('\n')}`
  })
  return wholePage(
    'Roadworks: report',
    `<h1>Report</h1>
<p class="soft">${escaped(`${whose}Graded ${startedAt}. Seed ${seed}.`)}</p>
${body.join('\n')}`,
  )
}
