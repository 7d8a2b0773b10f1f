#!/usr/bin/env bash
# Runs in a repository, with the path of test.sh as its argument.
set -euo pipefail

# Halves the commits in question each time: 6 or 7 tests for 64 commits.
first=$(git rev-list --max-parents=0 main)
git bisect start main "$first" >/dev/null
git bisect run bash "$1" >/dev/null
git rev-parse refs/bisect/bad >"$HOME/first-bad.txt"
git bisect reset >/dev/null
mv "$HOME/first-bad.txt" first-bad.txt
