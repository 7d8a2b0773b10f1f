import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readCatalogue } from './catalogue.ts'
import { select } from './select.ts'
import { putFile } from './tree.ts'

const readme = (phase: string, slug: string) => `---
slug: ${slug}
title: A shelf
phase: ${phase}
order: 1
kind: module
topics: [data structures]
minutes: 10
needs: []
files: [shelf.ts]
checks:
  C1: { level: core, title: "keeps what it is given" }
---
`

/** An exercises folder with a README for each `phase/slug`. */
function exercisesOf(...names: string[]): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'catalogue-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const name of names) {
    const [phase, slug] = name.split('/') as [string, string]
    putFile(root, `${name}/README.md`, readme(phase, slug))
  }
  return root
}

test('a slug that stands in two phases is broken in both, and both folders are named', () => {
  const root = exercisesOf(
    'phase1-fundamentals/shelf',
    'phase2-language/shelf',
    'phase2-language/belt',
  )
  const catalogue = readCatalogue(root)
  expect(catalogue.exercises.map(({ slug }) => slug)).toEqual(['belt'])
  const message =
    'exercises/phase1-fundamentals/shelf and exercises/phase2-language/shelf have the same slug. Rename one: a slug exists once in all phases.'
  expect(catalogue.broken).toEqual([
    { phase: 'phase1-fundamentals', slug: 'shelf', message },
    { phase: 'phase2-language', slug: 'shelf', message },
  ])
  expect(select(catalogue, ['phase2']).broken).toHaveLength(2)
})

test('so is one whose other README cannot be read', () => {
  const root = exercisesOf('phase1-fundamentals/shelf', 'phase3-data/shelf')
  putFile(root, 'phase3-data/shelf/README.md', 'no frontmatter')
  const { exercises, broken } = readCatalogue(root)
  expect(exercises).toEqual([])
  expect(broken.map(({ message }) => message)).toEqual([
    expect.stringContaining('have the same slug'),
    expect.stringContaining('have the same slug'),
  ])
})
