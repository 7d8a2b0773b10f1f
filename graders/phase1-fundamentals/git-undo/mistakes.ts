import { editing, type Mistake } from '../../harness/mistakes.ts'

const merge = editing('undo-merge.sh')
const fix = editing('fix-commit.sh')
const back = editing('bring-back.sh')
const forget = editing('forget-token.sh')
const find = editing('find-bad.sh')

// The places of the reference that the mistakes change.
const REVERT = 'git revert --no-edit -m 1 "$merge"\n'
const PUSH = 'git push -q origin main\n'
const AMEND = 'git commit -q --amend -o --reset-author -F message.txt\n'
const BRANCH = 'git branch rescue "$tip"\n'
const ORIGINAL =
  "git for-each-ref --format='delete %(refname)' refs/original | git update-ref --stdin\n"
const EXPIRE = 'git reflog expire --expire=now --all\n'
const COLLECT = 'git gc -q --prune=now\n'
const DROP = 'git stash drop -q\n'
const STASH = 'git apply "$HOME/stash.patch"\ngit stash push -q -m "$title"\n'
const RUN = 'git bisect run bash "$1" >/dev/null\n'
const WRITE = 'mv "$HOME/first-bad.txt" first-bad.txt\n'
const RESET = 'git bisect reset >/dev/null\n'

const RULES = {
  history:
    'the old `main` stays part of `main`, in your clone and on the remote: no rewriting, no forced push',
  goes: 'every file that the merge changed, added or deleted is as before the merge',
  stays: 'the changes of all other commits, also those in lines of the same files',
  remote: 'its `main` and yours end at the same commit',
  one: 'one commit takes the place of the last one: the same parent, and the same files',
  message: 'exactly the text of `message.txt`, several lines of it',
  author: 'the name and the address of the settings',
  staged: 'what was staged is still staged, and in no commit',
  rescue:
    'a branch at exactly the commit that `salvage` pointed to in the end: not the one before it was amended, and no copy',
  else: '`main` and the branch `other` stay where they are',
  token:
    'in no object of the repository, reachable or not, packed or loose, and in no other file below `.git` or beside it',
  line: '`settings.conf` loses it, and keeps all other lines',
  rest: 'all other files at the tips of `main`, `side` and `v0.1` are as before',
  number: 'So are the messages and authors of all commits, and their number',
  tag: '`v0.1` is still an annotated tag',
  stash: 'there is one stash still, and it brings the same change',
  firstBad: 'the full hash of the first bad commit',
  tests: '`test.sh` runs at least once and at most 12 times',
  same: 'is the same file as before',
  uncommitted: 'in the root of the working tree, not committed',
  onMain: '`main` is checked out, and no merge, rebase, revert or bisection is left half done',
  clean:
    '`git status --short` shows nothing but `message.txt` and what was staged, or `first-bad.txt`',
  sound: '`git fsck --full` finds no fault',
}

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C1',
    why: 'goes back to before the merge and forces the remote',
    rule: RULES.history,
    edits: [
      merge(REVERT, 'git reset -q --hard "$merge^1"\n'),
      merge(PUSH, 'git push -q --force origin main\n'),
    ],
  },
  {
    id: 'W2',
    check: 'C1',
    why: 'reverts without -m, which git refuses, and goes on',
    rule: RULES.goes,
    edits: [merge(REVERT, 'git revert --no-edit "$merge" || true\n')],
  },
  {
    id: 'W3',
    check: 'C4',
    why: 'takes the token out in a new commit',
    rule: RULES.token,
    files: {
      'forget-token.sh': `grep -vF "$1" settings.conf >new
mv new settings.conf
git commit -q -a -m 'Remove the token'
`,
    },
  },
  {
    id: 'W4',
    check: 'C4',
    why: 'rewrites main and forgets side, the tag and the stash',
    rule: RULES.token,
    edits: [
      forget('-- --branches --tags', '-- main'),
      forget(DROP, ''),
      forget(STASH, ''),
      forget(EXPIRE, ''),
    ],
  },
  {
    id: 'W5',
    check: 'C3',
    why: 'takes the commit before the amend',
    rule: RULES.rescue,
    edits: [
      back(
        BRANCH,
        `tip=$(awk -F '\\t' '$2 ~ /^commit .amend./ { split($1, hash, " "); tip = hash[1] } END { print tip }' .git/logs/HEAD)
${BRANCH}`,
      ),
    ],
  },
  {
    id: 'W6',
    check: 'C5',
    why: 'tests one commit after the other',
    rule: RULES.tests,
    edits: [
      find(
        RUN,
        `for commit in $(git rev-list --reverse main); do
  git checkout -q "$commit"
  if ! bash "$1"; then break; fi
done
git update-ref refs/bisect/bad HEAD
`,
      ),
    ],
  },
  {
    id: 'W7',
    check: 'C1',
    why: 'reverts with -m 2: takes back what main did meanwhile, and keeps the merge',
    rule: RULES.goes,
    edits: [merge(REVERT, REVERT.replace('-m 1', '-m 2'))],
  },
  {
    id: 'W8',
    check: 'C1',
    why: 'takes the files of before the merge, later work included',
    rule: RULES.stays,
    edits: [
      merge(
        REVERT,
        `git read-tree -u --reset "$merge^1"
git commit -q -m 'Undo the merge'
`,
      ),
    ],
  },
  {
    id: 'W9',
    check: 'C1',
    why: 'reverts and does not push',
    rule: RULES.remote,
    edits: [merge(PUSH, '')],
  },
  {
    id: 'W10',
    check: 'C1',
    why: 'reverts the oldest merge',
    rule: RULES.goes,
    edits: [merge('git rev-list --merges -n 1 main', 'git rev-list --merges main | tail -n 1')],
  },
  {
    id: 'W11',
    check: 'C2',
    why: 'makes a new commit on top',
    rule: RULES.one,
    edits: [fix(AMEND, 'git commit -q --allow-empty -F message.txt\n')],
  },
  {
    id: 'W12',
    check: 'C2',
    why: 'takes the first line of the message only',
    rule: RULES.message,
    edits: [fix('-F message.txt', '-m "$(head -n 1 message.txt)"')],
  },
  {
    id: 'W13',
    check: 'C2',
    why: 'leaves the author',
    rule: RULES.author,
    edits: [fix(AMEND, AMEND.replace(' --reset-author', ''))],
  },
  {
    id: 'W14',
    check: 'C2',
    why: 'commits message.txt too',
    rule: RULES.one,
    edits: [fix(AMEND, `git add message.txt\n${AMEND.replace(' -o', '')}`)],
  },
  {
    id: 'W15',
    check: 'C7',
    why: 'amends with everything that is staged',
    rule: RULES.staged,
    edits: [fix(AMEND, AMEND.replace(' -o', ''))],
  },
  {
    id: 'W16',
    check: 'C7',
    why: 'clears the index first, and nothing is staged any more',
    rule: RULES.staged,
    edits: [fix(AMEND, `git reset -q\n${AMEND}`)],
  },
  {
    id: 'W17',
    check: 'C3',
    why: 'makes a copy of the commits by cherry-pick',
    rule: RULES.rescue,
    edits: [
      back(
        BRANCH,
        `git switch -q -c rescue
git cherry-pick "main..$tip"
git switch -q main
`,
      ),
    ],
  },
  {
    id: 'W18',
    check: 'C3',
    why: 'moves main to the lost commit',
    rule: RULES.else,
    edits: [back(BRANCH, `${BRANCH}git reset -q --hard rescue\n`)],
  },
  {
    id: 'W19',
    check: 'C3',
    why: 'calls the branch salvage again',
    rule: RULES.rescue,
    edits: [back(BRANCH, 'git branch salvage "$tip"\n')],
  },
  {
    id: 'W20',
    check: 'C6',
    why: 'ends on the branch rescue',
    rule: RULES.onMain,
    edits: [back(BRANCH, 'git switch -q -c rescue "$tip"\n')],
  },
  {
    id: 'W21',
    check: 'C4',
    why: 'leaves refs/original, where filter-branch keeps the old commits',
    rule: RULES.token,
    edits: [forget(ORIGINAL, '')],
  },
  {
    id: 'W22',
    check: 'C4',
    why: 'leaves the reflogs',
    rule: RULES.token,
    edits: [forget(EXPIRE, '')],
  },
  {
    id: 'W23',
    check: 'C4',
    why: 'leaves the objects that nothing reaches',
    rule: RULES.token,
    edits: [forget(COLLECT, '')],
  },
  {
    id: 'W24',
    check: 'C4',
    why: 'collects, but not what is younger than two weeks',
    rule: RULES.token,
    edits: [forget(COLLECT, 'git gc -q\n')],
  },
  {
    id: 'W25',
    check: 'C4',
    why: 'deletes settings.conf from every commit',
    rule: RULES.line,
    edits: [forget('cat settings.new >settings.conf', 'rm settings.conf')],
  },
  {
    id: 'W26',
    check: 'C4',
    why: 'puts *** in the place of the token and keeps the line',
    rule: RULES.line,
    edits: [
      forget(
        'grep -vF "$token" settings.conf >settings.new || true',
        'sed "s/$token/***/" settings.conf >settings.new',
      ),
    ],
  },
  {
    id: 'W27',
    check: 'C4',
    why: 'leaves the file it wrote to in every commit',
    rule: RULES.rest,
    edits: [forget('    rm settings.new\n', '')],
  },
  {
    id: 'W28',
    check: 'C4',
    why: 'makes one commit of the whole history',
    rule: RULES.number,
    edits: [
      forget(
        ORIGINAL,
        `git update-ref refs/heads/main "$(git commit-tree -m Start 'main^{tree}')"\n${ORIGINAL}`,
      ),
    ],
  },
  {
    id: 'W29',
    check: 'C4',
    why: 'writes the token to a file to remember it',
    rule: RULES.token,
    edits: [forget(COLLECT, `${COLLECT}echo "removed $token" >.git/rewritten.log\n`)],
  },
  {
    id: 'W30',
    check: 'C8',
    why: 'tags again without a message',
    rule: RULES.tag,
    edits: [forget(ORIGINAL, `git tag -f v0.1 'v0.1^{}' >/dev/null\n${ORIGINAL}`)],
  },
  {
    id: 'W31',
    check: 'C8',
    why: 'throws the stash away',
    rule: RULES.stash,
    edits: [forget(STASH, '')],
  },
  {
    id: 'W32',
    check: 'C8',
    why: 'stashes again before all logs are emptied',
    rule: RULES.stash,
    edits: [forget(STASH, ''), forget(ORIGINAL, `${STASH}${ORIGINAL}`)],
  },
  {
    id: 'W33',
    check: 'C5',
    why: 'takes the last good commit',
    rule: RULES.firstBad,
    edits: [find('git rev-parse refs/bisect/bad', 'git rev-parse refs/bisect/bad^')],
  },
  {
    id: 'W34',
    check: 'C5',
    why: 'writes the short hash',
    rule: RULES.firstBad,
    edits: [find('git rev-parse refs/bisect/bad', 'git rev-parse --short refs/bisect/bad')],
  },
  {
    id: 'W35',
    check: 'C6',
    why: 'leaves the bisection open',
    rule: RULES.onMain,
    edits: [find(RESET, '')],
  },
  {
    id: 'W36',
    check: 'C6',
    why: 'leaves the change of the stash in the working tree',
    rule: RULES.clean,
    edits: [forget('git stash push -q -m "$title"\n', '')],
  },
  {
    id: 'W37',
    check: 'C6',
    why: 'deletes an object that it takes for rubbish',
    rule: RULES.sound,
    edits: [
      back(
        BRANCH,
        `${BRANCH}rm -f ".git/objects/$(git rev-parse 'other^{tree}' | sed 's#^..#&/#')"\n`,
      ),
    ],
  },
  {
    id: 'W38',
    check: 'C5',
    why: 'has test.sh print what it does, to see more',
    rule: RULES.same,
    edits: [find(RUN, `sed -i '1a set -x' "$1"\n${RUN}`)],
  },
  {
    id: 'W39',
    check: 'C6',
    why: 'commits first-bad.txt',
    rule: RULES.uncommitted,
    edits: [
      find(WRITE, `${WRITE}git add first-bad.txt\ngit commit -q -m 'The first bad commit'\n`),
    ],
  },
  {
    id: 'W40',
    check: 'C2',
    why: 'takes the name of the settings, and keeps the old address',
    rule: RULES.author,
    edits: [
      fix(
        '-o --reset-author',
        '-o --author="$(git config user.name) <$(git log -1 --format=%ae)>"',
      ),
    ],
  },
  {
    id: 'W41',
    check: 'C4',
    why: 'becomes the author of every commit it writes anew',
    rule: RULES.number,
    edits: [
      forget(
        'git filter-branch --tag-name-filter',
        `git filter-branch --env-filter '
  GIT_AUTHOR_NAME=$(git config user.name) GIT_AUTHOR_EMAIL=$(git config user.email)
  export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
' --tag-name-filter`,
      ),
    ],
  },
  {
    id: 'W42',
    check: 'C4',
    why: 'adds a remark to the message of every commit it writes anew',
    rule: RULES.number,
    edits: [
      forget(
        'git filter-branch --tag-name-filter',
        `git filter-branch --msg-filter 'cat; echo; echo "(written anew)"' --tag-name-filter`,
      ),
    ],
  },
]
