set -eu
token=$1
message=$(git log -1 --format=%B 'stash@{0}')
git stash apply -q
file=$(git diff --name-only)
cp "$file" "$HOME/stashed"
git checkout -q -- "$file"
git stash clear
# Text without the line changes the length of its blob, so node writes the stream anew.
git fast-export --branches --tags --signed-tags=strip > "$HOME/old"
cat > "$HOME/edit.mjs" <<'JS'
import { readFileSync, writeFileSync } from 'node:fs'
const [, , from, to, token] = process.argv
const old = readFileSync(from)
const out = []
let at = 0
while (at < old.length) {
  const end = old.indexOf('\n', at)
  const line = old.subarray(at, end).toString('latin1')
  at = end + 1
  const size = /^data (\d+)$/.exec(line)?.[1]
  if (size === undefined) { out.push(Buffer.from(`${line}\n`, 'latin1')); continue }
  const data = old.subarray(at, at + Number(size)).toString('latin1')
  at += Number(size)
  const kept = data.includes(token) ? data.split('\n').filter((one) => !one.includes(token)).join('\n') : data
  out.push(Buffer.from(`data ${kept.length}\n${kept}`, 'latin1'))
}
writeFileSync(to, Buffer.concat(out))
JS
node "$HOME/edit.mjs" "$HOME/old" "$HOME/new" "$token"
git fast-import --quiet --force < "$HOME/new"
git reset -q --hard
rm -rf .git/logs .git/ORIG_HEAD
git repack -q -a -d
git prune --expire=now
cp "$HOME/stashed" "$file"
git stash push -q -m "${message#On main: }"
