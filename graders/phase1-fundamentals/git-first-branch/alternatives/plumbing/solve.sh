#!/usr/bin/env bash
set -euo pipefail

git_dir=$(git rev-parse --absolute-git-dir)
export GIT_INDEX_FILE="$git_dir/build.index"

put() { # path blob: stage one blob, without a look at the working tree
  git update-index --add --cacheinfo "100644,$2,$1"
}
price() { # commit-or-tree key
  git show "$1:prices.json" | sed -n "s/^ *\"$2\": *\([0-9]*\).*/\1/p"
}

base=$(git rev-parse main)
theirs=$(git rev-parse incoming)

# the feature side: two commits on top of main as it was
git read-tree "$base"
put labels.ts "$(git hash-object -w labels.ts)"
one=$(git commit-tree -p "$base" -m 'Labels' "$(git write-tree)")
put prices.json "$(git hash-object -w prices.json)"
put .gitignore "$(printf '# secrets\n.env\n' | git hash-object -w --stdin)"
two=$(git commit-tree -p "$one" -m 'Price of labels, ignore rule' "$(git write-tree)")
git update-ref refs/heads/feature/labels "$two"

# the merge: everything of the feature's tree, then the three-way merge of the two shared files
work=$(mktemp -d "${TMPDIR:-/tmp}/merge.XXXXXX")
for path in prices.json README.md; do
  for side in base theirs two; do git cat-file blob "${!side}:$path" >"$work/$side"; done
  git merge-file -q --ours "$work/theirs" "$work/base" "$work/two"
  if [ "$path" = prices.json ]; then
    sed "s/^\( *\"L\": *\)[0-9]*/\1$(price "$two" L)/" "$work/theirs" >"$work/merged"
  else
    cp "$work/theirs" "$work/merged"
  fi
  put "$path" "$(git hash-object -w "$work/merged")"
done
rm -r "$work"
merge=$(git commit-tree -p "$theirs" -p "$two" -m 'Merge labels' "$(git write-tree)")

git update-ref refs/heads/main "$merge" "$base"
git update-ref -d refs/heads/feature/labels "$two"
tag=$(printf 'object %s\ntype commit\ntag v1.0.0\ntagger %s\n\nFirst release\n' \
  "$merge" "$(git var GIT_COMMITTER_IDENT)" | git mktag)
git update-ref refs/tags/v1.0.0 "$tag"

rm "$GIT_INDEX_FILE"
unset GIT_INDEX_FILE
git read-tree main
git checkout-index -q -f -a
git update-index -q --refresh
