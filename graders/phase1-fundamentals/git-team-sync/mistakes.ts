import { editing, type Mistake } from '../../harness/mistakes.ts'

const share = editing('share.sh')
const after = editing('after-merge.sh')

// The places of the reference that the mistakes change.
const BRANCH = 'git switch -q -c topic/depots\n'
const FETCH = 'git fetch -q origin\n'
const MERGE = `if git -c merge.conflictStyle=merge merge -q --no-edit origin/main; then
  echo 'share.sh: expected a conflict in depots.csv' >&2
  exit 1
fi
`
const MINE = 'half == "mine" { lockers = $4; next }\n'
const THEIRS = 'half == "theirs" { print $1 "," $2 "," $3 "," lockers; next }\n'
const RECORD = 'git add depots.csv\ngit commit -q --no-edit\n'
const PUSH = 'git push -q -u origin topic/depots\n'
const MAIN = 'git branch -q -f main origin/main\n'
const CONDITION = 'git merge-base --is-ancestor topic/depots main'
const DELETE = 'git push -q origin --delete topic/depots'
const STILL_THERE = 'git rev-parse -q --verify refs/remotes/origin/topic/depots >/dev/null'
const SETTLE_TO_END = `printf '%s\\n' "$settled" >depots.csv\n`

const RULES = {
  force: 'no push asks the server to rewrite or to delete `main`',
  changes:
    "compared with the remote's `main`, `topic/depots` changes `depots.csv` and `holidays.csv` and nothing else",
  shared: 'has `opens` and `closes` from the colleague and `lockers` from you',
  once: 'stands once in the file',
  lines: "`depots.csv` has all other changes of both sides, in the order of the colleague's file",
  catchUp: '`topic/depots` on the remote contains the commits of the newest `main` of the remote',
  review: "merging `topic/depots` into the remote's `main` gives no conflict",
  upstream: '`topic/depots` in your clone tracks `topic/depots` of `origin`',
  sameCommit: 'both are at the same commit',
  ownMain: "is at the very commit of the remote's `main`: no commit of yours, no merge commit",
  commits: 'each is in `topic/depots` once, with its message and you as author',
  merged: '`topic/depots` is gone from your clone and from the remote',
  mainAfter: "your `main` is checked out and at the commit of the remote's `main`",
  stale: '`git branch -r` shows the branches that the remote still has, and no others',
  notMerged:
    "while the remote's `main` lacks a commit of `topic/depots`, the branch stays, in your clone and on the remote",
  deleted:
    'All the same `main` is up to date in the end, and no `topic/depots` or `origin/topic/depots` is left',
  others: '`draft`, `topic/next` and `topic/lights` stay where they are',
  noOther: 'The remote gets `topic/depots`, and no other branch and no tag',
  notes: 'still there, unchanged, not committed',
  end: '`git status --short` prints `?? notes.txt` and nothing else',
  halfDone: 'No merge or rebase is left half done',
}

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C3',
    why: 'forces main first; only the protection saves the colleague',
    rule: RULES.force,
    edits: [share(BRANCH, `git push -q --force origin main || true\n${BRANCH}`)],
  },
  {
    id: 'W2',
    check: 'C2',
    why: 'resets main to the remote before the commits have another name',
    rule: RULES.changes,
    edits: [
      share(BRANCH, `git fetch -q origin\ngit reset -q --hard origin/main\n${BRANCH}`),
      share(MERGE, ''),
      share(RECORD, ''),
    ],
  },
  {
    id: 'W3',
    check: 'C2',
    why: 'takes its own side of the shared line, and the new hours are lost',
    rule: RULES.shared,
    edits: [share(MINE, ''), share(THEIRS, 'half == "theirs" { next }\n')],
  },
  {
    id: 'W4',
    check: 'C5',
    why: 'pushes the branch without catching up; the reviewer meets the conflict',
    rule: RULES.review,
    edits: [share(MERGE, ''), share(RECORD, '')],
  },
  {
    id: 'W5',
    check: 'C4',
    why: 'pushes without -u',
    rule: RULES.upstream,
    edits: [share(PUSH, 'git push -q origin topic/depots\n')],
  },
  {
    id: 'W6',
    check: 'C6',
    why: 'deletes the branch in the clone only',
    rule: RULES.merged,
    edits: [after(DELETE, ':')],
  },
  {
    id: 'W7',
    check: 'C4',
    why: 'catches up by a pull on main, and leaves that merge commit there',
    rule: RULES.ownMain,
    edits: [share(BRANCH, ''), share(PUSH, `git branch topic/depots\n${PUSH}`), share(MAIN, '')],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'merges the origin/main that the clone knew, without a fetch',
    rule: RULES.catchUp,
    edits: [
      share(FETCH, ''),
      share(MERGE, 'git merge -q --no-edit origin/main\n'),
      share(RECORD, ''),
    ],
  },
  {
    id: 'W9',
    check: 'C2',
    why: 'takes the colleague’s side of the shared line, and the lockers are lost',
    rule: RULES.shared,
    edits: [share(THEIRS, 'half == "theirs" { print; next }\n')],
  },
  {
    id: 'W10',
    check: 'C2',
    why: 'keeps both versions of the shared line, one below the other',
    rule: RULES.once,
    edits: [share(MINE, ''), share(THEIRS, '')],
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'takes the whole file with --ours: the other changes of the colleague are gone',
    rule: RULES.lines,
    edits: [share(SETTLE_TO_END, 'git checkout -q --ours depots.csv\n')],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'takes the whole file with --theirs: the other lockers are gone',
    rule: RULES.lines,
    edits: [share(SETTLE_TO_END, 'git checkout -q --theirs depots.csv\n')],
  },
  {
    id: 'W13',
    check: 'C2',
    why: 'commits the file with its conflict markers',
    rule: RULES.lines,
    edits: [share(SETTLE_TO_END, '')],
  },
  {
    id: 'W14',
    check: 'C2',
    why: 'adds every file, so that the notes are published',
    rule: RULES.changes,
    edits: [share('git add depots.csv', 'git add .')],
  },
  {
    id: 'W15',
    check: 'C2',
    why: 'squashes its commits into one with a new message',
    rule: RULES.commits,
    edits: [
      share(
        PUSH,
        `git reset -q --soft origin/main
git commit -q -m 'My work'
${PUSH}`,
      ),
    ],
  },
  {
    id: 'W16',
    check: 'C2',
    why: 'sorts the file, header and all',
    rule: RULES.lines,
    edits: [share(SETTLE_TO_END, `printf '%s\\n' "$settled" | sort >depots.csv\n`)],
  },
  {
    id: 'W17',
    check: 'C4',
    why: 'leaves its commits on main',
    rule: RULES.ownMain,
    edits: [share(MAIN, '')],
  },
  {
    id: 'W18',
    check: 'C4',
    why: 'goes on after the push: the branch on the remote lacks a commit',
    rule: RULES.sameCommit,
    edits: [share(MAIN, `${MAIN}git commit -q --allow-empty -m 'Ready for review'\n`)],
  },
  {
    id: 'W19',
    check: 'C4',
    why: 'begins the branch at origin/main and so makes that its upstream',
    rule: RULES.upstream,
    edits: [share(PUSH, `${PUSH}git branch -q --set-upstream-to=origin/main\n`)],
  },
  {
    id: 'W20',
    check: 'C7',
    why: 'pushes all branches, the draft too',
    rule: RULES.noOther,
    edits: [share(MAIN, `${MAIN}git push -q --all origin\n`)],
  },
  {
    id: 'W21',
    check: 'C7',
    why: 'pushes with --prune: what the clone does not have is deleted on the remote',
    rule: RULES.others,
    edits: [share(MAIN, `${MAIN}git push -q --prune origin 'refs/heads/topic/*'\n`)],
  },
  {
    id: 'W22',
    check: 'C7',
    why: 'cleans the working tree, and the notes are gone',
    rule: RULES.notes,
    edits: [share(BRANCH, `git clean -q -f\n${BRANCH}`)],
  },
  {
    id: 'W23',
    check: 'C7',
    why: 'puts the notes in a stash and forgets them there',
    rule: RULES.notes,
    edits: [share(BRANCH, `git stash push -q -u\n${BRANCH}`)],
  },
  {
    id: 'W24',
    check: 'C7',
    why: 'stops in the middle of the merge',
    rule: RULES.halfDone,
    edits: [share(RECORD, 'git add depots.csv\n'), share(PUSH, `${PUSH}exit\n`)],
  },
  {
    id: 'W25',
    check: 'C6',
    why: 'deletes on the remote and keeps the branch in the clone',
    rule: RULES.merged,
    edits: [after('git branch -q -D topic/depots', ':')],
  },
  {
    id: 'W26',
    check: 'C6',
    why: 'fetches without --prune',
    rule: RULES.stale,
    edits: [after('git fetch -q --prune origin', 'git fetch -q origin')],
  },
  {
    id: 'W27',
    check: 'C6',
    why: 'fetches and leaves main where it was, so that nothing seems to be merged',
    rule: RULES.mainAfter,
    edits: [after('git merge -q --ff-only origin/main\n', '')],
  },
  {
    id: 'W28',
    check: 'C6',
    why: 'ends on no branch',
    rule: RULES.mainAfter,
    edits: [
      after('git switch -q main\n', 'git switch -q main\ntrap "git checkout -q --detach" EXIT\n'),
    ],
  },
  {
    id: 'W29',
    check: 'C6',
    why: 'pulls main while the branch is checked out: a merge, and main stays old',
    rule: RULES.mainAfter,
    edits: [after('git switch -q main\ngit merge -q --ff-only', 'git merge -q --no-edit')],
  },
  {
    id: 'W30',
    check: 'C7',
    why: 'deletes every local branch but main',
    rule: RULES.others,
    edits: [after('git branch -q -D topic/depots', 'git branch -q -D topic/depots topic/next')],
  },
  {
    id: 'W31',
    check: 'C7',
    why: 'deletes all branches topic/* on the remote',
    rule: RULES.others,
    edits: [after(DELETE, `${DELETE} topic/lights`)],
  },
  {
    id: 'W32',
    check: 'C8',
    why: 'deletes without asking whether the branch is merged',
    rule: RULES.notMerged,
    edits: [after(CONDITION, 'true')],
  },
  {
    id: 'W33',
    check: 'C8',
    why: 'relies on git branch -d, which compares with the upstream',
    rule: RULES.notMerged,
    edits: [
      after(CONDITION, 'git branch -q -d topic/depots'),
      after('  git branch -q -D topic/depots\n', ''),
    ],
  },
  {
    id: 'W34',
    check: 'C9',
    why: 'deletes on the remote first and stops there, since the branch is gone already',
    rule: RULES.deleted,
    edits: [
      after('  git branch -q -D topic/depots\n', ''),
      after(STILL_THERE, 'true'),
      after(DELETE, `${DELETE}\n  git branch -q -D topic/depots`),
    ],
  },
  {
    id: 'W35',
    check: 'C7',
    why: 'throws the notes away to have a clean tree',
    rule: RULES.notes,
    edits: [after('git switch -q main\n', 'git switch -q main\ngit clean -q -f -d\n')],
  },
  {
    id: 'W36',
    check: 'C3',
    why: 'tells the server by deleting main and pushing it anew',
    rule: RULES.force,
    edits: [share(BRANCH, `git push -q origin --delete main || true\n${BRANCH}`)],
  },
  {
    id: 'W37',
    check: 'C7',
    why: 'adds notes.txt to the index',
    rule: RULES.end,
    edits: [share(MAIN, `${MAIN}git add notes.txt\n`)],
  },
]
