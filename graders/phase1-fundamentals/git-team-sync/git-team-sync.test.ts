import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Outcome, scriptEnv } from '../../harness/git/index.ts'
import { Fresh, note, openSubmission, type ScriptResult, shared } from '../../harness/index.ts'
import { reviewed, type Team, unshared } from './team.ts'

const submission = openSubmission(import.meta)
const TOPIC = 'refs/heads/topic/depots'

const short = (ref: string) => ref.replace('refs/heads/', '')

/** Your clone and the remote, after a script has run. */
class Synced<T extends Team> {
  readonly team: T
  readonly clone: Outcome
  readonly remote: Outcome
  readonly #name: string
  readonly #script: ScriptResult
  #found: Record<string, string> | undefined

  constructor(team: T, name: string, script: ScriptResult) {
    const looked = submission.temporaryFolder('looked-at')
    this.team = team
    this.clone = new Outcome(team.clone, team.configs.clone, path.join(looked, 'clone'))
    this.remote = new Outcome(team.remote, team.configs.remote, path.join(looked, 'remote'))
    this.#name = name
    this.#script = script
  }

  /** Every push that reached the remote: its kind and the reference it was to change. */
  pushes(): string[] {
    const log = path.join(this.team.remote, 'pushes.log')
    return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
  }

  /** Shows the learner what was found, should the running test fail. */
  async explain(): Promise<void> {
    this.#found ??= await this.#look()
    for (const [title, text] of Object.entries(this.#found)) note(title, text)
  }

  async #look(): Promise<Record<string, string>> {
    const { code, signal, output } = this.#script
    const graph = ['log', '--graph', '--oneline', '--decorate', '--all', '-n', '40']
    const [clone, remote] = [await this.clone.git(...graph), await this.remote.git(...graph)]
    const pushes = this.pushes().join('\n') || '(none)'
    return {
      [`bash ${this.#name}`]: `${output}\n(exit ${code ?? signal})`.trim(),
      'your clone: git log --graph --oneline --all': clone.out,
      'the remote: git log --graph --oneline --all': `${remote.out}\nThe pushes it got:\n${pushes}`,
    }
  }

  /** The last commit of your branch on the remote. */
  async topic(): Promise<string> {
    const tip = (await this.remote.refs())[TOPIC]
    expect(tip, 'the remote has a branch topic/depots').toBeDefined()
    return tip!
  }

  /** Main of the clone is where the remote's main was before the script ran. */
  async expectMain(): Promise<void> {
    const { main } = await this.#mains()
    await this.remote.expectCommit(main, this.team.main, 'the last commit of main in your clone')
  }

  /** Main of the remote is where it was before the script ran. */
  async expectRemoteMain(): Promise<void> {
    const { remote } = await this.#mains()
    await this.clone.expectCommit(remote, this.team.main, "the last commit of the remote's main")
  }

  async #mains() {
    const [clone, remote] = [await this.clone.refs(), await this.remote.refs()]
    return { main: clone['refs/heads/main'], remote: remote['refs/heads/main'] }
  }
}

async function run<T extends Team>(team: T, name: string): Promise<Synced<T>> {
  const script = await submission.runScript({
    argv: ['bash', submission.file(name)],
    cwd: team.clone,
    seconds: 30,
    env: scriptEnv(team.clone),
  })
  const synced = new Synced(team, name, script)
  await synced.explain()
  return synced
}

/** share.sh runs once; the checks look at the same outcome. */
const sharedOnce = shared(async () => {
  const fresh = new Fresh(submission.seed, 'git-team-sync')
  return run(await unshared(submission.temporaryFolder('team'), fresh), 'share.sh')
})
const mergedOnce = shared(async () => {
  const fresh = new Fresh(submission.seed, 'git-team-sync merged')
  return run(await reviewed(submission.temporaryFolder('team'), fresh), 'after-merge.sh')
})

async function share() {
  const synced = await sharedOnce()
  await synced.explain()
  return synced
}
async function afterMerge() {
  const synced = await mergedOnce()
  await synced.explain()
  return synced
}

async function withTopic() {
  const synced = await share()
  return { team: synced.team, remote: synced.remote, topic: await synced.topic() }
}

/** No branch but yours has moved, notes.txt is as it was, and nothing is left half done. */
async function expectTheRestUntouched({ team, clone, remote }: Synced<Team>): Promise<void> {
  expect(clone.halfDone(), 'what .git holds of an unfinished merge or rebase').toEqual([])
  const { [TOPIC]: _, 'refs/heads/main': __, ...others } = await remote.refs()
  const why = 'the branches and tags of the remote, beside main and topic/depots'
  expect(others, why).toEqual(team.others.remote)
  const local = await clone.refs()
  for (const [ref, tip] of Object.entries(team.others.local)) {
    await clone.expectCommit(local[ref], tip, `the last commit of your branch ${short(ref)}`)
  }
  expect(clone.textNow('notes.txt'), 'the file notes.txt, on the disk').toBe(team.notes)
  const status = await clone.fields('status', '--porcelain', '-z', '--untracked-files=all')
  expect(status, 'git status --short').toEqual(['?? notes.txt'])
}

test('C1 has everything of the newest main in the pushed branch', async () => {
  const { team, remote, topic } = await withTopic()
  const missing = []
  for (const commit of await remote.lines('rev-list', team.main, `^${topic}`)) {
    missing.push(await remote.nameOf(commit))
  }
  const why = "the commits of the remote's main that topic/depots on the remote lacks"
  expect(missing, why).toEqual([])
})

test('C2 keeps both changes in the line that both sides changed', async () => {
  const { team, remote, topic } = await withTopic()
  const text = (await remote.textAt(topic, 'depots.csv')) ?? ''
  const lines = text.split('\n').filter((line) => line.startsWith(`${team.shared.depot},`))
  const why = `the lines of ${team.shared.depot} in depots.csv on topic/depots: their hours, your lockers`
  expect(lines, why).toEqual([team.shared.line])
})

test('C2 changes in the branch what you changed, and nothing else', async () => {
  const { team, remote, topic } = await withTopic()
  for (const [name, text] of Object.entries(team.files)) {
    expect(await remote.textAt(topic, name), `${name} on topic/depots`).toBe(text)
  }
  const changed = await remote.fields('diff', '-z', '--name-only', '--no-renames', team.main, topic)
  const why = "the files that differ between topic/depots and the remote's main"
  expect(changed.sort(), why).toEqual(Object.keys(team.files).sort())
})

test('C2 keeps your commits, with their messages and you as their author', async () => {
  const { team, remote, topic } = await withTopic()
  const log = await remote.lines('log', '--no-merges', '--format=%s%x09%ae', topic, `^${team.main}`)
  for (const message of team.messages) {
    const found = log.filter((line) => line === `${message}\t${team.you.email}`).length
    expect(found, `how many commits of yours on topic/depots say "${message}"`).toBe(1)
  }
})

test('C3 leaves main on the remote alone, and tries no forced push to it', async () => {
  const synced = await share()
  const bad = synced.pushes().filter((push) => /^(rewrite|delete) refs\/heads\/main$/.test(push))
  expect(bad, 'pushes that were to rewrite or delete main').toEqual([])
  await synced.expectRemoteMain()
})

test('C4 sets the upstream of your branch', async () => {
  const { clone, remote } = await share()
  const upstream = {
    remote: await clone.setting('branch.topic/depots.remote'),
    merge: await clone.setting('branch.topic/depots.merge'),
  }
  const wanted = { remote: 'origin', merge: TOPIC }
  expect(upstream, 'what .git/config says of the branch topic/depots').toEqual(wanted)
  const [local, pushed] = [(await clone.refs())[TOPIC], (await remote.refs())[TOPIC]]
  const why = 'the last commit of topic/depots in your clone is the one on the remote'
  await clone.expectCommit(local, pushed ?? '', why)
})

test("C4 puts your main where the remote's main is", async () => {
  const synced = await share()
  await synced.expectMain()
})

test('C5 can be merged on the remote without a conflict', async () => {
  const { team, remote, topic } = await withTopic()
  const merge = await remote.git('merge-tree', '--write-tree', '--name-only', team.main, topic)
  const said = merge.out.trim().split('\n').slice(1).join('\n')
  expect(merge.code, `exit code of the reviewer's merge; 1 is a conflict\n${said}`).toBe(0)
})

test('C6 brings main to where the remote is, and checks it out', async () => {
  const synced = await afterMerge()
  await synced.expectMain()
  const head = (await synced.clone.git('symbolic-ref', '-q', 'HEAD')).out.trim()
  expect(head, 'what is checked out').toBe('refs/heads/main')
})

test('C6 deletes the merged branch, here and on the remote', async () => {
  const { clone, remote } = await afterMerge()
  expect(await branches(clone, 'refs/heads/'), 'the branches of your clone').not.toContain(
    'topic/depots',
  )
  expect(await branches(remote, 'refs/heads/'), 'the branches of the remote').not.toContain(
    'topic/depots',
  )
})

test('C6 forgets the branches that are gone on the remote', async () => {
  const { clone, remote } = await afterMerge()
  const tracked = await branches(clone, 'refs/remotes/origin/')
  const there = await branches(remote, 'refs/heads/')
  const why = 'the branches of the remote as "git branch -r" shows them, without "origin/"'
  expect(tracked, why).toEqual(there)
})

test('C7 share.sh leaves the other branches, and notes.txt, as they were', async () => {
  await expectTheRestUntouched(await share())
})

test('C7 after-merge.sh leaves the other branches, main of the remote and notes.txt', async () => {
  const synced = await afterMerge()
  await expectTheRestUntouched(synced)
  await synced.expectRemoteMain()
})

test('C8 keeps the branch, here and on the remote, while it is not merged', async () => {
  const options = { merged: false, onMain: submission.fresh.oneIn() }
  const team = await reviewed(submission.temporaryFolder('team'), submission.fresh, options)
  const { clone, remote } = await run(team, 'after-merge.sh')
  const [local, there] = [(await clone.refs())[TOPIC], (await remote.refs())[TOPIC]]
  await clone.expectCommit(local, team.topic, 'the last commit of topic/depots in your clone')
  await clone.expectCommit(there, team.topic, 'the last commit of topic/depots on the remote')
})

test('C9 also cleans up where the server has deleted the branch already', async () => {
  const options = { deleted: true, onMain: true }
  const team = await reviewed(submission.temporaryFolder('team'), submission.fresh, options)
  const synced = await run(team, 'after-merge.sh')
  await synced.expectMain()
  const left = Object.keys(await synced.clone.refs()).filter((ref) => ref.endsWith('topic/depots'))
  expect(left, 'what is left of topic/depots in your clone').toEqual([])
})

/** The names of the branches below a prefix, without it; HEAD is none. */
async function branches(outcome: Outcome, prefix: string): Promise<string[]> {
  const refs = Object.keys(await outcome.refs()).filter((ref) => ref.startsWith(prefix))
  return refs.map((ref) => ref.slice(prefix.length)).filter((name) => name !== 'HEAD')
}
