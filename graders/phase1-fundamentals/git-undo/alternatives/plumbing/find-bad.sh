# A binary search of its own, in a list of all commits, oldest first.
all=($(git rev-list --reverse --first-parent main))
low=0 high=$((${#all[@]} - 1))
while ((high - low > 1)); do
  middle=$(((low + high) / 2))
  git checkout -q "${all[middle]}"
  if bash "$1"; then low=$middle; else high=$middle; fi
done
git checkout -q main
echo "${all[high]}" > first-bad.txt
