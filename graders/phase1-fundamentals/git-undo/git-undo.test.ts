import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Outcome, scriptEnv } from '../../harness/git/index.ts'
import { Fresh, note, openSubmission, shared } from '../../harness/index.ts'
import {
  badMerge,
  brokenSince,
  LOG,
  leakedToken,
  lostBranch,
  readLog,
  type Seeded,
  wrongCommit,
} from './repositories.ts'

const submission = openSubmission(import.meta)
const MOST_TESTS = 12

/** A repository after a script has run in it. */
class Rescued<T extends Seeded> extends Outcome {
  readonly seeded: T
  readonly #found: Record<string, string>

  private constructor(seeded: T, looked: string, found: Record<string, string>) {
    super(seeded.folder, seeded.config, looked)
    this.seeded = seeded
    this.#found = found
  }

  static async run<T extends Seeded>(seeded: T, script: string, ...args: string[]) {
    const { code, signal, output } = await submission.runScript({
      argv: ['bash', submission.file(script), ...args],
      cwd: seeded.folder,
      seconds: 60,
      env: scriptEnv(seeded.folder),
    })
    const looked = path.join(submission.temporaryFolder('looked-at'), 'copy')
    const found = { [`bash ${script}`]: `${output}\n(exit ${code ?? signal})`.trim() }
    const rescued = new Rescued(seeded, looked, found)
    const graph = ['log', '--graph', '--oneline', '--decorate', '--all', '-n', '30']
    found['git log --graph --oneline --all'] = (await rescued.git(...graph)).out
    return rescued
  }

  /** Shows the learner what was found, should the running test fail. */
  explain(): this {
    for (const [title, text] of Object.entries(this.#found)) note(title, text)
    return this
  }

  /**
   * @param others what `git status --short` must show
   * @param free what it may show
   */
  async expectSound(others: string[] = [], free: string[] = []): Promise<void> {
    this.explain()
    const what = path.basename(this.seeded.folder)
    expect(this.halfDone(), `what .git of ${what} holds of something unfinished`).toEqual([])
    const head = (await this.git('symbolic-ref', '-q', 'HEAD')).out.trim()
    expect(head, `what is checked out in ${what}`).toBe('refs/heads/main')
    const status = await this.fields('status', '--porcelain', '-z', '--untracked-files=all')
    const bound = status.filter((line) => !free.includes(line))
    expect(bound, `git status --short in ${what}`).toEqual(others)
    const { code, out, error } = await this.git('fsck', '--full', '--no-progress')
    expect(code, `exit code of git fsck in ${what}\n${error}${out}`).toBe(0)
  }
}

const place = (name: string) => path.join(submission.temporaryFolder('git'), name)
const fresh = (name: string) => new Fresh(submission.seed, `git-undo ${name}`)

const undone = shared(async () => {
  const seeded = await badMerge(submission.temporaryFolder('git'), fresh('undo-merge'))
  const clone = await Rescued.run(seeded, 'undo-merge.sh')
  const looked = path.join(submission.temporaryFolder('looked-at'), 'remote')
  return { clone, remote: new Outcome(seeded.remote, seeded.remoteConfig, looked) }
})
const fixed = shared(async () => {
  const seeded = await wrongCommit(place('fix-commit'), fresh('fix-commit'))
  return Rescued.run(seeded, 'fix-commit.sh')
})
const back = shared(async () =>
  Rescued.run(await lostBranch(place('bring-back'), fresh('bring-back')), 'bring-back.sh'),
)
const forgotten = shared(async () => {
  const seeded = await leakedToken(place('forget-token'), fresh('forget-token'))
  return Rescued.run(seeded, 'forget-token.sh', seeded.token)
})
const found = shared(async () => {
  const seeded = await brokenSince(submission.temporaryFolder('git'), fresh('find-bad'))
  return Rescued.run(seeded, 'find-bad.sh', seeded.script)
})

test('C1 keeps the published history, in the clone and on the remote', async () => {
  const { clone, remote } = await undone()
  const { main } = clone.explain().seeded
  for (const [where, outcome] of Object.entries({ 'your clone': clone, 'the remote': remote })) {
    const tip = (await outcome.refs())['refs/heads/main']
    expect(tip, `${where} has a branch main`).toBeDefined()
    const lost = await outcome.git(
      'rev-list',
      '--format=%h (%s)',
      '--no-commit-header',
      main,
      `^${tip}`,
    )
    const why = `the old commits that main of ${where} has lost`
    expect(lost.out.split('\n').filter(Boolean), why).toEqual([])
  }
  const there = (await remote.refs())['refs/heads/main']
  const here = (await clone.refs())['refs/heads/main']
  await clone.expectCommit(here, there!, "the last commit of main in your clone is the remote's")
})

test('C1 takes back what the merge did, and nothing else', async () => {
  const { clone } = await undone()
  const { files } = clone.explain().seeded
  for (const [name, text] of Object.entries(files)) {
    expect(await clone.textAt('refs/heads/main', name), `${name} on main`).toBe(text)
  }
  const there = await clone.fields('ls-tree', '-r', '-z', '--name-only', 'refs/heads/main')
  expect(there.sort(), 'the files on main').toEqual(Object.keys(files).sort())
})

async function expectFixed(outcome: Awaited<ReturnType<typeof fixed>>): Promise<void> {
  const { parent, wrong, message, you } = outcome.explain().seeded
  const tip = (await outcome.refs())['refs/heads/main']
  expect(await outcome.parents(tip!), 'the parents of the last commit').toEqual([parent])
  const { out } = await outcome.git('diff', '--name-status', wrong, tip!)
  expect(out, 'the files that differ between the old last commit and the new one').toBe('')
  const said = (await outcome.git('log', '-1', '--format=%B', tip!)).out.trim()
  expect(said, 'the message of the last commit').toBe(message.trim())
  const author = (await outcome.git('log', '-1', '--format=%an <%ae>', tip!)).out.trim()
  expect(author, 'the author of the last commit').toBe(`${you.name} <${you.email}>`)
}

test('C2 gives the last commit the right message and author, and changes nothing else', async () => {
  await expectFixed(await fixed())
})

test('C3 brings salvage back as rescue, at the commit it had in the end', async () => {
  const outcome = (await back()).explain()
  const tip = (await outcome.refs())['refs/heads/rescue']
  expect(tip, 'there is a branch rescue').toBeDefined()
  await outcome.expectCommit(tip, outcome.seeded.lost, 'the last commit of rescue')
})

test('C3 leaves main and other where they are', async () => {
  const outcome = (await back()).explain()
  const refs = await outcome.refs()
  const { main, other } = outcome.seeded
  await outcome.expectCommit(refs['refs/heads/main'], main, 'the last commit of main')
  await outcome.expectCommit(refs['refs/heads/other'], other, 'the last commit of other')
})

/** Says why an object is still there. */
async function keeper(outcome: Outcome, object: string): Promise<string> {
  const holds = async (...from: string[]) =>
    (await outcome.lines('rev-list', '--objects', ...from)).some((line) => line.startsWith(object))
  if (await holds('--all')) return 'part of a branch, a tag, the stash or another reference'
  if (await holds('--reflog')) return 'kept by a reflog'
  return 'reachable from nothing, but still stored'
}

test('C4 leaves the token in no object, reachable or not', async () => {
  const outcome = (await forgotten()).explain()
  const { token } = outcome.seeded
  const everything = await outcome.git('cat-file', '--batch-all-objects', '--batch')
  expect(everything.code, 'exit code of "git cat-file --batch-all-objects"').toBe(0)
  if (!everything.out.includes(token)) return
  const leaks = []
  for (const line of await outcome.lines('cat-file', '--batch-all-objects', '--batch-check')) {
    const [object, type] = line.split(' ') as [string, string]
    if (type === 'tree') continue
    const { out } = await outcome.git('cat-file', type, object)
    if (out.includes(token)) leaks.push(`${type} ${object}: ${await keeper(outcome, object)}`)
  }
  expect(leaks, 'the objects that hold the token').toEqual([])
})

/** Every plain file below a folder, object stores left out. */
function plainFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name)
    const info = lstatSync(full)
    if (info.isDirectory()) return name === 'objects' ? [] : plainFiles(full)
    return info.isFile() ? [full] : []
  })
}

test('C4 leaves the token in no other file', async () => {
  const { folder, token } = (await forgotten()).explain().seeded
  const leaks = plainFiles(folder).filter((file) => readFileSync(file).includes(token))
  const names = leaks.map((file) => path.relative(folder, file))
  expect(names, 'the files that hold the token').toEqual([])
})

test('C4 keeps everything else: files, messages, authors and the number of commits', async () => {
  const outcome = (await forgotten()).explain()
  for (const [tip, { log, others, settings }] of Object.entries(outcome.seeded.before)) {
    const name = tip.replace('^{}', '')
    const commit = await outcome.commit(tip)
    expect(commit, `there is still a commit at ${name}`).toBeDefined()
    const now = await outcome.textAt(commit!, 'settings.conf')
    expect(now, `settings.conf at ${name}`).toBe(`${settings}\n`)
    const files = await outcome.lines('ls-tree', '-r', commit!)
    const rest = files.filter((line) => !line.endsWith('settings.conf')).join('\n')
    expect(rest, `git ls-tree of ${name}, settings.conf left out`).toBe(others)
    const { out } = await outcome.git(...LOG, commit!)
    expect(readLog(out), `the authors and messages of ${name}`).toEqual(log)
  }
})

test('C5 names the first bad commit', async () => {
  const outcome = (await found()).explain()
  const written = outcome.textNow('first-bad.txt')?.trim()
  expect(written, 'the text of first-bad.txt').toBe(outcome.seeded.first)
})

test('C5 needs 12 tests at most', async () => {
  const { log } = (await found()).explain().seeded
  const runs = existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0
  expect(runs, 'how often test.sh ran').toBeGreaterThan(0)
  expect(runs, 'how often test.sh ran').toBeLessThanOrEqual(MOST_TESTS)
})

test('C5 leaves test.sh as it is', async () => {
  const { script, program } = (await found()).explain().seeded
  const now = existsSync(script) ? readFileSync(script, 'utf8') : '(no such file)'
  const shorten = (text: string) => text.replaceAll(path.dirname(script), '…')
  expect(shorten(now), 'the text of test.sh').toBe(shorten(program))
})

test('C6 leaves every repository sound, on main and clean', async () => {
  await (await undone()).clone.expectSound()
  await (await fixed()).expectSound([], ['?? message.txt'])
  await (await back()).expectSound()
  await (await forgotten()).expectSound()
  await (await found()).expectSound(['?? first-bad.txt'])
})

test('C7 leaves what is staged out of the commit, and staged', async () => {
  const seeded = await wrongCommit(place('fix-commit'), submission.fresh, { staged: true })
  const outcome = await Rescued.run(seeded, 'fix-commit.sh')
  await expectFixed(outcome)
  await outcome.expectSound([`M  ${seeded.staged}`], ['?? message.txt'])
})

test('C8 keeps v0.1 an annotated tag', async () => {
  const outcome = (await forgotten()).explain()
  const { out } = await outcome.git('cat-file', '-t', 'refs/tags/v0.1')
  expect(out.trim(), 'kind of object v0.1 is: "tag" if annotated, "commit" if not').toBe('tag')
})

test('C8 keeps the stash and its change', async () => {
  const outcome = (await forgotten()).explain()
  const stashes = await outcome.lines('stash', 'list')
  expect(stashes.length, 'how many stashes there are').toBe(1)
  const names = await outcome.fields('diff', '-z', '--name-only', 'stash@{0}^', 'stash@{0}')
  const { stashed } = outcome.seeded
  expect(names, 'the files that the stash changes').toEqual(Object.keys(stashed))
  for (const [name, text] of Object.entries(stashed)) {
    expect(await outcome.textAt('stash@{0}', name), `${name} in the stash`).toBe(text)
  }
})
