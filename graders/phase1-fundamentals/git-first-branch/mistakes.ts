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
    why: 'squashes the branch, so that no merge is recorded',
    edits: edits(
      [MERGE, 'git merge -q --squash feature/labels || true\n'],
      [DELETE, 'git branch -q -D feature/labels'],
    ),
  },
  {
    id: 'W3',
    check: 'C2',
    why: 'settles the conflict with -X ours, which loses the new L',
    edits: wholeSide('ours'),
  },
  {
    id: 'W4',
    check: 'C2',
    why: 'commits the file with its conflict markers',
    edits: edits([SETTLE, 'merged=$(cat prices.json)\n']),
  },
  {
    id: 'W5',
    check: 'C5',
    why: 'makes a lightweight tag',
    edits: edits([TAG, 'git tag v1.0.0']),
  },
  {
    id: 'W6',
    check: 'C3',
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
    why: 'ignores .env in .git/info/exclude, which no one else gets',
    edits: edits([IGNORE, "echo '/.env' >>.git/info/exclude\n"]),
  },
  {
    id: 'W8',
    check: 'C1',
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
    why: 'settles the conflict with -X theirs, which loses the new S and M',
    edits: wholeSide('theirs'),
  },
  {
    id: 'W10',
    check: 'C2',
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
    why: 'leaves a stash behind that holds the secret',
    edits: edits([BRANCH, `git stash push -q -u\n${BRANCH}\ngit stash apply -q`]),
  },
  {
    id: 'W12',
    check: 'C3',
    why: 'puts everything in one commit',
    edits: edits(
      [IGNORE, "echo '/.env' >.gitignore\ngit add .gitignore\n"],
      [LABELS, 'git add labels.ts\n'],
    ),
  },
  {
    id: 'W13',
    check: 'C6',
    why: 'forgets to delete the branch',
    edits: edits([DELETE, '']),
  },
  {
    id: 'W14',
    check: 'C5',
    why: 'tags the last commit of the branch in place of the merge',
    edits: edits([TAG, `${TAG} feature/labels`]),
  },
  {
    id: 'W15',
    check: 'C1',
    why: 'makes a merge commit for incoming too',
    edits: edits([FAST_FORWARD, 'git merge -q --no-ff --no-edit incoming']),
  },
  {
    id: 'W16',
    check: 'C7',
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
    why: 'tidies git status by ignoring notes.txt as well',
    edits: edits(["echo '/.env' >.gitignore", "printf '%s\\n' /.env notes.txt >.gitignore"]),
  },
  {
    id: 'W21',
    check: 'C2',
    why: 'takes only the marker lines out, so that S, M and L stand there twice',
    edits: edits([
      SETTLE,
      "merged=$(grep -v -e '^<<<<<<<' -e '^=======' -e '^>>>>>>>' prices.json)\n",
    ]),
  },
  {
    id: 'W22',
    check: 'C6',
    why: 'set -e ends the script where the merge stops, half done',
    edits: edits([MERGE, 'git merge -q --no-ff feature/labels\n']),
  },
  {
    id: 'W23',
    check: 'C6',
    why: 'picks the commits of incoming one by one: copies, where the originals belong in main',
    edits: edits([FAST_FORWARD, 'git cherry-pick main..incoming >/dev/null']),
  },
]
