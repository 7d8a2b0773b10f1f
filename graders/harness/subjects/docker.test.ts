import { expect, test } from 'vitest'
import { builderLacks } from './docker.ts'

// What Docker 20.10 says without BuildKit.
const CLASSIC = 'Error response from daemon: dockerfile parse error line 2: '
test.each([
  [
    'the --mount option requires BuildKit. Refer to …',
    'RUN --mount=type=cache,target=/c npm ci',
    '--mount',
  ],
  ['the --chmod option requires BuildKit. Refer to …', 'COPY --chmod=755 x /x', '--chmod'],
  [`${CLASSIC}Unknown flag: link`, 'COPY --link x /x', '--link'],
  [`${CLASSIC}unknown instruction: ECHO`, 'RUN <<EOF\necho hi\nEOF', 'a here-document'],
])('a build that ends with %j lacks a builder', (log, text, what) => {
  const lacks = builderLacks(log, `FROM node:24-slim\n${text}\n`)
  expect(lacks).toMatch(/^needs BuildKit, .* https:\/\/docs\.docker\.com\/go\/buildx\/$/)
  expect(lacks).toContain(`has ${what}, which`)
})

test.each([
  [`${CLASSIC}unknown instruction: RUM`, 'RUM npm ci'],
  [`${CLASSIC}Unknown flag: chwon`, 'COPY --chwon=1 x /x'],
  ['The command npm ci returned a non-zero code: 1', 'RUN npm ci'],
])('a build that ends with %j is the Dockerfile’s own fault', (log, text) => {
  expect(builderLacks(log, `FROM node:24-slim\n${text}\n`)).toBeUndefined()
})
