#!/usr/bin/env bash
set -eu

git stash push -q -- prices.json
git merge -q --ff-only incoming
git switch -q -c feature/labels
printf '*.env\n.env\n' > .gitignore
git add .gitignore labels.ts
git commit -q -m 'Labels'

# a pop that conflicts keeps the stash, so drop it by hand
git stash pop -q || true
mine=$(git show 'stash@{0}:prices.json' | grep '"L"')
git checkout -q --merge prices.json
awk -v mine="$mine" '
  /^<<<<<<</ { inside = 1; next }
  /^=======/ { inside = 2; next }
  /^>>>>>>>/ { inside = 0; next }
  inside == 2 { next }
  inside == 1 && /"L"/ { print mine; next }
  { print }' prices.json > prices.new
mv prices.new prices.json
git add prices.json
git commit -q -m 'New price for L and for labels'
git stash drop -q

git switch -q main
git merge -q --no-ff --no-edit feature/labels
git tag -a -m 'labels' v1.0.0
git branch -q -d feature/labels
