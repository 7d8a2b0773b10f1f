import { editing, type Mistake } from '../../harness/mistakes.ts'

// The places of the reference that the mistakes change.
const BRANCH = 'git checkout -q -b feature/labels'
const IGNORE = `echo '/.env' >.gitignore
git add .gitignore
git commit -q -m 'Ignore .env, it holds secrets'
`
const LABELS = `git add labels.ts
git commit -q -m 'Write parcel labels'
`
const PRICES = `git add prices.json
git commit -q -m 'Charge for labels and set the price of L'
`
const FAST_FORWARD = 'git merge -q --ff-only incoming'
const MERGE = `if git -c merge.conflictStyle=merge merge -q --no-ff feature/labels; then
  echo 'solve.sh: expected a conflict in prices.json' >&2
  exit 1
fi
`
const FIRST_HALF = '/^<<<<<<< / { half = "main"; next }'
const SECOND_HALF = '/^=======$/ { half = "feature"; next }'
const SETTLE = `merged=$(awk '
  /^<<<<<<< / { half = "main"; next }
  /^=======$/ { half = "feature"; next }
  /^>>>>>>> / { half = ""; next }
  half == "main" && /"L":/ { next }
  half == "feature" && !/"L":/ { next }
  { print }
' prices.json)
`
const RECORD = `git add prices.json
git commit -q --no-edit
`
const TAG = "git tag -a v1.0.0 -m 'Labels and the new price list'"
const DELETE = 'git branch -q -d feature/labels'

const edit = editing('solve.sh')

/** Edits of solve.sh, as pairs of what stands there and what takes its place. */
function edits(...pairs: [old: string, text: string][]): Mistake['edits'] {
  return pairs.map((pair) => edit(...pair))
}

/** The merge with one side of the conflict as a whole. */
function wholeSide(side: 'ours' | 'theirs'): Mistake['edits'] {
  return edits(
    [MERGE, `git merge -q --no-ff --no-edit -X ${side} feature/labels\n`],
    [SETTLE, 'merged=$(cat prices.json)\n'],
    [RECORD, ''],
  )
}

export const mistakes: Mistake[] = [
  {
    id: 'W1',
    check: 'C4',
    rule: 'in none of the commits of any branch, tag or stash',
    why: '"git add ." takes the secret; taken out later, it stays in the history',
    edits: edits(
      [IGNORE, "git add .\ngit commit -q -m 'Labels'\n"],
      [LABELS, ''],
      [
        PRICES,
        `echo '/.env' >.gitignore
git rm -q --cached .env notes.txt
git add .gitignore
git commit -q -m 'Ignore .env'
`,
      ],
    ),
  },
  {
    id: 'W2',
    check: 'C1',
    rule: 'its tip is a merge commit with two parents',
    why: 'squashes the branch, so that no merge is recorded',
    edits: edits(
      [MERGE, 'git merge -q --squash feature/labels || true\n'],
      [DELETE, 'git branch -q -D feature/labels'],
    ),
  },
  {
    id: 'W3',
    check: 'C2',
    rule: '`L` and `labelFee` from you',
    why: 'settles the conflict with -X ours, which loses the new L',
    edits: wholeSide('ours'),
  },
  {
    id: 'W4',
    check: 'C2',
    rule: 'no conflict markers',
    why: 'commits the file with its conflict markers',
    edits: edits([SETTLE, 'merged=$(cat prices.json)\n']),
  },
  {
    id: 'W5',
    check: 'C5',
    rule: 'an annotated tag on the merge commit',
    why: 'makes a lightweight tag',
    edits: edits([TAG, 'git tag v1.0.0']),
  },
  {
    id: 'W6',
    check: 'C3',
    rule: 'at least two commits of yours that each change a file',
    why: 'commits straight on main and merges incoming into that',
    edits: edits(
      [BRANCH, ''],
      [`git checkout -q main\n${FAST_FORWARD}`, ''],
      [MERGE, 'git merge -q --no-ff incoming || true\n'],
      [FIRST_HALF, '/^<<<<<<< / { half = "feature"; next }'],
      [SECOND_HALF, '/^=======$/ { half = "main"; next }'],
      [DELETE, ''],
    ),
  },
  {
    id: 'W7',
    check: 'C4',
    rule: 'ignored by a committed `.gitignore`',
    why: 'ignores .env in .git/info/exclude, which no one else gets',
    edits: edits([IGNORE, "echo '/.env' >>.git/info/exclude\n"]),
  },
  {
    id: 'W8',
    check: 'C1',
    rule: 'The first is exactly the commit that `incoming` pointed to',
    why: 'merges main into the branch and fast-forwards main to it: the parents are the wrong way round',
    edits: edits(
      [FAST_FORWARD, `${FAST_FORWARD}\ngit checkout -q feature/labels`],
      [MERGE, 'git merge -q --no-ff main || true\n'],
      [FIRST_HALF, '/^<<<<<<< / { half = "feature"; next }'],
      [SECOND_HALF, '/^=======$/ { half = "main"; next }'],
      [RECORD, `${RECORD}git checkout -q main\ngit merge -q feature/labels\n`],
    ),
  },
  {
    id: 'W9',
    check: 'C2',
    rule: '`validFrom`, `S` and `M` from `incoming`',
    why: 'settles the conflict with -X theirs, which loses the new S and M',
    edits: wholeSide('theirs'),
  },
  {
    id: 'W10',
    check: 'C2',
    rule: '`L` and `labelFee` from you',
    why: 'takes the whole file of main and puts L in: labelFee, which did not conflict, is lost',
    edits: edits([
      SETTLE,
      `git checkout -q --ours prices.json
large=$(git show feature/labels:prices.json | grep '"L":')
merged=$(sed "s/.*\\"L\\":.*/$large/" prices.json)
`,
    ]),
  },
  {
    id: 'W11',
    check: 'C4',
    rule: 'in none of the commits of any branch, tag or stash',
    why: 'leaves a stash behind that holds the secret',
    edits: edits([BRANCH, `git stash push -q -u\n${BRANCH}\ngit stash apply -q`]),
  },
  {
    id: 'W12',
    check: 'C3',
    rule: 'at least two commits of yours that each change a file',
    why: 'puts everything in one commit',
    edits: edits(
      [IGNORE, "echo '/.env' >.gitignore\ngit add .gitignore\n"],
      [LABELS, 'git add labels.ts\n'],
    ),
  },
  {
    id: 'W13',
    check: 'C6',
    rule: '`feature/labels` does not exist',
    why: 'forgets to delete the branch',
    edits: edits([DELETE, '']),
  },
  {
    id: 'W14',
    check: 'C5',
    rule: 'an annotated tag on the merge commit',
    why: 'tags the last commit of the branch in place of the merge',
    edits: edits([TAG, `${TAG} feature/labels`]),
  },
  {
    id: 'W15',
    check: 'C1',
    rule: 'make no merge commit for `incoming`',
    why: 'makes a merge commit for incoming too',
    edits: edits([FAST_FORWARD, 'git merge -q --no-ff --no-edit incoming']),
  },
  {
    id: 'W16',
    check: 'C7',
    rule: 'in all commits that your branch brings, `prices.json` is valid JSON without markers',
    why: 'commits a half-edited price list and mends it in the next commit',
    edits: edits([
      PRICES,
      `whole=$(cat prices.json)
printf '%s\\n' "\${whole%?}" >prices.json
git commit -q -m 'Work in progress' prices.json
printf '%s\\n' "$whole" >prices.json
${PRICES}`,
    ]),
  },
  {
    id: 'W17',
    check: 'C8',
    rule: 'two sizes may even cost the same',
    why: 'replaces an amount wherever it stands, not the line of a key',
    edits: edits([
      SETTLE,
      `amount() { git show "$1:prices.json" | sed -n 's/.*"L": \\([0-9]*\\).*/\\1/p'; }
git checkout -q main -- prices.json
fee=$(git show feature/labels:prices.json | grep labelFee)
merged=$(sed -e "s/: $(amount main),/: $(amount feature/labels),/" -e "s/.*labelFee.*/$fee/" prices.json)
`,
    ]),
  },
  {
    id: 'W18',
    check: 'C8',
    rule: 'whole numbers ≥ 0',
    why: 'merges key by key with ||, so that a fee of 0 counts as no fee at all',
    edits: edits([
      SETTLE,
      `merged=$(node -e '
  const { execFileSync } = require("node:child_process")
  const [ours, theirs] = [2, 3].map((n) => JSON.parse(execFileSync("git", ["show", \`:\${n}:prices.json\`])))
  const { L, labelFee } = theirs
  console.log(JSON.stringify({ ...ours, L: L || ours.L, labelFee: labelFee || ours.labelFee }))
')
`,
    ]),
  },
  {
    id: 'W19',
    check: 'C2',
    rule: 'A script that knows an amount by heart fails.',
    why: 'knows the amounts of one practice repository by heart',
    edits: edits([
      SETTLE,
      `merged='{ "validFrom": "2027-01-01", "currency": "EUR", "taxIncluded": true, "S": 458, "M": 680,
  "L": 1192, "maxParcels": 12, "pickup": 150, "labelFee": 18 }'
`,
    ]),
  },
  {
    id: 'W20',
    check: 'C4',
    rule: 'neither committed nor ignored',
    why: 'tidies git status by ignoring notes.txt as well',
    edits: edits(["echo '/.env' >.gitignore", "printf '%s\\n' /.env notes.txt >.gitignore"]),
  },
  {
    id: 'W21',
    check: 'C2',
    rule: 'each key once',
    why: 'takes only the marker lines out, so that S, M and L stand there twice',
    edits: edits([
      SETTLE,
      "merged=$(grep -v -e '^<<<<<<<' -e '^=======' -e '^>>>>>>>' prices.json)\n",
    ]),
  },
  {
    id: 'W22',
    check: 'C6',
    rule: 'no merge or rebase is left half done',
    why: 'set -e ends the script where the merge stops, half done',
    edits: edits([MERGE, 'git merge -q --no-ff feature/labels\n']),
  },
  {
    id: 'W23',
    check: 'C6',
    rule: 'both first commits and all of `incoming` are part of `main`, not rewritten',
    why: 'picks the commits of incoming one by one: copies, where the originals belong in main',
    edits: edits([FAST_FORWARD, 'git cherry-pick main..incoming >/dev/null']),
  },
  {
    id: 'W24',
    check: 'C3',
    rule: 'No commit of yours touches any other file',
    why: 'says in README.md what has changed',
    edits: edits([PRICES, `echo 'Labels cost extra.' >>README.md\ngit add README.md\n${PRICES}`]),
  },
  {
    id: 'W25',
    check: 'C3',
    rule: 'compared with `incoming`, the merge adds `labels.ts` and `.gitignore` and changes `prices.json`',
    why: 'brings a file along in the merge commit itself',
    edits: edits([RECORD, `echo '# 1.0.0' >CHANGELOG.md\ngit add CHANGELOG.md\n${RECORD}`]),
  },
  {
    id: 'W26',
    check: 'C4',
    rule: 'The file itself is still there, unchanged',
    why: 'keeps the secret out of Git by throwing it away',
    edits: edits([BRANCH, `rm .env\n${BRANCH}`]),
  },
  {
    id: 'W27',
    check: 'C4',
    rule: 'neither is its secret under another name',
    why: 'commits a copy of .env as an example for others, with the secret in it',
    edits: edits([
      LABELS,
      `cp .env .env.example\ngit add .env.example\n${LABELS}git rm -q .env.example\ngit commit -q -m 'No example'\n`,
    ]),
  },
  {
    id: 'W28',
    check: 'C5',
    rule: 'an annotated tag on the merge commit',
    why: 'amends the merge after it was tagged',
    edits: edits([TAG, `${TAG}\ngit commit -q --amend -m 'Release 1.0.0'`]),
  },
  {
    id: 'W29',
    check: 'C3',
    rule: 'Its last commit has `labels.ts` exactly as you found it',
    why: 'adds labels.ts in the merge commit, so that the branch never had it',
    edits: edits([LABELS, ''], [RECORD, `git add labels.ts\n${RECORD}`]),
  },
  {
    id: 'W30',
    check: 'C3',
    rule: 'Its last commit has `labels.ts` exactly as you found it',
    why: 'writes labels.ts anew with a comment on top',
    edits: edits([
      LABELS,
      `code=$(cat labels.ts)\nprintf '// Labels\\n%s\\n' "$code" >labels.ts\n${LABELS}`,
    ]),
  },
  {
    id: 'W31',
    check: 'C2',
    rule: 'the rest as it was and no other keys',
    why: 'builds the list from the keys that the conflict was about, and forgets pickup',
    edits: edits([
      SETTLE,
      `merged=$(node -e '
  const { execFileSync } = require("node:child_process")
  const [ours, theirs] = [2, 3].map((n) => JSON.parse(execFileSync("git", ["show", \`:\${n}:prices.json\`])))
  const { validFrom, currency, taxIncluded, S, M, maxParcels } = ours
  const { L, labelFee } = theirs
  console.log(JSON.stringify({ validFrom, currency, taxIncluded, S, M, L, maxParcels, labelFee }))
')
`,
    ]),
  },
  {
    id: 'W32',
    check: 'C3',
    rule: 'at least two commits of yours that each change a file',
    why: 'has its other commits by --allow-empty',
    edits: edits(
      [IGNORE, "echo '/.env' >.gitignore\ngit commit -q --allow-empty -m 'Begin'\n"],
      [LABELS, "git commit -q --allow-empty -m 'Labels'\ngit add labels.ts .gitignore\n"],
    ),
  },
  {
    id: 'W33',
    check: 'C3',
    rule: 'and have a message',
    why: 'commits without a word',
    edits: edits(
      [IGNORE, "echo '/.env' >.gitignore\ngit add .gitignore\n"],
      [PRICES, "git add prices.json\ngit commit -q --allow-empty-message -m ''\n"],
    ),
  },
  {
    id: 'W34',
    check: 'C6',
    rule: '`main` is checked out',
    why: 'goes to the tag in the end, which leaves no branch checked out',
    edits: edits([DELETE, `${DELETE}\ngit checkout -q v1.0.0`]),
  },
  {
    id: 'W35',
    check: 'C4',
    rule: 'still there, unchanged, neither committed nor ignored',
    why: 'tidies up with git clean, which takes the scratch paper away',
    edits: edits([DELETE, `${DELETE}\ngit clean -q -f -d`]),
  },
  {
    id: 'W36',
    check: 'C6',
    rule: '`git status --short` prints `?? notes.txt` and nothing else',
    why: 'leaves a copy of the file that had the conflict',
    edits: edits([SETTLE, `cp prices.json prices.json.orig\n${SETTLE}`]),
  },
  {
    id: 'W37',
    check: 'C2',
    rule: '`L` and `labelFee` from you',
    why: 'records the merge with -s ours, which takes nothing of the branch',
    edits: edits(
      [MERGE, 'git merge -q --no-ff --no-edit -s ours feature/labels\n'],
      [SETTLE, 'merged=$(cat prices.json)\n'],
      [RECORD, ''],
    ),
  },
  {
    id: 'W38',
    check: 'C1',
    rule: 'commit nothing on `main` directly',
    why: 'adds .gitignore by a commit on main after the merge',
    edits: edits([IGNORE, ''], [TAG, `${IGNORE}${TAG}`]),
  },
  {
    id: 'W39',
    check: 'C5',
    rule: 'an annotated tag on the merge commit',
    why: 'spells the tag 1.0.0',
    edits: edits([TAG, "git tag -a 1.0.0 -m 'Labels and the new price list'"]),
  },
  {
    id: 'W40',
    check: 'C2',
    rule: 'Valid JSON',
    why: 'leaves a comma after the last key',
    edits: edits([
      RECORD,
      `sed '/labelFee/s/$/,/' prices.json >prices.new\nmv prices.new prices.json\n${RECORD}`,
    ]),
  },
  {
    id: 'W41',
    check: 'C6',
    rule: 'both first commits and all of `incoming` are part of `main`, not rewritten',
    why: 'rebases incoming, with a fresh date for each commit, before it is taken in',
    edits: edits([
      FAST_FORWARD,
      `git checkout -q incoming\ngit rebase -q --no-ff main\ngit checkout -q main\n${FAST_FORWARD}`,
    ]),
  },
]
