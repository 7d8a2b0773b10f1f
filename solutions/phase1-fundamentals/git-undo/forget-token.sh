#!/usr/bin/env bash
# Runs in a repository, with the token as its argument.
set -euo pipefail
export token=$1 FILTER_BRANCH_SQUELCH_WARNING=1

# 1. The stash holds the old commits. Put its change aside as a text. `apply` would do as well, but
#    rewriting wants a clean working tree.
title=$(git log -1 --format=%B refs/stash | sed 's/^On [^:]*: //')
git stash show -p stash@{0} >"$HOME/stash.patch"
git stash drop -q

# 2. Write every commit of every branch and tag anew, without the line.
git filter-branch --tag-name-filter cat --tree-filter '
  if [ -e settings.conf ]; then
    grep -vF "$token" settings.conf >settings.new || true
    cat settings.new >settings.conf
    rm settings.new
  fi
' -- --branches --tags >/dev/null

# 3. Forget the old ones: the copies of filter-branch, the logs, and then the objects themselves.
git for-each-ref --format='delete %(refname)' refs/original | git update-ref --stdin
rm -f .git/ORIG_HEAD
git reflog expire --expire=now --all
git gc -q --prune=now

# 4. The stash comes last: expiring all logs would have emptied it.
git apply "$HOME/stash.patch"
git stash push -q -m "$title"
