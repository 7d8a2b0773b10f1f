import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Outcome, scriptEnv } from '../../harness/git/index.ts'
import { Fresh, note, openSubmission, type ScriptResult, shared } from '../../harness/index.ts'
import { reviewed, type Team, unshared } from './team.ts'

const submission = openSubmission(import.meta)
const TOPIC = 'topic/depots'

/** Your clone and the remote, after a script has run. */
class Synced<T extends Team> {
  readonly team: T
  readonly clone: Outcome
  readonly remote: Outcome
  readonly #name: string
  readonly #script: ScriptResult

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
    const { code, signal, output } = this.#script
    note(`bash ${this.#name}`, `${output}\n(exit ${code ?? signal})`.trim())
    const graph = ['log', '--graph', '--oneline', '--decorate', '--all', '-n', '40']
    note('your clone: git log --graph --oneline --all', (await this.clone.git(...graph)).out)
    const pushes = this.pushes().join('\n') || '(none)'
    const remote = (await this.remote.git(...graph)).out
    note('the remote: git log --graph --oneline --all', `${remote}\nThe pushes it got:\n${pushes}`)
  }

  /** The last commit of your branch on the remote. */
  async topic(): Promise<string> {
    const tip = await this.remote.commit(`refs/heads/${TOPIC}`)
    expect(tip, `the remote has a branch ${TOPIC}`).toBeDefined()
    return tip!
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

/** No branch but yours has moved, notes.txt is as it was, and nothing is left half done. */
async function expectTheRestUntouched({ team, clone, remote }: Synced<Team>): Promise<void> {
  expect(clone.halfDone(), 'what .git holds of an unfinished merge or rebase').toEqual([])
  const { [TOPIC]: _, main: __, ...others } = await remote.refs('refs/heads')
  expect(others, `the branches of the remote beside main and ${TOPIC}`).toEqual(team.others.remote)
  expect(await remote.refs('refs/tags'), 'the tags of the remote').toEqual({})
  const local = await clone.refs('refs/heads')
  for (const [name, tip] of Object.entries(team.others.local)) {
    expect(local[name], `the last commit of your branch ${name}`).toBe(tip)
  }
  expect(clone.textNow('notes.txt'), 'the file notes.txt, on the disk').toBe(team.notes)
  const status = await clone.fields('status', '--porcelain', '-z', '--untracked-files=all')
  expect(status, 'git status --short').toEqual(['?? notes.txt'])
}

test('C1 has everything of the newest main in the pushed branch', async () => {
  const { team, remote, topic } = await withTopic()
  for (const commit of team.theirs) {
    const name = await remote.nameOf(commit)
    const kept = await remote.contains(topic, commit)
    expect(kept, `the colleague's commit ${name} is part of ${TOPIC} on the remote`).toBe(true)
  }
})

async function withTopic() {
  const synced = await share()
  return { team: synced.team, remote: synced.remote, topic: await synced.topic() }
}

test('C2 keeps both changes in the line that both sides changed', async () => {
  const { team, remote, topic } = await withTopic()
  const text = (await remote.textAt(topic, 'depots.csv')) ?? ''
  const lines = text.split('\n').filter((line) => line.startsWith(`${team.shared.depot},`))
  const why = `the lines of ${team.shared.depot} in depots.csv on ${TOPIC}: their hours, your lockers`
  expect(lines, why).toEqual([team.shared.line])
})

test('C2 changes in the branch what you changed, and nothing else', async () => {
  const { team, remote, topic } = await withTopic()
  for (const [name, text] of Object.entries(team.files)) {
    expect(await remote.textAt(topic, name), `${name} on ${TOPIC}`).toBe(text)
  }
  const changed = await remote.fields('diff', '-z', '--name-only', '--no-renames', team.main, topic)
  const why = `the files that differ between ${TOPIC} and the remote's main`
  expect(changed.sort(), why).toEqual(Object.keys(team.files).sort())
})

test('C2 keeps your commits, with their messages and you as their author', async () => {
  const { team, remote, topic } = await withTopic()
  const log = await remote.lines('log', '--no-merges', '--format=%s%x09%ae', topic, `^${team.main}`)
  for (const message of team.messages) {
    const found = log.filter((line) => line === `${message}\t${team.you.email}`).length
    expect(found, `how many commits of yours on ${TOPIC} say "${message}"`).toBe(1)
  }
})

test('C3 leaves main on the remote alone, and tries no forced push to it', async () => {
  const synced = await share()
  const { remote, team } = synced
  const bad = synced.pushes().filter((push) => /^(rewrite|delete) refs\/heads\/main$/.test(push))
  expect(bad, 'pushes that were to rewrite or delete main').toEqual([])
  const main = await remote.nameOf(await remote.commit('refs/heads/main'))
  expect(main, "the last commit of the remote's main").toBe(await remote.nameOf(team.main))
})

test('C4 sets the upstream of your branch', async () => {
  const { clone, remote } = await share()
  const upstream = {
    remote: await clone.setting(`branch.${TOPIC}.remote`),
    merge: await clone.setting(`branch.${TOPIC}.merge`),
  }
  const wanted = { remote: 'origin', merge: `refs/heads/${TOPIC}` }
  expect(upstream, `what .git/config says of the branch ${TOPIC}`).toEqual(wanted)
  const pushed = await remote.nameOf(await remote.commit(`refs/heads/${TOPIC}`))
  const local = await clone.nameOf(await clone.commit(`refs/heads/${TOPIC}`))
  expect(local, `the last commit of ${TOPIC} in your clone is the one on the remote`).toBe(pushed)
})

test("C4 puts your main where the remote's main is", async () => {
  const { clone, remote, team } = await share()
  const main = await clone.nameOf(await clone.commit('refs/heads/main'))
  expect(main, 'the last commit of main in your clone').toBe(await remote.nameOf(team.main))
})

test('C5 can be merged on the remote without a conflict', async () => {
  const { team, remote, topic } = await withTopic()
  const merge = await remote.git('merge-tree', '--write-tree', '--name-only', team.main, topic)
  const said = merge.out.trim().split('\n').slice(1).join('\n')
  expect(merge.code, `exit code of the reviewer's merge; 1 is a conflict\n${said}`).toBe(0)
})

test('C6 brings main to where the remote is, and checks it out', async () => {
  const { clone, remote, team } = await afterMerge()
  const main = await clone.nameOf(await clone.commit('refs/heads/main'))
  expect(main, 'the last commit of main in your clone').toBe(await remote.nameOf(team.main))
  const head = (await clone.git('symbolic-ref', '-q', 'HEAD')).out.trim()
  expect(head, 'what is checked out').toBe('refs/heads/main')
})

test('C6 deletes the merged branch, here and on the remote', async () => {
  const { clone, remote } = await afterMerge()
  const local = Object.keys(await clone.refs('refs/heads'))
  expect(local, 'the branches of your clone').not.toContain(TOPIC)
  const there = Object.keys(await remote.refs('refs/heads'))
  expect(there, 'the branches of the remote').not.toContain(TOPIC)
})

test('C6 forgets the branches that are gone on the remote', async () => {
  const { clone, remote } = await afterMerge()
  const tracked = Object.keys(await clone.refs('refs/remotes')).filter(
    (name) => !/HEAD$/.test(name),
  )
  const there = Object.keys(await remote.refs('refs/heads')).map((name) => `origin/${name}`)
  expect(tracked, 'git branch -r, HEAD left out').toEqual(there)
})

test('C7 share.sh leaves the other branches, and notes.txt, as they were', async () => {
  await expectTheRestUntouched(await share())
})

test('C7 after-merge.sh leaves the other branches, main of the remote and notes.txt', async () => {
  const synced = await afterMerge()
  await expectTheRestUntouched(synced)
  const main = await synced.remote.nameOf(await synced.remote.commit('refs/heads/main'))
  const wanted = await synced.remote.nameOf(synced.team.main)
  expect(main, "the last commit of the remote's main").toBe(wanted)
})

test('C8 keeps the branch, here and on the remote, while it is not merged', async () => {
  const team = await reviewed(submission.temporaryFolder('team'), submission.fresh, {
    merged: false,
    onMain: submission.fresh.oneIn(),
  })
  const synced = await run(team, 'after-merge.sh')
  const wanted = await synced.clone.nameOf(team.topic)
  const local = await synced.clone.nameOf(await synced.clone.commit(`refs/heads/${TOPIC}`))
  expect(local, `the last commit of ${TOPIC} in your clone`).toBe(wanted)
  const there = await synced.remote.nameOf(await synced.remote.commit(`refs/heads/${TOPIC}`))
  expect(there, `the last commit of ${TOPIC} on the remote`).toBe(wanted)
})

test('C9 also cleans up where the server has deleted the branch already', async () => {
  const team = await reviewed(submission.temporaryFolder('team'), submission.fresh, {
    deleted: true,
    onMain: true,
  })
  const { clone, remote } = await run(team, 'after-merge.sh')
  const main = await clone.nameOf(await clone.commit('refs/heads/main'))
  expect(main, 'the last commit of main in your clone').toBe(await remote.nameOf(team.main))
  const { out } = await clone.git('branch', '--all', '--format=%(refname:lstrip=2)')
  const left = out.split('\n').filter((name) => name.endsWith(TOPIC))
  expect(left, 'git branch --all: what is left of your branch').toEqual([])
})
