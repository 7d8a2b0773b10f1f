#!/usr/bin/env bash
# Runs inside the repository. Nobody is at the keyboard, and the amounts differ every time.
# `set -e` stops at the first command that fails. A merge that conflicts "fails" too.
set -eu

# 1. Go to a new branch feature/labels, and ignore .env for everyone.

# 2. Commit labels.ts and the changed prices.json there, in two or more commits.

# 3. Back on main, take in the branch incoming by fast-forward.

# 4. Merge feature/labels into main and settle the conflict in prices.json.

# 5. Tag the merge v1.0.0 and delete feature/labels.

echo 'solve.sh: nothing done yet'
