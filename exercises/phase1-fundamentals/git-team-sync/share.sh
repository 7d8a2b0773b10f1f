#!/usr/bin/env bash
# Runs in your clone. Nobody is at the keyboard, and the commits differ every time.
# `set -e` stops at the first command that fails. A merge or rebase that conflicts "fails" too.
set -eu

# 1. Put your commits on a branch topic/depots.

# 2. Fetch what the remote has now, bring it into the branch, and settle the conflict.

# 3. Push the branch, with upstream tracking.

# 4. Put your local main where the remote's main is.

echo 'share.sh: nothing done yet'
