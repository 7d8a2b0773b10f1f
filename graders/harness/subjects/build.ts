import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { keptFolder } from '../kept.mjs'
import { ROOT } from '../paths.ts'
import type { Run } from '../run.ts'
import { giveToSubject } from './confine.ts'
import { SubjectError } from './errors.ts'
import { describeExit, spawnSubject } from './process.ts'
import type { SubjectProcess } from './subject.ts'

/** Time on the clock that a build may take, in seconds: the first one may fetch and compile libraries. */
export const BUILD_SECONDS = 300

/** Memory that compilers may use together, in bytes. */
const BUILD_MEMORY = 3 * 1024 ** 3

/** What was built is kept for the next run up to this size; a larger one is built again each time. */
const MOST_FILES = 20_000
const MOST_BYTES = 256 * 1024 ** 2

/** How many builds, and how many compilers' homes, are kept. */
const MOST_BUILDS = 20
const MOST_HOMES = 4

/** Thrown where the program that builds a submission is not on this machine. */
export class MissingToolchain extends Error {
  override name = 'MissingToolchain'
}

/**
 * Builds a staged submission in place, as its subject's user. A submission that was built before, with
 * the same files and the same toolchain, is taken from there.
 * @param at.argv what builds it, such as `['go', 'build', '-o', 'server', '.']`
 * @param at.cwd the staged copy
 * @param at.source the submission's own folder: builds of the same one share a compiler's caches
 * @throws SubjectError `build` with the compiler's own words; `limit` past 300 s or 3 GiB
 * @throws MissingToolchain where the program is not found
 */
export async function buildStaged(
  run: Run,
  at: { argv: string[]; cwd: string; source: string; hide: { from: string; to: string } },
  onStart: (process: SubjectProcess) => void,
): Promise<void> {
  const kept = keptBuild(at.argv, at.cwd, toolchain(run, at.argv, at.cwd))
  if (kept && existsSync(kept)) {
    rmSync(at.cwd, { recursive: true, force: true, maxRetries: 3 })
    copyBuilt(kept, at.cwd)
    giveToSubject(run, at.cwd)
    const now = new Date()
    utimesSync(kept, now, now)
    return
  }
  const home = takeHome(run, at.source)
  try {
    await runBuild(run, { ...at, home: home.folder }, onStart)
  } finally {
    home.giveBack()
  }
  if (kept) keepBuild(at.cwd, kept)
}

async function runBuild(
  run: Run,
  at: { argv: string[]; cwd: string; home: string; hide: { from: string; to: string } },
  onStart: (process: SubjectProcess) => void,
): Promise<void> {
  const shown = at.argv.join(' ')
  const subject = spawnSubject(run, {
    argv: at.argv,
    cwd: at.cwd,
    hide: at.hide,
    home: at.home,
    env: buildEnv(at.home),
    memory: BUILD_MEMORY,
  })
  onStart(subject)
  let late = false
  const timer = setTimeout(() => {
    late = true
    void subject.kill()
  }, BUILD_SECONDS * 1000)
  const exit = await subject.exited
  clearTimeout(timer)
  await subject.kill()
  if (late) throw new SubjectError('limit', `${shown} did not end within ${BUILD_SECONDS} s.`)
  if (subject.overLimit) throw new SubjectError('limit', `${shown} ${subject.overLimit}.`)
  if (exit.code === 0) return
  if (exit.code === 127) throw missing(at.argv)
  const said = subject.output().trim().split('\n').slice(0, 40).join('\n')
  throw new SubjectError('build', `It does not build: ${shown} ${describeExit(exit)}.`, {
    title: shown,
    text: said || 'It printed nothing.',
  })
}

/** What says where packages come from, as a company's machine has it. */
const SOURCES = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'PIP_INDEX_URL',
  'PIP_CERT',
  'GOPROXY',
  'GONOSUMDB',
  'GOSUMDB',
]

/**
 * Variables for a build beside a subject's own. An address with a user's name or password in it is left
 * out: whoever wrote the submission could read it.
 */
function buildEnv(home: string): Record<string, string> {
  const sources = SOURCES.flatMap((name) => {
    const value = process.env[name]
    return value && !value.includes('@') ? [[name, value]] : []
  })
  return {
    ...Object.fromEntries(sources),
    // Java asks the system for a user's home, which a subject's user has none of.
    MAVEN_OPTS: `-Duser.home=${home}`,
    GRADLE_USER_HOME: path.join(home, '.gradle'),
  }
}

const missing = (argv: string[]) =>
  new MissingToolchain(
    `Needs ${argv[0]}, for the submission is built with "${argv.join(' ')}". Install it, or put it on PATH.`,
  )

/**
 * Returns what a build rests on beside its files.
 * @throws MissingToolchain where its program is not on this machine; of a container that shows later
 */
function toolchain(run: Run, argv: string[], cwd: string): unknown[] {
  if (run.confinement.kind === 'docker') return [run.confinement.image]
  const program = findProgram(argv[0]!, cwd)
  if (!program) throw missing(argv)
  const { size, mtimeMs } = statSync(program)
  return [program, size, mtimeMs, process.platform, process.arch]
}

/** Returns the absolute path of a program, looked up as a subject's start would. */
function findProgram(name: string, cwd: string): string | undefined {
  if (name === 'node') return process.execPath
  const folders = name.includes('/')
    ? [cwd]
    : [
        path.join(ROOT, 'node_modules', '.bin'),
        ...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean),
      ]
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat'] : ['']
  for (const folder of folders) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending)
      if (statSync(file, { throwIfNoEntry: false })?.isFile()) return realpathSync(file)
    }
  }
  return undefined
}

/** Returns where what this build makes is kept; undefined where nothing may be written. */
function keptBuild(argv: string[], cwd: string, rest: unknown[]): string | undefined {
  const hash = createHash('sha256').update(JSON.stringify([argv, rest]))
  const files = readdirSync(cwd, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
  for (const file of files.toSorted()) {
    const bytes = readFileSync(file)
    hash.update(`${path.relative(cwd, file)}\0${lstatSync(file).mode & 0o777}\0${bytes.length}\0`)
    hash.update(bytes)
  }
  try {
    return path.join(keptFolder('built'), hash.digest('hex').slice(0, 40))
  } catch {
    return undefined // a checkout that may not be written to
  }
}

/** Copies what a build made: plain files, folders, and links as they are, which nothing here follows. */
function copyBuilt(from: string, to: string): void {
  let files = 0
  let bytes = 0
  const copy = (source: string, target: string): void => {
    mkdirSync(target, { recursive: true })
    for (const entry of readdirSync(source, { withFileTypes: true })) {
      const file = path.join(source, entry.name)
      const copied = path.join(target, entry.name)
      files += 1
      if (files > MOST_FILES) throw new TooLarge()
      if (entry.isDirectory()) copy(file, copied)
      else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(file), copied)
      else if (entry.isFile()) {
        const { size, mode } = lstatSync(file)
        bytes += size
        if (bytes > MOST_BYTES) throw new TooLarge()
        writeFileSync(copied, readFileSync(file))
        chmodSync(copied, mode & 0o777)
      }
    }
  }
  copy(from, to)
}

class TooLarge extends Error {}

function keepBuild(from: string, kept: string): void {
  const half = `${kept}.${randomUUID().slice(0, 8)}`
  try {
    copyBuilt(from, half)
    if (!existsSync(kept)) renameSync(half, kept)
    keepNewest(path.dirname(kept), MOST_BUILDS)
  } catch {
    // Too large, a full disk, or another grader was first: it is built again when it is needed.
  } finally {
    rmSync(half, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Removes the folders of a folder that were used longest ago. */
function keepNewest(folder: string, most: number): void {
  const used = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, at: lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.at - a.at)
  for (const { file } of used.slice(most)) rmSync(file, { recursive: true, force: true })
}

/**
 * Lends a home with the caches that earlier builds of the same submission left in it. They are a
 * submission's own: what one leaves there can reach no other. A build beside it gets an empty home.
 */
function takeHome(run: Run, source: string): { folder: string; giveBack(): void } {
  const folder = path.join(run.dir, `build-${randomUUID()}`)
  const nobody = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  // Variants and copies of a run are built once, and their folder is gone afterwards.
  if (source.startsWith(run.dir)) {
    mkdirSync(path.join(folder, 'tmp'), { recursive: true })
    giveToSubject(run, folder)
    return { folder, giveBack: nobody }
  }
  const name = createHash('sha256').update(source).digest('hex').slice(0, 40)
  let kept: string | undefined
  try {
    kept = path.join(keptFolder('build-homes'), name)
    renameSync(kept, folder)
  } catch {} // none yet, another grader has it, or it lies on another disk
  mkdirSync(path.join(folder, 'tmp'), { recursive: true })
  giveToSubject(run, folder)
  return {
    folder,
    giveBack() {
      try {
        if (kept && !existsSync(kept)) {
          renameSync(folder, kept)
          const now = new Date()
          utimesSync(kept, now, now)
          keepNewest(path.dirname(kept), MOST_HOMES)
        }
      } catch {} // the next build starts with an empty one
      nobody()
    },
  }
}
