import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import { cleanup, freshName, note } from '../../harness/index.ts'
import { withLock } from '../../harness/lock.ts'
import {
  type BuildStep,
  builderLacks,
  buildSteps,
  docker,
  dockerOk,
  runLabel,
} from '../../harness/subjects/docker.ts'
import { blameService, skipRunningTest } from '../../harness/submission.ts'
import type { Dockerfile } from './dockerfile.ts'

/** What the exercise gives; all else in a checkout is the learner's, or junk. */
const GIVEN = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'test',
  'data',
  'README.md',
]

/** Every given file, from the app's folder. */
export function givenFiles(app: string): string[] {
  const inside = (name: string) =>
    readdirSync(path.join(app, name), { recursive: true }).map((file) => `${name}/${file}`)
  return GIVEN.flatMap((name) => (name.includes('.') ? [name] : inside(name)))
}

/** What lies in a developer's folder beside the given files, and belongs in no image. */
export function junk(secrets: Record<'env' | 'npmrc' | 'git', string>): Record<string, string> {
  const foreign = 'throw new Error("this node_modules is for darwin-arm64")\n'
  const program = '#!/bin/sh\necho "$0: built for darwin-arm64" >&2\nexit 126\n'
  return {
    '.env': `LABEL_SECRET=${secrets.env}\nDEBUG_HANG=0\n`,
    '.npmrc': `//npm.pelican.test/:_authToken=${secrets.npmrc}\n`,
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/config': `[remote "origin"]\n\turl = https://ci:${secrets.git}@git.pelican.test/label-desk.git\n`,
    'node_modules/.bin/tsc': program,
    'node_modules/typescript/bin/tsc': program,
    'node_modules/typescript/lib/tsc.js': foreign,
    'node_modules/fastify/fastify.js': foreign,
    'node_modules/zod/index.js': foreign,
    'node_modules/zod/index.cjs': foreign,
    'node_modules/yaml/dist/index.js': foreign,
  }
}

/** Lays out a checkout: the given app, the learner's two files, and junk. */
export function checkOut(
  folder: string,
  from: { app: string; files: Record<string, string>; junk: Record<string, string> },
): void {
  for (const name of GIVEN)
    cpSync(path.join(from.app, name), path.join(folder, name), { recursive: true })
  for (const [name, text] of Object.entries({ ...from.junk, ...from.files })) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 })
  }
}

export type Build = {
  tag: string
  ok: boolean
  log: string
  steps: BuildStep[]
  /** Where it failed because of the builder and not the Dockerfile: what the builder lacks. */
  lacks?: string
}

/** How long one build may take, in seconds: a first one downloads the packages twice. */
const BUILD_SECONDS = Number(process.env.ROADWORKS_BUILD_SECONDS) || 480

const NO_NETWORK =
  /EAI_AGAIN|ENOTFOUND|ENETUNREACH|ETIMEDOUT|no such host|name resolution|TLS handshake timeout|i\/o timeout|server misbehaving|dial tcp/

/** Builds an image; it is removed with the test, or the file where it is `shared`. */
export async function build(
  folder: string,
  buildArgs: Record<string, string> = {},
): Promise<Build> {
  const tag = freshName('image')
  const args = Object.entries(buildArgs).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ])
  cleanup(async () => void (await docker(['rmi', '-f', tag])))
  const flags = ['--force-rm', ...runLabel(), '-t', tag, ...args]
  // Two builds of the same lines at once would each run them, and a later build take either's layers.
  const call = await withLock('docker-build', () =>
    docker(['build', ...flags, folder], { seconds: BUILD_SECONDS }),
  )
  const log = `${call.stdout}\n${call.stderr}`
  note('docker build .', log.trim().slice(-3000))
  const failed = call.code !== 0
  if (failed && NO_NETWORK.test(log)) {
    blameService('The network', async () => {
      throw new Error('docker build could not download what it needs')
    })
  }
  const text = failed ? readFileSync(path.join(folder, 'Dockerfile'), 'utf8') : ''
  const lacks = failed ? builderLacks(log, text) : undefined
  return { tag, ok: !failed, log, steps: buildSteps(log), lacks }
}

/** Fails the test where the image could not be built; `not run` where only the builder is in the way. */
export function expectBuilt({ ok, log, lacks }: Build): void {
  if (lacks) skipRunningTest(lacks)
  if (!ok) expect.fail(`docker build failed. Its last lines:\n${log.trim().slice(-1500)}`)
}

/**
 * Builds an image of nothing but the build context: what `.dockerignore` lets through to the builder.
 * Docker itself applies the patterns, so what it understands is right.
 */
export async function buildContext(folder: string): Promise<string> {
  const tag = freshName('context')
  cleanup(async () => void (await docker(['rmi', '-f', tag])))
  const flags = ['build', '--force-rm', ...runLabel(), '-t', tag, '-f', '-', folder]
  const call = await docker(flags, { input: 'FROM scratch\nCOPY . /\n' })
  if (call.code !== 0) {
    expect.fail(`docker build cannot send the folder to the builder: ${call.stderr.trim()}`)
  }
  return tag
}

/**
 * Builds nothing but the image that the final stage starts from, to know which layers it has.
 * @returns undefined where that is `scratch`
 */
export async function buildBase({ final, globals }: Dockerfile): Promise<string | undefined> {
  if (!final || final.baseImage === 'scratch') return undefined
  const tag = freshName('base')
  cleanup(async () => void (await docker(['rmi', '-f', tag])))
  const flags = ['build', ...runLabel(), '-t', tag, '-']
  await dockerOk(flags, [...globals, final.base, ''].join('\n'))
  return tag
}

/**
 * Removes the unnamed images that the classic builder keeps of a build's other stages, where an
 * earlier build has not made them already. BuildKit keeps none.
 */
export async function removeStages(build: Build, earlier: Build): Promise<void> {
  const ids = (log: string) =>
    [...log.matchAll(/^ ---> ([0-9a-f]{12})$/gm)].map((match) => match[1]!)
  const known = new Set(ids(earlier.log))
  const fresh = ids(build.log).filter((id) => !known.has(id))
  if (fresh.length > 0) await docker(['rmi', ...fresh.reverse()])
}
