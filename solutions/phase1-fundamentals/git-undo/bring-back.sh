#!/usr/bin/env bash
# Runs in a repository. The branch salvage was deleted.
set -euo pipefail

# HEAD's log has a line for each move. Right before salvage was left for the last time, HEAD was at
# its tip: that is the old hash of the newest line "moving from salvage to …".
tip=$(awk -F '\t' '$2 ~ /^checkout: moving from salvage to / { split($1, hash, " "); tip = hash[1] }
  END { print tip }' .git/logs/HEAD)
git branch rescue "$tip"
