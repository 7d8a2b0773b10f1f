#!/usr/bin/env bash
# Builds a practice repository like the one the checks use, with new numbers each time.
# Use: bash practice.sh [new-folder]     (nothing in here needs a change from you)
set -eu

if [ $# -gt 0 ]; then
  repo=$1
  if [ -e "$repo" ]; then
    echo "practice.sh: '$repo' is already there. Give the name of a new folder." >&2
    exit 2
  fi
  mkdir -p "$repo"
else
  repo=$(mktemp -d "${TMPDIR:-/tmp}/pelican-practice.XXXXXX")
fi
cd "$repo"

prices() { # validFrom S M L labelFee
  cat <<JSON
{
  "validFrom": "$1",
  "currency": "EUR",
  "taxIncluded": true,
  "S": $2,
  "M": $3,
  "L": $4,
  "maxParcels": 12,
  "pickup": 150,
  "labelFee": $5
}
JSON
}

commit() { # author message
  git -c user.name="$1" -c user.email=crew@pelican.test commit -q -m "$2"
}

# `git init -b main` would need git 2.28
git init -q
git symbolic-ref HEAD refs/heads/main
# An identity in the repository itself, so that a commit works on any machine
git config user.name 'Pelican Learner'
git config user.email learner@pelican.test
git config commit.gpgsign false
git config tag.gpgsign false
git config core.autocrlf false

small=$((300 + RANDOM % 200))
medium=$((small + 100 + RANDOM % 200))
large=$((medium + 200 + RANDOM % 300))

# main: two commits
printf '# Parcel prices\n\nAmounts are in cents.\n' >README.md
git add README.md
commit 'Mira Okafor' 'Start the price repository'
prices 2026-01-01 "$small" "$medium" "$large" 0 >prices.json
git add prices.json
commit 'Mira Okafor' 'Add the price list'

# incoming: what the others did meanwhile
git checkout -q -b incoming
prices 2027-01-01 $((small + 10 + RANDOM % 40)) $((medium + 10 + RANDOM % 40)) \
  $((large + 10 + RANDOM % 40)) 0 >prices.json
git add prices.json
commit 'Jonas Lind' 'Raise prices for the new year'
printf '\nNew prices start on 1 January.\n' >>README.md
git add README.md
commit 'Jonas Lind' 'Say when the new prices start'

# Your work, not committed yet
git checkout -q main
prices 2026-01-01 "$small" "$medium" $((large + 100 + RANDOM % 50)) $((10 + RANDOM % 40)) >prices.json
cat >labels.ts <<'TS'
export function label(parcel: { id: string; to: string; size: 'S' | 'M' | 'L' }): string {
  return [parcel.size, parcel.id, parcel.to].join(' / ')
}
TS
echo "PRINTER_KEY=pelican-$RANDOM-$RANDOM-$RANDOM" >.env
echo 'Ask Mira which printer the depot has.' >notes.txt

echo "Your practice repository: $(pwd)"
git status --short
