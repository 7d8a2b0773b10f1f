import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../graders/harness/paths.ts'

type Devcontainer = {
  name: string
  features: Record<string, unknown>
  customizations: { vscode: { extensions: string[] } }
}

const FOLDER = path.join(ROOT, '.devcontainer')

/** Comments stand on lines of their own in these files. */
function read(file: string): Devcontainer {
  const text = readFileSync(path.join(FOLDER, file), 'utf8')
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ''))
}

const variants = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test.each(variants)('the container for %s is the plain one and a language', (name) => {
  const plain = read('devcontainer.json')
  const variant = read(`${name}/devcontainer.json`)
  expect(Object.keys(variant.features)).toContain(`ghcr.io/devcontainers/features/${name}:1`)
  expect(variant.name).not.toBe(plain.name)
  const { vscode } = variant.customizations
  expect({
    ...variant,
    name: plain.name,
    features: Object.fromEntries(
      Object.entries(variant.features).filter(([feature]) => feature in plain.features),
    ),
    customizations: {
      vscode: {
        ...vscode,
        extensions: vscode.extensions.filter((one) =>
          plain.customizations.vscode.extensions.includes(one),
        ),
      },
    },
  }).toEqual(plain)
})
