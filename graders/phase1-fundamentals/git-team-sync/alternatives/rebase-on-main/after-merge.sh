#!/usr/bin/env bash
set -eu
git remote update --prune >/dev/null
git checkout -q -B main origin/main
left=$(git rev-list --count main..topic/depots)
if [ "$left" = 0 ]; then
  git branch -D topic/depots
  if git ls-remote --exit-code origin refs/heads/topic/depots >/dev/null; then
    git push origin --delete topic/depots
  fi
fi
