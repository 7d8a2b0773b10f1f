set -eu
export FILTER_BRANCH_SQUELCH_WARNING=1
token=$1
git stash branch keep >/dev/null
git commit -q -a -m 'stashed'
git checkout -q main
git filter-branch -f --index-filter "
  if git cat-file -e :settings.conf 2>/dev/null; then
    blob=\$(git show :settings.conf | sed '/$token/d' | git hash-object -w --stdin)
    git update-index --cacheinfo 100644,\$blob,settings.conf
  fi" --tag-name-filter cat -- --all >/dev/null
git cherry-pick -n keep >/dev/null
git branch -q -D keep
rm -rf .git/refs/original .git/logs .git/ORIG_HEAD
git pack-refs --all
grep -v refs/original .git/packed-refs > .git/packed.new; mv .git/packed.new .git/packed-refs
git stash push -q -m 'kept'
git -c gc.pruneExpire=now -c gc.reflogExpire=90.days.ago gc -q --prune=now
