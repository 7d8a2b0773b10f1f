#!/usr/bin/env bash
# Runs inside the repository. Nobody is at the keyboard, and the amounts differ every time.
set -euo pipefail

# 1. The uncommitted work comes along to the new branch. The ignore rule is the first commit, so
#    that not even a careless `git add` can pick the secret up.
git checkout -q -b feature/labels
echo '/.env' >.gitignore
git add .gitignore
git commit -q -m 'Ignore .env, it holds secrets'

# 2. Files are added by name: notes.txt stays out.
git add labels.ts
git commit -q -m 'Write parcel labels'
git add prices.json
git commit -q -m 'Charge for labels and set the price of L'

# 3. --ff-only refuses rather than invent a merge commit nobody asked for.
git checkout -q main
git merge -q --ff-only incoming

# 4. Both sides changed L, so this merge must stop.
if git -c merge.conflictStyle=merge merge -q --no-ff feature/labels; then
  echo 'solve.sh: expected a conflict in prices.json' >&2
  exit 1
fi

# What an editor would do by hand: of main's half keep all but L, of the feature's half keep only
# L. Git has merged the lines outside of the markers already.
merged=$(awk '
  /^<<<<<<< / { half = "main"; next }
  /^=======$/ { half = "feature"; next }
  /^>>>>>>> / { half = ""; next }
  half == "main" && /"L":/ { next }
  half == "feature" && !/"L":/ { next }
  { print }
' prices.json)
printf '%s\n' "$merged" >prices.json
git add prices.json
git commit -q --no-edit

# 5. -d, not -D: git itself makes sure that the branch is merged.
git tag -a v1.0.0 -m 'Labels and the new price list'
git branch -q -d feature/labels
