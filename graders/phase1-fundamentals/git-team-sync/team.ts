import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { History, mustGit, type Person } from '../../harness/git/index.ts'
import type { Fresh } from '../../harness/index.ts'
import { after, csv, drawDepots, lineOf, type Step } from './depots.ts'

/** A remote and your clone of it, before one of the scripts runs. */
export type Team = {
  clone: string
  remote: string
  /** The texts of both configs before the script ran. */
  configs: { clone: string; remote: string }
  you: Person
  /** The newest commit of `main` on the remote. */
  main: string
  /** Where the other branches of the remote and of the clone are. */
  others: { remote: Record<string, string>; local: Record<string, string> }
  /** The text of notes.txt, which belongs to no commit. */
  notes: string
}

/** The remote before share.sh runs, and what must come of it. */
export type Unshared = Team & {
  /** The colleague's commits that your clone does not have. */
  theirs: string[]
  /** The messages of your commits. */
  messages: string[]
  /** The files of your branch, as they must be in the end. */
  files: Record<string, string>
  /** The line of depots.csv that both sides have changed. */
  shared: { depot: string; line: string }
}

/** Logs each push, and refuses those to main, as a server with a protected branch does. */
const HOOK = `#!/bin/sh
refused=
while read -r old new ref; do
  if [ -z "$(echo "$new" | tr -d 0)" ]; then kind=delete
  elif [ -z "$(echo "$old" | tr -d 0)" ]; then kind=create
  elif git merge-base --is-ancestor "$old" "$new"; then kind=forward
  else kind=rewrite
  fi
  echo "$kind $ref" >>pushes.log
  if [ "$ref" = refs/heads/main ]; then refused=yes; fi
done
if [ "$refused" ]; then
  echo 'main is protected. Push a branch topic/... and ask for a review.' >&2
  exit 1
fi
`

const person = (fresh: Fresh): Person => ({ name: fresh.name(), email: fresh.email() })
const text = (fresh: Fresh) => `${fresh.name()} ${fresh.word()} ${fresh.word()}`

/** An empty remote, protected, and a colleague's first commits on it. */
async function begin(folder: string, fresh: Fresh, depots: string) {
  const remote = path.join(folder, 'pelican.git')
  mkdirSync(remote, { recursive: true })
  await mustGit(remote, ['-c', 'init.defaultBranch=main', 'init', '-q', '--bare'])
  const hook = path.join(remote, 'hooks', 'pre-receive')
  mkdirSync(path.dirname(hook), { recursive: true })
  writeFileSync(hook, HOOK)
  chmodSync(hook, 0o755)
  const history = new History(fresh)
  const colleague = person(fresh)
  const first = { 'README.md': `# ${text(fresh)}\n`, 'depots.csv': depots }
  const main = { branch: 'main', author: colleague }
  let base = history.add({ ...main, message: text(fresh), files: first })
  for (let more = fresh.int(0, 2); more > 0; more--) {
    const files = { [`docs/${fresh.unique()}.md`]: `${text(fresh)}\n` }
    base = history.add({ ...main, message: text(fresh), files })
  }
  return { remote, history, colleague, base }
}

async function clone(folder: string, remote: string, you: Person, ...args: string[]) {
  const to = path.join(folder, 'pelican')
  mkdirSync(to)
  const identity = ['-c', `user.name=${you.name}`, '-c', `user.email=${you.email}`]
  await mustGit(to, ['clone', '-q', ...identity, ...args, remote, '.'], {}, [remote])
  return to
}

async function endOf(
  { remote, clone }: Pick<Team, 'remote' | 'clone'>,
  fresh: Fresh,
): Promise<Pick<Team, 'configs' | 'notes' | 'main'>> {
  const notes = `${text(fresh)}?\n`
  writeFileSync(path.join(clone, 'notes.txt'), notes)
  const configs = {
    clone: readFileSync(path.join(clone, '.git', 'config'), 'utf8'),
    remote: readFileSync(path.join(remote, 'config'), 'utf8'),
  }
  return { configs, notes, main: await mustGit(remote, ['rev-parse', 'refs/heads/main']) }
}

/**
 * Builds the state that share.sh begins with: your commits on main, and a remote that has moved.
 * @param folder a new folder
 */
export async function unshared(folder: string, fresh: Fresh): Promise<Unshared> {
  const { rows, shared, theirs, mine } = drawDepots(fresh)
  const { remote, history, colleague, base } = await begin(folder, fresh, csv(rows))
  const light = history.add({
    ...{ branch: 'topic/lights', author: colleague, message: text(fresh), parents: [base] },
    files: { [`lights/${fresh.unique()}.txt`]: `${text(fresh)}\n` },
  })
  const hashOf = await history.write(remote)
  const you = person(fresh)
  const own = await clone(folder, remote, you, '--no-checkout')

  /** A commit for each step, on top of the main that both know; a text goes to a file of its own. */
  const work = (author: Person, steps: (Step[] | Record<string, string>)[]) => {
    const planned = new History(fresh, history.seconds)
    let now = rows
    const commits = steps.map((step, index) => {
      if (Array.isArray(step)) now = after(now, step)
      const files = Array.isArray(step) ? { 'depots.csv': csv(now) } : step
      const parents = index === 0 ? ['refs/heads/main^0'] : []
      const message = text(fresh)
      return { message, mark: planned.add({ branch: 'main', author, message, files, parents }) }
    })
    return { planned, commits }
  }

  const readme = { 'README.md': `# ${text(fresh)}\n\n${text(fresh)}.\n` }
  const [hours, otherHours, added] = theirs as [Step, Step, Step]
  const pushed = work(colleague, fresh.shuffle([[hours, otherHours], [added], readme]))
  const pushedAs = await pushed.planned.write(remote)

  const holidays = {
    'holidays.csv': `depot,closed\n${fresh.word()},2027-0${fresh.int(1, 9)}-01\n`,
  }
  const parts = fresh.oneIn() ? [mine] : mine.map((step) => [step])
  const yours = work(you, fresh.shuffle([...parts, holidays]))
  const draft = yours.planned.add({
    ...{ branch: 'draft', author: you, message: text(fresh) },
    files: { 'draft.md': `${text(fresh)}\n` },
    parents: ['refs/remotes/origin/main^0'],
  })
  const yoursAs = await yours.planned.write(own)
  await mustGit(own, ['reset', '-q', '--hard'])
  const done = after(rows, [...theirs, ...mine])
  return {
    ...(await endOf({ remote, clone: own }, fresh)),
    clone: own,
    remote,
    you,
    theirs: pushed.commits.map(({ mark }) => pushedAs(mark)),
    messages: yours.commits.map(({ message }) => message),
    files: { 'depots.csv': csv(done), ...holidays },
    shared: { depot: shared, line: lineOf(done.find(({ depot }) => depot === shared)!) },
    others: {
      remote: { 'refs/heads/topic/lights': hashOf(light) },
      local: { 'refs/heads/draft': yoursAs(draft) },
    },
  }
}

/**
 * Builds the state that after-merge.sh begins with: your branch is pushed and, as a rule, merged on
 * the remote, where a colleague's branch is gone.
 * @param folder a new folder
 * @param options.merged false where the review is not over
 * @param options.deleted true where the server deleted your branch when it was merged
 * @param options.onMain true where main is checked out, and not your branch
 */
export async function reviewed(
  folder: string,
  fresh: Fresh,
  options: { merged?: boolean; deleted?: boolean; onMain?: boolean } = {},
): Promise<Team & { topic: string }> {
  const { rows } = drawDepots(fresh)
  const { remote, history, colleague, base } = await begin(folder, fresh, csv(rows))
  const you = person(fresh)
  const branch = (name: string, author: Person) => {
    const files = { [`${name}/${fresh.unique()}.txt`]: `${text(fresh)}\n` }
    const made = { branch: `topic/${name}`, author, message: text(fresh), parents: [base] }
    return { files, mark: history.add({ ...made, files }) }
  }
  const [lights, doors] = [branch('lights', colleague), branch('doors', colleague)]
  const mine = branch('depots', you)
  const hashOf = await history.write(remote)
  const head = options.onMain ? 'main' : 'topic/depots'
  const own = await clone(folder, remote, you, '-b', head)
  const other = options.onMain ? 'topic/depots' : 'main'
  await mustGit(own, ['branch', '-q', other, `origin/${other}`])
  const next = new History(fresh, history.seconds)
  const files = { [`${fresh.unique()}.txt`]: `${text(fresh)}\n` }
  const started = { branch: 'topic/next', author: you, message: text(fresh), files }
  const nextMark = next.add({ ...started, parents: ['refs/remotes/origin/topic/depots^0'] })
  const nextOf = await next.write(own)

  const review = new History(fresh, history.seconds)
  const reviewer = { branch: 'main', author: person(fresh), message: text(fresh) }
  const merge = (topic: { files: Record<string, string>; mark: string }, first: string) =>
    review.add({ ...reviewer, files: topic.files, parents: [first, hashOf(topic.mark)] })
  const door = merge(doors, 'refs/heads/main^0')
  const merged = options.merged === false ? undefined : merge(mine, door)
  const later = { [`docs/${fresh.unique()}.md`]: `${text(fresh)}\n` }
  review.add({ ...reviewer, files: later, parents: [merged ?? door] })
  await review.write(remote)
  const gone = options.deleted ? ['topic/doors', 'topic/depots'] : ['topic/doors']
  await mustGit(remote, ['branch', '-q', '-D', ...gone])
  return {
    ...(await endOf({ remote, clone: own }, fresh)),
    clone: own,
    remote,
    you,
    topic: hashOf(mine.mark),
    others: {
      remote: { 'refs/heads/topic/lights': hashOf(lights.mark) },
      local: { 'refs/heads/topic/next': nextOf(nextMark) },
    },
  }
}
