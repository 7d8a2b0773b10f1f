#!/usr/bin/env bash
# Runs in your clone, after the review.
set -euo pipefail

# 1. --prune forgets the branches that are gone on the remote.
git fetch -q --prune origin
git switch -q main
git merge -q --ff-only origin/main

# 2. Delete the branch only if main has all of it. "git branch -d" would not do: for a branch with
#    an upstream it asks whether the *upstream* has everything.
if git merge-base --is-ancestor topic/depots main; then
  git branch -q -D topic/depots
  # The server may have deleted its copy already; then fetch has forgotten it.
  if git rev-parse -q --verify refs/remotes/origin/topic/depots >/dev/null; then
    git push -q origin --delete topic/depots
  fi
fi
