import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { History, mustGit, type Person } from '../../harness/git/index.ts'
import type { Fresh } from '../../harness/index.ts'

/** A repository before a script runs. */
export type Seeded = { folder: string; config: string }

const person = (fresh: Fresh): Person => ({ name: fresh.name(), email: fresh.email() })
const text = (fresh: Fresh) => `${fresh.name()} ${fresh.word()} ${fresh.word()}`
const file = (fresh: Fresh) => `${fresh.word()}-${fresh.string(4)}.txt`
const lines = (fresh: Fresh, count = 12) => fresh.list(count, () => text(fresh))
const whole = (all: string[]) => all.map((line) => `${line}\n`).join('')
const configOf = (folder: string) => readFileSync(path.join(folder, '.git', 'config'), 'utf8')

// Giving the files to the learner's program changes their ctime. `git apply --index` would take them
// for changed.
const IGNORE_CTIME = 'core.trustctime=false'

async function begin(folder: string, you: Person): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await mustGit(folder, ['-c', 'init.defaultBranch=main', 'init', '-q'])
  await mustGit(folder, ['config', ...IGNORE_CTIME.split('=')])
  const identity = `[user]\n\tname = ${you.name}\n\temail = ${you.email}\n`
  writeFileSync(path.join(folder, '.git', 'config'), configOf(folder) + identity)
}

/** Some commits on main that matter to nobody. Returns the mark of the last. */
function ordinary(history: History, fresh: Fresh, author: Person, count: number): string {
  const made = fresh.list(count, () => {
    const files = { [file(fresh)]: whole(lines(fresh, 3)) }
    return history.add({ branch: 'main', author, message: text(fresh), files })
  })
  return made.at(-1)!
}

/** A clone whose main, as the remote's, has a bad merge below its newest commits. */
export async function badMerge(parent: string, fresh: Fresh) {
  const [remote, folder] = [path.join(parent, 'undo-merge.git'), path.join(parent, 'undo-merge')]
  const [you, colleague] = [person(fresh), person(fresh)]
  mkdirSync(remote, { recursive: true })
  mkdirSync(folder)
  await mustGit(remote, ['-c', 'init.defaultBranch=main', 'init', '-q', '--bare'])
  const history = new History(fresh)
  const [shared, doomed, added] = [file(fresh), file(fresh), file(fresh)]
  const old = lines(fresh)
  const files: Record<string, string> = {
    [shared]: whole(old),
    [doomed]: whole(lines(fresh, 3)),
    [file(fresh)]: whole(lines(fresh, 3)),
  }
  const commit = (branch: string, changes: Record<string, string | null>, ...parents: string[]) =>
    history.add({ branch, author: colleague, message: text(fresh), files: changes, parents })
  /** A commit of main whose changes must be there in the end. */
  const keep = (changes: Record<string, string>, ...parents: string[]) => {
    Object.assign(files, changes)
    return commit('main', changes, ...parents)
  }

  const first = keep({ ...files })
  const good = { [file(fresh)]: whole(lines(fresh, 3)) }
  const goodTip = commit('good', good, first)
  const goodMerge = keep(good, first, goodTip)
  const change = old.with(2, text(fresh))
  const extra = whole(lines(fresh, 3))
  const bad = [
    commit('bad', { [shared]: whole(change) }, goodMerge),
    commit('bad', { [added]: extra }),
    commit('bad', { [doomed]: null }),
  ]
  const before = keep({ [file(fresh)]: whole(lines(fresh, 3)) }, goodMerge)
  const taken = { [shared]: whole(change), [added]: extra, [doomed]: null }
  const merge = commit('main', taken, before, bad.at(-1)!)
  // Later work, partly in a file that the merge changed too.
  for (let more = fresh.int(0, 2); more > 0; more--) keep({ [file(fresh)]: whole(lines(fresh, 3)) })
  const later = text(fresh)
  commit('main', { [shared]: whole(change.with(10, later)) })
  files[shared] = whole(old.with(10, later))
  const hashOf = await history.write(remote)
  await mustGit(remote, ['branch', '-q', '-D', 'good', 'bad'])
  const identity = [
    '-c',
    `user.name=${you.name}`,
    '-c',
    `user.email=${you.email}`,
    '-c',
    IGNORE_CTIME,
  ]
  await mustGit(folder, ['clone', '-q', ...identity, remote, '.'], {}, [remote])
  return {
    folder,
    config: configOf(folder),
    remote,
    remoteConfig: readFileSync(path.join(remote, 'config'), 'utf8'),
    main: await mustGit(folder, ['rev-parse', 'main']),
    merge: hashOf(merge),
    files,
  }
}

/**
 * A repository whose last commit has a wrong message and a wrong author.
 * @param options.staged another file has staged changes
 */
export async function wrongCommit(
  folder: string,
  fresh: Fresh,
  options: { staged?: boolean } = {},
) {
  const you = person(fresh)
  await begin(folder, you)
  const history = new History(fresh)
  const staged = file(fresh)
  const other = { branch: 'main', author: person(fresh) }
  history.add({ ...other, message: text(fresh), files: { [staged]: whole(lines(fresh, 3)) } })
  ordinary(history, fresh, you, fresh.int(1, 3))
  const parent = history.add({ ...other, message: text(fresh), files: { [file(fresh)]: 'x\n' } })
  const wrong = history.add({ ...other, message: text(fresh), files: { [file(fresh)]: 'y\n' } })
  const hashOf = await history.write(folder)
  await mustGit(folder, ['reset', '-q', '--hard'])
  const message = `${text(fresh)}\n\n${text(fresh)}.\n${text(fresh)}: "${fresh.city()}".\n`
  writeFileSync(path.join(folder, 'message.txt'), message)
  if (options.staged) {
    writeFileSync(path.join(folder, staged), whole(lines(fresh, 4)))
    await mustGit(folder, ['add', staged])
  }
  return {
    folder,
    config: configOf(folder),
    you,
    parent: hashOf(parent),
    wrong: hashOf(wrong),
    message,
    staged,
  }
}

/** A repository where a branch was worked on, changed a last time and deleted. */
export async function lostBranch(folder: string, fresh: Fresh) {
  const you = person(fresh)
  await begin(folder, you)
  const history = new History(fresh)
  ordinary(history, fresh, you, fresh.int(2, 4))
  await history.write(folder)
  const run = (...args: string[]) => mustGit(folder, args)
  await run('reset', '-q', '--hard')
  const commit = async (...args: string[]) => {
    const name = file(fresh)
    writeFileSync(path.join(folder, name), whole(lines(fresh, 2)))
    await run('add', name)
    await run('commit', '-q', '-m', text(fresh), ...args)
  }
  await run('switch', '-q', '-c', 'salvage')
  for (let more = fresh.int(1, 2); more > 0; more--) await commit()
  await run('switch', '-q', 'main')
  await run('switch', '-q', 'salvage')
  await commit()
  await commit('--amend')
  const lost = await run('rev-parse', 'HEAD')
  await run('switch', '-q', 'main')
  await run('branch', '-q', '-D', 'salvage')
  await run('switch', '-q', '-c', 'other')
  await commit()
  await run('switch', '-q', 'main')
  await commit()
  return {
    folder,
    config: configOf(folder),
    lost,
    main: await run('rev-parse', 'main'),
    other: await run('rev-parse', 'other'),
  }
}

/** The arguments of git for what `readLog` reads. */
export const LOG = ['log', '-z', '--format=%an <%ae>: %B']

/** Returns the author and the message of each commit. Empty lines at the end of a message count for nothing. */
export const readLog = (log: string): string[] =>
  log
    .split('\0')
    .map((commit) => commit.trim())
    .filter(Boolean)

/** A repository that nobody else has yet, with a token in its history, a tag, a stash and a note. */
export async function leakedToken(folder: string, fresh: Fresh) {
  const you = person(fresh)
  const token = fresh.string(32)
  await begin(folder, you)
  const history = new History(fresh)
  const author = { branch: 'main', author: you }
  const changed = file(fresh)
  const settings = fresh.list(8, () => `${fresh.word()}=${fresh.int(1, 9999)}`)
  const at = fresh.int(1, 6)
  const leaky = settings.toSpliced(at, 0, `token=${token}`)
  const first = { [changed]: whole(lines(fresh)) }
  history.add({ ...author, message: text(fresh), files: first })
  ordinary(history, fresh, you, fresh.int(0, 2))
  history.add({ ...author, message: text(fresh), files: { 'settings.conf': whole(leaky) } })
  ordinary(history, fresh, you, fresh.int(0, 1))
  const later = { 'settings.conf': whole([...leaky, `${fresh.word()}=1`]) }
  const message = `${text(fresh)}\n\n${text(fresh)}.\n`
  history.add({ ...author, author: person(fresh), message, files: later })
  await history.write(folder)
  const run = (...args: string[]) => mustGit(folder, args)
  await run('reset', '-q', '--hard')
  await run('tag', '-a', 'v0.1', '-m', text(fresh), 'main^0')
  const side = new History(fresh, history.seconds)
  const branch = { branch: 'side', author: you, message: text(fresh), parents: ['main~1'] }
  side.add({ ...branch, files: { [file(fresh)]: whole(lines(fresh, 3)) } })
  await side.write(folder)
  const stashed = `${first[changed]}${text(fresh)}\n`
  writeFileSync(path.join(folder, changed), stashed)
  await run('stash', 'push', '-q', '-m', text(fresh))
  const tips = ['main', 'side', 'v0.1^{}']
  const before = Object.fromEntries(
    await Promise.all(
      tips.map(async (tip) => [
        tip,
        {
          log: readLog(await run(...LOG, tip)),
          others: await otherFiles(folder, tip),
          settings: (await run('show', `${tip}:settings.conf`)).replace(`token=${token}\n`, ''),
        },
      ]),
    ),
  ) as Record<string, { log: string[]; others: string; settings: string }>
  return { folder, config: configOf(folder), token, before, stashed: { [changed]: stashed } }
}

/** All files of a commit but settings.conf, with the hashes of their contents. */
async function otherFiles(folder: string, tip: string): Promise<string> {
  const all = await mustGit(folder, ['ls-tree', '-r', tip])
  return all
    .split('\n')
    .filter((line) => !line.endsWith('settings.conf'))
    .join('\n')
}

/** A repository of 64 commits, one of which broke something for good. */
export async function brokenSince(parent: string, fresh: Fresh) {
  const folder = path.join(parent, 'find-bad')
  const you = person(fresh)
  await begin(folder, you)
  const history = new History(fresh)
  const limit = fresh.int(100, 999)
  // Far enough from both ends that a search from either of them, also in steps, takes too long.
  const broken = fresh.int(40, 50)
  const marks = fresh.list(64, (index) => {
    const value = index < broken ? limit : limit + fresh.int(1, 9)
    const files = { 'limit.txt': `${value} ${index}\n`, [`log/${index}.txt`]: `${text(fresh)}\n` }
    return history.add({ branch: 'main', author: you, message: text(fresh), files })
  })
  const hashOf = await history.write(folder)
  const script = path.join(parent, 'test.sh')
  const log = path.join(parent, 'runs.log')
  writeFileSync(log, '')
  const program = `#!/bin/sh\necho run >>'${log}'\ngrep -q '^${limit} ' limit.txt\n`
  writeFileSync(script, program)
  chmodSync(script, 0o755)
  // Gives the log to the learner's program too.
  await mustGit(folder, ['reset', '-q', '--hard'], {}, [parent])
  return { folder, config: configOf(folder), script, program, log, first: hashOf(marks[broken]!) }
}
