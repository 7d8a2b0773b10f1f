#!/usr/bin/env bash
# Runs in a repository. The last commit is yours alone, with a wrong message and a wrong author.
set -euo pipefail

# -o without a file: the commit keeps its files, whatever is staged. --reset-author takes the name
# and the address from the settings.
git commit -q --amend -o --reset-author -F message.txt
