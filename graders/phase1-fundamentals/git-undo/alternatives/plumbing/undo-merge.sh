set -eu
# A three-way merge of trees: from the merge (base) to before it, and from the merge to now.
merge=$(git log --merges --format=%H -1)
export GIT_INDEX_FILE=.git/undo.index
git read-tree -i -m --aggressive "$merge" HEAD "$merge^1"
git merge-index git-merge-one-file -a || exit 1
tree=$(git write-tree)
rm .git/undo.index
unset GIT_INDEX_FILE
commit=$(git commit-tree -p HEAD -m 'Take the merge back' "$tree")
git reset -q --hard "$commit"
git push -q
