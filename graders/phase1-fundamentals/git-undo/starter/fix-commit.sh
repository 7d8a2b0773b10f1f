#!/usr/bin/env bash
# Runs in a repository. The last commit, not pushed, has a wrong message and author.
# Nobody is at the keyboard. `set -e` stops at the first command that fails.
set -eu

# Give it the message in message.txt and the author of the settings.

echo "fix-commit.sh: nothing done yet"
