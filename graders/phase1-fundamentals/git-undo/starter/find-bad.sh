#!/usr/bin/env bash
# Runs in a repository, with the path of test.sh as its argument: $1
# Nobody is at the keyboard. `set -e` stops at the first command that fails.
set -eu

# Find the first bad commit, and write its full hash to first-bad.txt.

echo "find-bad.sh: nothing done yet"
