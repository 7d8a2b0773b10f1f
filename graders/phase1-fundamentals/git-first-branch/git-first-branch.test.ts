import path from 'node:path'
import { expect, test } from 'vitest'
import { git, scriptEnv } from '../../harness/git/index.ts'
import { Fresh, openSubmission, shared } from '../../harness/index.ts'
import { Outcome } from './outcome.ts'
import { seedRepository } from './repository.ts'

const submission = openSubmission(import.meta)

/** What the work may touch. */
const OURS = ['labels.ts', 'prices.json', '.gitignore']

async function solve(fresh: Fresh, options: { coinciding?: boolean } = {}): Promise<Outcome> {
  const folder = submission.temporaryFolder('git')
  const repository = path.join(folder, 'prices')
  const seeded = await seedRepository(repository, fresh, options)
  const script = await submission.runScript({
    argv: ['bash', submission.file('solve.sh')],
    cwd: repository,
    seconds: 30,
    env: scriptEnv(repository),
  })
  return new Outcome(seeded, script, path.join(folder, 'looked-at'))
}

/** The script runs once; the checks look at the same outcome. */
const solvedOnce = shared(() => solve(new Fresh(submission.seed, 'git-first-branch')))

async function solved(): Promise<Outcome> {
  const outcome = await solvedOnce()
  await outcome.explain()
  return outcome
}

/** The object in the text of prices.json. */
function parsePrices(text: string | undefined, where: string): Record<string, unknown> {
  expect(text, `there is a prices.json in ${where}`).toBeDefined()
  let value: unknown
  try {
    value = JSON.parse(text!)
  } catch (error) {
    expect.fail(`prices.json in ${where} is not valid JSON: ${(error as Error).message}\n${text}`)
  }
  expect(value, `prices.json in ${where} is an object`).toBeTypeOf('object')
  return { ...(value as object) }
}

async function expectMergedPrices(outcome: Outcome): Promise<void> {
  const { merged } = outcome.seeded
  const text = await outcome.textAt(await outcome.tip(), 'prices.json')
  const prices = parsePrices(text, 'the tip of main')
  for (const [key, value] of Object.entries(merged)) {
    const side = { L: 'yours', labelFee: 'yours' }[key] ?? 'as in incoming'
    expect(prices[key], `${key} in prices.json at the tip of main, ${side}`).toBe(value)
    const times = text!.split(new RegExp(`"${key}"\\s*:`)).length - 1
    expect(times, `how often ${key} stands in prices.json at the tip of main`).toBe(1)
  }
  const others = Object.keys(prices).filter((key) => !(key in merged))
  expect(others, 'other keys in prices.json at the tip of main').toEqual([])
}

test('C1 ends main in a merge commit of two parents', async () => {
  const outcome = await solved()
  const parents = await outcome.parents(await outcome.tip())
  expect(parents.length, 'number of parents of the tip of main').toBe(2)
})

test('C1 merges into main as incoming left it, taken in by fast-forward', async () => {
  const outcome = await solved()
  const [first] = await outcome.parents(await outcome.tip())
  const incoming = await outcome.nameOf(outcome.seeded.incoming)
  const why = 'the first parent of the tip of main is the commit that incoming pointed to'
  expect(await outcome.nameOf(first), why).toBe(incoming)
})

test('C2 keeps S and M of incoming, your L and labelFee, in valid JSON', async () => {
  await expectMergedPrices(await solved())
})

test('C3 has two or more commits on the branch that change a file and have a message', async () => {
  const outcome = await solved()
  const commits = []
  for (const commit of await outcome.brought()) {
    if ((await outcome.parents(commit)).length !== 1) continue
    const message = (await outcome.git('log', '-1', '--format=%B', commit)).out.trim()
    const changes = await outcome.fields('diff', '-z', '--name-only', `${commit}^`, commit)
    if (message && changes.length > 0) commits.push(commit)
  }
  const why = 'commits of yours on the branch, with a change and a message'
  expect(commits.length, why).toBeGreaterThanOrEqual(2)
})

test('C3 has labels.ts and your prices on the branch, complete', async () => {
  const outcome = await solved()
  const branch = await outcome.branchTip()
  const { texts, mine } = outcome.seeded
  const where = 'the last commit of the branch'
  expect(await outcome.textAt(branch, 'labels.ts'), `labels.ts in ${where}`).toBe(
    texts['labels.ts'],
  )
  const prices = parsePrices(await outcome.textAt(branch, 'prices.json'), where)
  const { L, labelFee } = mine
  expect(prices, `your prices in ${where}`).toMatchObject({ L, labelFee })
})

test('C3 brings nothing along but labels.ts, prices.json and .gitignore', async () => {
  const outcome = await solved()
  const { incoming, texts } = outcome.seeded
  for (const commit of await outcome.brought()) {
    if ((await outcome.parents(commit)).length !== 1) continue
    const touched = await outcome.fields('diff', '-z', '--name-only', `${commit}^`, commit)
    const name = await outcome.nameOf(commit)
    const others = touched.filter((file) => !OURS.includes(file))
    expect(others, `other files that ${name} changes`).toEqual([])
  }
  const tip = await outcome.tip()
  const changed = await outcome.fields('diff', '-z', '--no-renames', '--name-only', incoming, tip)
  const others = changed.filter((file) => !OURS.includes(file))
  expect(others, 'other files that differ between incoming and the merge').toEqual([])
  expect(await outcome.textAt(tip, 'labels.ts'), 'labels.ts in the merge').toBe(texts['labels.ts'])
})

test('C4 has neither .env nor its secret in a commit of any branch, tag or stash', async () => {
  const outcome = await solved()
  expect(outcome.textNow('.env'), 'the file .env, on the disk').toBe(outcome.seeded.texts['.env'])
  for (const commit of await outcome.allCommits()) {
    const name = await outcome.nameOf(commit)
    const files = await outcome.fields('ls-tree', '-r', '-z', '--name-only', '--full-tree', commit)
    expect(files, `the files of commit ${name}`).not.toContain('.env')
    const { code } = await outcome.git('grep', '-q', '-F', outcome.seeded.secret, commit)
    expect(code === 0, `the secret is in a file of commit ${name}`).toBe(false)
  }
})

test('C4 ignores .env for everyone: in a fresh clone too', async () => {
  const outcome = await solved()
  const clone = path.join(submission.temporaryFolder('git'), 'clone')
  const { code, error } = await outcome.clone(clone)
  expect(code, `exit code of a git clone of main: ${error}`).toBe(0)
  const env = await git(clone, ['check-ignore', '-q', '.env'])
  expect(env.code, 'exit code of "git check-ignore .env" in a clone; 1 is "not ignored"').toBe(0)
  const notes = await git(clone, ['check-ignore', '-q', 'notes.txt'])
  expect(notes.code, 'exit code of "git check-ignore notes.txt" in a clone; 0 is "ignored"').toBe(1)
})

test('C4 leaves notes.txt as it was, and commits it nowhere', async () => {
  const outcome = await solved()
  const wanted = outcome.seeded.texts['notes.txt']
  expect(outcome.textNow('notes.txt'), 'the file notes.txt, on the disk').toBe(wanted)
  expect(await outcome.fields('ls-files', '-z'), 'the files in the index').not.toContain(
    'notes.txt',
  )
  for (const commit of await outcome.allCommits()) {
    const files = await outcome.fields('ls-tree', '-r', '-z', '--name-only', '--full-tree', commit)
    const name = await outcome.nameOf(commit)
    expect(files, `the files of commit ${name}`).not.toContain('notes.txt')
  }
})

test('C5 makes v1.0.0 an annotated tag', async () => {
  const outcome = await solved()
  expect(await outcome.lines('tag', '--list'), 'the tags').toContain('v1.0.0')
  const { out } = await outcome.git('cat-file', '-t', 'refs/tags/v1.0.0')
  expect(out.trim(), 'kind of object v1.0.0 is: "tag" if annotated, "commit" if not').toBe('tag')
})

test('C5 puts v1.0.0 on the merge', async () => {
  const outcome = await solved()
  const tagged = await outcome.nameOf(await outcome.commit('refs/tags/v1.0.0'))
  const tip = await outcome.nameOf(await outcome.tip())
  expect(tagged, 'the commit that v1.0.0 points to is the tip of main').toBe(tip)
})

test('C6 leaves a clean working tree, with nothing half done', async () => {
  const outcome = await solved()
  expect(outcome.halfDone(), 'what .git holds of an unfinished merge or rebase').toEqual([])
  const status = await outcome.fields('status', '--porcelain', '-z', '--untracked-files=all')
  expect(status, 'git status --short').toEqual(['?? notes.txt'])
})

test('C6 ends on main, with feature/labels deleted', async () => {
  const outcome = await solved()
  const head = (await outcome.git('symbolic-ref', '-q', 'HEAD')).out.trim()
  expect(head, 'what is checked out').toBe('refs/heads/main')
  await outcome.tip()
  const branches = await outcome.lines('for-each-ref', '--format=%(refname:short)', 'refs/heads')
  expect(branches, `the branches at the end are ${branches.join(', ')}`).not.toContain(
    'feature/labels',
  )
})

test('C6 loses and damages nothing: git fsck, and the old commits in main', async () => {
  const outcome = await solved()
  const { code, out, error } = await outcome.git('fsck', '--full', '--no-progress')
  expect(code, `exit code of git fsck\n${error}${out}`).toBe(0)
  const tip = await outcome.tip()
  const { main, incoming } = outcome.seeded
  for (const [name, commit] of Object.entries({ main, incoming })) {
    const kept = await outcome.git('merge-base', '--is-ancestor', commit, tip)
    expect(kept.code === 0, `the old tip of ${name} is part of main`).toBe(true)
  }
})

test('C7 has valid JSON in prices.json in every commit of the branch', async () => {
  const outcome = await solved()
  for (const commit of await outcome.brought()) {
    const where = `commit ${await outcome.nameOf(commit)}`
    parsePrices(await outcome.textAt(commit, 'prices.json'), where)
  }
})

test('C8 merges right where sizes cost the same and amounts are very short or long', async () => {
  const outcome = await solve(submission.fresh, { coinciding: true })
  await outcome.explain()
  await expectMergedPrices(outcome)
})
