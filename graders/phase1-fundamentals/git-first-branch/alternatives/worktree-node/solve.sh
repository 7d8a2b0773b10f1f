#!/bin/bash
set -e
here=$PWD
side=$(mktemp -d "${TMPDIR:-/tmp}/side.XXXXXX")/tree

git worktree add -q -b feature/labels "$side" main
cp labels.ts prices.json "$side"
cd "$side"
git add labels.ts && git commit -qm "labels"
printf '%s\n' '.env*' '!.env.example' > .gitignore
git add prices.json .gitignore && git commit -qm "prices"

cd "$here"
git checkout -q -- prices.json
rm labels.ts
git merge -q --ff-only incoming
git merge -q --no-ff -m "Merge the labels" feature/labels || echo "as expected"
node --input-type=module <<'JS'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
const stage = (n) => JSON.parse(execFileSync('git', ['show', `:${n}:prices.json`], { encoding: 'utf8' }))
const [base, ours, theirs] = [stage(1), stage(2), stage(3)]
const merged = {}
for (const key of Object.keys(theirs).reverse()) {
  merged[key] = theirs[key] === base[key] ? ours[key] : theirs[key]
}
writeFileSync('prices.json', JSON.stringify(merged))
JS
git commit -qam "Merge the labels"
git tag -m "v1" v1.0.0 main
git worktree remove "$side"
rmdir "$(dirname "$side")"
git branch -D feature/labels incoming
