#!/usr/bin/env bash
# Runs in your clone. Your commits are on main, and the remote has moved.
set -euo pipefail

# 1. A name for the work, before main is moved: from now on nothing can be lost.
git switch -q -c topic/depots

# 2. What the colleague has merged meanwhile. fetch changes no branch of yours.
git fetch -q origin

# 3. Catch up. Both sides changed one line of depots.csv, so this merge stops.
if git -c merge.conflictStyle=merge merge -q --no-edit origin/main; then
  echo 'share.sh: expected a conflict in depots.csv' >&2
  exit 1
fi

# Between the markers stand your line and theirs. Keep theirs, with your number of lockers.
settled=$(awk -F, '
  /^<<<<<<< / { half = "mine"; next }
  /^=======$/ { half = "theirs"; next }
  /^>>>>>>> / { half = ""; next }
  half == "mine" { lockers = $4; next }
  half == "theirs" { print $1 "," $2 "," $3 "," lockers; next }
  { print }
' depots.csv)
printf '%s\n' "$settled" >depots.csv
git add depots.csv
git commit -q --no-edit

# 4. -u remembers where the branch lives: later a plain "git push" or "git pull" is enough.
git push -q -u origin topic/depots

# 5. Your commits are safe on the branch, so main may go to where the remote is.
git branch -q -f main origin/main
