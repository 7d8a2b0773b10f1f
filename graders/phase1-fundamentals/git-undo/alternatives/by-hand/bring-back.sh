# Two commits have nothing that leads to them: the amended one and the one before the amend. Only the
# first was ever left for another branch.
for commit in $(git fsck --no-reflogs 2>/dev/null | awk '$1 == "dangling" && $2 == "commit" { print $3 }'); do
  if grep "^$commit .*moving from salvage to main" .git/logs/HEAD >/dev/null; then last=$commit; fi
done
git branch rescue "$last"
