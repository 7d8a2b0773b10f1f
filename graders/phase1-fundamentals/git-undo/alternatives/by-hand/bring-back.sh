# Of the commits that nothing reaches, the one whose move to main is in the log.
for commit in $(git fsck --no-reflogs --unreachable 2>/dev/null | awk '$2 == "commit" { print $3 }'); do
  if grep "^$commit .*moving from salvage to main" .git/logs/HEAD >/dev/null; then last=$commit; fi
done
git branch rescue "$last"
