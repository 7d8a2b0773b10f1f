git switch -q main
git pull -q --ff-only
git fetch -q --prune
unmerged=$(git log --oneline main..topic/depots)
[ -z "$unmerged" ] || { echo "not merged yet: $unmerged"; exit 1; }
git branch -D topic/depots
git push --delete origin topic/depots 2>/dev/null
exit 0
