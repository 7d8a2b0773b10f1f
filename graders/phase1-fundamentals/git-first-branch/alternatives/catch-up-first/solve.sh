#!/usr/bin/env bash

amount() {
  git show "$1:prices.json" | grep "\"$2\":" | tr -dc '0-9'
}

git checkout -q -b feature/labels
git commit -q -m 'New prices' prices.json
git add labels.ts
git commit -q -m 'New labels'
git branch -f main incoming

git merge -q --no-commit -X ours main
sed -e "s/\"S\": [0-9]*/\"S\": $(amount main S)/" \
    -e "s/\"M\": [0-9]*/\"M\": $(amount main M)/" prices.json > prices.tmp
cat prices.tmp > prices.json
rm prices.tmp
echo .env > .gitignore
git add prices.json .gitignore
git commit -q -m 'Catch up with main'

git checkout -q main
git merge -q --no-ff -m 'Labels are ready' feature/labels
git branch -d feature/labels
git tag v1.0.0 -a -m 'Labels are ready'
