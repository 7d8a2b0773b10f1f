import { escaped, wholePage } from '../browser/report-page.ts'
import { MARKS } from '../map.ts'
import { isPass } from '../report.ts'
import type { Grade } from './grades.ts'

function matrix(grades: Grade[], slugs: string[]): string {
  const head = slugs.map((slug) => `<th scope="col">${escaped(slug)}</th>`).join('')
  const rows = grades.map(({ student, missing, total, daysLate, exercises }) => {
    const cells = slugs.map((slug) => {
      const one = exercises.find((exercise) => exercise.slug === slug)
      if (!one) return '<td></td>'
      const { verdict, passed, failed, points, outOf } = one
      const all = passed.length + failed.length
      const says = `${verdict}, ${points} of ${outOf} points`
      return `<td class="${verdict.replace(' ', '-')}"><span title="${escaped(says)}">${MARKS[verdict].mark}</span> ${all > 0 && verdict !== 'untouched' ? `${passed.length}/${all}` : ''}</td>`
    })
    const note = missing ?? (daysLate > 0 ? `${daysLate} d late` : '')
    return `<tr><th scope="row">${escaped(student)}</th><td class="number">${missing ? '–' : `${total.points}/${total.outOf}`}</td>${cells.join('')}<td>${escaped(note)}</td></tr>`
  })
  return `<div class="wide" tabindex="0" role="region" aria-label="Students and exercises"><table class="grid"><caption>Students and exercises</caption><thead><tr><th scope="col">student</th><th scope="col">points</th>${head}<th scope="col">note</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

/** The checks that fewest of those who had begun have passed. */
function hardest(grades: Grade[]): string {
  const tried = new Map<string, { passed: number; all: number; title: string }>()
  for (const { report } of grades) {
    for (const { slug, verdict, checks } of report?.exercises ?? []) {
      if (verdict === 'untouched') continue
      for (const { id, title, status } of checks) {
        if (status !== 'passed' && status !== 'failed') continue
        const key = `${slug} ${id}`
        const one = tried.get(key) ?? { passed: 0, all: 0, title }
        one.all += 1
        if (status === 'passed') one.passed += 1
        tried.set(key, one)
      }
    }
  }
  const rows = [...tried]
    .filter(([, { passed, all }]) => passed < all)
    .sort(([, a], [, b]) => a.passed / a.all - b.passed / b.all || b.all - a.all)
    .slice(0, 20)
    .map(
      ([key, { passed, all, title }]) =>
        `<tr><th scope="row">${escaped(key)}</th><td>${escaped(title)}</td><td class="number">${passed} of ${all}</td></tr>`,
    )
  if (rows.length === 0) return ''
  return `<table class="grid"><caption>The hardest checks, of those who had begun</caption><thead><tr><th scope="col">check</th><th scope="col">asks for</th><th scope="col">passed</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`
}

/** Work that several students have handed in with the same bytes. */
function identical(grades: Grade[]): string {
  const groups = new Map<string, Set<string>>()
  for (const { student, exercises } of grades) {
    for (const { slug, sameAs } of exercises) {
      if (sameAs.length === 0) continue
      const names = [student, ...sameAs].sort()
      groups.set(`${slug}\0${names.join('\0')}`, new Set(names))
    }
  }
  if (groups.size === 0) return ''
  const items = [...groups].map(
    ([key, names]) =>
      `<li>${escaped(key.split('\0')[0]!)}: ${[...names].map(escaped).join(', ')}</li>`,
  )
  return `<h2>The same files</h2><p>Byte for byte the same was handed in by:</p><ul>${items.join('\n')}</ul>`
}

/** The page that shows a whole cohort: one file, without scripts, which opens from disk. */
export function summaryPage(about: {
  grades: Grade[]
  slugs: string[]
  seed: number
  names: string
}): string {
  const { grades, slugs, seed, names } = about
  const there = grades.filter(({ missing }) => !missing)
  const passed = there
    .flatMap(({ exercises }) => exercises)
    .filter(({ verdict }) => isPass(verdict))
  const legend = Object.entries(MARKS)
    .map(([verdict, { mark }]) => `${mark} ${verdict}`)
    .join(' · ')
  return wholePage(
    `Cohort: ${names}`,
    `<h1>Cohort</h1>
<p>${grades.length} students, ${there.length} with a submission; ${passed.length} of ${there.length * slugs.length} exercises passed. Graded: ${escaped(names)}. Seed ${seed}.</p>
<p>${legend}</p>
${matrix(grades, slugs)}
${hardest(grades)}
${identical(grades)}`,
  )
}
