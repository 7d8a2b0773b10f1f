set -u
git fetch -q
mine=$(git rev-list --reverse origin/main..main)
git switch -q -c topic/depots --no-track origin/main
for commit in $mine; do
  if ! git cherry-pick "$commit"; then
    git show :2:depots.csv > /tmp/theirs.$$
    git show :1:depots.csv > /tmp/base.$$
    git show :3:depots.csv > /tmp/mine.$$
    awk -F, -v OFS=, '
      FILENAME ~ /base/ { base[$1] = $4; next }
      FILENAME ~ /mine/ { if ($4 != base[$1]) changed[$1] = $4; next }
      $1 in changed { $4 = changed[$1] }
      { print }
    ' /tmp/base.$$ /tmp/mine.$$ /tmp/theirs.$$ > depots.csv
    rm /tmp/*.$$
    git add depots.csv
    git -c core.editor=true cherry-pick --continue
  fi
done
git push -u origin topic/depots
git switch -q main && git reset -q --keep origin/main
